"""Step 4: threads. Many clients share one store at the same time, and no write is lost.

Adds the pool of workers, the locks on the keyspace, and the commands over several keys.

Read first: pool.py, locks.py and session.py.

    descriptors.py  how many clients the system has room for (may be skipped)
    locks.py        locks on keys, so that two threads do not change one key together
    pool.py         threads that each serve one client at a time
    readers.py      a lock for many readers or one writer: a class to write
    server.py       the server of step 4
    session.py      takes the locks of a command before it runs
    sharing.py      the same server on such a lock (may be skipped)
    state.py        the store and its locks
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
