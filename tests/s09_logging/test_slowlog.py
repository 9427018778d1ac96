"""Exercise 9.6: which commands took long."""

from __future__ import annotations

import pytest


def words_of(code, *words):
    """The words that an entry keeps of a request."""
    log = code.labs.s09.slow_log()
    log.add(list(words), 0.5)
    return list(log.latest(1)[0].arguments)


@pytest.mark.exercise(
    "9.6", why="An entry: the next id, whole seconds of `now()`, whole microseconds, the words."
)
def test_an_entry(code):
    """The entry of one command, field by field."""
    log = code.labs.s09.slow_log()
    log.add([b"GET", b"k"], 0.0125, "127.0.0.1:5000", b"worker-7")
    assert [list(entry) for entry in log.latest(10)] == [
        [0, 1714564800, 12500, [b"GET", b"k"], "127.0.0.1:5000", b"worker-7"]
    ]


@pytest.mark.exercise(
    "9.6",
    why="The clock counts seconds, the slow log microseconds: a factor of a million, not of a "
    "thousand. A fraction of a microsecond is dropped, as int() does; round() would count 0.9 as 1.",
)
@pytest.mark.parametrize(
    ("seconds", "microseconds"),
    [(2.0, 2_000_000), (0.25, 250_000), (0.0000105, 10), (0.0000009, 0)],
)
def test_the_unit(code, seconds, microseconds):
    """Seconds become whole microseconds."""
    log = code.labs.s09.slow_log()
    log.add([b"PING"], seconds)
    shown = log.latest(1)[0].microseconds
    assert (shown, type(shown)) == (microseconds, int)


@pytest.mark.exercise(
    "9.6", why="The newest entry pushes the oldest out: never more than `length`."
)
def test_a_ring(code):
    """Of a thousand entries the latest three are kept, the latest first."""
    log = code.labs.s09.slow_log(3)
    for _ in range(1000):
        log.add([b"PING"], 1.0)
    assert [entry.id for entry in log.latest(-1)] == [999, 998, 997]
    assert len(log.entries) == 3


@pytest.mark.exercise("9.6", why="A ring of length 0 keeps nothing.")
def test_a_ring_without_room(code):
    """With a length of 0 nothing is kept, and the ids go on."""
    log = code.labs.s09.slow_log(0)
    log.add([b"PING"], 1.0)
    assert (len(log), log.next_id) == (0, 1)


@pytest.mark.exercise(
    "9.6",
    why="An id belongs to one command for ever: after RESET the ids go on and don't restart at 0.",
)
def test_ids_go_on_after_a_reset(code):
    """The first entry after a reset has the next id."""
    log = code.labs.s09.slow_log()
    log.add([b"PING"], 1.0)
    log.clear()
    log.add([b"PING"], 1.0)
    assert [entry.id for entry in log.latest(-1)] == [1]


@pytest.mark.exercise(
    "9.6",
    why="Up to 32 words are all kept. Beyond that, the note takes the place of the 32nd word.",
)
@pytest.mark.parametrize(
    ("count", "note"),
    [
        (31, None),
        (32, None),
        (33, b"... (2 more arguments)"),
        (40, b"... (9 more arguments)"),
        (1000, b"... (969 more arguments)"),
    ],
)
def test_many_words(code, count, note):
    """A request of more than 32 words: 31 of them and a note."""
    words = [b"MGET", *(b"%d" % number for number in range(count - 1))]
    assert words_of(code, *words) == (words if note is None else [*words[:31], note])


@pytest.mark.exercise(
    "9.6",
    why="Of a word of more than 128 bytes, keep 128; a value of a megabyte must not stay in "
    "memory.",
)
@pytest.mark.parametrize(
    ("length", "note"),
    [
        (128, b""),
        (129, b"... (1 more bytes)"),
        (200, b"... (72 more bytes)"),
        (1_000_000, b"... (999872 more bytes)"),
    ],
)
def test_long_words(code, length, note):
    """A word of more than 128 bytes: 128 of them and a note. Each word for itself."""
    long = b"a" * length
    assert words_of(code, b"SET", long, b"v") == [b"SET", b"a" * min(length, 128) + note, b"v"]


