"""Step 2: RESP, the language of Redis. Values to bytes, bytes to values, requests out of a stream.

Adds the value types, `encode`, `decode`, the request parser with inline commands and limits, and a
session that answers each request with itself. `python -m steps.s02 serve` runs it.
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
    "unescape",
]
