"""Replaces CRLF where it comes as a pair; a lone LF gets through.

Caught by: test_a_newline_forges_no_reply
"""

from __future__ import annotations

from steps.s02_resp.values import CommandError, SimpleString


def encode_line(value: SimpleString | CommandError | int, protocol: int = 2) -> bytes:
    if isinstance(value, int):
        return b":%d\r\n" % value
    marker = b"+" if isinstance(value, SimpleString) else b"-"
    return marker + str(value).replace("\r\n", "  ").encode() + b"\r\n"
