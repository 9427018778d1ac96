"""What tests and lessons need to try the times to live without a server.

A test hands in plain values only, and reads such values back. So anything that needs a function of
its own, or access to a keyspace, is here.
"""

from __future__ import annotations

from collections.abc import Mapping

from steps.s07_persistence.clock import Clock, ManualClock
from steps.s07_persistence.keyspace import Keyspace
from steps.s07_persistence.session import JournalSession
from steps.s07_persistence.settings import Settings
from steps.s07_persistence.state import State
from workbook.labs.s07 import exports as exports
from workbook.labs.s07 import files as files


def keyspace_with(deadlines: Mapping[bytes, int | None], clock: Clock) -> Keyspace:
    """A keyspace with these keys, in this order; each holds `v` and expires at its deadline, if any."""
    keyspace = Keyspace(clock)
    keyspace.data = dict.fromkeys(deadlines, b"v")
    keyspace.expires = {key: end for key, end in deadlines.items() if end is not None}
    return keyspace


def load(keyspace: Keyspace, loading: bool) -> None:
    """From now on files are loaded into the keyspace, or no longer."""
    keyspace.keep_expired = loading


class Notes:
    """Records what a keyspace reports about its keys, and whether they could still be found then."""

    def __init__(self, keyspace: Keyspace) -> None:
        self.keyspace = keyspace
        self.changed: list[bytes] = []
        self.ended: list[bytes] = []
        self.still_there: list[bytes] = []
        keyspace.observers.append(self.on_change)
        keyspace.on_expired.append(self.on_end)

    def on_change(self, key: bytes) -> None:
        """Called for each change of a key."""
        self.changed.append(key)
        self.look(key)

    def on_end(self, key: bytes) -> None:
        """Called for each expired key."""
        self.ended.append(key)
        self.look(key)

    def look(self, key: bytes) -> None:
        """Notes if the key is found, though one may not look for it again and again."""
        if len(self.still_there) < 10 and self.keyspace.find(key) is not None:
            self.still_there.append(key)


def session_with_journal(folder: str, clock: Clock) -> JournalSession:
    """A session without a server, whose changes are written into a journal in `folder`."""
    state = State(Settings(dir=folder, appendonly=True, appendfsync="always"), clock)
    state.files.restore(JournalSession(state).replay)
    return JournalSession(state)


def each_end_takes(milliseconds: int, keyspace: Keyspace, clock: ManualClock) -> None:
    """Lets that much time pass on `clock` for each key that expires."""
    keyspace.on_expired.append(lambda key: clock.advance(milliseconds))
