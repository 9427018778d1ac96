"""Tools to look at a store and a session at work: for tests, and for experiments at the prompt."""

from __future__ import annotations

from steps.s02_resp.values import OK, CommandError, Reply, Request
from steps.s03_store.session import StoreSession
from steps.s03_store.store import Store, Value


class WatchedStore(Store):
    """A store that notes which door each change has taken: `["put k", "discard k"]`."""

    def __init__(self) -> None:
        super().__init__()
        self.doors: list[str] = []

    def note(self, door: str, key: bytes) -> None:
        self.doors.append(f"{door} {key.decode()}")

    def put(self, key: bytes, value: Value) -> None:
        self.note("put", key)
        super().put(key, value)

    def replace(self, key: bytes, value: Value) -> None:
        self.note("replace", key)
        super().replace(key, value)

    def discard(self, key: bytes) -> bool:
        there = super().discard(key)
        if there:
            self.note("discard", key)
        return there


class PatientSession(StoreSession):
    """A session with one more command: WAIT pauses it, as a command that blocks will in step 10."""

    def execute(self, request: Request) -> Reply:
        if request == [b"WAIT"]:
            self.paused = True
            return OK
        return super().execute(request)

    def go_on(self) -> bytes:
        """What comes once the wait is over."""
        self.paused = False
        return self.receive(b"")


def refused_increment(store: Store, key: bytes, by: int) -> str:
    """The text of the error with which `increment` refuses; "" where it counts."""
    try:
        store.increment(key, by)
    except CommandError as error:
        return str(error)
    return ""
