"""Removes keys that are over while files are loaded.

Caught by: test_nothing_ends_while_files_are_loaded
"""

from __future__ import annotations

from steps.s07_persistence import keyspace


class Keyspace(keyspace.Keyspace):
    def remove_if_over(self, key: bytes) -> bool:
        if self.clock() <= self.expires[key]:
            return False
        del self.data[key]
        del self.expires[key]
        self.expired += 1
        self.touch(key)
        for tell in self.on_expired:
            tell(key)
        return True
