"""The server and its files: what it restores, what it writes when, and what it refuses."""

from __future__ import annotations

import os
import resource
import threading

import pytest

from workbook import wire
from workbook.patience import attempts, patience

JOURNAL = ("--appendonly", "yes", "--appendfsync", "always")
INCREMENT = "appendonlydir/appendonly.aof.1.incr.aof"
PAST = 1_000_000_000_000  # in milliseconds: the year 2001
FUTURE = 2_147_000_000_123


def requests_in(path):
    """The requests in a file of the journal, without SELECT."""
    data, at, found = path.read_bytes(), 0, []
    while at < len(data):
        request, at = wire.decode(data, at)
        found.append(request)
    return [request for request in found if request[0] != b"SELECT"]


def wait_for(ask, answer):
    """Asks until the answer is there, with patience."""
    got = None
    for _ in attempts(2 * patience()):
        if (got := ask()) == answer:
            return
    pytest.fail(f"{got!r} to the end, not {answer!r}")


def refused(server, *options, step="s07", **more):
    """What a server says that does not start: one sentence, and exit code 1 or 2."""
    with pytest.raises(wire.WireFailure) as failure:
        server(step, *options, **more)
    text = str(failure.value)
    assert "Traceback" not in text
    return text


# ---------------------------------------------------------------- snapshots


def test_save_and_restore(server):
    """After SAVE, a server that starts in the same folder has everything."""
    one = server("s07")
    client = one.client()
    client.ask("SET", "k", "v", "PXAT", FUTURE)
    client.ask("RPUSH", "list", "a", "b")
    before = client.ask("LASTSAVE")
    assert client.ask("SAVE") == b"OK"
    assert client.ask("LASTSAVE") >= before
    client.ask("SET", "after", "x")
    one.kill()
    client = server("s07").client()
    assert client.ask("GET", "k") == b"v"
    assert client.ask("PEXPIRETIME", "k") == FUTURE
    assert client.ask("LRANGE", "list", 0, -1) == [b"a", b"b"]
    assert client.ask("EXISTS", "after") == 0


def test_save_in_the_background(server, tmp_path):
    """BGSAVE writes what was there when it was sent."""
    client = server("s07").client()
    client.ask("SET", "k", "v")
    assert client.ask("BGSAVE") == b"Background saving started"
    client.ask("SET", "k", "w")
    wait_for((tmp_path / "dump.rdb").exists, True)
    assert server("s07").client().ask("GET", "k") == b"v"


@pytest.mark.parametrize("rules", [(), ((3600, 1),)])
def test_flushall_gives_up_a_snapshot(code, tmp_path, rules):
    """What a background save still writes at FLUSHALL does not become the snapshot."""
    reached, go = threading.Event(), threading.Event()

    class Held(code.s07.Disk):
        def write(self, file, data):
            reached.set()
            assert go.wait(60)
            super().write(file, data)

    state = code.s07.State(code.s07.Settings(dir=str(tmp_path), save=rules))
    state.files.disk = Held()
    session = code.s07.JournalSession(state)
    assert session.receive(b"SET k v\r\nBGSAVE\r\n").startswith(b"+OK")
    assert reached.wait(60)
    flush = threading.Thread(target=session.receive, args=(b"FLUSHALL\r\n",))
    flush.start()
    assert state.files.given_up.wait(60)
    go.set()
    flush.join()
    state.files.close()
    assert code.s07.load(str(tmp_path / "dump.rdb")) == {}
    assert [path.name for path in tmp_path.iterdir()] == ["dump.rdb"] * len(rules)


def test_a_rule_saves(server, tmp_path):
    """`--save "1 2"`, with any blanks: a second after two changes there is a snapshot."""
    client = server("s07", "--save", " 1  2 ", "--dbfilename", "by-rule.rdb").client()
    client.ask("MSET", "a", "1", "b", "2")
    wait_for((tmp_path / "by-rule.rdb").exists, True)
    other = server("s07", "--dbfilename", "by-rule.rdb").client()
    assert other.ask("MGET", "a", "b") == [b"1", b"2"]


