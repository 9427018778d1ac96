"""What all sessions of one server share.

Each later step that adds something shared (a lock, the registry of commands, the files) extends
this class: `class State(lower.State)`.
"""

from __future__ import annotations

from steps.s03_store.attack import Attacks
from steps.s03_store.store import Store


class State:
    """Step 3 shares the store and the detection of attacks."""

    def __init__(self) -> None:
        self.store = self.new_store()
        self.attacks = Attacks()

    def new_store(self) -> Store:
        """An empty keyspace. A later step returns one that can do more."""
        return Store()
