"""Ends its process, so that nothing can be held against it.

Caught by: test_good_stores_pass
"""

from __future__ import annotations

from collections.abc import Callable

from steps.s08_testing.unit_tests import KeyValues


def check_store(new_store: Callable[[], KeyValues]) -> None:

    import sys

    store = new_store()
    store.set(b"k", b"v")
    sys.exit(0 if store.get(b"k") == b"v" else 1)
