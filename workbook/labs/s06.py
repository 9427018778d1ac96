"""A keyspace that keeps a diary, to watch what commands do with it."""

from __future__ import annotations

from collections.abc import Sized
from typing import Any

from steps.s05_commands.session import CommandSession
from steps.s06_types.keyspace import Keyspace
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


class GivenKeyspace(DiaryKeyspace):
    """Has two doors that are given, and looser than those of 6.6 and 6.7: any type goes in, and an
    empty container stays. So what goes through them can be tried out before they are written.
    """

    def lookup(self, key: bytes, kind: type[Any]) -> Any:
        return self.find(key)

    def settle(self, key: bytes, value: Sized) -> None:
        if self.data.get(key) is value:
            self.touch(key)
        else:
            self.put(key, value)


class DiaryState(State):
    """A state over such a keyspace."""

    store: DiaryKeyspace

    def new_store(self) -> DiaryKeyspace:
        return DiaryKeyspace()


class GivenState(DiaryState):
    """A state over a keyspace whose doors are given."""

    def new_store(self) -> DiaryKeyspace:
        return GivenKeyspace()


def diary_session(given: bool = False) -> CommandSession:
    """A session over a keyspace that keeps a diary: `session.store.told`, `session.store.doors`.

    With `given` its `lookup` and `settle` are those of the lab.
    """
    return CommandSession(GivenState() if given else DiaryState())
