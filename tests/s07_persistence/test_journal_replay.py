"""Exercise 7.8: replay an append-only file; a torn tail."""

from __future__ import annotations

import os
import re

import pytest


def encoded(*words):
    """A request as it is in the file."""
    return b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%b\r\n" % (len(w), w) for w in words)


def put(number):
    """SET key number: the request."""
    return [b"SET", b"key", b"%d" % number]


def file_of(*requests):
    return b"".join(encoded(*request) for request in requests)


MULTI, EXEC = [b"MULTI"], [b"EXEC"]


@pytest.fixture
def read(code, tmp_path):
    """`read(data)`: of a file with these bytes, the requests, the end of the last, why refused."""

    def call(data):
        path = tmp_path / "one.aof"
        path.write_bytes(data)
        return code.labs.s07.files.requests_in(str(path))

    return call


@pytest.fixture
def folder(tmp_path):
    """`folder(data, ...)`: an append-only file whose increments hold these bytes; its path."""

    def make(*increments):
        names = [f"appendonly.aof.{number}.incr.aof" for number in range(1, len(increments) + 1)]
        for name, data in zip(names, increments, strict=True):
            (tmp_path / name).write_bytes(data)
        lines = [f"file {name} seq {n} type i\n" for n, name in enumerate(names, 1)]
        (tmp_path / "appendonly.aof.manifest").write_text("".join(lines), encoding="ascii")
        return str(tmp_path)

    return make


def content(folder, name="appendonly.aof.1.incr.aof"):
    with open(os.path.join(folder, name), "rb") as file:
        return file.read()


@pytest.mark.exercise(
    "7.8", why="next_request returns one request after another, and NEED_MORE after the last one."
)
def test_all_requests_in_order(read):
    """The requests of a whole file come in order."""
    data = file_of(put(1), put(2), put(3))
    assert read(data) == ([put(1), put(2), put(3)], len(data), "")
    assert read(b"") == ([], 0, "")


@pytest.mark.exercise(
    "7.8",
    why="A file may be larger than memory: `yield` each request before you read the next one. Only a "
    "block is collected.",
)
def test_one_request_after_another(code, tmp_path):
    """The first request is yielded before the second one is read."""
    path = tmp_path / "one.aof"
    path.write_bytes(file_of(put(1), put(2), put(3)))
    assert code.labs.s07.files.read_for_the_first(str(path)) == 1


@pytest.mark.exercise(
    "7.8",
    why="A request may hold any bytes, and a file more than one read: the parser handles both.",
)
def test_a_large_file(read):
    """Requests of any size and content are read, over the borders of chunks."""
    requests = [[b"SET", b"\r\n*1\r\n%d" % n, b"\x00\xff\r\n" * n] for n in range(1, 700)]
    data = file_of(*requests)
    assert len(data) > 2 * 256 * 1024
    assert read(data) == (requests, len(data), "")


@pytest.mark.exercise(
    "7.8",
    why="A crash leaves any number of bytes of the last request. It was never acknowledged, so it "
    "does not count, it is not damage, and `whole` is where the request before it ends.",
)
def test_a_torn_request(read):
    """A torn request does not count, wherever it is cut."""
    first = file_of(put(1), put(2))
    for size in range(1, len(file_of(put(3)))):
        torn = file_of(put(3))[:size]
        assert read(first + torn) == ([put(1), put(2)], len(first), "")


@pytest.mark.exercise(
    "7.8",
    why="The requests between MULTI and EXEC are yielded at EXEC. The two words themselves are "
    "not, since nothing can abort the transaction any more.",
)
@pytest.mark.parametrize(("begin", "end"), [(b"MULTI", b"EXEC"), (b"multi", b"Exec")])
def test_a_block(read, begin, end):
    """The requests of a block come without the words around them."""
    data = file_of(put(1), [begin], put(2), put(3), [end], put(4))
    assert read(data) == ([put(1), put(2), put(3), put(4)], len(data), "")


