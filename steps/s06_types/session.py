"""A session of step 6. Nothing in it is new but what its store can hold."""

from __future__ import annotations

from steps.s05_commands.session import Session as CommandSession
from steps.s06_types.keyspace import Keyspace
from steps.s06_types.state import State


class Session(CommandSession):
    """The conversation with one client over a typed keyspace."""

    state: State
    store: Keyspace
