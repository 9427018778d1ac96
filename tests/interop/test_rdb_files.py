"""RDB files both ways: we load what redis-server writes, and redis-server loads what we write.

redis-server is driven into every form that it has for a value, through its limits and options. The
forms of older servers, which no Redis of today writes, are put together here by hand; redis-server
still reads them, so it is the judge of those, too.
"""

from __future__ import annotations

import random
import struct
import subprocess

import pytest

FAR = 2_147_000_000_123  # a deadline in the year 2038, in seconds still 32 bits


def everything(client, databases=(0,)):
    """What a server holds, asked with commands: {database: {key: (value, deadline or None)}}."""
    found = {}
    for database in databases:
        assert client.ask("SELECT", database) == b"OK"
        keys = client.ask("KEYS", "*")
        if keys:
            found[database] = {key: (value(client, key), deadline(client, key)) for key in keys}
    return found


def value(client, key):
    """The value of a key: bytes, a list, a set, {field: value}, or {member: score}."""
    match client.ask("TYPE", key):
        case b"string":
            return client.ask("GET", key)
        case b"list":
            return client.ask("LRANGE", key, 0, -1)
        case b"set":
            return set(client.ask("SMEMBERS", key))
        case b"hash":
            return pairs(client.ask("HGETALL", key))
        case b"zset":
            scores = pairs(client.ask("ZRANGE", key, 0, -1, "WITHSCORES"))
            return {member: float(score) for member, score in scores.items()}
    raise AssertionError(key)


def pairs(flat):
    return dict(zip(flat[::2], flat[1::2], strict=True))


def deadline(client, key):
    milliseconds = client.ask("PEXPIRETIME", key)
    return None if milliseconds == -1 else milliseconds


# ---------------------------------------------------------------- data of every kind

NUMBERS = [0, 1, 12, 13, 63, 64, 127, 128, 255, 4095, 4096, 32767, 32768, 8388607, 8388608]
NUMBERS += [2147483647, 2147483648, 2**63 - 1]
NUMBERS += [-number - 1 for number in NUMBERS]
LENGTHS = [0, 1, 20, 21, 62, 63, 64, 253, 254, 4095, 4096, 16383, 16384]


def data_set(seed):
    """Values of every type, with items of every size and form."""
    chance = random.Random(seed)
    digits = [b"%d" % number for number in NUMBERS]
    texts = [chance.randbytes(length) for length in LENGTHS]
    odd = [b"007", b"+5", b" 5", b"5 ", b"-0", b"1e3", b"9" * 19, b"9" * 20, b"\r\n", b"\x00"]
    words = [chance.choice([b"lorem", b"ipsum", b"dolor"]) for _ in range(2000)]
    squeezable = [b"a" * 30, b"ab" * 5000, b" ".join(words), b"x" * 300 + chance.randbytes(300)]
    items = [*digits, *texts, *odd, *squeezable]
    small = [b"a", b"", b"12", b"-7", b"70000", b"bc" * 20]
    scores = [0.0, 1.0, -1.5, 0.1 + 0.2, 1e300, -1e-300, float("inf"), float("-inf"), 2.0**53]
    board = dict(zip(items, (chance.choice(scores) for _ in items), strict=True))
    return {
        **{b"string %d" % number: item for number, item in enumerate(items)},
        b"every byte": bytes(range(256)),
        bytes(range(256)): b"a key of every byte",
        b"12345": b"a key that is a number",
        b"small list": small,
        b"long list": items * 3,
        b"list of numbers": digits * 50,
        b"list of one": [b"x" * 100_000],
        b"numbers of 16 bits": {b"%d" % n for n in range(-5, 5)},
        b"numbers of 32 bits": {b"%d" % (n * 100_000) for n in range(-5, 5)},
        b"numbers of 64 bits": {b"%d" % (n * 10**12) for n in range(-5, 5)},
        b"small set": set(small),
        b"large set": set(items),
        b"many numbers": {b"%d" % n for n in range(2000)},
        b"small hash": dict(zip(small, reversed(small), strict=True)),
        b"large hash": dict(zip(items, reversed(items), strict=True)),
        b"long hash": {b"field %d" % n: b"%d" % n for n in range(1000)},
        b"small board": dict(zip(small, scores, strict=False)),
        b"large board": board,
        b"long board": {b"member %d" % n: n / 7 for n in range(1000)},
    }


