"""Exercise 9.3: events in lines that a program can read back, and that no client forges."""

from __future__ import annotations

import json
import shutil

import pytest

DEBUG, VERBOSE, NOTICE, WARNING, ERROR = 10, 20, 25, 30, 40
TIME = "2024-05-01T12:00:00.250Z"


@pytest.mark.exercise(
    "9.3", why="The fields are those of `head`, then event, then those of `facts`, in this order."
)
def test_a_line_of_text(code):
    """An event with two facts, character by character."""
    recorder = code.labs.s09.Recorder()
    recorder.event(NOTICE, "started", port=6379, keys=0)
    assert recorder.lines == [f"time={TIME} level=notice step=9 event=started port=6379 keys=0"]


@pytest.mark.exercise(
    "9.3",
    why="A value with a blank in it would end early. json.dumps puts it into quotes. `BARE` has to "
    "match all of a value (`fullmatch`): `match` is content with its beginning.",
)
def test_quotes_where_they_are_needed(code):
    """A value that is not harmless is put in quotes, even the event itself."""
    recorder = code.labs.s09.Recorder()
    recorder.event(WARNING, "client gone", why='he said "no"', empty="", plain="/a/b:1,2")
    head = f"time={TIME} level=warning step=9"
    facts = r'event="client gone" why="he said \"no\"" empty="" plain=/a/b:1,2'
    assert recorder.lines == [f"{head} {facts}"]


NASTY = [
    f"GET k\ntime={TIME} level=notice step=9 event=all-is-well",
    "GET k\r\ntime=0",
    'k" level="debug',
    "k level=debug",
    "k=v",
    "back\\slash",
    "ends in a backslash\\",
    "\x1b[2J\x1b[1;1H",
    "nul\x00 bell\x07 delete\x7f next line\x85 line separator\u2028",
    "tab\tand vertical\x0b and form\x0c feeds",
    "\u202eright to left",
    "",
    " ",
    "100% %s %(message)s",
]


@pytest.mark.exercise(
    "9.3",
    why="Whatever a client sends is data. What could end the line, or a pair of quotes, is escaped; "
    "escaping the line feed alone is not enough.",
)
@pytest.mark.parametrize("value", NASTY, ids=ascii)
def test_a_client_forges_nothing(code, fields, value):
    """Any text comes back from the line as it went in, and its line is printable ASCII."""
    recorder = code.labs.s09.Recorder()
    recorder.event(NOTICE, "request", request=value, after="this")
    [line] = recorder.lines
    assert line.isascii()
    assert line.isprintable()
    assert fields(line) == {
        "time": TIME,
        "level": "notice",
        "step": "9",
        "event": "request",
        "request": value,
        "after": "this",
    }


@pytest.mark.exercise(
    "9.3", why="Bytes of any kind: `shown(value)` turns them into text that can be converted back."
)
@pytest.mark.parametrize("form", ["text", "json"])
def test_all_bytes_come_back(code, fields, form):
    """A value of all 256 bytes comes back from the line."""
    recorder = code.labs.s09.Recorder(form=form)
    value = bytes(range(256))
    recorder.event(NOTICE, "request", request=value)
    [line] = recorder.lines
    assert fields(line)["request"].encode("utf-8", "surrogateescape") == value


@pytest.mark.parametrize("form", ["text", "json"])
def test_what_is_off_costs_nothing(code, form):
    """Below the level nothing is written, and no fact is turned into text."""
    recorder, costly = code.labs.s09.Recorder("warning", form), code.labs.s09.Costly()
    for level in (DEBUG, VERBOSE, NOTICE):
        recorder.event(level, "command error", error=costly)
    assert (recorder.lines, costly.times) == ([], 0)


@pytest.mark.exercise("9.3", why="At the level itself, and above, an event is written.")
@pytest.mark.parametrize(
    ("level", "written"),
    [
        ("debug", ["debug", "verbose", "notice", "warning", "error"]),
        ("verbose", ["verbose", "notice", "warning", "error"]),
        ("notice", ["notice", "warning", "error"]),
        ("warning", ["warning", "error"]),
    ],
)
def test_levels(code, fields, level, written):
    """Each log level lets through its own events and more severe ones."""
    recorder = code.labs.s09.Recorder(level)
    for number in (DEBUG, VERBOSE, NOTICE, WARNING, ERROR):
        recorder.event(number, "event")
    assert [fields(line)["level"] for line in recorder.lines] == written


@pytest.mark.exercise(
    "9.3",
    why="In JSON a number stays a number. What JSON does not know goes through `shown`: the "
    "`default` of json.dumps.",
)
def test_a_line_of_json(code):
    """An event as one JSON object on one line."""
    recorder = code.labs.s09.Recorder(form="json")
    recorder.event(ERROR, "client gone", port=6379, ok=True, why="line\nfeed", key=b"k")
    [line] = recorder.lines
    assert list(json.loads(line).items()) == [
        ("time", TIME),
        ("level", "error"),
        ("step", 9),
        ("event", "client gone"),
        ("port", 6379),
        ("ok", True),
        ("why", "line\nfeed"),
        ("key", "k"),
    ]
    assert "\n" not in line


@pytest.mark.exercise(
    "9.3", why="A fact may be any object; `shown` makes it a text, in both forms."
)
@pytest.mark.parametrize("form", ["text", "json"])
def test_an_object_becomes_text(code, fields, form):
    """An object that is neither text nor number is shown as its text."""
    recorder = code.labs.s09.Recorder(form=form)
    recorder.event(NOTICE, "event", what=code.labs.s09.Costly())
    [line] = recorder.lines
    assert fields(line)["what"] == "at great cost"


@pytest.mark.exercise(
    "9.3", why="At level debug the log has the request, escaped: one event, one line."
)
@pytest.mark.parametrize("form", ["text", "json"])
def test_a_forged_line_over_the_wire(server, events, form):
    """A client sends a line feed and a log line after it; the log has one line for it."""
    one = server("s09", "--loglevel", "debug", "--log-format", form)
    client = one.client()
    forged = f"k\ntime={TIME} level=notice step=9 event=forged"
    assert client.ask("GET", forged, "more").startswith("-ERR wrong number")
    one.stop()
    assert not events(one, "forged")
    [error] = events(one, "command error")
    assert error["request"] == f"GET {forged} more"
    assert error["level"] == "debug"
    assert str(error["step"]) == "9"


@pytest.mark.exercise(
    "9.3",
    why="The lower steps log words and arguments, and `record.getMessage()` puts them together.",
)
def test_words_of_lower_steps_are_events(server, fields, tmp_path):
    """Step 7's message when a snapshot cannot be written is a line like all others."""
    (tmp_path / "data").mkdir()
    one = server("s09", "--dir", "data", "--log-format", "json")
    shutil.rmtree(tmp_path / "data")
    assert one.client().ask("SAVE").startswith("-ERR ")
    one.stop()
    found = [fields(line) for line in one.stderr().splitlines()]
    [line] = [line for line in found if line.get("source", "").startswith("steps.s07")]
    assert line["level"] == "error"
    assert line["event"].startswith("the snapshot could not be written: [Errno 2] No such file")
