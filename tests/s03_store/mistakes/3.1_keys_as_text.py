"""Makes text of the key, which not every key is.

Caught by: test_keys_are_bytes
"""

from __future__ import annotations

from steps.s03_store import store


class Store(store.Store):
    def set(self, key: bytes, value: bytes) -> bytes | None:
        name = key.decode("utf-8", "replace").encode()
        old = self.get(name)
        self.put(name, value)
        return old
