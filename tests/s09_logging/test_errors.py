"""Exercise 9.1: whose fault is it, and what follows."""

from __future__ import annotations

import logging

import pytest

NOTICE = 25


@pytest.mark.exercise(
    "9.1",
    why="The error is the reply, word for word: programs read its prefix. The connection stays, "
    "and at the usual log level nothing is logged.",
)
@pytest.mark.parametrize(
    ("kind", "reply"),
    [
        ("a command error", "ERR syntax error"),
        ("no password", "NOAUTH Authentication required."),
        ("no writing", "MISCONF Errors writing to the AOF file: No space left on device"),
    ],
)
def test_a_command_error_is_its_own_reply(code, kind, reply):
    """A command error, with any prefix, is the reply; nothing else follows."""
    assert code.labs.s09.judge(kind) == {
        "fault": "command",
        "reply": reply,
        "close": False,
        "level": logging.DEBUG,
    }


@pytest.mark.exercise(
    "9.1",
    why="A ProtocolError is a CommandError as well. If you test for CommandError first, you never "
    "get here, and the server goes on reading where no request begins.",
)
def test_a_protocol_error_closes(code):
    """After bytes that are not RESP the connection closes."""
    assert code.labs.s09.judge("a protocol error") == {
        "fault": "protocol",
        "reply": "ERR Protocol error: invalid bulk length",
        "close": True,
        "level": logging.INFO,
    }


@pytest.mark.exercise(
    "9.1", why="An empty exercise is not a bug but an Unwritten, and its `not_written` says which."
)
def test_an_empty_exercise_says_which(code):
    """An exercise that nobody has written yet is named in the reply."""
    judged = code.labs.s09.judge("an empty exercise")
    assert judged["reply"].startswith("ERR exercise 6.3 is not written yet (")
    assert (judged["fault"], judged["close"], judged["level"]) == ("exercise", False, NOTICE)


@pytest.mark.exercise(
    "9.1", why="The reply goes to a stranger. What the exception says is for the log only."
)
@pytest.mark.parametrize("kind", ["a bug", "disk full"])
def test_a_bug_tells_the_client_nothing(code, kind):
    """A bug is an internal error, without details, and ends the connection."""
    assert code.labs.s09.judge(kind) == {
        "fault": "bug",
        "reply": "ERR internal error",
        "close": True,
        "level": logging.ERROR,
    }


@pytest.mark.exercise(
    "9.1", why="A NotImplementedError may also be a bug; an empty exercise raises an Unwritten."
)
def test_not_every_notimplementederror_is_an_exercise(code):
    """A NotImplementedError that is not an Unwritten is a bug."""
    judged = code.labs.s09.judge("a bug that looks like an exercise")
    assert (judged["fault"], judged["reply"]) == ("bug", "ERR internal error")


@pytest.mark.exercise(
    "9.1",
    why="A full disk is not a bug: the session is intact and stays, but the operator has to act.",
)
def test_trouble_with_the_machine_is_told(code):
    """An error of the machine is reported to the client, and logged as a warning."""
    assert code.labs.s09.judge("trouble with the machine") == {
        "fault": "machine",
        "reply": "ERR cannot save the snapshot: No space left on device",
        "close": False,
        "level": logging.WARNING,
    }


@pytest.mark.exercise(
    "9.1",
    why="The verdict on a wrong type: the error itself is the reply, and the connection stays open "
    "for the next command.",
)
def test_after_a_command_error_the_connection_stays(server):
    """A WRONGTYPE over the wire, and the next command on the same connection."""
    client = server("s09").client()
    client.send(b"SET k v\r\nLPUSH k x\r\nGET k\r\n")
    client.expect(
        b"+OK\r\n-WRONGTYPE Operation against a key holding the wrong kind of value\r\n$1\r\nv\r\n"
    )


@pytest.mark.exercise(
    "9.1",
    why="After a bug nobody knows what state the session is in. Disconnect that client, and no "
    "other.",
)
def test_a_bug_ends_one_connection(lab):
    """A bug over the wire: internal error, the connection closes, others go on."""
    server = lab()
    one, other = server.client(), server.client()
    one.send(b"LAB.BUG k\r\nPING\r\n")
    one.expect(b"-ERR internal error\r\n")
    assert one.closed()
    assert other.ask("PING") == b"PONG"


@pytest.mark.exercise(
    "9.1", why="An error of the machine is reported to the client, which stays connected."
)
def test_a_full_disk_keeps_the_connection(lab):
    """A full disk over the wire: the reason as an error reply, and the connection stays."""
    client = lab().client()
    assert client.ask("LAB.DISK", "k") == "-ERR cannot run a command: No space left on device"
    assert client.ask("PING") == b"PONG"
