"""A keyspace that keeps a diary, to watch what commands do with it."""

from __future__ import annotations

from typing import Any

from steps.s06_types.keyspace import Keyspace
from steps.s06_types.session import Session
from steps.s06_types.state import State


class DiaryKeyspace(Keyspace):
    """Writes down who was told of a change, and through which doors values came and went."""

    def __init__(self) -> None:
        super().__init__()
        self.told: list[bytes] = []
        """The keys of which the observers have heard, in order."""
        self.doors: list[str] = []
        """`put k` and `discard k`, in order."""
        self.hidden: set[bytes] = set()
        """Keys that `find` does not find: as it will be with those whose time is over."""
        self.observers.append(self.told.append)

    def hide(self, key: bytes) -> None:
        """From now on `find` does not find this key."""
        self.hidden.add(key)

    def find(self, key: bytes) -> Any:
        return None if key in self.hidden else super().find(key)

    def put(self, key: bytes, value: Any) -> None:
        self.doors.append(f"put {key.decode()}")
        super().put(key, value)

    def discard(self, key: bytes) -> bool:
        self.doors.append(f"discard {key.decode()}")
        return super().discard(key)


class DiaryState(State):
    """A state over such a keyspace."""

    store: DiaryKeyspace

    def new_store(self) -> DiaryKeyspace:
        return DiaryKeyspace()


def diary_session() -> Session:
    """A session over a keyspace that keeps a diary: `session.store.told`, `session.store.doors`."""
    return Session(DiaryState())
