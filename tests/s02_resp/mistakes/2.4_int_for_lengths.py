"""Reads numbers with int(), which takes blanks, signs and underscores.

Caught by: test_a_number_that_is_none
"""

from __future__ import annotations

from typing import Any

from steps.s02_resp.decode import decode_resp3, read_line
from steps.s02_resp.values import (
    NEED_MORE,
    NULL_ARRAY,
    CommandError,
    NeedMore,
    ProtocolError,
    SimpleString,
)


def decode_at(data: bytes, start: int) -> tuple[Any, int] | NeedMore:
    line = read_line(data, start)
    if line is NEED_MORE:
        return NEED_MORE
    kind, text, after = line
    match kind:
        case b"+":
            return SimpleString(text.decode("utf-8", "replace")), after
        case b"-":
            return CommandError(text.decode("utf-8", "replace")), after
        case b":":
            return int(text), after
        case b"$":
            length = int(text)
            if length == -1:
                return None, after
            end = after + length
            if len(data) < end + 2:
                return NEED_MORE
            if data[end : end + 2] != b"\r\n":
                raise ProtocolError("expected CRLF after a bulk string")
            return data[after:end], end + 2
        case b"*":
            count = int(text)
            if count == -1:
                return NULL_ARRAY, after
            items: list[Any] = []
            for _ in range(count):
                item = decode_at(data, after)
                if item is NEED_MORE:
                    return NEED_MORE
                value, after = item
                items.append(value)
            return items, after
        case _:
            return decode_resp3(kind, text, data, after)
