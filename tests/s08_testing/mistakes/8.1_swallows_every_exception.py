"""Catches every exception, its own AssertionError among them.

Caught by: test_bugs_in_the_store_are_caught
"""

from __future__ import annotations

from collections.abc import Callable

from steps.s08_testing.unit_tests import KeyValues


def check_store(new_store: Callable[[], KeyValues]) -> None:

    store = new_store()
    try:
        assert store.set(b"k", b"one") is None
        assert store.set(b"k", b"two") == b"one"
        assert store.exists([b"k", b"k"]) == 2
        assert store.delete([b"k", b"k"]) == 1
    except Exception:
        print("something went wrong")
