"""A plain command takes a short way through the steps, and its session is built from few classes."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType

from steps.s10_asyncio.connection import Connection
from steps.s10_asyncio.flow import Outbox
from steps.s10_asyncio.session import Client, ClientSession
from steps.s10_asyncio.state import State
from workbook import catalogue

REQUEST = b"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1\r\nv\r\n"
MOST_CALLS = 12
MOST_FILES = 8
MOST_CLASSES = 6


class Transport(asyncio.Transport):
    """Keeps what is written to it."""

    def __init__(self) -> None:
        super().__init__()
        self.written: list[object] = []

    def write(self, data: bytes) -> None:  # type: ignore[override]
        self.written.append(data)

    def get_write_buffer_size(self) -> int:
        return 0

    def resume_reading(self) -> None:
        """It reads always."""

    def close(self) -> None:
        self.written.append("closed")


def calls(connection: Connection, data: bytes, end: Callable[[], None]) -> list[tuple[str, str]]:
    """The calls in the steps from `data` to its reply: the file under its tree, and the function."""
    made: list[tuple[str, str]] = []

    def note(frame: FrameType, event: str, argument: object) -> None:
        path = Path(frame.f_code.co_filename)
        if event == "call" and path.is_relative_to(catalogue.ROOT):
            top, *rest = path.relative_to(catalogue.ROOT).parts
            if top in ("steps", "solutions"):
                made.append(("/".join(rest), frame.f_code.co_name))

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        connection.data_received(data)
        end()
    finally:
        sys.setprofile(before)
    return made


def connected(outbox: Outbox) -> tuple[Connection, Transport]:
    """A connection whose replies go through that outbox, and what leaves it."""
    client, transport = Client("client:1", "server:1"), Transport()
    connection = Connection(lambda made: ClientSession(State(), client, made.late), outbox=outbox)
    connection.connection_made(transport)
    return connection, transport


def test_a_plain_set_takes_few_calls_in_few_files():
    outbox = Outbox(lambda end: None)
    connection, transport = connected(outbox)
    connection.data_received(REQUEST)  # the first request of a kind makes the form of its command
    outbox.empty()
    (_, first), *way = calls(connection, REQUEST, outbox.empty)
    assert first == "data_received"
    assert transport.written == [b"+OK\r\n"] * 2
    listed = "\n".join(f"{file}: {function}" for file, function in way)
    assert len(way) <= MOST_CALLS, listed
    assert len({file for file, _ in way}) <= MOST_FILES, listed


def test_the_replies_of_a_turn_leave_at_its_end():
    ends: list[Callable[[], None]] = []
    outbox = Outbox(ends.append)
    (one, to_one), (other, to_other) = connected(outbox), connected(outbox)
    one.data_received(REQUEST)
    other.data_received(b"PING\r\n")
    assert (to_one.written, to_other.written) == ([], [])
    for end in ends:
        end()
    assert (to_one.written, to_other.written) == ([b"+OK\r\n"], [b"+PONG\r\n"])


def test_the_last_reply_and_a_message_leave_at_once_and_in_order():
    outbox = Outbox(lambda end: None)
    (one, to_one), (other, to_other) = connected(outbox), connected(outbox)
    one.data_received(b"PING\r\n")
    one.session.send(b"+late\r\n")
    assert to_one.written == [b"+PONG\r\n", b"+late\r\n"]
    other.data_received(b"PING\r\nQUIT\r\n")
    assert to_other.written == [b"+PONG\r\n+OK\r\n", "closed"]


def test_a_session_is_built_from_few_classes_each_with_a_name_of_its_own():
    names = [base.__name__ for base in ClientSession.__mro__[:-1]]
    assert len(names) <= MOST_CLASSES, names
    assert len(set(names)) == len(names), names
