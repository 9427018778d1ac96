"""Exercise 9.7: the log, read back."""

from __future__ import annotations

import json
import random

import pytest

HEAD = b"time=2024-05-01T12:00:00.250Z level=notice step=9"
FIELDS = {"time": "2024-05-01T12:00:00.250Z", "level": "notice", "step": "9"}


@pytest.fixture
def events(code):
    """`events(b"...", b"...")`: the events in these lines."""
    return code.labs.s09.logs.events


@pytest.mark.exercise("9.7", why="A field is a key, `=`, and a value; a blank stands between two.")
def test_a_line_of_text(events):
    """Bare values and values in quotes, in their order; an empty value is a value."""
    line = HEAD + b' event="client gone" port=6379 path=/a/b:1,2 empty=""\n'
    found = events(line)
    assert found == [
        {**FIELDS, "event": "client gone", "port": "6379", "path": "/a/b:1,2", "empty": ""}
    ]
    assert list(found[0])[:4] == ["time", "level", "step", "event"]


@pytest.mark.exercise(
    "9.7",
    why="On Windows a line ends in CRLF. The carriage return is part of that end, not of a value.",
)
@pytest.mark.parametrize("line", [HEAD + b" event=end", b'{"time": "0", "event": "end"}'])
def test_a_line_of_windows(events, line):
    """A line that ends in CRLF is the same event."""
    assert events(line + b"\r\n") == events(line + b"\n") != []


NASTY = [
    "GET k\ntime=0 level=error event=forged",
    ' level=error step="10" ',
    'he said "no"',
    'k" level="debug',
    "ends in a backslash\\",
    '\\" and "\\',
    "a=b=c",
    "tab\tline\u2028caf\u00e9 \U0001f600 \x00\x7f",
    "{}",
    '{"time": 1}',
    " ",
]


@pytest.mark.exercise(
    "9.7",
    why="What is in quotes is a JSON string: it ends at the first quote that is not escaped, and "
    "a backslash may be escaped too. json reads it correctly; splitting at blanks, or at "
    "quotes, does not.",
)
@pytest.mark.parametrize("value", NASTY)
def test_a_value_holds_anything(events, value):
    """Whatever the value of a field is, it comes back, and the fields after it are there."""
    line = HEAD + b" request=" + json.dumps(value).encode() + b" client=127.0.0.1:5000\n"
    assert events(line) == [{**FIELDS, "request": value, "client": "127.0.0.1:5000"}]


@pytest.mark.exercise(
    "9.7",
    why="A log is UTF-8, and JSON does not have to escape what is not ASCII. Nor does a line end where "
    "Unicode knows of an end: `str.splitlines` cuts at U+2028, too.",
)
def test_text_as_people_write_it(events):
    """Letters of all scripts, unescaped; and a character that separates lines elsewhere."""
    line = HEAD + ' path=/café request="日本\u2028 \U0001f600" client=ü\n'.encode()
    assert events(line) == [
        {**FIELDS, "path": "/café", "request": "日本\u2028 \U0001f600", "client": "ü"}
    ]


@pytest.mark.exercise(
    "9.7",
    why="A line that begins with a brace is JSON. Strings are themselves, and everything else is shown "
    "as JSON writes it, so that all values are texts.",
)
def test_json(events):
    """Strings, numbers and all else that JSON knows, in the order of the line."""
    facts = {"time": "t", "step": 9, "ms": 1.5, "ok": True, "why": None, "l": [1, "a"], "s": "a b"}
    expected = {"time": "t", "step": "9", "ms": "1.5", "ok": "true", "why": "null"}
    assert events(json.dumps(facts).encode() + b"\n") == [{**expected, "l": '[1, "a"]', "s": "a b"}]


