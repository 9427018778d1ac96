"""RESP to Python values: what a client does with a reply.

`decode_at` reads one value that begins at a position of a buffer and says where it ends, or that
bytes are missing. `decode` is for the case that the bytes are known to be whole.

The server itself needs less: a request is always an array of bulk strings, and `parser.py` reads
those without looking at the same byte twice.
Source: https://redis.io/docs/latest/develop/reference/protocol-spec/
"""

from __future__ import annotations

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
    """The one value that `data` holds. Raises ProtocolError if bytes are missing, wrong or left over.

    >>> decode(b"*2\\r\\n:1\\r\\n$1\\r\\na\\r\\n")
    [1, b'a']
    """
    result = decode_at(data, 0)
    if result is NEED_MORE:
        raise ProtocolError("the value ends too early")
    value, end = result
    if end != len(data):
        raise ProtocolError(f"{len(data) - end} bytes are left over after the value")
    return value


def decode_at(data: bytes, start: int) -> tuple[Any, int] | NeedMore:
    """The value that begins at `data[start]`, and the position behind it; or NEED_MORE.

    Every value begins with a line: one byte for its kind, then a text, then CRLF (`read_line`
    gives all three). What the text means depends on the kind:

    - `+` a status: SimpleString · `-` an error: CommandError · `:` an integer (`read_integer`)
    - `$` a bulk string: the text is its length in bytes; that many bytes follow, then CRLF.
      Length -1 is None. If anything but CRLF follows the bytes: ProtocolError.
    - `*` an array: the text is its count; that many values follow, each of any kind.
      Count -1 is NULL_ARRAY.
    - anything else: give it to `decode_resp3(kind, text, data, after)`.

    The bytes may end anywhere, even inside a line or an inner array: then answer NEED_MORE.

    >>> decode_at(b"$1\\r\\na\\r\\n:7\\r\\n", 0)
    (b'a', 7)
    >>> decode_at(b"$5\\r\\nhel", 0) is NEED_MORE
    True
    """
    raise NotImplementedError("exercise 2.4")


def read_line(data: bytes, start: int) -> tuple[bytes, bytes, int] | NeedMore:
    """The kind (one byte), the text and the position behind the CRLF of the line at `start`."""
    end = data.find(b"\r\n", start)
    if end < 0:
        return NEED_MORE
    return data[start : start + 1], data[start + 1 : end], end + 2


def read_integer(text: bytes) -> int:
    """The number that a header line holds. Raises ProtocolError if it is none."""
    value = parse_int64(text)
    if value is None:
        raise ProtocolError(f"not a number: {text[:32]!r}")
    return value


def decode_resp3(kind: bytes, text: bytes, data: bytes, after: int) -> tuple[Any, int] | NeedMore:
    """The kinds that RESP3 added. `after` is the position behind the value's first line."""
    match kind:
        case b"_":
            return None, after
        case b"#":
            return text == b"t", after
        case b",":
            return float(text), after
        case b"(":
            return int(text), after
        case b"=" | b"!":
            return _blob(kind, text, data, after)
        case b"%" | b"~" | b">":
            return _aggregate(kind, text, data, after)
        case _:
            raise ProtocolError(f"unknown type byte {kind!r}")


def _blob(kind: bytes, text: bytes, data: bytes, after: int) -> tuple[Any, int] | NeedMore:
    """A verbatim text or a long error: on the wire a bulk string under another type byte."""
    end = after + read_integer(text)
    if len(data) < end + 2:
        return NEED_MORE
    blob = data[after:end]
    if kind == b"!":
        return CommandError(blob.decode("utf-8", "replace")), end + 2
    return Verbatim(blob[4:], blob[:3]), end + 2


def _aggregate(kind: bytes, text: bytes, data: bytes, after: int) -> tuple[Any, int] | NeedMore:
    """A map, set or push: on the wire an array under another type byte."""
    count = read_integer(text) * (2 if kind == b"%" else 1)
    items: list[Any] = []
    for _ in range(count):
        result = decode_at(data, after)
        if result is NEED_MORE:
            return NEED_MORE
        item, after = result
        items.append(item)
    if kind == b"%":
        return dict(zip(items[::2], items[1::2], strict=True)), after
    return (set(items) if kind == b"~" else Push(items)), after
