"""Bytes as people see them: their anatomy, the prompt to a server, and the log of a check."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from workbook import talk, wire, wirelog, wirenotes
from workbook.anatomy import Anatomy, Row, rendered

pytestmark = pytest.mark.timeout(60)


def notes(data: bytes, sent: bool = False) -> list[tuple[int, str]]:
    return [(row.depth, row.note) for row in Anatomy(sent).feed(data)]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"+OK\r\n", [(0, "simple string")]),
        (b"-ERR no\r\n", [(0, "error")]),
        (b"$1\r\na\r\n", [(0, "bulk string of 1 byte")]),
        (b"$0\r\n\r\n", [(0, "bulk string of 0 bytes")]),
        (b"$-1\r\n", [(0, "null (as a bulk string)")]),
        (b"*-1\r\n", [(0, "null (as an array)")]),
        (b"*0\r\n:1\r\n", [(0, "array of 0"), (0, "integer")]),
        (
            b"*2\r\n*1\r\n:1\r\n$2\r\nab\r\n:2\r\n",
            [
                (0, "array of 2"),
                (1, "array of 1"),
                (2, "integer"),
                (1, "bulk string of 2 bytes"),
                (0, "integer"),
            ],
        ),
        (b"*1\r\n*0\r\n_\r\n", [(0, "array of 1"), (1, "array of 0"), (0, "null")]),
        (
            b"%1\r\n+a\r\n#t\r\n,1.5\r\n",
            [(0, "map of 1 pairs"), (1, "simple string"), (1, "boolean"), (0, "double")],
        ),
        (b"=7\r\ntxt:abc\r\n", [(0, "verbatim string of 7 bytes")]),
        (
            b"*1\r\n|1\r\n+a\r\n+b\r\n:1\r\n:2\r\n",
            [
                (0, "array of 1"),
                (1, "attributes: 1 pairs"),
                (2, "simple string"),
                (2, "simple string"),
                (1, "integer"),
                (0, "integer"),
            ],
        ),
        (b"hello\r\n", [(0, "not RESP")]),
        (b"$x\r\n+OK\r\n", [(0, "not RESP"), (0, "simple string")]),
    ],
)
def test_each_type_is_named(data, expected):
    assert notes(data) == expected


def test_a_line_of_words_is_a_command_only_where_it_was_sent():
    assert notes(b"PING\r\n", sent=True) == [(0, "inline command")]
    assert notes(b"*x\r\n", sent=True) == [(0, "not RESP")]


DATA = b"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$4\r\na\r\nb\r\n>1\r\n%1\r\n+a\r\n_\r\n:12\r\n"


def test_no_cut_loses_a_byte_or_a_value():
    for cut in range(len(DATA) + 1):
        anatomy = Anatomy()
        rows = [*anatomy.feed(DATA[:cut]), *anatomy.feed(DATA[cut:])]
        assert b"".join(row.raw for row in rows) == DATA
        assert (anatomy.values, anatomy.idle) == (2, True)  # a push is none
    anatomy = Anatomy()
    rows = [row for byte in DATA for row in anatomy.feed(bytes([byte]))]
    assert b"".join(row.raw for row in rows) == DATA
    assert (anatomy.values, anatomy.idle) == (2, True)


def test_a_string_in_pieces_is_told_as_it_comes():
    anatomy = Anatomy()
    assert anatomy.feed(b"$5\r\nab") == [Row(0, "bulk string of 5 bytes, 2 here", b"$5\r\nab")]
    assert anatomy.feed(b"c") == [Row(0, "more of it", b"c")]
    assert anatomy.feed(b"de\r\n") == [Row(0, "the rest of it", b"de\r\n")]


def test_what_is_shown_fits_the_page():
    text = rendered("<", 0.0, Anatomy().feed(b"*1\r\n$100\r\n" + bytes(100) + b"\r\n"))
    lines = text.splitlines()
    assert lines[0] == "< 0.000  array of 1                     *1\\r\\n"
    assert lines[1].startswith("<          bulk string of 100 bytes     $100\\r\\n\\x00")
    assert all(len(line) <= 80 for line in lines)
    assert text.count("\\x00") == 100
    long = rendered("<", 0.0, Anatomy().feed(b"$9000\r\n" + b"x" * 9000 + b"\r\n"))
    assert "[7509 bytes left out]" in long.replace("\n" + " " * 40, "")


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("SET k v", [b"SET", b"k", b"v"]),
        (r'SET "a b\x00\n" ' + "'it\\'s'", [b"SET", b"a b\x00\n", b"it's"]),
        ('  ECHO ""  ', [b"ECHO", b""]),
        ("ECHO é", [b"ECHO", "é".encode()]),
        ("ECHO it's", [b"ECHO", b"it's"]),
    ],
)
def test_words_are_cut_as_in_redis_cli(line, words):
    assert talk.words(line) == words


@pytest.mark.parametrize("line", ['GET "x', 'GET "a"b', "GET 'x"])
def test_quotes_that_do_not_match_are_told(line):
    with pytest.raises(ValueError, match="do not match"):
        talk.words(line)


# ---------------------------------------------------------------- the prompt

SERVER = """
import socket
listener = socket.create_server(("127.0.0.1", 0))
print(f"step 02 listening on 127.0.0.1:{listener.getsockname()[1]}", flush=True)
connection, _ = listener.accept()
while data := connection.recv(1000):
    if b"PING" in data:
        connection.sendall(b">1\\r\\n+news\\r\\n+PONG\\r\\n")
    elif b"QUIT" in data:
        break
    else:
        connection.sendall(b"$2\\r\\nhi\\r\\n")