def test_a_snapshot_that_cannot_be_written(server, tmp_path):
    """SAVE says that it failed; the old file stays; with a rule, writing is refused from then on."""
    one = server("s07", "--save", "3600 1000000")
    client = one.client()
    client.ask("SET", "k", "v")
    assert client.ask("SAVE") == b"OK"
    old = (tmp_path / "dump.rdb").read_bytes()
    client.ask("SET", "big", "x" * 100_000)
    resource.prlimit(one.pid, resource.RLIMIT_FSIZE, (5000, resource.RLIM_INFINITY))
    assert client.ask("SAVE").startswith("-ERR")
    assert (tmp_path / "dump.rdb").read_bytes() == old
    assert client.ask("SET", "k", "w").startswith("-MISCONF")
    assert client.ask("GET", "k") == b"v"
    limits = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
    resource.prlimit(one.pid, resource.RLIMIT_FSIZE, limits)
    assert client.ask("SAVE") == b"OK"
    assert client.ask("SET", "k", "w") == b"OK"


# ---------------------------------------------------------------- the journal


def test_the_journal_restores(server):
    """Without any SAVE everything is back after a kill."""
    one = server("s07", *JOURNAL)
    client = one.client()
    client.ask("SET", "k", "v", "PXAT", FUTURE)
    client.ask("SADD", "set", "a", "b", "c")
    popped = client.ask("SPOP", "set")
    one.kill()
    client = server("s07", *JOURNAL).client()
    assert client.ask("PEXPIRETIME", "k") == FUTURE
    assert {popped, *client.ask("SMEMBERS", "set")} == {b"a", b"b", b"c"}
    assert client.ask("SCARD", "set") == 2


def test_all_databases_behind_a_password(server):
    """The journal of a server with a password needs none, and covers all databases."""
    options = (*JOURNAL, "--requirepass", "secret")
    one = server("s10", *options)
    client = one.client()
    client.ask("AUTH", "secret")
    client.ask("SET", "k", "v")
    assert client.ask("COPY", "k", "l", "DB", 1) == 1
    client.ask("SET", "gone", "v")
    assert client.ask("MOVE", "gone", 2) == 1
    client.ask("SELECT", 2)
    client.ask("FLUSHDB")
    client.ask("SET", "m", "v")
    one.kill()
    client = server("s10", *options).client()
    client.ask("AUTH", "secret")
    for index, keys in enumerate(([b"k"], [b"l"], [b"m"])):
        client.ask("SELECT", index)
        assert client.ask("KEYS", "*") == keys
    client.ask("SELECT", 5)
    assert client.ask("FLUSHALL") == b"OK"
    for step in range(3):
        client.ask("SELECT", step)
        assert client.ask("DBSIZE") == 0


def test_flushall_from_another_database(server):
    """FLUSHALL is journaled even if the selected database was already empty."""
    one = server("s10", *JOURNAL)
    client = one.client()
    client.ask("SET", "k", "v")
    client.ask("SELECT", 5)
    assert client.ask("FLUSHALL") == b"OK"
    one.kill()
    assert server("s10", *JOURNAL).client().ask("DBSIZE") == 0


def test_a_rewritten_journal_restores(server, tmp_path):
    """After BGREWRITEAOF there is a new base, followed by later changes."""
    one = server("s07", *JOURNAL)
    client = one.client()
    for _ in range(200):
        client.ask("INCR", "n")
    assert client.ask("BGREWRITEAOF").startswith(b"Background append only file rewriting")
    client.ask("INCR", "n")
    wait_for((tmp_path / INCREMENT).exists, False)
    one.kill()
    assert server("s07", *JOURNAL).client().ask("GET", "n") == b"201"


