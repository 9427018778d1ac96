"""Fails whatever it gets. That catches every bug, and every store.

Caught by: test_good_stores_pass
"""

from __future__ import annotations

from collections.abc import Callable

from steps.s08_testing.unit_tests import KeyValues


def check_store(new_store: Callable[[], KeyValues]) -> None:

    raise AssertionError("there is surely a bug somewhere")
