"""Answers to steps/s08_testing/unit_tests.py."""

from __future__ import annotations

from collections.abc import Callable

from steps.s02_resp.values import CommandError
from steps.s08_testing.unit_tests import KeyValues


def check_store(new_store: Callable[[], KeyValues]) -> None:
    # Each line checks something that a tempting implementation gets wrong: a key named twice, a
    # value that exists but is empty, an error in the middle of a change. Ten questions about a key
    # that holds b"v" would all be answered by the same three lines of the store. `assert` compares
    # with what was promised, not with what the store says elsewhere: two wrong answers can agree.
    store = new_store()
    assert store.get(b"k") is None
    assert store.set(b"k", b"one") is None
    assert store.set(b"k", b"two") == b"one"
    assert store.get(b"k") == b"two"
    assert new_store().get(b"k") is None

    store.set(b"empty", b"")
    assert store.exists([b"k", b"k", b"empty", b"none"]) == 3
    assert store.set_if(b"empty", b"x", nx=True) == (False, b"")
    assert store.set_if(b"none", b"x", xx=True) == (False, None)
    assert store.get(b"none") is None
    assert store.set_if(b"k", b"three", xx=True) == (True, b"two")
    assert store.get(b"k") == b"three"
    assert store.delete([b"k", b"k", b"empty", b"none"]) == 2
    assert store.exists([b"k", b"empty"]) == 0

    assert store.increment(b"n", 40) == 40
    assert store.increment(b"n", 2) == 42
    assert store.get(b"n") == b"42"
    for refused in (b" 7", b"9223372036854775807"):
        store.set(b"n", refused)
        try:
            store.increment(b"n", 1)
        except CommandError:
            assert store.get(b"n") == refused
        else:
            raise AssertionError(f"{refused!r} plus 1 must be refused")