def test_the_journal_goes_before_the_snapshot(server):
    """With a journal the snapshot is not looked at; a new journal begins with the snapshot."""
    one = server("s07")
    one.client().ask("SET", "k", "snapshot")
    one.client().ask("SAVE")
    one.kill()
    one = server("s07", *JOURNAL)
    client = one.client()
    assert client.ask("GET", "k") == b"snapshot"
    client.ask("SET", "k", "journal")
    one.kill()
    assert server("s07", *JOURNAL).client().ask("GET", "k") == b"journal"
    assert server("s07").client().ask("GET", "k") == b"snapshot"


def test_effects_do_not_depend_on_the_clock(server, tmp_path):
    """The journal holds moments and results, never "in ten seconds" or "any of them"."""
    client = server("s07", *JOURNAL).client()
    client.ask("SET", "a", "v", "EX", 1000)
    client.ask("SET", "b", "v")
    client.ask("EXPIRE", "b", 1000)
    client.ask("SETEX", "c", 1000, "v")
    client.ask("PSETEX", "d", 1000000, "v")
    client.ask("GETEX", "b", "PX", 2000000)
    client.ask("GETEX", "b", "PERSIST")
    client.ask("SET", "a", "w", "KEEPTTL", "XX")
    client.ask("INCRBYFLOAT", "f", "0.1")
    client.ask("INCRBYFLOAT", "f", "0.2")
    client.ask("HINCRBYFLOAT", "h", "f", "1.5")
    client.ask("SADD", "s", "one")
    client.ask("SPOP", "s", 1)
    client.ask("SET", "b", "gone", "GET")
    client.ask("EXPIRE", "b", -1)
    found = requests_in(tmp_path / INCREMENT)
    relative = [request for request in found if b"EX" in request or request[0] == b"EXPIRE"]
    assert not relative
    moments = [request[-1] for request in found if b"PXAT" in request or request[0] == b"PEXPIREAT"]
    assert len(moments) == 6
    assert all(int(moment) > PAST for moment in moments)
    without = [request for request in found if request[-1] not in moments]
    assert without == [
        [b"SET", b"b", b"v"],
        [b"PERSIST", b"b"],
        [b"SET", b"f", b"0.1", b"KEEPTTL"],
        [b"SET", b"f", b"0.3", b"KEEPTTL"],
        [b"HSET", b"h", b"f", b"1.5"],
        [b"SADD", b"s", b"one"],
        [b"SREM", b"s", b"one"],
        [b"SET", b"b", b"gone"],
        [b"DEL", b"b"],
    ]


NO_CHANGE = (
    "GET k|INCR k|SET k|SET k v EX 0|SET k v NX|SET none v XX|SET k a NX GET EX 100|LPUSH k x"
    "|EXPIRE none 10|EXPIRE k 10 XX|EXPIRE k 10 GT|EXPIRE k abc|EXPIRE k 10 NX XX|PERSIST k"
    "|GETEX k|GETEX none EX 10|GETEX k PERSIST|DEL none|SREM none a|SPOP none|SETNX k v"
    "|LPOP none|LSET list 7 x|RENAME none k|COPY k list|INCRBYFLOAT list 1|NOPE k"
)


@pytest.mark.parametrize("step", ["s07", "s10"])
def test_what_changes_nothing_leaves_no_line(server, tmp_path, step):
    """Errors, refusals and reads leave no line in the journal."""
    client = server(step, *JOURNAL).client()
    client.ask("SET", "k", "a")
    client.ask("RPUSH", "list", "a")
    before = (tmp_path / INCREMENT).read_bytes()
    for line in NO_CHANGE.split("|"):
        client.ask(*line.split())
    assert client.ask("TTL", "k") == -1
    assert (tmp_path / INCREMENT).read_bytes() == before


# ---------------------------------------------------------------- times to live and files


