"""Removes the value and leaves the deadline.

Caught by: test_it_is_really_gone
"""

from __future__ import annotations

from steps.s07_persistence import keyspace


class Keyspace(keyspace.Keyspace):
    def remove_if_over(self, key: bytes) -> bool:
        if self.keep_expired or self.clock() <= self.expires[key]:
            return False
        del self.data[key]
        self.expired += 1
        self.touch(key)
        for tell in self.on_expired:
            tell(key)
        return True
