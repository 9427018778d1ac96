"""Python values to RESP: the one place where a reply becomes bytes.

`encode` looks the exact type of a value up in a table, RESP2's or RESP3's, and calls the function
it finds. A new kind of value is one more line in a table. RESP2 lacks maps, sets, doubles,
booleans and pushes, so its table sends each as the nearest kind it has.

Source: https://redis.io/docs/latest/develop/reference/protocol-spec/
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from itertools import chain, repeat
from typing import Any, TypeAlias

from steps.s02_resp.values import (
    Bulks,
    CommandError,
    Encoded,
    NullArray,
    ProtocolError,
    Push,
    Replies,
    Reply,
    SimpleString,
    Verbatim,
    format_double,
)

CRLF = b"\r\n"
NULL_BULK = b"$-1\r\n"
NULL_RESP3 = b"_\r\n"
HEADERS = [b"$%d\r\n" % length for length in range(1025)]
"""The first lines of bulk strings of up to 1024 bytes: a lookup, no formatting."""

Encoder: TypeAlias = Callable[[Any, int], bytes]


def encode(value: Reply, protocol: int = 2) -> bytes:
    """The RESP bytes of `value`, in protocol version 2 or 3.

    Raises TypeError for a value that no reply may hold (a `str`, say). That is a bug in the
    server, never the client's fault.
    """
    table = ENCODERS[protocol]
    encoder = table.get(type(value))
    if encoder is None:
        encoder = table[type(value)] = _inherited(type(value), table)
    return encoder(value, protocol)


def encode_line(value: SimpleString | CommandError | int, protocol: int = 2) -> bytes:
    """A value of one line: status `+OK`, error `-ERR no such key`, integer `:7`, each with CRLF.

    A status is a SimpleString. For an error, `str(error)` is the whole line, including `ERR`. Text
    is sent as UTF-8. An error may quote a client's word that is not UTF-8, which `text_of` made a
    text; its bytes go out as they came (`"surrogateescape"`).

    A line ends at its first CRLF, so it must not contain one: in a status or an error each CR
    becomes a space, and each LF too.

    >>> encode_line(SimpleString("OK"))
    b'+OK\\r\\n'
    >>> encode_line(CommandError("ERR no such key"))
    b'-ERR no such key\\r\\n'
    >>> encode_line(CommandError("ERR one\\r\\ntwo"))
    b'-ERR one  two\\r\\n'
    >>> encode_line(-7)
    b':-7\\r\\n'
    """
    raise NotImplementedError("exercise 2.1")


def encode_bulk(value: bytes | None, protocol: int = 2) -> bytes:
    """`value` as a bulk string, in which any bytes can travel: its length says where they end.

    None is null, "there is nothing". Protocol 3 writes it in another way than protocol 2. A trap: an
    empty string is a value, and not null.

    https://redis.io/docs/latest/develop/reference/protocol-spec/#bulk-strings

    >>> encode_bulk(b"key")
    b'$3\\r\\nkey\\r\\n'
    >>> encode_bulk("naïve".encode())
    b'$6\\r\\nna\\xc3\\xafve\\r\\n'
    >>> encode_bulk(None)
    b'$-1\\r\\n'
    >>> encode_bulk(None, protocol=3)
    b'_\\r\\n'
    """
    raise NotImplementedError("exercise 2.2")


def encode_array(items: Iterable[Reply], protocol: int = 2) -> bytes:
    """An array: `*`, the number of its items, CRLF, then each item encoded in the same protocol.

    An item may be any value, an array included. `items` may be a generator, which can be walked
    through only once. The cost grows with the length of the reply, not with its square.

    >>> encode_array([1, [b"a", None]])
    b'*2\\r\\n:1\\r\\n*2\\r\\n$1\\r\\na\\r\\n$-1\\r\\n'
    >>> encode_array([])
    b'*0\\r\\n'
    """
    raise NotImplementedError("exercise 2.3")


def _bulks(value: Bulks, protocol: int) -> bytes:
    """The array that encode_array would make, without a call for each item."""
    if not value:
        return b"*0\r\n"
    lengths = list(map(len, value))
    if lengths.count(lengths[0]) == len(lengths):  # such as numbers or ids: all share one header
        header = b"$%d\r\n" % lengths[0]
        body = header + (CRLF + header).join(value) + CRLF
    else:
        try:
            headers = map(HEADERS.__getitem__, lengths)
            body = b"".join(chain.from_iterable(zip(headers, value, repeat(CRLF))))
        except IndexError:  # a string that is longer than the table
            return encode_array(value, protocol)
    return b"*%d\r\n%b" % (len(value), body)


def _null_array(value: NullArray, protocol: int) -> bytes:
    return b"*-1\r\n" if protocol == 2 else NULL_RESP3


def _map(value: Mapping[Any, Reply], protocol: int) -> bytes:
    items = chain.from_iterable(value.items())
    return b"".join([b"%%%d\r\n" % len(value), *[encode(item, protocol) for item in items]])


def _flat_map(value: Mapping[Any, Reply], protocol: int) -> bytes:
    return encode_array(list(chain.from_iterable(value.items())), protocol)


def _headed(marker: bytes) -> Encoder:
    """An array with another marker: a set `~`, a push `>`."""

    def encoder(value: Iterable[Reply], protocol: int) -> bytes:
        return b"".join([marker, memoryview(encode_array(value, protocol))[1:]])

    return encoder


def _double(value: float, protocol: int) -> bytes:
    if protocol == 2:
        return encode_bulk(format_double(value), protocol)
    return b",%b\r\n" % format_double(value)


def _boolean(value: bool, protocol: int) -> bytes:
    if protocol == 2:
        return encode_line(int(value), protocol)
    return b"#t\r\n" if value else b"#f\r\n"


def _verbatim(value: Verbatim, protocol: int) -> bytes:
    if protocol == 2:
        return encode_bulk(value.text, protocol)
    return b"=%d\r\n%b:%b\r\n" % (len(value.text) + 4, value.format, value.text)


def _in_a_row(value: Iterable[Reply], protocol: int) -> bytes:
    return b"".join([encode(reply, protocol) for reply in value])


def _as_it_is(value: Encoded, protocol: int) -> bytes:
    return value


def _inherited(kind: type, table: dict[type, Encoder]) -> Encoder:
    """The encoder of the nearest base class: a WRONGTYPE error is encoded as a CommandError."""
    for base in kind.__mro__:
        if base in table:
            return table[base]
    raise TypeError(f"no reply may hold a {kind.__name__}")


_RESP2: dict[type, Encoder] = {
    SimpleString: encode_line,
    CommandError: encode_line,
    ProtocolError: encode_line,
    int: encode_line,
    bytes: encode_bulk,
    type(None): encode_bulk,
    NullArray: _null_array,
    list: encode_array,
    tuple: encode_array,
    dict: _flat_map,
    set: encode_array,
    frozenset: encode_array,
    Bulks: _bulks,
    Encoded: _as_it_is,
    Push: encode_array,
    Replies: _in_a_row,
    float: _double,
    bool: _boolean,
    Verbatim: _verbatim,
}
_RESP3: dict[type, Encoder] = {
    **_RESP2,
    dict: _map,
    set: _headed(b"~"),
    frozenset: _headed(b"~"),
    Push: _headed(b">"),
}
ENCODERS: dict[int, dict[type, Encoder]] = {2: _RESP2, 3: _RESP3}