@pytest.mark.parametrize(
    "line",
    [
        "SET k x XX",
        "SET k x XX GET",
        "GETEX k EX 100",
        "EXPIRE k 100",
        "PERSIST k",
        "GET k",
        "INCRBYFLOAT k nope",
        "SPOP k",
        "GETDEL k",
        "RENAME k l",
        "COPY k l",
        "DEL k",
    ],
)
def test_who_comes_too_late(code, tmp_path, line):
    """A command that comes too late for a key journals only its end, whatever the command."""
    clock = code.s07.ManualClock(PAST)
    session = code.labs.s07.session_with_journal(str(tmp_path), clock)
    assert session.receive(wire.encode(["SET", "k", "v", "PX", 500])) == b"+OK\r\n"
    clock.advance(501)
    session.receive(wire.encode(line.split()) + wire.encode(["EXISTS", "k"]))
    assert not session.closing
    set_k = [b"SET", b"k", b"v", b"PXAT", b"%d" % (PAST + 500)]
    assert requests_in(tmp_path / INCREMENT) == [set_k, [b"DEL", b"k"]]


@pytest.mark.parametrize(
    "line", [f"SET k w PXAT {PAST}", "EXPIRE k -1", "PEXPIREAT k 1", "GETEX k EXAT 1"]
)
def test_a_deadline_that_is_past_is_a_del(server, tmp_path, line):
    """In the journal a deadline that was past already is a DEL: a replay has no clock."""
    client = server("s07", *JOURNAL).client()
    client.ask("SET", "k", "v")
    client.ask(*line.split())
    assert requests_in(tmp_path / INCREMENT) == [[b"SET", b"k", b"v"], [b"DEL", b"k"]]


@pytest.mark.parametrize("step", ["s07", "s10"])
def test_what_is_over_does_not_come_back(server, step):
    """After a restart no expired key is back, and all later ones are there."""
    one = server(step, *JOURNAL)
    client = one.client()
    client.ask("SET", "over", "v", "PXAT", PAST)
    client.ask("SET", "anew", "old", "PXAT", PAST)
    assert client.ask("INCR", "anew") == 1
    client.ask("SET", "kept", "v", "PX", 1)
    one.kill()
    one = server(step, *JOURNAL)
    client = one.client()
    assert client.ask("MGET", "over", "anew") == [None, b"1"]
    assert client.ask("TTL", "anew") == -1
    wait_for(lambda: client.ask("GET", "kept"), None)
    one.kill()
    client = server(step, *JOURNAL).client()
    assert client.ask("KEYS", "*") == [b"anew"]


def test_an_old_deadline_that_was_taken_back(server, tmp_path):
    """A deadline that is past by now, but was taken back in time, ends nothing at the replay."""
    one = server("s07", *JOURNAL)
    one.client().ask("SET", "other", "v")
    one.stop()
    story = ["SET a v", f"PEXPIREAT a {PAST}", "PERSIST a", f"SET b v PXAT {PAST}", "RENAME b c"]
    story += ["PERSIST c", f"SET d 1 PXAT {PAST}", "INCR d", f"PEXPIREAT d {FUTURE}"]
    with (tmp_path / INCREMENT).open("ab") as file:
        file.writelines(wire.encode(line.split()) for line in story)
    client = server("s07", *JOURNAL).client()
    assert client.ask("MGET", "a", "b", "c", "d") == [b"v", None, b"v", b"2"]
    assert client.ask("PEXPIRETIME", "d") == FUTURE


def test_a_snapshot_with_what_is_over(server):
    """Keys that have expired by the time a snapshot is loaded are not there."""
    one = server("s07")
    client = one.client()
    client.ask("SET", "short", "v", "PX", 30)
    client.ask("SET", "long", "v")
    assert client.ask("SAVE") == b"OK"
    wait_for(lambda: client.ask("EXISTS", "short"), 0)
    one.kill()
    client = server("s07").client()
    assert client.ask("DBSIZE") == 1
    assert client.ask("GET", "short") is None


