"""What the sessions of step 6 share: a keyspace of five types, and more commands."""

from __future__ import annotations

from steps.s05_commands.registry import Registry
from steps.s05_commands.state import State as CommandState
from steps.s06_types.command import REGISTRY
from steps.s06_types.keyspace import Keyspace


class State(CommandState):
    """Step 5's state with a typed keyspace."""

    registry: Registry = REGISTRY
    store: Keyspace

    def new_store(self) -> Keyspace:
        return Keyspace()

    @property
    def hll_sparse_max_bytes(self) -> int:
        """Up to how many bytes a HyperLogLog may be in its sparse form."""
        return 3000
