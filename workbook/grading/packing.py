"""Values on their way between the trusted tests and a submission: JSON out of Python's own types.

`None`, `bool`, `int`, `float`, `str` and `list` stand for themselves. Anything else is an object
with one letter that says what it is: `{"b": base64}` bytes, `{"t": [...]}` a tuple, `{"d": [[key,
value], ...]}` a dict. Any other value has no such form: `Packer.other` decides about
it on the way out, `Unpacker.other` on the way in. Nothing is ever unpickled.
"""

from __future__ import annotations

import base64
import math
from collections import deque
from collections.abc import Callable
from typing import Any

DEPTH = 200
"""Levels that a value may have; a list that contains itself has more."""

PLAIN_INT = 1 << 63
"""Integers from here on travel as hexadecimal digits: JSON readers refuse very long decimals."""

TYPES: dict[str, type] = {
    one.__name__: one for one in (str, bytes, int, float, tuple, list, dict, set, deque)
}
"""The types that a test may pass, by their names."""

MUTABLE = (list, dict, set, bytearray)
"""Values that a call may change, and that stay the same object when they change."""

Other = Callable[[Any], Any]


class Unfit(ValueError):  # noqa: N818 - it is what it says
    """A value that cannot travel, or bytes from the other side that are not a value."""


class Packer:
    """From values to what `json.dumps` takes."""

    def __init__(self, other: Other) -> None:
        self.other = other

    def pack(self, value: Any, depth: int = DEPTH) -> Any:
        """`value`, ready for JSON."""
        kind = type(value)
        if value is None or kind is str or kind is bool:
            return value
        if kind is int:
            return value if -PLAIN_INT < value < PLAIN_INT else {"i": hex(value)}
        if kind is bytes:
            return {"b": base64.b64encode(value).decode("ascii")}
        if kind is float:
            return value if math.isfinite(value) else {"f": repr(value)}
        if depth == 0:
            raise Unfit(f"a value is nested more than {DEPTH} levels deep")
        if kind is list:
            return [self.pack(item, depth - 1) for item in value]
        if kind is dict:
            pairs = [
                [self.pack(key, depth - 1), self.pack(one, depth - 1)] for key, one in value.items()
            ]
            return {"d": pairs}
        if kind in _GROUPS:
            return {_GROUPS[kind]: [self.pack(item, depth - 1) for item in value]}
        if kind is bytearray:
            return {"a": base64.b64encode(value).decode("ascii")}
        return self.other(value)


_GROUPS: dict[type, str] = {tuple: "t", set: "s", frozenset: "z"}


class Unpacker:
    """From what `json.loads` has made to values. Raises Unfit for whatever `Packer` never makes."""

    def __init__(self, other: Other) -> None:
        self.other = other

    def unpack(self, value: Any, depth: int = DEPTH) -> Any:
        """The value that this stands for; exact built-in types, and what `other` returns."""
        kind = type(value)
        if kind is list:
            return self._items(value, depth)
        if kind is not dict:
            return value
        if len(value) != 1:
            return self.other(value)
        ((letter, inner),) = value.items()
        if letter in _TEXTS:
            return self._of_text(letter, inner)
        if letter in _MAKERS:
            return self._group(_MAKERS[letter], self._items(inner, depth))
        if letter == "d":
            return self._dict(inner, depth)
        return self.other(value)

    def _items(self, items: Any, depth: int) -> list[Any]:
        if type(items) is not list or depth == 0:
            raise Unfit("a group of values that is none, or is too deep")
        return [self.unpack(item, depth - 1) for item in items]

    def _of_text(self, letter: str, text: Any) -> Any:
        if type(text) is not str:
            raise Unfit(f"{letter!r} takes a text")
        try:
            return _TEXTS[letter](text)
        except ValueError as error:
            raise Unfit(f"{letter!r} is followed by no such value") from error

    def _group(self, make: Callable[[list[Any]], Any], items: list[Any]) -> Any:
        try:
            return make(items)
        except TypeError as error:
            raise Unfit("a set of what is not hashable") from error

    def _dict(self, pairs: Any, depth: int) -> dict[Any, Any]:
        rows = self._items(pairs, depth)
        if any(type(row) is not list or len(row) != 2 for row in rows):
            raise Unfit("a dict is made of pairs")
        try:
            return {key: one for key, one in rows}  # noqa: C416 - dict() takes more than pairs
        except TypeError as error:
            raise Unfit("a key that is not hashable") from error


def _float(text: str) -> float:
    value = {"inf": math.inf, "-inf": -math.inf, "nan": math.nan}.get(text)
    if value is None:
        raise ValueError(text)
    return value


_TEXTS: dict[str, Callable[[str], Any]] = {
    "b": lambda text: base64.b64decode(text, validate=True),
    "a": lambda text: bytearray(base64.b64decode(text, validate=True)),
    "i": lambda text: int(text, 16),
    "f": _float,
}
_MAKERS: dict[str, Callable[[list[Any]], Any]] = {"t": tuple, "s": set, "z": frozenset}
