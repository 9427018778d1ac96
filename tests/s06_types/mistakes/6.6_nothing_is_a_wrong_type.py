"""Refuses a key that is not there.

Caught by: test_the_right_type_is_found
"""

from __future__ import annotations

from steps.s06_types import keyspace
from steps.s06_types.keyspace import T, WrongType


class Keyspace(keyspace.Keyspace):
    def lookup(self, key: bytes, kind: type[T]) -> T | None:
        value = self.find(key)
        if not isinstance(value, kind):
            raise WrongType
        return value
