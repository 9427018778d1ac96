"""What the sessions of step 5 share: the store, the locks and the registry of commands."""

from __future__ import annotations

from steps.s04_threads.state import State as SharedState
from steps.s05_commands.command import REGISTRY
from steps.s05_commands.registry import Registry


class State(SharedState):
    """Adds the commands that this server knows."""

    registry: Registry = REGISTRY
