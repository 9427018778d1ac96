"""Looks at how the store keeps its values instead of asking it.

Caught by: test_good_stores_pass
"""

from __future__ import annotations

from collections.abc import Callable

from steps.s08_testing.unit_tests import KeyValues


def check_store(new_store: Callable[[], KeyValues]) -> None:

    store = new_store()
    store.set(b"k", b"v")
    assert store.data == {b"k": b"v"}  # type: ignore[attr-defined]
