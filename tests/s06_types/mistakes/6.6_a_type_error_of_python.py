"""Raises TypeError: a bug of the server, to the boundary.

Caught by: test_another_type_is_refused
"""

from __future__ import annotations

from steps.s06_types import keyspace
from steps.s06_types.keyspace import T


class Keyspace(keyspace.Keyspace):
    def lookup(self, key: bytes, kind: type[T]) -> T | None:
        value = self.find(key)
        if value is not None and not isinstance(value, kind):
            raise TypeError(f"{key!r} holds no {kind.__name__}")
        return value
