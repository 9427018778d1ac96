"""What the sessions of step 7 share: databases, a clock, the settings, and the files."""

from __future__ import annotations

from collections.abc import Mapping

from steps.s05_commands.registry import Registry
from steps.s06_types.state import State as TypesState
from steps.s07_persistence.clock import Clock, steady
from steps.s07_persistence.command import REGISTRY
from steps.s07_persistence.keyspace import Keyspace
from steps.s07_persistence.persistence import Persistence
from steps.s07_persistence.settings import Settings


class State(TypesState):
    """Step 6's state with deadlines and files."""

    registry: Registry = REGISTRY
    store: Keyspace
    databases: Mapping[int, Keyspace]

    def __init__(self, settings: Settings | None = None, clock: Clock = steady) -> None:
        self.settings = settings or Settings()
        self.clock = clock
        super().__init__()
        self.databases = self.new_databases()
        self.files = Persistence(self.databases, self.settings, clock)

    def new_store(self) -> Keyspace:
        return Keyspace(self.clock)

    def new_databases(self) -> Mapping[int, Keyspace]:
        """All keyspaces by number. Step 7 has one; step 10 has sixteen, as in Redis."""
        return {0: self.store}
