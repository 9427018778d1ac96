"""Step 3: the store. GET, SET, DEL, EXISTS and friends through one `match`.

Adds the keyspace, a session that executes commands, and a prompt without a network:
`python -m steps.s03 serve` and `python -m steps.s03 repl`.

Read first: store.py and session.py.

    attack.py     cuts off browsers that were tricked into sending commands (may be skipped)
    lru.py        a store that forgets what nobody uses: a class to write
    protected.py  lets clients on other machines in only if that is wanted (may be skipped)
    repl.py       a prompt without a network
    server.py     the server of step 3
    session.py    executes commands, in one `match`
    state.py      what all sessions of a server share
    store.py      the keyspace: keys and their values
"""

from __future__ import annotations

from steps.s03_store.repl import readable, repl
from steps.s03_store.server import StoreServer
from steps.s03_store.session import StoreSession
from steps.s03_store.state import State
from steps.s03_store.store import Store

__all__ = [
    "State",
    "Store",
    "StoreServer",
    "StoreSession",
    "readable",
    "repl",
]