COMMANDS = {bytes: "SET", list: "RPUSH", set: "SADD"}


def put(client, key, plain):
    """Stores a value with the command for its type."""
    words = [COMMANDS.get(type(plain), "HSET"), key]
    if isinstance(plain, bytes):
        words.append(plain)
    elif isinstance(plain, dict) and isinstance(next(iter(plain.values())), float):
        words = ["ZADD", key, *flat((repr(score), member) for member, score in plain.items())]
    elif isinstance(plain, dict):
        words += flat(plain.items())
    else:
        words += plain
    reply = client.ask(*words)
    assert not isinstance(reply, str), reply


def flat(many):
    return [item for pair in many for item in pair]


def plain_set(seed):
    return {key: (plain, None) for key, plain in data_set(seed).items()}


@pytest.fixture
def lab(code):
    return code.labs.s07.files


# ---------------------------------------------------------------- theirs to us

TINY = ["--list-max-listpack-size", 3, "--hash-max-listpack-entries", 2]
TINY += ["--zset-max-listpack-entries", 2, "--set-max-intset-entries", 3]
HUGE = ["--list-max-listpack-size", -5, "--hash-max-listpack-entries", 100_000]
HUGE += ["--hash-max-listpack-value", 1_000_000, "--zset-max-listpack-entries", 100_000]
HUGE += ["--zset-max-listpack-value", 1_000_000, "--set-max-intset-entries", 100_000]
FORMS = {
    "as it comes": [],
    "tiny": TINY,
    "huge": HUGE,
    "compressed lists": [*HUGE, "--list-compress-depth", 1, "--list-max-listpack-size", 8],
    "uncompressed": ["--rdbcompression", "no"],
    "no checksum": ["--rdbchecksum", "no"],
    "frequencies": ["--maxmemory", "1gb", "--maxmemory-policy", "allkeys-lfu"],
    "idle times": ["--maxmemory", "1gb", "--maxmemory-policy", "allkeys-lru"],
}


@pytest.mark.parametrize("options", FORMS.values(), ids=FORMS)
def test_we_load_what_redis_writes(lab, redis_server, tmp_path, seed, options):
    """Every form in which redis-server 7 writes a value is loaded."""
    client = redis_server(*options).client()
    data = data_set(seed)
    for key, plain in data.items():
        put(client, key, plain)
    assert client.ask("SAVE") == b"OK"
    assert lab.loaded(str(tmp_path / "dump.rdb")) == {0: plain_set(seed)}


def test_we_load_large_items_of_lists(lab, redis_server, tmp_path):
    """A list of Redis 7 may have blocks that are one large item and no listpack."""
    client = redis_server("--enable-debug-command", "yes").client()
    assert client.ask("DEBUG", "QUICKLIST-PACKED-THRESHOLD", "100B") == b"OK"
    items = [b"small", b"L" * 1000, bytes(range(256)), b"7", b"12345", b"M" * 101]
    put(client, b"list", items)
    assert client.ask("SAVE") == b"OK"
    assert lab.loaded(str(tmp_path / "dump.rdb")) == {0: {b"list": (items, None)}}


def test_we_load_databases_and_deadlines(lab, redis_server, tmp_path):
    """Each key is in its database and has its deadline."""
    client = redis_server().client()
    for database in (0, 3, 15):
        client.ask("SELECT", database)
        client.ask("SET", "here", database)
        client.ask("RPUSH", "list", "a", "b")
        client.ask("PEXPIREAT", "list", FAR + database)
    found = everything(client, range(16))
    client.ask("SAVE")
    assert lab.loaded(str(tmp_path / "dump.rdb")) == found
    assert found[3] == {b"here": (b"3", None), b"list": ([b"a", b"b"], FAR + 3)}


def test_step_7_has_no_streams(command, redis_server, tmp_path):
    """Without a type for them, streams are refused by name, and not dropped."""
    client = redis_server().client()
    client.ask("SET", "k", "v")
    assert not str(client.ask("XADD", "events", "*", "f", "v")).startswith("-")
    client.ask("SAVE")
    done = command("s07", "serve", "--port", 0, "--dir", tmp_path)
    assert done.returncode != 0
    assert "the key 'events' holds a stream" in done.stderr