@pytest.mark.exercise(
    "9.6", why="Many people read the slow log: no passwords. `redacted(request)` takes them out."
)
@pytest.mark.parametrize(
    ("request_", "kept"),
    [
        (b"AUTH hunter2", b"AUTH (redacted)"),
        (b"auth default hunter2", b"auth (redacted) (redacted)"),
        (b"CONFIG SET requirepass hunter2", b"CONFIG SET requirepass (redacted)"),
        (b"HELLO 3 AUTH default hunter2", b"HELLO 3 AUTH (redacted) (redacted)"),
        (b"SET AUTH hunter2", b"SET AUTH hunter2"),
    ],
)
def test_no_passwords(code, request_, kept):
    """Passwords are not kept; other words are."""
    assert words_of(code, *request_.split()) == kept.split()


@pytest.mark.exercise(
    "9.6",
    why="`redacted` knows a request by its words and their places. Once words are cut or replaced by "
    "a note, it takes the note for one more password: take the passwords out first.",
)
def test_passwords_before_anything_is_cut(code):
    """The words of a long AUTH are hidden, and the note says how many more there were."""
    kept = [b"AUTH", *[b"(redacted)"] * 30, b"... (9 more arguments)"]
    assert words_of(code, b"AUTH", *[b"hunter2"] * 39) == kept


@pytest.mark.exercise(
    "9.6",
    why="Reading `next_id`, counting it up and appending are three steps. Hold `self.lock` over all "
    "of them, or two threads get the same id.",
)
def test_many_threads(code):
    """Eight threads add 5 entries each at the same time: every id once, in order."""
    assert code.labs.s09.filled_by_threads(8, 5) == list(range(40))


@pytest.mark.exercise(
    "9.6",
    why="The entry belongs to the log: what the caller does with its list "
    "afterwards must not change it.",
)
def test_the_list_is_the_logs_own(code):
    """An entry stays as it is when the list of the request changes."""
    log, request = code.labs.s09.slow_log(), [b"GET", b"k"]
    log.add(request, 1.0)
    request.append(b"more")
    assert list(log.latest(1)[0].arguments) == [b"GET", b"k"]


@pytest.mark.exercise(
    "9.6", why="Over the wire an entry has six fields; the address is the client's."
)
def test_slowlog_over_the_wire(server):
    """SLOWLOG GET returns what is known about each command."""
    client = server("s09", "--slowlog-log-slower-than", 0).client()
    host, port = client.socket.getsockname()
    assert client.ask("SET", "k", "v") == b"OK"
    [entry] = client.ask("SLOWLOG", "GET")
    assert entry[0] == 0
    assert entry[2] >= 0
    assert entry[3:] == [[b"SET", b"k", b"v"], f"{host}:{port}".encode(), b""]


@pytest.mark.exercise("9.6", why="A command that took longer than the setting says is kept.")
def test_what_is_slow_is_kept(lab, tmp_path):
    """A command that takes at least 10 milliseconds is kept, with the time that it took."""
    client = lab("--slowlog-log-slower-than", 9000).client()
    (tmp_path / "go").touch()
    assert client.ask("LAB.WAIT", "k", tmp_path / "go") == b"waited"
    took = {entry[3][0]: entry[2] for entry in client.ask("SLOWLOG", "GET", -1)}
    assert 10_000 <= took[b"LAB.WAIT"] < 5_000_000


@pytest.mark.parametrize("threshold", [-1, 10_000_000])
def test_what_is_not_slow_is_not_kept(server, threshold):
    """With a threshold that nothing reaches, or without one, the slow log is empty."""
    client = server("s09", "--slowlog-log-slower-than", threshold).client()
    for number in range(20):
        assert client.ask("SET", number, number) == b"OK"
    assert client.ask("SLOWLOG", "LEN") == 0
