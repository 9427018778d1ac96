"""Puts the text of an error into the line as it came, newlines too.

Caught by: test_a_newline_forges_no_reply
"""

from __future__ import annotations

from steps.s02_resp.values import CommandError, SimpleString


def encode_line(value: SimpleString | CommandError | int, protocol: int = 2) -> bytes:
    marker = b":" if isinstance(value, int) else b"+" if isinstance(value, SimpleString) else b"-"
    return marker + str(value).encode() + b"\r\n"
