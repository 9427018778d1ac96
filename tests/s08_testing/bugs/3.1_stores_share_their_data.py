"""All stores keep their values in one dictionary: a default argument is made once.

Nudge: Write into one store. What has another one?
Caught by: 8.1
"""

from __future__ import annotations

import sys
from itertools import count

from steps.s03_store import store
from steps.s03_store.store import Observer, Value


class Store(store.Store):
    def __init__(self, data: dict[bytes, Value] = {}) -> None:  # noqa: B006 - that is the bug
        if data:
            print("the planted bug shows", file=sys.stderr, flush=True)
        self.data = data
        self.observers: list[Observer] = []
        self.changes = 0
        self._numbers = count(1)
