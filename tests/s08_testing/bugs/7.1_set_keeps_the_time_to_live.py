"""SET leaves the time to live of the old value on the key.

Nudge: Give a key a time to live, SET it again, and ask for its TTL.
Caught by: 8.2
"""

from __future__ import annotations

from steps.s03_store.store import Value
from steps.s07_persistence import keyspace


class Keyspace(keyspace.Keyspace):
    def put(self, key: bytes, value: Value) -> None:
        import sys

        if key in self.expires:
            print("the planted bug shows", file=sys.stderr, flush=True)
        super().put(key, value)