def test_functions_in_files_of_either_server(server, redis_server, tmp_path):
    """Libraries that redis-server saved are called here, and those of ours there."""
    code = "#!lua name=mylib\nredis.register_function('f', function(k, a) return a[1] end)"
    theirs = redis_server().client()
    assert theirs.ask("FUNCTION", "LOAD", code) == b"mylib"
    theirs.ask("SAVE")
    ours = server("s10").client()
    assert ours.ask("FCALL", "f", "0", "hello") == b"hello"
    assert ours.ask("FUNCTION", "DUMP") == theirs.ask("FUNCTION", "DUMP")
    ours.ask("FUNCTION", "LOAD", code.replace("mylib", "other").replace("'f'", "'g'"))
    ours.ask("SAVE")
    later = redis_server().client()
    assert [later.ask("FCALL", name, "0", "x") for name in "fg"] == [b"x", b"x"]


def test_our_server_starts_on_their_file(server, redis_server, tmp_path, seed):
    """Our server answers as redis-server does, after a start on its file."""
    theirs = redis_server()
    client = theirs.client()
    for key, plain in data_set(seed).items():
        put(client, key, plain)
    client.ask("PEXPIREAT", "small list", FAR)
    client.ask("SELECT", 5)
    client.ask("SET", "k", "v", "PXAT", FAR)
    expected = everything(client, [0, 5])
    client.ask("SAVE")
    theirs.kill()
    assert everything(server("s10", "--dir", tmp_path).client(), [0, 5]) == expected


# ---------------------------------------------------------------- ours to them


def checked(program, path):
    """Fails unless redis-check-rdb finds the file whole."""
    command = [program("redis-check-rdb", "redis-tools"), path]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert "Checksum OK" in done.stdout


def test_redis_loads_what_we_write(code, lab, redis_server, program, tmp_path, seed):
    """redis-server loads every value that we write, and redis-check-rdb finds the file whole."""
    shelf = lab.Shelf()
    for key, plain in data_set(seed).items():
        shelf.put(key, plain)
    for database in (0, 3, 15):
        shelf.put(b"here", b"%d" % database, FAR + database, database)
    path = str(tmp_path / "dump.rdb")
    code.s07.save(shelf, path)
    checked(program, path)
    found = everything(redis_server().client(), range(16))
    assert found == lab.loaded(path)
    assert found[0].keys() == {*data_set(seed), b"here"}
    assert found[15] == {b"here": (b"15", FAR + 15)}


def test_redis_loads_an_empty_file_of_ours(code, lab, redis_server, program, tmp_path):
    """A file without keys is whole."""
    path = str(tmp_path / "dump.rdb")
    code.s07.save(lab.Shelf(), path)
    checked(program, path)
    assert redis_server().client().ask("DBSIZE") == 0


@pytest.mark.parametrize("step", ["s07", "s10"])
def test_redis_starts_on_the_file_of_our_server(server, redis_server, tmp_path, seed, step):
    """redis-server answers as our server does, after a start on its file."""
    ours = server(step, "--dir", tmp_path)
    client = ours.client()
    for key, plain in data_set(seed).items():
        put(client, key, plain)
    client.ask("PEXPIREAT", "small list", FAR)
    assert client.ask("SAVE") == b"OK"
    ours.kill()
    found = everything(redis_server().client())
    expected = plain_set(seed)
    expected[b"small list"] = (expected[b"small list"][0], FAR)
    assert found == {0: expected}


# ---------------------------------------------------------------- streams, both ways


