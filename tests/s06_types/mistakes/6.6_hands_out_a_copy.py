"""Returns a copy of the container.

Caught by: test_lookup_gives_the_container_itself
"""

from __future__ import annotations

from steps.s06_types import keyspace
from steps.s06_types.keyspace import T, WrongType


class Keyspace(keyspace.Keyspace):
    def lookup(self, key: bytes, kind: type[T]) -> T | None:
        from copy import copy

        value = self.find(key)
        if value is not None and not isinstance(value, kind):
            raise WrongType
        return copy(value)
