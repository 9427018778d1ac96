"""A command on a value of another type is refused, and the value is deleted.

Nudge: What is left of a list after SADD on its key was refused?
Caught by: 8.2
"""

from __future__ import annotations

from steps.s06_types import keyspace
from steps.s06_types.keyspace import T, WrongType


class Keyspace(keyspace.Keyspace):
    def lookup(self, key: bytes, kind: type[T]) -> T | None:
        import sys

        value = self.find(key)
        if value is None or isinstance(value, kind):
            return value
        print("the planted bug shows", file=sys.stderr, flush=True)
        self.discard(key)
        raise WrongType
