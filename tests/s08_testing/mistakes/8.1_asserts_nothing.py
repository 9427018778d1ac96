"""Calls everything, and looks at no answer.

Caught by: test_bugs_in_the_store_are_caught
"""

from __future__ import annotations

from collections.abc import Callable

from steps.s08_testing.unit_tests import KeyValues


def check_store(new_store: Callable[[], KeyValues]) -> None:

    store = new_store()
    store.set(b"k", b"one")
    store.set(b"k", b"two")
    store.set(b"empty", b"")
    store.exists([b"k", b"k", b"empty", b"none"])
    store.set_if(b"empty", b"x", nx=True)
    store.set_if(b"none", b"x", xx=True)
    store.delete([b"k", b"k", b"empty", b"none"])
    store.increment(b"n", 1)
