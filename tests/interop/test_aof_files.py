"""Append-only files both ways: each server starts on the other's folder, and goes on in it."""

from __future__ import annotations

import re
import shutil
import signal
import subprocess
import time

import pytest

from workbook import wire

FAR = 2_147_000_000_123
FOLDER = "appendonlydir"
MANIFEST = "appendonly.aof.manifest"
DATABASES = (0, 2, 9)


# ---------------------------------------------------------------- asking a server


def everything(client):
    """What a server holds, asked with commands: {(database, key): (value, deadline)}."""
    found = {}
    for database in DATABASES:
        assert client.ask("SELECT", database) == b"OK"
        for key in client.ask("KEYS", "*"):
            found[database, key] = (value(client, key), client.ask("PEXPIRETIME", key))
    return found


def value(client, key):
    match client.ask("TYPE", key):
        case b"string":
            return client.ask("GET", key)
        case b"list":
            return client.ask("LRANGE", key, 0, -1)
        case b"set":
            return sorted(client.ask("SMEMBERS", key))
        case b"hash":
            flat = client.ask("HGETALL", key)
            return dict(zip(flat[::2], flat[1::2], strict=True))
        case b"zset":
            return client.ask("ZRANGE", key, 0, -1, "WITHSCORES")
        case b"stream":
            full = client.ask("XINFO", "STREAM", key, "FULL", "COUNT", "0")
            pending = [group[11] for group in full[-1]]
            # How many entries a group has read is not in what redis-server 7.0 writes of XREADGROUP.
            groups = [group[:8] for group in client.ask("XINFO", "GROUPS", key)]
            return client.ask("XINFO", "STREAM", key), groups, pending
    raise AssertionError(key)


CHANGES = [
    *["SET text value", "SET number 41", "INCR number", "APPEND text s", "SET gone 1", "DEL gone"],
    *["SET soon v EX 100000", f"SET later v PXAT {FAR}", "SETEX third 100000 v", "GETEX text"],
    *[
        "RPUSH list a b c d",
        "LPOP list",
        "LPUSH list head",
        "LTRIM list 0 2",
        "PEXPIRE list 99999999",
    ],
    *["SADD set a b c d e f", "SPOP set 2", "SREM set a", "SADD numbers 1 2 3", "PERSIST list"],
    *["HSET hash f v g 1", "HINCRBY hash g 41", "HDEL hash f", f"PEXPIREAT hash {FAR}"],
    *["ZADD board 1 a 2.5 b -inf c", "ZINCRBY board 0.1 a", "ZPOPMIN board"],
    *["DEL log", "XADD log 1-1 f v", "XADD log 2-* f w", "XADD log MAXLEN ~ 5 3 f x y z"],
    *["XADD log * f y", "XADD log 9000000000000 f z", "XGROUP CREATE log g 0 ENTRIESREAD 0"],
    *[
        "XREADGROUP GROUP g ann COUNT 2 STREAMS log >",
        "XREADGROUP GROUP g bob NOACK COUNT 1 STREAMS log >",
        "XREADGROUP GROUP g cid STREAMS log >",
    ],
    *["XCLAIM log g dan 0 1-1 RETRYCOUNT 5", "XAUTOCLAIM log g bob 0 2 COUNT 1", "XACK log g 2"],
    *[
        "XDEL log 3",
        "XTRIM log MAXLEN 2",
        "XGROUP CREATE log h $",
        "XGROUP CREATECONSUMER log h ann",
    ],
    *[
        "SELECT 2",
        "SET text elsewhere",
        "EXPIRE text 100000",
        "RENAME text other",
        "SET k v KEEPTTL",
    ],
    *["MULTI", "INCR counter", "SELECT 9", "RPUSH list in a block", "EXPIRE list 100000", "EXEC"],
    *[
        "SET over v",
        "PEXPIREAT over 1",
        "SELECT 0",
        "MULTI",
        "INCR number",
        "EXEC",
        "INCRBYFLOAT number 0.5",
    ],
]