"""


@pytest.fixture
def speaker(mini):
    top = 'title = "Talk"\nidea = "i"\ntool = "t"\nrust = "r"\n'
    mini.write("steps/s02_talk/exercises.toml", top)
    mini.write("steps/s02_talk/__init__.py", "")
    mini.write("steps/s02_talk/__main__.py", SERVER)
    return mini


def say(mini, text: str, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "checker.py", "talk", *words]
    return subprocess.run(
        command, cwd=mini.root, input=text, capture_output=True, text=True, timeout=60, check=False
    )


def without_times(text: str) -> list[str]:
    return [line[:2].strip() + line[8:] if line[1:2] == " " else line for line in text.splitlines()]


def test_a_talk_shows_what_is_sent_and_what_comes(speaker):
    done = say(speaker, "PING\nGET k\n.raw *1\\r\\n\n.nonsense\nGET 'x\n", "2")
    assert (done.returncode, done.stderr) == (0, "")
    assert without_times(done.stdout)[1:9] == [
        "> array of 1                     *1\\r\\n",
        ">   bulk string of 4 bytes       $4\\r\\nPING\\r\\n",
        "< push of 1                      >1\\r\\n",
        "<   simple string                +news\\r\\n",
        "< simple string                  +PONG\\r\\n",
        "> array of 2                     *2\\r\\n",
        ">   bulk string of 3 bytes       $3\\r\\nGET\\r\\n",
        ">   bulk string of 1 byte        $1\\r\\nk\\r\\n",
    ]
    assert "Not sent: the quotes in 'x do not match." in done.stdout


def test_a_talk_ends_with_the_server(speaker):
    done = say(speaker, "QUIT\nPING\n", "2")
    assert done.returncode == 1
    assert "The server has closed the connection." in done.stdout


def test_a_talk_to_a_server_that_runs(speaker):
    with wire.Server("s02", root=speaker.root) as server:
        done = say(speaker, "GET k\n", "2", "--port", str(server.port))
    assert done.returncode == 0
    assert "$2\\r\\nhi\\r\\n" in done.stdout


def test_what_is_no_talk_gets_a_sentence(mini):
    assert "Say which step's server" in mini.checker("talk").stderr
    assert mini.checker("talk", "9").returncode == 2
    mini.write("steps/s01_mini/__main__.py", "raise SystemExit('no port')")
    done = mini.checker("talk", "1")
    assert done.returncode == 1
    assert "no port" in done.stdout


# ---------------------------------------------------------------- the log of a check


def test_a_check_shows_the_bytes_of_its_tests(mini):
    mini.learner(answer='return b"+" + data.upper().replace(b"I", b"O")')
    done = mini.checker("1.2", "--wire")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0] == "1.2 Each ping has its pong"
    assert lines[1].startswith("> 0.")
    assert lines[1].endswith("inline command                 ping\\r\\n")
    assert lines[2].endswith("simple string                  +PONG\\r\\n")
    mini.learner(add="return a + b")
    done = mini.checker("1.1", "--wire")
    assert done.stdout.startswith("Its tests sent nothing over a connection.\n")


def test_the_log_of_a_flood_ends_somewhere():
    note = {"client": 1, "mark": ">", "at": 0.0, "data": "PING\r\n"}
    notes = [{"test": "A flood", "exercise": "1.2"}, *[note] * 1000, {"left": "more"}]
    rows = wirelog.text_of("".join(json.dumps(one) + "\n" for one in notes)).splitlines()
    assert len(rows) == wirelog.ROWS + 1
    assert rows[-1] == f"... and {1 + 1000 + 1 + 1 - wirelog.ROWS} more rows."  # title, end


def test_notes_of_a_flood_end_somewhere(tmp_path):
    notes = wirenotes.Notes(tmp_path / "notes")
    try:
        for _ in range(2 * wirenotes.MOST):
            notes.note(None, ">", b"x" * (wirenotes.LONGEST + 1))
    finally:
        wire.on_bytes.remove(notes.note)
    rows = [json.loads(row) for row in (tmp_path / "notes").read_text("utf-8").splitlines()]
    assert len(rows) == 2 * wirenotes.MOST + 1
    assert max(len(row.get("data", "")) for row in rows) == wirenotes.LONGEST
    assert rows[-1] == {"left": "more than can be shown"}