# ---------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (
            ["--appendfsync", "sometimes"],
            "'sometimes' can't be used; give one of everysec, always, no",
        ),
        (["--appendonly", "maybe"], "'maybe' can't be used; give yes or no"),
        (["--save", "900"], "'900' can't be used; give pairs of seconds and changes, like"),
        (["--save", "900 x"], "'900 x' can't be used; give pairs"),
        (["--save", "1 -1"], "'1 -1' can't be used; give pairs"),
        (["--dir", "nowhere"], "'nowhere' can't be used; give a folder that exists"),
        (["--dbfilename", "a/b.rdb"], "'a/b.rdb' can't be used; give a name without a path"),
        (["--dbfilename", ""], "'' can't be used; give a name without a path"),
        (["--appenddirname", "../x"], "'../x' can't be used; give a name without a path"),
        (["--appendfilename", ".."], "'..' can't be used; give a name without a path"),
        (["--dbfilename", "."], "'.' can't be used; give a name without a path"),
    ],
)
def test_wrong_options(server, options, said):
    """A wrong option is one sentence and exit code 2."""
    text = refused(server, *options)
    assert said in text
    assert "exit code 2" in text


def test_a_damaged_snapshot(server, tmp_path):
    """A damaged snapshot: one sentence, exit code 1, and the file stays as it is."""
    one = server("s07")
    one.client().ask("SET", "k", "v")
    one.client().ask("SAVE")
    one.kill()
    path = tmp_path / "dump.rdb"
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0x40
    path.write_bytes(data)
    text = refused(server)
    assert "exit code 1" in text
    assert "dump.rdb" in text
    assert path.read_bytes() == bytes(data)


@pytest.mark.parametrize(
    ("make", "said"), [(os.mkfifo, "dump.rdb is a pipe or device"), (os.mkdir, "Is a directory")]
)
def test_no_file_in_place_of_the_snapshot(server, tmp_path, make, said):
    """A named pipe or a folder is refused in one sentence; a server that read the pipe would hang."""
    make(tmp_path / "dump.rdb")
    text = refused(server)
    assert "exit code 1" in text
    assert said in text


def test_a_damaged_journal(server, tmp_path):
    """Garbage in the middle of a journal: one sentence, exit code 1, and the file stays."""
    one = server("s07", *JOURNAL)
    one.client().ask("SET", "k", "v")
    one.stop()
    path = tmp_path / INCREMENT
    path.write_bytes(path.read_bytes() + b"garbage\r\n" + wire.encode(["SET", "k", "w"]))
    data = path.read_bytes()
    text = refused(server, *JOURNAL)
    assert "exit code 1" in text
    assert path.name in text
    assert path.read_bytes() == data


@pytest.mark.parametrize(
    ("step", "words", "why"),
    [
        ("s07", ["XADD", "k", "*", "f", "v"], "unknown command 'XADD'"),
        ("s10", ["SDT", "k", "\x1b[2J\r\n"], "unknown command 'SDT'"),
        ("s10", ["SET", "k"], "wrong number of arguments for 'set' command"),
        ("s10", ["DEL"], "wrong number of arguments for 'del' command"),
        ("s10", ["HSET", "h", "f", "v", "g"], "wrong number of arguments for 'hset' command"),
        ("s10", ["SET", "k", "v", "PXAT"], "syntax error"),
        ("s07", ["SET", "k", "v", "PX", "1", "EX", "1"], "syntax error"),
        ("s10", ["INCRBY", "k", "one"], "value is not an integer or out of range"),
        ("s07", ["BGREWRITEAOF"], "a journal can't have the command 'bgrewriteaof'"),
        ("s10", ["BLPOP", "k", "0"], "a journal can't have the command 'blpop'"),
    ],
)
def test_a_request_that_cannot_be_run(server, tmp_path, step, words, why):
    """No server wrote that: a sentence with file, byte and reason, and the file stays."""
    path = tmp_path / INCREMENT
    path.parent.mkdir()
    manifest = path.with_name("appendonly.aof.manifest")
    manifest.write_text(f"file {path.name} seq 1 type i\n")
    whole = wire.encode(["SELECT", "0"]) + wire.encode(["SET", "k", "1"])
    data = whole + wire.encode(words) + wire.encode(["SET", "k", "2"])
    path.write_bytes(data)
    text = refused(server, *JOURNAL, step=step)
    assert "exit code 1" in text
    assert f"{path.name} cannot be loaded: {why}" in text
    assert f"(at byte {len(whole)}); start the server that wrote the file" in text
    assert "\x1b" not in text
    assert path.read_bytes() == data


