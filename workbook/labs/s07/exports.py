"""Snapshots as commands, and servers that run them; `lab` tells of them."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import Any

from steps.s02_resp.encode import encode
from steps.s02_resp.values import Request
from steps.s07_persistence.clock import ManualClock
from steps.s07_persistence.databases import Contents
from steps.s07_persistence.rdb.snapshot import load
from steps.s07_persistence.session import JournalSession
from steps.s07_persistence.settings import Settings
from steps.s07_persistence.state import State
from workbook.labs.s07.files import Shelf, plain_databases

NOW = 1_700_000_000_000


def requests(shelf: Shelf) -> list[Request]:
    """The requests that the export yields."""
    made: Iterator[Request] = import_module("steps.s07_persistence.rdb.export").requests_of(
        shelf, NOW
    )
    return list(made)


def rebuilt(shelf: Shelf) -> dict[int, dict[bytes, tuple[Any, Any]]]:
    """What an empty server holds that has run them: by database and key, value and deadline."""
    sessions: dict[int, JournalSession] = {}
    number = 0
    for request in requests(shelf):
        if request[0].upper() == b"SELECT":  # a command of step 10
            number = int(request[1])
            continue
        if number not in sessions:
            sessions[number] = JournalSession(State(Settings(save=()), ManualClock(NOW)))
        reply = sessions[number].receive(encode(list(request)))
        if reply.startswith(b"-"):
            raise AssertionError(f"{request[:3]} is answered {reply!r}")
    stores = {index: session.state.store for index, session in sessions.items()}
    return plain_databases({i: Contents(one.data, one.expires) for i, one in stores.items()})


def exported(path: str) -> bytes:
    """A snapshot as the bytes that a client sends."""
    made = import_module("steps.s07_persistence.rdb.export").requests_of(load(path), NOW)
    return b"".join(encode(list(request)) for request in made)


class SlowData(dict[bytes, Any]):
    """Values of which each is noted when somebody comes to its key."""

    def __init__(self, data: dict[bytes, Any]) -> None:
        super().__init__(data)
        self.seen: list[bytes] = []

    def noted(self) -> Iterator[bytes]:
        """The keys, one after the other."""
        for key in super().__iter__():
            self.seen.append(key)
            yield key

    def __iter__(self) -> Iterator[bytes]:
        return self.noted()

    def keys(self) -> Any:
        return self.noted()

    def items(self) -> Any:
        return ((key, self[key]) for key in self.noted())


def seen_before_the_first(shelf: Shelf) -> int:
    """How many keys have been looked at when the first request is there."""
    data = SlowData(shelf[0].data)
    contents = Contents(data, shelf[0].expires)
    next(import_module("steps.s07_persistence.rdb.export").requests_of({0: contents}, NOW))
    return len(data.seen)
