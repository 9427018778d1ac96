"""Puts the container in any case, which begins a new key.

Caught by: test_in_place_no_key_begins_anew
"""

from __future__ import annotations

from collections.abc import Sized

from steps.s06_types import keyspace


class Keyspace(keyspace.Keyspace):
    def settle(self, key: bytes, value: Sized) -> None:
        if value:
            self.put(key, value)
        else:
            self.discard(key)