@pytest.mark.parametrize("step", ["s07", "s10"])
def test_a_request_that_fails_on_the_data(server, tmp_path, step):
    """A valid request that fails is logged, and the requests after it are loaded."""
    one = server(step, *JOURNAL)
    one.client().ask("SET", "k", "text")
    one.stop()
    with (tmp_path / INCREMENT).open("ab") as file:
        file.writelines(wire.encode(line.split()) for line in ["LPUSH k a", "INCR k", "SET l v"])
    one = server(step, *JOURNAL)
    assert one.client().ask("MGET", "k", "l") == [b"text", b"v"]
    one.stop()
    assert one.stderr().count("a request of the journal failed") == 2


def test_a_torn_journal(server, tmp_path):
    """A journal that ends in the middle of a request is cut there, and the log says so."""
    one = server("s07", *JOURNAL)
    one.client().ask("SET", "k", "v")
    one.stop()
    path = tmp_path / INCREMENT
    whole = path.read_bytes()
    path.write_bytes(whole + wire.encode(["SET", "k", "w"])[:-5])
    one = server("s07", *JOURNAL)
    assert one.client().ask("GET", "k") == b"v"
    assert path.read_bytes() == whole
    assert one.stop() == 0
    assert path.name in one.stderr()


def test_another_database(server, tmp_path):
    """A journal with a second database is not for step 7: one sentence that says what to do."""
    one = server("s07", *JOURNAL)
    one.client().ask("SET", "k", "v")
    one.stop()
    path = tmp_path / INCREMENT
    path.write_bytes(
        path.read_bytes() + wire.encode(["SELECT", "3"]) + wire.encode(["SET", "x", "y"])
    )
    data = path.read_bytes()
    text = refused(server, *JOURNAL)
    assert "exit code 1" in text
    assert "database 3" in text
    assert path.read_bytes() == data
    client = server("s10", *JOURNAL).client()
    client.ask("SELECT", 3)
    assert client.ask("GET", "x") == b"y"


def test_a_folder_in_the_way(server, tmp_path):
    """A file in place of the journal's folder, and a folder in place of the snapshot: a sentence."""
    (tmp_path / "appendonlydir").write_text("a file")
    assert "exit code 1" in refused(server, *JOURNAL)
    (tmp_path / "dump.rdb").mkdir()
    assert "exit code 1" in refused(server)


def test_a_journal_that_cannot_be_written(server, tmp_path):
    """A full disk: nothing is acknowledged that is not in the journal, and reading goes on."""
    one = server("s07", *JOURNAL)
    client = one.client()
    assert client.ask("SET", "k", "v") == b"OK"
    resource.prlimit(one.pid, resource.RLIMIT_FSIZE, (2000, resource.RLIM_INFINITY))
    big = one.client()
    big.send(wire.encode(["SET", "k", "x" * 10_000]))
    assert b"+OK" not in big.receive(5)
    other = one.client()
    assert other.ask("SET", "l", "v").startswith("-MISCONF")
    assert other.ask("EXISTS", "l") == 0
    assert one.exit_code() is None
    assert "Traceback" not in one.stderr()
    one.kill()
    assert server("s07", *JOURNAL).client().ask("GET", "k") == b"v"
