"""Asks for nothing but what everybody gets right.

Caught by: test_bugs_in_the_store_are_caught
"""

from __future__ import annotations

from collections.abc import Callable

from steps.s08_testing.unit_tests import KeyValues


def check_store(new_store: Callable[[], KeyValues]) -> None:

    store = new_store()
    store.set(b"k", b"v")
    assert store.get(b"k") == b"v"
    assert store.exists([b"k"]) == 1
    assert store.delete([b"k"]) == 1
    assert store.get(b"k") is None
    assert store.increment(b"n", 1) == 1
