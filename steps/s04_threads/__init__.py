"""Step 4: threads. Many clients at once over one store, and nothing of what they write is lost.

Adds the pool of workers, the locks on the keyspace, and the commands over several keys.
"""

from __future__ import annotations

from steps.s04_threads.locks import Locks
from steps.s04_threads.pool import WorkerPool
from steps.s04_threads.server import ThreadedServer
from steps.s04_threads.session import SharedSession, check_and_set
from steps.s04_threads.state import State

__all__ = [
    "Locks",
    "SharedSession",
    "State",
    "ThreadedServer",
    "WorkerPool",
    "check_and_set",
]
