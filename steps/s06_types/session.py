"""What the commands of step 6 need from a session. The session itself is step 5's."""

from __future__ import annotations

from typing import Protocol

from steps.s06_types.keyspace import Keyspace
from steps.s06_types.state import State


class TypesSession(Protocol):
    """A session over a typed keyspace."""

    protocol: int
    scripted: bool

    @property
    def state(self) -> State: ...

    @property
    def store(self) -> Keyspace: ...