def change(client, mark):
    """Makes changes of every kind; `mark` makes those of each round different."""
    client.ask("SELECT", 0)
    for line in [*CHANGES, f"SET round {mark}", f"RPUSH rounds {mark}"]:
        reply = client.ask(*line.split())
        assert not str(reply).startswith("-"), (line, reply)


def rewrite(client, folder):
    """BGREWRITEAOF, to its end: the manifest names another base, and nothing that is over."""
    manifest = folder / FOLDER / MANIFEST
    before = manifest.read_text(encoding="ascii").splitlines()[0]
    client.ask("BGREWRITEAOF")
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        text = manifest.read_text(encoding="ascii")
        if before not in text and " type h" not in text:
            return
        client.ask("DEBUG", "SLEEP", "0.005")  # the server's turn
    raise AssertionError("the rewrite does not end")


def finish(server):
    """The end that an operator gives a server."""
    server.interrupt(signal.SIGTERM)
    assert server.end() == 0


@pytest.fixture
def ours(server, tmp_path):
    """`ours()`: our complete server on the folder of this test."""
    return lambda *more: server("s10", "--dir", tmp_path, "--appendonly", "yes", *more)


@pytest.fixture
def theirs(redis_server):
    """`theirs()`: redis-server on the folder of this test."""
    more = ["--appendonly", "yes", "--enable-debug-command", "yes"]
    return lambda *options: redis_server(*more, *options)


