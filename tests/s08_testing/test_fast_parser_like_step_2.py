"""Exercise 8.6: every test of step 2's parser, with the fast parser in its place."""

from __future__ import annotations

import functools

import pytest

from tests.s02_resp import test_limits, test_parser

WHY = (
    "This is a test of step 2, run with the fast parser. It passes there and fails here, so "
    "split_requests took something that was not a whole request, or counted its bytes wrong."
)
GIVEN = {"test_the_end_of_a_bulk_string_is_checked", "test_a_long_inline_request_in_any_cut"}


class Replaced:
    """An object like another one, but for one attribute."""

    def __init__(self, original, name, value):
        self._original = original
        self._replaced = {name: value}

    def __getattr__(self, name):
        return self._replaced[name] if name in self._replaced else getattr(self._original, name)


@pytest.fixture
def code(code):
    """The steps, where `code.s02.RequestParser` is the fast parser."""
    return Replaced(code, "s02", Replaced(code.s02, "RequestParser", code.s08.FastParser))


def fits(function):
    """Whether it is a test of the parser as it is, which says nothing of how it looks inside."""
    other = {"CountingParser", "LineParser", "header_alone", "server"}
    marks = getattr(function, "pytestmark", [])
    own = any(mark.name == "exercise" and mark.args[0] in ("2.5", "2.7") for mark in marks)
    names = function.__code__.co_names + function.__code__.co_varnames
    counts = any(name.startswith("copied_by_") for name in names)
    return (own or function.__name__ in GIVEN) and not counts and not other & set(names)


def of_this_exercise(function):
    """The same test, under exercise 8.6."""

    @functools.wraps(function)
    def test(*args, **named):
        return function(*args, **named)

    kept = [mark for mark in getattr(function, "pytestmark", []) if mark.name != "exercise"]
    test.pytestmark = [*kept, pytest.mark.exercise("8.6", why=WHY).mark]
    return test


SHARED = {
    name: of_this_exercise(function)
    for module in (test_parser, test_limits)
    for name, function in vars(module).items()
    if name.startswith("test_") and callable(function) and fits(function)
}
assert len(SHARED) >= 20
globals().update(SHARED)
