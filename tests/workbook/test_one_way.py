"""A plain command takes a short way through the steps, and its session is built from few classes."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from types import FrameType

from steps.s10_asyncio.connection import Connection
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
        self.written: list[bytes] = []

    def write(self, data: bytes) -> None:  # type: ignore[override]
        self.written.append(data)


def calls(connection: Connection, data: bytes) -> list[tuple[str, str]]:
    """The calls in the steps while `data` is handled: the file under its tree, and the function."""
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
    finally:
        sys.setprofile(before)
    return made


def test_a_plain_set_takes_few_calls_in_few_files():
    client, transport = Client("client:1", "server:1"), Transport()
    connection = Connection(lambda made: ClientSession(State(), client, made.late))
    connection.connection_made(transport)
    connection.data_received(REQUEST)  # the first request of a kind makes the form of its command
    (_, first), *way = calls(connection, REQUEST)
    assert first == "data_received"
    assert transport.written == [b"+OK\r\n"] * 2
    listed = "\n".join(f"{file}: {function}" for file, function in way)
    assert len(way) <= MOST_CALLS, listed
    assert len({file for file, _ in way}) <= MOST_FILES, listed


def test_a_session_is_built_from_few_classes_each_with_a_name_of_its_own():
    names = [base.__name__ for base in ClientSession.__mro__[:-1]]
    assert len(names) <= MOST_CLASSES, names
    assert len(set(names)) == len(names), names
