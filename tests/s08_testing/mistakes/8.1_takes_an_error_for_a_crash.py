"""Lets the CommandError that it asked for end the check.

Caught by: test_good_stores_pass
"""

from __future__ import annotations

from collections.abc import Callable

from steps.s08_testing.unit_tests import KeyValues


def check_store(new_store: Callable[[], KeyValues]) -> None:

    store = new_store()
    assert store.increment(b"n", 42) == 42
    store.set(b"n", b" 7")
    store.increment(b"n", 1)
    assert store.get(b"n") == b" 7"
