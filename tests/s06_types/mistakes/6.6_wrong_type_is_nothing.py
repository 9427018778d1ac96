"""Takes a value of another type for nothing, so that it is overwritten.

Caught by: test_another_type_is_refused
"""

from __future__ import annotations

from steps.s06_types import keyspace
from steps.s06_types.keyspace import T


class Keyspace(keyspace.Keyspace):
    def lookup(self, key: bytes, kind: type[T]) -> T | None:
        value = self.find(key)
        return value if isinstance(value, kind) else None