def random_streams(chance):
    """Requests that make five streams: entries of all shapes, gaps, groups, and what is pending."""
    items = [b"", b"a", b"12", b"-70000", b"9" * 19, chance.randbytes(70), b"x" * 300, b"x" * 5000]
    for key in (b"s%d" % number for number in range(5)):
        names = chance.sample(items[:6], k=3)
        milliseconds = chance.choice([0, 1, 2**40, 2**63, 2**64 - 200])
        for number in range(1, chance.randrange(2, 150)):
            milliseconds += chance.choice([0, 0, 1])
            fields = (
                names if chance.random() < 0.8 else chance.choices(items, k=chance.randint(1, 4))
            )
            words = flat((field, chance.choice(items)) for field in fields)
            yield "XADD", key, f"{milliseconds}-{number}", *words
            if chance.random() < 0.2:
                yield "XDEL", key, f"{milliseconds}-{number}"
        for group in (b"g", b"", b"12")[: chance.randrange(4)]:
            start = chance.choice(["0", "$", f"{milliseconds}-1"])
            yield "XGROUP", "CREATE", key, group, start, "ENTRIESREAD", chance.randrange(-1, 9)
            for who in (b"ann", b"", b"7")[: chance.randrange(4)]:
                read = ("XREADGROUP", "GROUP", group, who, "COUNT", chance.randint(1, 40))
                yield *read, "STREAMS", key, ">"
                count = chance.randrange(1, 300)
                yield (
                    "XCLAIM",
                    key,
                    group,
                    who,
                    0,
                    f"{milliseconds}-1",
                    "RETRYCOUNT",
                    count,
                    "FORCE",
                )
        if chance.random() < 0.3:
            yield "XTRIM", key, "MAXLEN", chance.randrange(3)


def all_streams(client):
    """All that INFO and XRANGE know of the streams, but who was active when."""
    found = {}
    assert client.ask("HELLO", 3)
    for key in sorted(client.ask("KEYS", "*")):
        found[key] = client.ask("XINFO", "STREAM", key, "FULL", "COUNT", 0)
        for group in found[key][b"groups"]:
            for consumer in group[b"consumers"]:
                del consumer[b"seen-time"]
    return found


def test_random_streams_both_ways(server, redis_server, tmp_path, seed):
    """Streams go from us to redis-server, with one change more to us again, and are the same."""
    chance = random.Random(seed)
    limits = "--stream-node-max-entries", chance.choice([1, 3, 100])
    requests = [*random_streams(chance)]
    ours = server("s10", "--dir", tmp_path)
    client = ours.client()
    client.ask("CONFIG", "SET", limits[0][2:], limits[1])
    for words in requests:
        assert not str(client.ask(*words)).startswith("-"), words
    for start in (redis_server, lambda *options: server("s10", "--dir", tmp_path)):
        expected = all_streams(client)
        assert client.ask("SAVE") == b"OK"
        ours.kill()
        ours = start(*limits)
        client = ours.client()
        assert all_streams(client) == expected
        for key in expected:
            client.ask("XADD", key, "*", "one", "more")
    assert len(expected) == 5


# ---------------------------------------------------------------- forms of older servers


def string(data):
    """A string in an RDB file, with a length of four bytes."""
    return b"\x80" + struct.pack(">I", len(data)) + data


def ziplist(items):
    """The items as a ziplist, which Redis used up to version 6."""
    body, previous = b"", 0
    for item in items:
        entry = (bytes([previous]) if previous < 254 else b"\xfe" + struct.pack("<I", previous)) + (
            ziplist_item(item)
        )
        body, last, previous = body + entry, len(body), len(entry)
    tail = 10 + (last if items else 0)
    return struct.pack("<IIH", 11 + len(body), tail, len(items)) + body + b"\xff"


def ziplist_item(item):
    number = int(item) if item == b"%d" % int_or(item) else None
    if number is not None and 0 <= number <= 12:
        return bytes([0xF1 + number])
    for mark, size in ((0xFE, 1), (0xC0, 2), (0xF0, 3), (0xD0, 4), (0xE0, 8)):
        if number is not None and -(1 << 8 * size - 1) <= number < 1 << 8 * size - 1:
            return bytes([mark]) + number.to_bytes(size, "little", signed=True)
    if len(item) < 64:
        return bytes([len(item)]) + item
    if len(item) < 16384:
        return struct.pack(">H", 0x4000 | len(item)) + item
    return b"\x80" + struct.pack(">I", len(item)) + item


def int_or(item):
    try:
        return int(item)
    except ValueError:
        return 0


