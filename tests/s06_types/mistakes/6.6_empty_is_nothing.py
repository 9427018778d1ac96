"""Takes an empty string for nothing.

Caught by: test_an_empty_string_is_a_value
"""

from __future__ import annotations

from steps.s06_types import keyspace
from steps.s06_types.keyspace import T, WrongType


class Keyspace(keyspace.Keyspace):
    def lookup(self, key: bytes, kind: type[T]) -> T | None:
        value = self.find(key)
        if not value:
            return None
        if not isinstance(value, kind):
            raise WrongType
        return value
