"""Asks the clock on the wall instead of the one that was handed in.

Caught by: test_to_the_millisecond
"""

from __future__ import annotations

from steps.s07_persistence import keyspace


class Keyspace(keyspace.Keyspace):
    def remove_if_over(self, key: bytes) -> bool:
        import time

        if self.keep_expired or time.time_ns() // 1_000_000 <= self.expires[key]:
            return False
        del self.data[key]
        del self.expires[key]
        self.expired += 1
        self.touch(key)
        for tell in self.on_expired:
            tell(key)
        return True
