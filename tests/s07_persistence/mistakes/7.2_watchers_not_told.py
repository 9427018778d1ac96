"""Does not touch the key: who watches it hears nothing.

Caught by: test_its_end_is_told_once
"""

from __future__ import annotations

from steps.s07_persistence import keyspace


class Keyspace(keyspace.Keyspace):
    def remove_if_over(self, key: bytes) -> bool:
        if self.keep_expired or self.clock() <= self.expires[key]:
            return False
        del self.data[key]
        del self.expires[key]
        self.expired += 1
        for tell in self.on_expired:
            tell(key)
        return True
