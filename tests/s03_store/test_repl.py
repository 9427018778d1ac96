"""What is given: the prompt over a store of its own, and how it shows a reply."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

LINES = [
    *("PING", "ping hello", "SET k 'two words'", "GET k", 'SET k "\\x00\\xff\\n\\"\\a"', "GET k"),
    *("GET nothing", "DEL k nothing", "EXISTS k k", "INCR n", "INCRBY n -20", "INCR n", "DBSIZE"),
    *(
        "SET n x NX",
        "SET n x XX GET",
        "INCR n",
        "SET n 1 NX XX",
        "ECHO café",
        "ECHO ''",
        "FLUSHALL",
    ),
]


@pytest.fixture
def repl(request, tmp_path):
    """Gives the prompt these bytes to read; returns what it prints, and its exit code."""

    def talk(data, **environment):
        root = str(request.config.rootpath)
        told = subprocess.run(
            [sys.executable, "-m", "steps.s03", "repl"],
            input=data,
            capture_output=True,
            timeout=20,
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": root, "PYTHONUTF8": "1", **environment},
            check=False,
        )
        assert told.stderr == b""
        return told.stdout.decode(), told.returncode

    return talk


def test_a_talk_with_the_prompt(repl):
    """Lines are commands; replies are shown as redis-cli shows them; empty lines are skipped."""
    shown, code = repl(b'SET k "a b"\n\n  \nGET k\nGET nothing\nINCR k\nDEL k\n')
    assert shown.splitlines() == [
        "OK",
        '"a b"',
        "(nil)",
        "(error) ERR value is not an integer or out of range",
        "(integer) 1",
    ]
    assert code == 0


def test_it_ends_at_quit(repl):
    """QUIT ends the prompt; nothing after it is read."""
    assert repl(b"SET k 1\nQUIT\nGET k\n") == ("OK\nOK\n", 0)


def test_a_slip_of_the_hand_does_not_end_it(repl):
    """Unbalanced quotes are an error, and the next line counts."""
    shown, _ = repl(b'SET k "a\nPING\n')
    assert shown.splitlines() == [
        "(error) ERR Protocol error: unbalanced quotes in request",
        "PONG",
    ]


def test_bytes_that_are_no_text(repl):
    """Any bytes may be typed, and whatever the terminal can show is shown."""
    assert repl(b"ECHO \xff\xc3\xa9\n") == ('"\\xff\\xc3\\xa9"\n', 0)
    shown, code = repl(b"caf\xc3\xa9\nPING\n", PYTHONUTF8="0", PYTHONIOENCODING="ascii")
    assert shown.splitlines()[-1] == "PONG"
    assert code == 0


def test_it_shows_what_redis_cli_shows(repl, redis_server, program):
    """The same lines, through redis-cli to a real redis-server, look the same."""
    talk = "\n".join([*LINES, ""]).encode()
    told = subprocess.run(
        [program("redis-cli", "redis-tools"), "--no-raw", "-p", str(redis_server().port)],
        input=talk,
        capture_output=True,
        timeout=20,
        check=True,
    )
    assert repl(talk)[0].splitlines() == told.stdout.decode().splitlines()


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, "(nil)"),
        (7, "(integer) 7"),
        (True, "(true)"),
        (2.5, "(double) 2.5"),
        (b'a"\\\r\n\t\x07\x08\x00\xff', r'"a\"\\\r\n\t\a\b\x00\xff"'),
        ([], "(empty array)"),
        ([1, b"a", None], '1) (integer) 1\n2) "a"\n3) (nil)'),
        (
            [[1, [b"a", b"b"]], [2]],
            '1) 1) (integer) 1\n   2) 1) "a"\n      2) "b"\n2) 1) (integer) 2',
        ),
        ({b"k": [1]}, '1) "k"\n2) 1) (integer) 1'),
    ],
)
def test_readable(code, value, shown):
    """Replies are shown as redis-cli shows them."""
    assert code.s03.readable(value) == shown


def test_readable_numbers_are_set_in_a_column(code):
    """Numbers of one and of two digits end in the same column."""
    lines = code.s03.readable(list(range(10))).splitlines()
    assert lines[0] == " 1) (integer) 0"
    assert lines[9] == "10) (integer) 9"


def test_readable_lines(code):
    """A status is shown bare, an error with its kind, a text as it is."""
    assert code.s03.readable(code.s02.OK) == "OK"
    assert code.s03.readable(code.s02.CommandError("ERR no")) == "(error) ERR no"
    assert code.s03.readable(code.s02.Verbatim(b"one\ntwo")) == "one\ntwo"
