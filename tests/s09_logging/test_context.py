"""Exercise 9.2: what was being done when something went wrong."""

from __future__ import annotations

import pytest

NOTE = "while trying to save it: client=1.2.3.4:5 key=k"
FACTS = {"client": "1.2.3.4:5", "key": b"k"}


@pytest.mark.exercise(
    "9.2",
    why="`error.add_note(...)` and a bare `raise`: the class, by which others catch it, stays, "
    "and the note says the rest, its facts as `written` puts them. An `except` clause that ends "
    "without a `raise` swallows the error: 'nothing' comes out.",
)
def test_a_bug_gets_a_note_and_goes_on(code):
    """A bug goes on as the same exception, with one note of what was being done."""
    out = code.labs.s09.through("a bug", "save it", **FACTS)
    assert (out["class"], out["same"], out["notes"]) == ("KeyError", True, [NOTE])


@pytest.mark.exercise(
    "9.2", why="The search for the bug starts where it was raised; that place must not get lost."
)
def test_the_origin_of_a_bug_can_be_seen(code):
    """The traceback of a bug still leads to where it was raised."""
    assert code.labs.s09.through("a bug", "save it")["origin"] is True


@pytest.mark.exercise("9.2", why="Each level adds what it knows, the innermost first.")
def test_contexts_add_up(code):
    """Three contexts within each other leave three notes, the innermost first."""
    out = code.labs.s09.through("a bug", "write a value", "save a database", "save all")
    assert [note.partition(":")[0] for note in out["notes"]] == [
        "while trying to write a value",
        "while trying to save a database",
        "while trying to save all",
    ]


@pytest.mark.exercise(
    "9.2",
    why="The OSError knows the reason, you know the purpose. One sentence has both, and `from` "
    "keeps the OSError as the cause.",
)
def test_an_oserror_becomes_a_sentence(code):
    """An error of the machine is reported with its purpose, caused by the OSError."""
    out = code.labs.s09.through("disk full", "save it", **FACTS)
    assert (out["class"], out["text"]) == (
        "MachineError",
        "cannot save it: No space left on device",
    )


@pytest.mark.exercise(
    "9.2",
    why="A MachineError that comes out of an inner context says already what could not be done. It is "
    "an exception like any other: it gets a note, and is not wrapped once more.",
)
def test_one_sentence_is_enough(code):
    """An error of the machine passes two contexts: one sentence, and one note."""
    out = code.labs.s09.through("disk full", "write a value", "save it")
    assert (out["class"], out["text"], out["notes"]) == (
        "MachineError",
        "cannot write a value: No space left on device",
        ["while trying to save it: "],
    )


@pytest.mark.exercise(
    "9.2",
    why="`raise New(...)` inside an except clause, without `from error`, says 'another exception "
    "occurred during the handling': as if there were a second bug. `from None` hides the cause.",
)
def test_the_cause_is_kept(code):
    """The OSError is the cause (`__cause__`) of what comes out, with its traceback."""
    out = code.labs.s09.through("disk full", "save it")
    assert (out["cause"], out["origin"]) == ("OSError", True)


@pytest.mark.exercise("9.2", why="Not every OSError has a strerror; `str(error)` then has to do.")
def test_an_oserror_without_a_number(code):
    """The reason of an OSError without a strerror is its text."""
    assert (
        code.labs.s09.through("no number", "save it")["text"] == "cannot save it: the disk is gone"
    )


@pytest.mark.exercise(
    "9.2",
    why="A CommandError is a reply, not a bug. Some are constants that are raised again and "
    "again, and would collect notes for ever.",
)
@pytest.mark.parametrize("kind", ["a command error", "a wrong type", "a protocol error"])
def test_a_command_error_goes_through_untouched(code, kind):
    """A command error comes out as it went in, without a note."""
    out = code.labs.s09.through(kind, "save it", **FACTS)
    assert (out["same"], out["notes"], out["cause"]) == (True, [], None)


@pytest.mark.exercise(
    "9.2", why="KeyboardInterrupt is not an Exception. Catch Exception, never BaseException."
)
def test_ctrl_c_goes_through_untouched(code):
    """Ctrl-C comes out as it went in, without a note."""
    out = code.labs.s09.through("Ctrl-C", "save it")
    assert (out["class"], out["same"], out["notes"]) == ("KeyboardInterrupt", True, [])


@pytest.mark.exercise(
    "9.2", why="Log or raise, never both: a bug that passes five levels would be logged five times."
)
@pytest.mark.parametrize(
    ("kind", "becomes"), [("a bug", "KeyError"), ("disk full", "MachineError")]
)
def test_nothing_is_logged_on_the_way(code, kind, becomes):
    """An exception passes three contexts; none of them logs it."""
    out = code.labs.s09.through(kind, "one", "two", "three")
    assert (out["class"], out["logged"]) == (becomes, 0)


@pytest.mark.exercise("9.2", why="Without an exception the block runs once, and nothing happens.")
def test_nothing_goes_wrong(code):
    """A block that succeeds runs once, and what follows runs too."""
    assert code.labs.s09.untroubled() == ["before", "inside", "after"]


@pytest.mark.exercise(
    "9.2", why="The log line of a bug names the command and its keys: the notes that you add."
)
def test_a_bug_is_logged_once_with_its_context(lab, events):
    """A bug over the wire: one line, with client, request, the chain of causes, and the notes."""
    server = lab()
    client = server.client()
    host, port = client.socket.getsockname()
    client.send(b"LAB.BUG some-key\r\n")
    client.expect(b"-ERR internal error\r\n")
    assert client.closed()
    server.stop()
    [bug] = events(server, "bug error")
    assert (bug["client"], bug["request"]) == (f"{host}:{port}", "LAB.BUG some-key")
    outer, _, inner = bug["error"].partition("; caused by ")
    assert outer.startswith("ValueError: no such thing (")
    assert f"client={host}:{port} command=LAB.BUG keys=some-key" in outer
    assert inner.startswith("KeyError: b'some-key' (")