@pytest.mark.exercise(
    "9.7",
    why="A log is read because something has gone wrong, so anything may stand in it. What is not made "
    "of fields from its first character to its last, or does not begin with `time`, is not an event; "
    "the lines after it may be.",
)
@pytest.mark.parametrize(
    "line",
    [
        b"\n",
        b"Traceback (most recent call last):\n",
        b"  time=1 event=indented\n",
        b"level=notice time=1\n",
        b"timeout=1 event=a\n",
        b'{"timeout": 1}\n',
        b"time=1 event=a and more\n",
        b"time=1 =a\n",
        b"time=1 the event=a\n",
        b'time=1 event="never closed\n',
        b'time=1 event="a"b\n',
        b'time=1 event=a"b"\n',
        b'time=1 event="\\x"\n',
        b"time=1  event=a\n",
        b"time\n",
        b"[1, 2]\n",
        b'{"time": \n',
        b'{"level": "notice", "time": 1}\n',
        b"{}\n",
        b"time=\xff\n",
        b"\x00\n",
    ],
)
def test_what_is_no_event(events, line):
    """A line that is not an event is left out, and the one after it is read."""
    good = HEAD + b" event=started\n"
    assert events(line, good, line) == [{**FIELDS, "event": "started"}]


@pytest.mark.exercise(
    "9.7",
    why="Nothing in a log makes it raise an exception. Where brackets are too deep for it, json raises "
    "RecursionError, which is not a ValueError.",
)
def test_a_line_that_is_too_deep(events):
    """A line of a hundred thousand brackets is left out like any other that is not an event."""
    good = HEAD + b" event=started\n"
    deep = b'{"time": ' + b"[" * 100_000 + b"\n"
    assert events(deep, good) == [{**FIELDS, "event": "started"}]


@pytest.mark.exercise(
    "9.7",
    why="A server is in the middle of its last line when you read the file. What is there may look "
    "whole, and is not: `port=63` of `port=6379`.",
)
def test_half_a_line(events):
    """A line without a line feed at its end is left out, in both forms."""
    whole = HEAD + b" event=started port=6379\n"
    assert events(whole[:-3], whole, whole[:-3]) == [{**FIELDS, "event": "started", "port": "6379"}]
    assert events(whole[:-1], b'{"time": "1"}') == []


@pytest.mark.exercise(
    "9.7",
    why="`yield` each event as its line is read: a log grows while it is read, and never ends.",
)
def test_each_event_at_once(code):
    """Of an endless log, one or two lines are read for the first event."""
    assert code.labs.s09.logs.lines_before_the_first() <= 2


@pytest.mark.exercise(
    "9.7",
    why="The log of a server that has run for years does not fit into memory. Forget each event as soon "
    "as it is yielded.",
)
def test_nothing_is_kept(code):
    """Of 3000 events, which take more than a megabyte, only a few are in memory at any time."""
    assert code.labs.s09.logs.most_kept(3000) < 200_000


@pytest.mark.exercise(
    "9.7", why="What exercise 9.3 writes is read back, whatever a client has sent."
)
def test_any_value(events, seed):
    """Random texts of awkward characters come back, many to a line."""
    chance = random.Random(seed)
    for _ in range(100):
        facts = {
            f"f{number}": "".join(chance.choices('a "=\\\n{}é', k=chance.randint(0, 8)))
            for number in range(4)
        }
        text = " ".join(f"{key}={json.dumps(value)}" for key, value in facts.items())
        assert events(HEAD + b" " + text.encode() + b"\n") == [{**FIELDS, **facts}]


@pytest.mark.exercise("9.7", why="This is what it is for: what has happened, and how often?")
def test_the_report(command, tmp_path):
    """`report` counts the events of a file."""
    (tmp_path / "log").write_bytes(
        (HEAD + b' event="client gone"\n') * 3 + b"Traceback\n" + HEAD + b" event=started\n"
    )
    done = command("s09", "report", str(tmp_path / "log"))
    assert (done.returncode, done.stderr) == (0, "")
    assert [line.split() for line in done.stdout.splitlines()] == [
        ["3", "notice", "client", "gone"],
        ["1", "notice", "started"],
    ]


def test_a_file_that_is_missing(command, tmp_path):
    """`report` of a file that is not there: a sentence, and exit code 1."""
    done = command("s09", "report", str(tmp_path / "log"))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"error: {tmp_path / 'log'} can't be read: No such file or directory.\n"
