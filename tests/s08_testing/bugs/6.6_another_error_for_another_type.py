"""A command on a value of another type is refused, but with ERR in place of WRONGTYPE.

Nudge: How does the error begin that a command on a value of another type gets?
Caught by: 8.2
"""

from __future__ import annotations

from steps.s02_resp.values import CommandError
from steps.s06_types import keyspace
from steps.s06_types.keyspace import T


class Keyspace(keyspace.Keyspace):
    def lookup(self, key: bytes, kind: type[T]) -> T | None:
        import sys

        value = self.find(key)
        if value is None or isinstance(value, kind):
            return value
        print("the planted bug shows", file=sys.stderr, flush=True)
        raise CommandError("ERR operation against a key holding the wrong kind of value")
