"""Compares two answers of the store with each other: both may be wrong.

Caught by: test_bugs_in_the_store_are_caught
"""

from __future__ import annotations

from collections.abc import Callable

from steps.s08_testing.unit_tests import KeyValues


def check_store(new_store: Callable[[], KeyValues]) -> None:

    store = new_store()
    store.set(b"k", b"")
    keys = [b"k", b"k", b"none"]
    assert store.exists(keys) == store.exists(list(reversed(keys)))
    written, _ = store.set_if(b"k", b"x", nx=True)
    assert written == (store.get(b"k") == b"x")
    assert store.get(b"none") == store.get(b"none")
    total = store.increment(b"n", 5)
    assert store.get(b"n") == b"%d" % total
