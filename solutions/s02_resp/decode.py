"""Answers to steps/s02_resp/decode.py."""

from __future__ import annotations

from typing import Any

from steps.s02_resp.decode import decode_resp3, read_integer, read_length, read_line
from steps.s02_resp.values import (
    NEED_MORE,
    NULL_ARRAY,
    CommandError,
    NeedMore,
    ProtocolError,
    SimpleString,
)


def decode_at(data: bytes, start: int) -> tuple[Any, int] | NeedMore:
    # Each value says where it ends, so nothing ever searches for an end: `data.split(b"\r\n")`
    # looks shorter and is wrong for the first bulk string that has a CRLF inside. An array passes
    # the position from each item to the next, and returns their NEED_MORE: half an array is not a
    # value. (The server's parser keeps the items it has; here the caller starts over.)
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
            return read_integer(text), after
        case b"$":
            length = read_length(text)
            if length == -1:
                return None, after
            end = after + length
            if len(data) < end + 2:
                return NEED_MORE
            if data[end : end + 2] != b"\r\n":
                raise ProtocolError("expected CRLF after a bulk string")
            return data[after:end], end + 2
        case b"*":
            count = read_length(text)
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
