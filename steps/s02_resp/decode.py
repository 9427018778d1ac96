"""RESP to Python values: what a client does with a reply.

`decode_at` reads one value that begins at a position of a buffer and says where it ends, or that
bytes are missing. `decode` is for bytes that are known to be complete. Both raise ProtocolError
for bytes that are not RESP.

The server itself needs less: a request is always an array of bulk strings, which `parser.py` reads
without looking at any byte twice.
Source: https://redis.io/docs/latest/develop/reference/protocol-spec/
"""

from __future__ import annotations

import re
from collections.abc import Hashable
from typing import Any

from steps.s02_resp.values import (
    NEED_MORE,
    NULL_ARRAY,
    CommandError,
    NeedMore,
    ProtocolError,
    Push,
    SimpleString,
    Verbatim,
    parse_int64,
)


def decode(data: bytes) -> Any:
    """The one value that `data` holds.

    Raises ProtocolError if bytes are missing, wrong or left over.

    >>> decode(b"*2\\r\\n:1\\r\\n$1\\r\\na\\r\\n")
    [1, b'a']
    """
    try:
        result = decode_at(data, 0)
    except RecursionError:  # no real client sends that: Redis' own clients stop at 9 levels
        raise ProtocolError("arrays nested too deep") from None
    if result is NEED_MORE:
        raise ProtocolError("the value ends too early")
    value, end = result
    if end != len(data):
        raise ProtocolError(f"{len(data) - end} bytes are left over after the value")
    return value


def decode_at(data: bytes, start: int) -> tuple[Any, int] | NeedMore:
    """The value that begins at `data[start]`, and the position after it; or NEED_MORE.

    Every value begins with a line: one byte for its kind, then a text, then CRLF. `read_line` gives
    the kind, the text and the position `after` the CRLF. What the text means depends on the kind:

    - `+` a status: SimpleString · `-` an error: CommandError. The text is UTF-8; a byte that is not
      becomes U+FFFD (`text.decode("utf-8", "replace")`).
    - `:` an integer: `read_integer(text)`.
    - `$` a bulk string: the text is its length, `read_length(text)`. That many bytes follow, then
      CRLF; anything else in its place is a ProtocolError, in words of your own. Length -1 is None:
      nothing follows.
    - `*` an array: the text is its count, `read_length(text)`. That many values follow, each of
      any kind; they make a list. Count -1 is NULL_ARRAY. A count is a promise: use memory only for
      items that have arrived.
    - anything else: return `decode_resp3(kind, text, data, after)`.

    The bytes may end anywhere, even inside a line or in an inner array: then return NEED_MORE. The
    cost grows with the length of the value, not with its square.

    >>> decode_at(b"$1\\r\\na\\r\\n:7\\r\\n", 0)
    (b'a', 7)
    >>> decode_at(b"$1\\r\\na\\r\\n:7\\r\\n", 7)
    (7, 11)
    >>> decode_at(b"$5\\r\\nhel", 0) is NEED_MORE
    True
    """
    raise NotImplementedError("exercise 2.4")


def read_line(data: bytes, start: int) -> tuple[bytes, bytes, int] | NeedMore:
    """The kind (one byte), the text, and the position after the CRLF of the line at `start`."""
    end = data.find(b"\r\n", start)
    if end < 0:
        return NEED_MORE
    return data[start : start + 1], data[start + 1 : end], end + 2


def read_integer(text: bytes) -> int:
    """The number in a header line. Raises ProtocolError if it is not a number."""
    value = parse_int64(text)
    if value is None:
        raise ProtocolError(f"not a number: {text[:32]!r}")
    return value


def read_length(text: bytes) -> int:
    """A length or a count: 0 or more, or -1 for null. Raises ProtocolError."""
    length = read_integer(text)
    if length < -1:
        raise ProtocolError(f"not a length: {length}")
    return length


# ---------------------------------------------------------------- RESP3

_DOUBLE = re.compile(rb"[+-]?(?:\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|inf|nan)")
_BIG = re.compile(rb"[+-]?\d{1,4000}")  # more digits than any server sends, and int() still takes


def decode_resp3(kind: bytes, text: bytes, data: bytes, after: int) -> tuple[Any, int] | NeedMore:
    """The kinds that RESP3 added. `after` is the position after the value's first line."""
    match kind:
        case b"_" if text == b"":
            return None, after
        case b"#" if text in (b"t", b"f"):
            return text == b"t", after
        case b"," if _DOUBLE.fullmatch(text):
            return float(text), after
        case b"(" if _BIG.fullmatch(text):
            return int(text), after
        case b"=" | b"!":
            return _blob(kind, text, data, after)
        case b"%" | b"~" | b">" | b"|":
            return _aggregate(kind, text, data, after)
        case b"_" | b"#" | b"," | b"(":
            raise ProtocolError(f"not a value of type {kind.decode()}: {text[:32]!r}")
        case _:
            raise ProtocolError(f"unknown type byte {kind!r}")


def _blob(kind: bytes, text: bytes, data: bytes, after: int) -> tuple[Any, int] | NeedMore:
    """A verbatim text or a long error: on the wire, a bulk string with another type byte."""
    end = after + _not_null(text)
    if len(data) < end + 2:
        return NEED_MORE
    if data[end : end + 2] != b"\r\n":
        raise ProtocolError("expected CRLF after a text")
    blob = data[after:end]
    if kind == b"!":
        return CommandError(blob.decode("utf-8", "replace")), end + 2
    if blob[3:4] != b":":
        raise ProtocolError("a verbatim text begins with its format, like txt:")
    return Verbatim(blob[4:], blob[:3]), end + 2


def _aggregate(kind: bytes, text: bytes, data: bytes, after: int) -> tuple[Any, int] | NeedMore:
    """A map, set or push: on the wire, an array with another type byte."""
    pairs = kind in b"%|"
    items: list[Any] = []
    for _ in range(_not_null(text) * (2 if pairs else 1)):
        result = decode_at(data, after)
        if result is NEED_MORE:
            return NEED_MORE
        item, after = result
        items.append(item)
    match kind:
        case b"|":  # attributes: notes on the value that follows them; nothing here needs them
            return decode_at(data, after)
        case b"%":
            return dict(zip(map(_frozen, items[::2]), items[1::2], strict=True)), after
        case b"~":
            return set(map(_frozen, items)), after
        case _:
            return Push(items), after


def _not_null(text: bytes) -> int:
    length = read_length(text)
    if length < 0:
        raise ProtocolError("RESP3 has only one null, the type byte _")
    return length


def _frozen(item: Any) -> Hashable:
    """The same value in a form that can be in a set or be the key of a map."""
    match item:
        case list():
            return tuple(map(_frozen, item))
        case set():
            return frozenset(item)
        case dict():
            return tuple((key, _frozen(value)) for key, value in item.items())
        case _:
            return item  # type: ignore[no-any-return]
