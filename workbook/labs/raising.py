"""What comes out of a call, for experiments in which an exception is the result."""

from __future__ import annotations

from collections.abc import Callable


def raised(call: Callable[[], object], *kinds: type[BaseException]) -> str:
    """The name of the exception, one of these kinds, that a call raises; "" where it returns."""
    try:
        call()
    except kinds as error:
        return type(error).__name__
    return ""
