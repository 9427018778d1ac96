"""Takes keys out of the dict itself: nobody hears of it.

Caught by: test_delete_goes_through_the_door
"""

from __future__ import annotations

from collections.abc import Iterable

from steps.s03_store import store


class Store(store.Store):
    def delete(self, keys: Iterable[bytes]) -> int:
        return sum(self.data.pop(key, None) is not None for key in keys)
