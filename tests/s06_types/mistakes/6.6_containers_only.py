"""Asks whether it is a container: a set passes for a list.

Caught by: test_another_type_is_refused
"""

from __future__ import annotations

from steps.s06_types import keyspace
from steps.s06_types.keyspace import T, WrongType


class Keyspace(keyspace.Keyspace):
    def lookup(self, key: bytes, kind: type[T]) -> T | None:
        value = self.find(key)
        if value is not None and isinstance(value, bytes) != (kind is bytes):
            raise WrongType
        return value
