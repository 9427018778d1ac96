"""Tells of the end while the key is still there.

Caught by: test_it_is_gone_when_its_end_is_told
"""

from __future__ import annotations

from steps.s07_persistence import keyspace


class Keyspace(keyspace.Keyspace):
    def remove_if_over(self, key: bytes) -> bool:
        if self.keep_expired or self.clock() <= self.expires[key]:
            return False
        deadline = self.expires.pop(key)
        self.touch(key)
        for tell in self.on_expired:
            tell(key)
        self.expires[key] = deadline
        del self.data[key]
        del self.expires[key]
        self.expired += 1
        return True
