"""The values that travel as RESP, as plain Python values.

A reply is an ordinary Python value wherever Python has one: `bytes` is a bulk string, `int` an
integer, `None` null, `list` an array, `dict` a map, `set` a set, `float` a double. This module adds
the few kinds that Python lacks: the one-line status, the error, the null array, push and verbatim.

Nothing here depends on the bytes of the protocol; `encode.py` and `decode.py` do.
Source: https://redis.io/docs/latest/develop/reference/protocol-spec/
"""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any, Final, NamedTuple, TypeAlias

INT64_MIN: Final = -(2**63)
INT64_MAX: Final = 2**63 - 1

SYNTAX_ERROR: Final = "ERR syntax error"
NOT_AN_INTEGER: Final = "ERR value is not an integer or out of range"


class NeedMore(enum.Enum):
    """A parser's answer when the bytes so far are correct but not complete.

    A value and not an exception, because half a message is normal on a stream.
    """

    NEED_MORE = "need more bytes"


NEED_MORE: Final = NeedMore.NEED_MORE


class SimpleString(str):
    """A status of one line, such as OK. On the wire `+OK`, without a length."""

    __slots__ = ()


class CommandError(Exception):
    """A command went wrong; the connection stays.

    Raise it, or put it into a reply. Its text is the whole line: a prefix in capitals for programs
    (`ERR`, `WRONGTYPE`), then words for people.
    """

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and str(other) == str(self)

    def __hash__(self) -> int:
        return hash(str(self))


class ProtocolError(CommandError):
    """The bytes are not RESP: the client gets one error, then the connection closes.

    After a broken length, there is no telling where the next request begins.
    """

    def __init__(self, what: str) -> None:
        super().__init__(f"ERR Protocol error: {what}")


class NullArray(enum.Enum):
    """The null of RESP2 where an array was expected (`*-1`): BLPOP's timeout, EXEC's refusal."""

    NULL_ARRAY = "null array"


class Bulks(list[bytes]):
    """An array of bulk strings only, as LRANGE returns it, which can be encoded in one go."""


class Encoded(bytes):
    """A reply that is already RESP; EXEC encodes each reply in the protocol of its command."""


class Push(list[Any]):
    """A message nobody asked for (RESP3 `>`): a published message, an invalidation."""


class Replies(list[Any]):
    """Several replies to one request, or none: SUBSCRIBE answers once for each channel."""


class Verbatim(NamedTuple):
    """A text with a format of three letters (RESP3 `=`): `txt` or `mkd`."""

    text: bytes
    format: bytes = b"txt"


Reply: TypeAlias = (
    "bool | int | float | bytes | SimpleString | CommandError | NullArray | Verbatim"
    " | Sequence[Reply] | Mapping[Any, Reply] | AbstractSet[Any] | None"
)
Request: TypeAlias = list[bytes]

OK: Final = SimpleString("OK")
PONG: Final = SimpleString("PONG")
NULL_ARRAY: Final = NullArray.NULL_ARRAY


def text_of(raw: bytes) -> str:
    r"""A client's bytes as text for an error, such that `encode` sends the same bytes.

    A byte that is not UTF-8 becomes a lone surrogate: b"\xff" is "\udcff". With "replace", U+FFFD
    would be sent in its place, and the client would not recognize its own word. A zero byte ends
    the text, as in C.
    """
    return raw.partition(b"\0")[0].decode("utf-8", "surrogateescape")


def parse_int64(raw: bytes) -> int | None:
    """The signed 64-bit number that `raw` spells in decimal, or None.

    Stricter than `int()`, which takes `b" 7"`, `b"+7"`, `b"1_0"` and `b"007"`: Redis accepts none
    of them, and a server that is more generous than its peers stores what they cannot read.
    """
    digits = raw[1:] if raw[:1] == b"-" else raw
    if not digits.isdigit() or len(digits) > 19:
        return None
    if digits[:1] == b"0" and raw != b"0":
        return None
    value = int(raw)
    return value if INT64_MIN <= value <= INT64_MAX else None


def integer(raw: bytes) -> int:
    """An argument that must be a 64-bit integer. Raises CommandError."""
    value = parse_int64(raw)
    if value is None:
        raise CommandError(NOT_AN_INTEGER)
    return value


def format_double(value: float) -> bytes:
    """A double in the digits of Redis 7.0: 17 significant, so reading it back loses nothing."""
    return b"%.17g" % value