@pytest.mark.exercise(
    "7.8",
    why="A block may be empty: EXEC right after MULTI. An empty list is false, but the block is "
    "open all the same. Test `is None`.",
)
def test_an_empty_block(read):
    """A block without requests is complete, and yields nothing."""
    data = file_of(put(1), MULTI, EXEC)
    assert read(data) == ([put(1)], len(data), "")
    data = file_of(MULTI, EXEC, put(1), MULTI, EXEC, MULTI, put(2), EXEC)
    assert read(data) == ([put(1), put(2)], len(data), "")


@pytest.mark.exercise(
    "7.8",
    why="A block counts as one. If its EXEC is missing, none of it happens: collect the requests "
    "and yield them when you have read EXEC. Until then `whole` stays where it was before MULTI.",
)
def test_a_torn_block(read):
    """A block whose EXEC is missing does not count."""
    first = file_of(put(1))
    block = file_of(MULTI, put(2), put(3), EXEC)
    for size in range(1, len(block)):
        assert read(first + block[:size]) == ([put(1)], len(first), "")


@pytest.mark.exercise(
    "7.8",
    why="The file will be cut at `whole`, and continue from there. Cut before MULTI: half a block "
    "would swallow every request that is appended after it.",
)
def test_where_a_file_with_a_torn_block_is_cut(read):
    """`whole` is before a block that is not complete."""
    whole = file_of(put(1), MULTI, put(2), EXEC, put(3))
    for torn in (file_of(MULTI, put(4)), file_of(MULTI)):
        assert read(whole + torn)[1] == len(whole)


@pytest.mark.exercise(
    "7.8",
    why="Bytes that no server writes are not a torn tail: if you cut there, you lose what "
    "follows. The error of next_request has to reach the caller.",
)
@pytest.mark.parametrize("garbage", [b"\x00" * 20, b"SET key 2\r\n", b"*2\r\n+OK\r\n", b"*0\r\n"])
def test_garbage_in_the_middle(read, garbage):
    """Bytes that are not a request are refused, wherever they are."""
    first = file_of(put(1))
    data = first + garbage + file_of(put(2))
    requests, whole, sentence = read(data)
    assert (requests, whole) == ([put(1)], len(first))
    offset = int(re.search(r"cannot be loaded: .* \(at byte (\d+)\);", sentence)[1])
    assert len(first) <= offset <= len(first + garbage)
    assert read(first + garbage)[2] != ""


@pytest.mark.exercise(
    "7.8",
    why="No server writes a MULTI inside a block, or an EXEC without MULTI. Nobody knows what the "
    "block was meant to be.",
)
@pytest.mark.parametrize("requests", [[EXEC], [MULTI, EXEC, EXEC], [MULTI, MULTI, put(2), EXEC]])
def test_blocks_that_make_no_sense(read, requests):
    """A MULTI in a block and an EXEC without one are refused."""
    data = file_of(put(1), *requests)
    assert "cannot be loaded" in read(data)[2]


@pytest.mark.exercise(
    "7.8", why="Lines that begin with # are notes; next_request passes over them."
)
def test_annotations(read):
    """Redis can note the time in a file; such lines are not requests."""
    data = b"#TS:1700000000\r\n" + file_of(put(1)) + b"#TS:1700000001\r\n" + file_of(put(2))
    assert read(data) == ([put(1), put(2)], len(data), "")
    assert read(data + b"#TS:17") == ([put(1), put(2)], len(data), "")


@pytest.mark.exercise(
    "7.8",
    why="SELECT is yielded like any request; the reader of the file follows it. Every file begins "
    "in database 0.",
)
def test_databases(code, folder):
    """Each request comes with its database, which SELECT changes."""
    path = folder(
        file_of(put(1), [b"SELECT", b"2"], put(2), MULTI, put(3), [b"SELECT", b"0"], put(4), EXEC),
        file_of(put(5), [b"select", b"1"], put(6)),
    )
    requests = [(0, put(1)), (2, put(2)), (2, put(3)), (0, put(4)), (0, put(5)), (1, put(6))]
    assert code.labs.s07.files.replayed(path) == ({}, requests, [])


