"""Step 2: RESP, the language of Redis. Values to bytes, bytes to values, requests out of a stream.

Adds the value types, `encode`, `decode`, the request parser with inline commands and limits, and a
session that answers each request with itself. `python -m steps.s02 serve` runs it.

Read first: values.py, encode.py and parser.py.

    ask.py      a client that sends one request
    decode.py   bytes to values, as a client reads replies
    encode.py   values to bytes, as the server writes replies
    inline.py   requests typed by hand in telnet or nc
    parser.py   bytes from clients to requests, whole or in pieces
    replies.py  a stream of bytes to replies, as a client reads them: a module to write
    server.py   moves bytes between a socket and a session
    session.py  the conversation with one client; answers each request with itself
    values.py   what RESP can carry, as Python values, and the errors
"""

from __future__ import annotations

from steps.s02_resp.decode import decode, decode_at
from steps.s02_resp.encode import encode, encode_array, encode_bulk, encode_line
from steps.s02_resp.inline import split_inline, unescape
from steps.s02_resp.parser import RequestParser
from steps.s02_resp.server import SessionServer
from steps.s02_resp.session import EchoSession
from steps.s02_resp.values import (
    NEED_MORE,
    NULL_ARRAY,
    OK,
    PONG,
    CommandError,
    NullArray,
    ProtocolError,
    Push,
    Replies,
    Reply,
    Request,
    SimpleString,
    Verbatim,
    parse_int64,
    text_of,
)

__all__ = [
    "NEED_MORE",
    "NULL_ARRAY",
    "OK",
    "PONG",
    "CommandError",
    "EchoSession",
    "NullArray",
    "ProtocolError",
    "Push",
    "Replies",
    "Reply",
    "Request",
    "RequestParser",
    "SessionServer",
    "SimpleString",
    "Verbatim",
    "decode",
    "decode_at",
    "encode",
    "encode_array",
    "encode_bulk",
    "encode_line",
    "parse_int64",
    "split_inline",
    "text_of",
    "unescape",
]
