"""A good server: after WRONGTYPE its error has other words, and nobody promised those.

Good for: 8.2
"""

from __future__ import annotations

from steps.s02_resp.values import CommandError
from steps.s06_types import keyspace
from steps.s06_types.keyspace import T


class Keyspace(keyspace.Keyspace):
    def lookup(self, key: bytes, kind: type[T]) -> T | None:
        value = self.find(key)
        if value is not None and not isinstance(value, kind):
            raise CommandError("WRONGTYPE this key holds something else")
        return value