@pytest.mark.exercise(
    "7.8",
    why="After the replay the file is cut at `whole`. The part that was cut off is kept, since it "
    "is somebody's data, and the log says so.",
)
@pytest.mark.parametrize("torn", [file_of(put(2))[:-1], file_of(MULTI, put(2))])
def test_a_torn_tail_is_cut_off(code, folder, torn):
    """A torn tail is cut off, kept in a file beside it, and reported."""
    whole = file_of(put(1))
    path = folder(whole + torn)
    _, requests, notices = code.labs.s07.files.replayed(path)
    assert requests == [(0, put(1))]
    assert len(notices) == 1
    assert f"its last {len(torn)} bytes are cut off" in notices[0]
    assert content(path) == whole
    assert content(path, "appendonly.aof.1.incr.aof.torn") == torn
    assert code.labs.s07.files.replayed(path) == ({}, [(0, put(1))], [])


@pytest.mark.exercise(
    "7.8",
    why="The journal continues where the file was cut, so requests that are appended are whole "
    "again.",
)
def test_a_mended_file_goes_on(code, folder):
    """What is appended after a torn tail was cut off can be replayed."""
    path = folder(file_of(put(1), MULTI, put(2)))
    journal = code.s07.Journal(path)
    assert list(journal.replay()) == [(0, put(1))]
    journal.start({})
    journal.append(0, [put(3)])
    journal.close()
    assert code.labs.s07.files.replayed(path) == ({}, [(0, put(1)), (0, put(3))], [])


@pytest.mark.exercise(
    "7.8", why="A second torn tail must not overwrite what was kept of the first one."
)
def test_every_torn_tail_is_kept(code, folder):
    """Each torn tail gets a file of its own."""
    path = folder(file_of(put(1)) + b"*1")
    code.labs.s07.files.replayed(path)
    folder(file_of(put(1)) + b"*2")
    code.labs.s07.files.replayed(path)
    assert content(path, "appendonly.aof.1.incr.aof.torn") == b"*1"
    assert content(path, "appendonly.aof.1.incr.aof.torn.1") == b"*2"


@pytest.mark.exercise(
    "7.8",
    why="Only the last file may be torn: a crash tears where the server was writing. Before other "
    "files it is damage, as they build on what is missing.",
)
def test_a_torn_file_that_is_not_the_last(code, folder):
    """A torn request before other files is refused, and nothing is cut."""
    first = file_of(put(1)) + b"*3\r\n$3\r\nSET"
    path = folder(first, file_of(put(3)))
    sentence = code.labs.s07.files.why_not_replayed(path)
    assert f"(at byte {len(file_of(put(1)))})" in sentence
    assert content(path) == first


@pytest.mark.exercise("7.8", why="A refused file stays as it is: it may be all that is left.")
def test_a_refused_file_stays(code, folder):
    """Nothing is cut off a file that is refused."""
    data = file_of(put(1)) + b"garbage" + file_of(put(2))
    path = folder(data)
    sentence = code.labs.s07.files.why_not_replayed(path)
    assert sentence.endswith(
        "make a copy of its folder, then repair it with redis-check-aof --fix, or put in a backup"
    )
    assert "\n" not in sentence
    assert content(path) == data
    assert sorted(os.listdir(path)) == ["appendonly.aof.1.incr.aof", "appendonly.aof.manifest"]


@pytest.mark.parametrize("words", [[b"SELECT"], [b"SELECT", b"x"], [b"SELECT", b"-1"]])
def test_a_select_of_nothing(code, folder, words):
    """A SELECT that names no database is refused."""
    assert "SELECT" in code.labs.s07.files.why_not_replayed(folder(file_of(words)))
