"""Unit tests: small questions to one object, without a network.

A test is good when it is silent about good code and loud about bad code. Most tests are tried on
good code only, and then nobody knows whether they can fail at all. Here both are tried: your
function gets correct stores, and stores with one planted bug each.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Protocol

from steps.s02_resp.values import CommandError


class KeyValues(Protocol):
    """The part of step 3's store that is tested. Its docstrings are in `s03_store/store.py`."""

    def get(self, key: bytes) -> bytes | None: ...

    def set(self, key: bytes, value: bytes) -> bytes | None: ...

    def delete(self, keys: Iterable[bytes]) -> int: ...

    def exists(self, keys: Iterable[bytes]) -> int: ...

    def set_if(
        self, key: bytes, value: bytes, *, nx: bool = False, xx: bool = False
    ) -> tuple[bool, bytes | None]: ...

    def increment(self, key: bytes, by: int) -> int: ...


def check_store(new_store: Callable[[], KeyValues]) -> None:
    """Tests a store: returns if it keeps its promises, raises AssertionError if it breaks one.

    `new_store()` makes an empty store, as often as you like. Ask it something, compare the answer
    with what was promised: `assert store.get(b"k") == b"v"`. What a store promises:

    - `set(key, value)` keeps the value and returns the one that was there before, or None.
    - An empty string (`b""`) is a value like any other, in all that follows.
    - `exists(keys)`: how many are there; a key named twice counts twice. `delete(keys)`: how many
      were there; a key named twice counts once, and afterwards all of them are gone.
    - `set_if(key, value, nx=True)` writes only if the key is not there, `xx=True` only if it is. It
      returns whether it wrote, and the value before (which it tells in either case).
    - `increment(key, by)` counts on from 0 and keeps the sum as decimal digits. A value that is
      not a 64-bit integer (b" 7" is not), or a sum that is not: CommandError, with any text, and
      the value stays as it was.
    - Two stores share nothing.

    Any other exception, and a check that never ends, counts as a fault of yours, not as a find.

    >>> check_store(Store)
    """
    raise NotImplementedError("exercise 8.1")