@pytest.fixture
def checked(program, tmp_path):
    """Fails unless redis-check-aof finds the folder whole."""
    check = program("redis-check-aof", "redis-tools")

    def call():
        done = subprocess.run(
            [check, str(tmp_path / FOLDER / MANIFEST)], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        assert "All AOF files and manifest are valid" in done.stdout

    return call


# ---------------------------------------------------------------- from one to the other


@pytest.mark.parametrize("rewritten", [False, True], ids=["as it came", "rewritten"])
@pytest.mark.parametrize(
    "options",
    [
        [],
        ["--aof-use-rdb-preamble", "no"],
        ["--aof-timestamp-enabled", "yes"],
        ["--appendfsync", "always"],
    ],
    ids=["plain", "base of requests", "timestamps", "always"],
)
def test_we_start_on_their_folder(ours, theirs, tmp_path, options, rewritten):
    """Our server answers as redis-server did, after a start on its folder."""
    redis = theirs(*options)
    client = redis.client()
    change(client, 1)
    if rewritten:
        rewrite(client, tmp_path)
        change(client, 2)
    expected = everything(client)
    finish(redis)
    assert everything(ours().client()) == expected


@pytest.mark.parametrize("rewritten", [False, True], ids=["as it came", "rewritten"])
@pytest.mark.parametrize(
    "options",
    [
        ["--appendfsync", "always"],
        ["--appendfsync", "everysec"],
        ["--appendfsync", "no"],
        ["--aof-use-rdb-preamble", "no"],
    ],
    ids=["always", "everysec", "no", "base of requests"],
)
def test_they_start_on_our_folder(ours, theirs, checked, tmp_path, options, rewritten):
    """redis-server answers as our server did, after a start on its folder."""
    server = ours(*options)
    client = server.client()
    change(client, 1)
    if rewritten:
        rewrite(client, tmp_path)
        change(client, 2)
    expected = everything(client)
    finish(server)
    checked()
    assert everything(theirs().client()) == expected


LIBRARY = "#!lua name=lib\nredis.register_function('one', function() return 1 end)\n"

RICH = [
    *["SET empty-after-all x", "SETRANGE holes 300 x", "SETBIT bits 70000 1", "PFADD sketch a b c"],
    *[
        "GEOADD places 13.361389 38.115556 p 15.08 37.5 c",
        "ZADD ends -inf low inf high 1e-300 small",
    ],
    *["XGROUP CREATE bare g $ MKSTREAM", "XADD emptied 5-5 f v", "XDEL emptied 5-5"],
    *["XGROUP CREATE emptied g 0 ENTRIESREAD 1", "XGROUP CREATECONSUMER emptied g idle"],
    *[f"XADD many {n}-1 f {n} g x" for n in range(1, 150)],
    *["XDEL many 7-1 8-1", "XSETID many 200-0 ENTRIESADDED 300 MAXDELETEDID 9-9"],
    *["XGROUP CREATE many g 3", "XGROUP CREATE many h 0", f"PEXPIREAT many {FAR}"],
    *[
        "XREADGROUP GROUP g ann COUNT 3 STREAMS many >",
        "XREADGROUP GROUP g bob COUNT 2 STREAMS many >",
    ],
    *["XREADGROUP GROUP h ann COUNT 4 STREAMS many >", "XCLAIM many g eve 0 4-1 RETRYCOUNT 7"],
    *["XREADGROUP GROUP g idle STREAMS many >", "SELECT 9", "XADD elsewhere 1-1 f v", "SELECT 0"],
    "XACK log g 1-1",  # no request brings back what is pending and has been removed
]


def requests_about(code, folder, names):
    """The requests of the base that are about the keys of these names, in order."""
    base = re.match(r"file (\S+)", (folder / FOLDER / MANIFEST).read_text(encoding="ascii"))[1]
    assert base.endswith(".base.aof")
    requests, _, refused = code.labs.s07.files.requests_in(str(folder / FOLDER / base))
    assert not refused
    return [words for words in requests if set(words[1:3]) & names]


def test_a_base_of_requests(code, ours, theirs, checked, tmp_path):
    """All types, functions and deadlines, from us to redis-server and back; the streams word by word."""
    option = ["--aof-use-rdb-preamble", "no"]
    server = ours(*option)
    client = server.client()
    change(client, 1)
    for line in [*RICH, *(f"RPUSH long {n}" for n in range(130))]:
        assert not str(client.ask(*line.split())).startswith("-"), line
    assert client.ask("FUNCTION", "LOAD", LIBRARY) == b"lib"
    client.ask("SET", "every byte", bytes(range(256)))
    expected = everything(client), client.ask("FUNCTION", "LIST", "WITHCODE")
    said = []
    for start in (ours, theirs, ours):
        rewrite(client, tmp_path)
        said.append(
            requests_about(code, tmp_path, {b"log", b"many", b"bare", b"emptied", b"elsewhere"})
        )
        finish(server)
        checked()
        server = start(*option)
        client = server.client()
        assert (everything(client), client.ask("FUNCTION", "LIST", "WITHCODE")) == expected
    assert sorted(said[0]) == sorted(said[1]) == sorted(said[2])
    client.ask("CONFIG", "SET", "aof-use-rdb-preamble", "yes")
    rewrite(client, tmp_path)
    assert ".base.rdb " in (tmp_path / FOLDER / MANIFEST).read_text(encoding="ascii")


def test_in_turns(ours, theirs, checked, tmp_path):
    """The servers take turns on one folder, with and without rewrites, and nothing is lost."""
    expected = {}
    for turn, start in enumerate([ours, theirs, ours, ours, theirs, theirs, ours, theirs]):
        server = start()
        client = server.client()
        assert everything(client) == expected
        change(client, turn)
        if turn in (1, 2, 6):
            rewrite(client, tmp_path)
            client.ask("RPUSH", "rounds", "after")
        expected = everything(client)
        finish(server)
        checked()
    assert expected[0, b"round"] == (b"7", -1)
    text = (tmp_path / FOLDER / MANIFEST).read_text(encoding="ascii")
    assert re.fullmatch(r"(file \S+ seq \d+ type [bi]\n)+", text)


def test_the_end_without_a_word(ours, theirs, tmp_path):
    """A server that was killed left everything that it acknowledged, for either of them."""
    server = ours("--appendfsync", "always")
    client = server.client()
    change(client, 1)
    expected = everything(client)
    server.kill()
    copy = tmp_path / "copy"
    shutil.copytree(tmp_path / FOLDER, copy / FOLDER)
    assert everything(theirs().client()) == expected
    assert everything(ours("--dir", copy).client()) == expected


def test_a_folder_of_step_7(server, redis_server, tmp_path):
    """The server of step 7 writes the same folder."""
    ours = server("s07", "--dir", tmp_path, "--appendonly", "yes")
    client = ours.client()
    for line in ["SET k v EX 100000", "RPUSH l a b", "BGREWRITEAOF", "RPUSH l c", "SPOP none"]:
        client.ask(*line.split())
    ours.interrupt()
    assert ours.end() == 0
    again = redis_server("--appendonly", "yes").client()
    assert again.ask("LRANGE", "l", 0, -1) == [b"a", b"b", b"c"]
    assert 0 < again.ask("TTL", "k") <= 100_000


# ---------------------------------------------------------------- one file, as before Redis 7

OLD = "appendonly.aof"


@pytest.fixture
def old(theirs, tmp_path):
    """`old(kind)`: the bytes of an append-only file as Redis 4 to 6 had it."""

    def make(kind):
        redis = theirs()
        change(redis.client(), 1)
        if kind == "preamble":
            rewrite(redis.client(), tmp_path)
            change(redis.client(), 2)
        finish(redis)
        parts = (tmp_path / FOLDER / MANIFEST).read_text(encoding="ascii").split()[1::6]
        data = b"".join((tmp_path / FOLDER / part).read_bytes() for part in parts)
        if kind == "requests":
            data = data[data.index(b"*2\r\n$6\r\nSELECT") :]
        shutil.rmtree(tmp_path / FOLDER)
        return data[:-7] if kind == "torn" else data

    return make


@pytest.mark.parametrize("kind", ["requests", "preamble", "torn", "empty"])
def test_an_old_file_is_taken_in(ours, theirs, old, tmp_path, kind):
    """The file of Redis 4 to 6 becomes the base in the folder, as redis-server 7 does it."""
    data = b"" if kind == "empty" else old(kind)
    there = tmp_path / "theirs"
    there.mkdir()
    for folder in (tmp_path, there):
        (folder / OLD).write_bytes(data)
    redis, server = theirs("--dir", there), ours()
    expected = everything(redis.client())
    assert everything(server.client()) == expected
    assert (expected == {}) == (kind == "empty")
    for folder in (tmp_path, there):
        assert not (folder / OLD).exists()
        assert (folder / FOLDER / OLD).exists()
    for one in (redis, server):
        assert one.client().ask("SET", "next", "1") == b"OK"
    manifests = [(folder / FOLDER / MANIFEST).read_text("ascii") for folder in (tmp_path, there)]
    assert manifests[0] == manifests[1]
    finish(server)
    expected = everything(redis.client())
    assert everything(theirs().client()) == expected


def test_an_old_file_beside_a_new_folder(ours, theirs, tmp_path):
    """Where there is a folder already, the old file stays where it is, and is not looked at."""
    server = ours()
    server.client().ask("SET", "k", "new")
    finish(server)
    data = wire.encode(["SET", "k", "old"])
    (tmp_path / OLD).write_bytes(data)
    for start in (ours, theirs):
        one = start()
        assert one.client().ask("GET", "k") == b"new"
        finish(one)
        assert (tmp_path / OLD).read_bytes() == data


def test_a_crash_while_an_old_file_is_taken_in(ours, theirs, tmp_path):
    """The manifest is there, the file not moved yet: the next start goes on from there."""
    for start, folder in ((ours, tmp_path), (theirs, tmp_path / "theirs")):
        (folder / FOLDER).mkdir(parents=True)
        (folder / FOLDER / MANIFEST).write_text(f"file {OLD} seq 1 type b\n", "ascii")
        (folder / OLD).write_bytes(wire.encode(["SET", "k", "old"]))
        assert start("--dir", folder).client().ask("GET", "k") == b"old"
        assert not (folder / OLD).exists()


# ---------------------------------------------------------------- torn files, judged by theirs


def test_a_torn_tail_ends_where_redis_says(code, theirs, program, tmp_path):
    """Of a file that is torn, the same part counts as for redis-check-aof."""
    redis = theirs()
    client = redis.client()
    for line in ["SET a 1", "MULTI", "SET b 2", "SELECT 3", "SET c 3", "EXEC", "RPUSH l x y"]:
        client.ask(*line.split())
    finish(redis)
    data = (tmp_path / FOLDER / "appendonly.aof.1.incr.aof").read_bytes()
    path = tmp_path / "torn.aof"
    check = program("redis-check-aof", "redis-tools")
    for size in range(1, len(data)):
        path.write_bytes(data[:size])
        _, whole, refused = code.labs.s07.files.requests_in(str(path))
        assert not refused
        done = subprocess.run([check, str(path)], capture_output=True, text=True, check=False)
        assert f"ok_up_to={whole}," in done.stdout, (size, done.stdout)


def test_they_go_on_where_we_cut(ours, theirs, checked, tmp_path):
    """A torn folder that our server has mended is whole for redis-server, too."""
    redis = theirs()
    change(redis.client(), 1)
    expected = everything(redis.client())
    redis.client().ask("SET", "torn", "x" * 100)
    finish(redis)
    path = tmp_path / FOLDER / "appendonly.aof.1.incr.aof"
    path.write_bytes(path.read_bytes()[:-30])
    server = ours()
    assert everything(server.client()) == expected
    assert "cut off" in server.stderr() + server.stdout()
    server.client().ask("SET", "next", "1")
    finish(server)
    checked()
    found = everything(theirs().client())
    assert found.pop((0, b"next")) == (b"1", -1)
    assert found == expected


@pytest.mark.parametrize(
    "words",
    [["SDT", "a", "2"], ["FLSHALL"], ["CONFIG", "GETT", "x"], ["", "a"]],
    ids=["unknown", "misspelt", "subcommand", "empty"],
)
@pytest.mark.parametrize("inside", [False, True], ids=["alone", "in a block"])
def test_an_unknown_request_is_refused_by_both(server, theirs, tmp_path, words, inside):
    """A request that nobody knows: neither server starts, and the file stays."""
    redis = theirs()
    change(redis.client(), 1)
    finish(redis)
    path = tmp_path / FOLDER / "appendonly.aof.1.incr.aof"
    whole = path.read_bytes()
    before, behind = ([["MULTI"]], [["EXEC"]]) if inside else ([], [])
    story = [*before, ["SET", "a", "1"], words, ["SET", "a", "2"], *behind]
    data = whole + b"".join(wire.encode(line) for line in story)
    path.write_bytes(data)
    with pytest.raises(AssertionError, match=r"Unknown command '.*' reading the append only file"):
        theirs()
    offset = data.index(wire.encode(words), len(whole))
    said = rf"{path.name} cannot be loaded: unknown .* \(at byte {offset}\)"
    with pytest.raises(AssertionError, match=said):
        server("s10", "--dir", tmp_path, "--appendonly", "yes")
    assert path.read_bytes() == data


def test_a_damaged_folder_is_refused_by_both(server, theirs, tmp_path):
    """Garbage in the middle: redis-server does not start, and neither do we; the file stays."""
    redis = theirs()
    change(redis.client(), 1)
    finish(redis)
    path = tmp_path / FOLDER / "appendonly.aof.1.incr.aof"
    data = path.read_bytes().replace(b"*4\r\n$4\r\nSADD", b"*4\r\n?4\r\nSADD", 1)
    data = data.replace(b"*3\r\n$3\r\nSET", b"*3\r\n?3\r\nSET", 1)
    path.write_bytes(data)
    with pytest.raises(AssertionError, match=r"cannot be loaded: .* \(at byte"):
        server("s10", "--dir", tmp_path, "--appendonly", "yes")
    with pytest.raises(AssertionError, match="Bad file format reading the append only file"):
        theirs()
    assert path.read_bytes() == data
