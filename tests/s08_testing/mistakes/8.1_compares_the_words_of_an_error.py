"""Expects the exact words of an error, which nobody promised.

Caught by: test_good_stores_pass
"""

from __future__ import annotations

from collections.abc import Callable

from steps.s02_resp.values import CommandError
from steps.s08_testing.unit_tests import KeyValues


def check_store(new_store: Callable[[], KeyValues]) -> None:

    store = new_store()
    store.set(b"n", b" 7")
    try:
        store.increment(b"n", 1)
    except CommandError as error:
        assert str(error) == "ERR value is not an integer or out of range"  # noqa: PT017
    else:
        raise AssertionError("blanks are no digits")
