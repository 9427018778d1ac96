"""What the sessions of step 4 share: the store and its locks."""

from __future__ import annotations

from steps.s03_store import state
from steps.s04_threads.locks import Locks


class State(state.State):
    """Adds the locks on the keyspace."""

    def __init__(self) -> None:
        super().__init__()
        self.locks = self.new_locks()

    def new_locks(self) -> Locks:
        """The locks, all free."""
        return Locks()
