"""What the sessions of the complete server share."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from steps.s05_commands.registry import Registry
from steps.s07_persistence.clock import Clock, steady
from steps.s07_persistence.keyspace import Keyspace
from steps.s09_logging.state import State as LoggingState
from steps.s10_asyncio.blocking import Later, Timer, Waiting
from steps.s10_asyncio.command import REGISTRY
from steps.s10_asyncio.interest import Interest
from steps.s10_asyncio.pubsub import Hub
from steps.s10_asyncio.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from steps.s10_asyncio.session import Session


def loop_later(seconds: float, call: Callable[[], None]) -> Timer:
    """Calls after so many seconds, by the event loop that is running."""
    return asyncio.get_running_loop().call_later(seconds, call)


class State(LoggingState):
    """Sixteen databases, the hub, the clients and those of them that wait."""

    registry: Registry = REGISTRY
    settings: Settings

    def __init__(
        self,
        settings: Settings | None = None,
        clock: Clock = steady,
        later: Later = loop_later,
    ) -> None:
        super().__init__(settings or Settings(), clock)
        from steps.s10_asyncio.session import plans_of

        self.later = later
        self.plans = plans_of(self.registry)
        self.hub = Hub()
        self.clients: dict[int, Session] = {}
        self.interests = {i: Interest(store) for i, store in self.databases.items()}
        self.ready: dict[tuple[int, bytes], None] = {}
        self.waiting = {i: Waiting(interest) for i, interest in self.interests.items()}

    def new_databases(self) -> dict[int, Keyspace]:
        others = {index: self.new_store() for index in range(1, self.settings.databases)}
        return {0: self.store, **others}
