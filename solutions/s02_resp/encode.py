"""Answers to steps/s02_resp/encode.py."""

from __future__ import annotations

from collections.abc import Iterable

from steps.s02_resp.encode import CRLF, NULL_BULK, NULL_RESP3, encode
from steps.s02_resp.values import CommandError, Reply, SimpleString


def encode_line(value: SimpleString | CommandError | int, protocol: int = 2) -> bytes:
    # A CR or LF inside would end the line early, and the rest would be read as the next reply, so
    # a client could forge replies by getting its own words into an error. Escaping them would be
    # as safe, but Redis writes spaces. `isinstance(value, int)` first keeps the frequent case
    # short. A plain `encode()` fails on the surrogates of `text_of`, in a place where nothing
    # catches errors.
    if isinstance(value, int):
        return b":%d\r\n" % value
    marker = b"+" if isinstance(value, SimpleString) else b"-"
    line = str(value).encode("utf-8", "surrogateescape")
    return marker + line.replace(b"\r", b" ").replace(b"\n", b" ") + CRLF


def encode_bulk(value: bytes | None, protocol: int = 2) -> bytes:
    # `if not value` would send an empty string as null: "exists, but empty" and "does not exist"
    # are different answers. The length counts bytes, not characters: a text has to be bytes before
    # it gets here.
    if value is None:
        return NULL_BULK if protocol == 2 else NULL_RESP3
    return b"$%d\r\n%b\r\n" % (len(value), value)


def encode_array(items: Iterable[Reply], protocol: int = 2) -> bytes:
    # One join instead of `+=` in a loop: adding to bytes copies all of them each time, which is
    # quadratic for a long LRANGE. The first line is in the join, too: to put it before the joined
    # items would copy them all again. The recursion is in `encode`, which knows every kind of value.
    encoded = [encode(item, protocol) for item in items]
    encoded.insert(0, b"*%d\r\n" % len(encoded))
    return b"".join(encoded)