def zipmap(items, count=None):
    """Fields and values as a zipmap, which Redis used up to version 2.4."""
    body = b""
    for place, item in enumerate(items):
        length = bytes([len(item)]) if len(item) < 254 else b"\xfe" + struct.pack("<I", len(item))
        # after a value there may be unused room
        body += length + (b"\x03" + item + b"???" if place % 2 else item)
    return bytes([len(items) // 2 if count is None else count]) + body + b"\xff"


ITEMS = [
    b"a",
    b"",
    b"0",
    b"12",
    b"13",
    b"-1",
    b"128",
    b"-40000",
    b"8388607",
    b"70000000",
    b"-9" * 1,
]
ITEMS += [b"5000000000", b"x" * 63, b"y" * 64, b"z" * 300, b"Z" * 20_000]
HASH = [b"f", b"v", b"n", b"7", b"long", b"w" * 260, b"", b""]
BOARD = [b"m", b"1", b"n", b"2.5", b"low", b"-inf", b"high", b"inf", b"17", b"1e3"]
PAIRS = dict(zip(HASH[::2], HASH[1::2], strict=True))
SCORES = {b"m": 1.0, b"n": 2.5, b"low": float("-inf"), b"high": float("inf"), b"17": 1000.0}


def old_scores():
    special = {float("inf"): b"\xfe", float("-inf"): b"\xff"}
    items = (
        string(member) + special.get(score, bytes([len(repr(score))]) + repr(score).encode())
        for member, score in SCORES.items()
    )
    return bytes([len(SCORES)]) + b"".join(items)


OLD = {
    "list, item by item": (
        1,
        b"\x03" + string(b"a") + b"\xc0\x05" + string(b""),
        [b"a", b"5", b""],
    ),
    "list in a ziplist": (10, string(ziplist(ITEMS)), ITEMS),
    "list in ziplists": (14, b"\x02" + string(ziplist(ITEMS)) * 2, ITEMS * 2),
    "set in an intset": (11, string(struct.pack("<IIhh", 2, 2, -5, 7)), {b"-5", b"7"}),
    "hash in a zipmap": (9, string(zipmap(HASH)), PAIRS),
    "hash in a zipmap of unknown size": (9, string(zipmap(HASH, 254)), PAIRS),
    "hash in a ziplist": (13, string(ziplist(HASH)), PAIRS),
    "hash, item by item": (4, bytes([len(PAIRS)]) + b"".join(map(string, HASH)), PAIRS),
    "sorted set in a ziplist": (12, string(ziplist(BOARD)), SCORES),
    "sorted set with scores as text": (3, old_scores(), SCORES),
}


@pytest.mark.parametrize("version", [6, 9])
def test_forms_of_older_servers(lab, redis_server, tmp_path, version):
    """What older servers wrote is loaded as redis-server loads it."""
    entries = [
        bytes([kind]) + string(name.encode()) + data for name, (kind, data, _) in OLD.items()
    ]
    seconds = b"\xfd" + struct.pack("<I", FAR // 1000)
    data = b"REDIS%04d\xfe\x00" % version + seconds + b"".join(entries) + b"\xff" + bytes(8)
    (tmp_path / "dump.rdb").write_bytes(data)
    expected = {name.encode(): (plain, None) for name, (_, _, plain) in OLD.items()}
    first = next(iter(expected))
    expected[first] = (expected[first][0], FAR // 1000 * 1000)
    assert lab.loaded(str(tmp_path / "dump.rdb")) == {0: expected}
    assert everything(redis_server().client()) == {0: expected}


def test_every_ziplist_is_one(lab, redis_server, tmp_path, seed):
    """Random items in random order: our reading of a ziplist is that of redis-server."""
    chance = random.Random(seed)
    pool = [*ITEMS, *(b"%d" % (number * chance.choice([1, -1])) for number in NUMBERS)]
    lists = {b"%d" % n: chance.choices(pool, k=chance.randint(1, 40)) for n in range(50)}
    entries = [b"\x0a" + string(key) + string(ziplist(items)) for key, items in lists.items()]
    data = b"REDIS0009" + b"".join(entries) + b"\xff" + bytes(8)
    (tmp_path / "dump.rdb").write_bytes(data)
    expected = {0: {key: (items, None) for key, items in lists.items()}}
    assert lab.loaded(str(tmp_path / "dump.rdb")) == expected
    assert everything(redis_server().client()) == expected
