"""Puts ERR in front of every error, which has its own first word.

Caught by: test_an_error
"""

from __future__ import annotations

from steps.s02_resp.values import CommandError, SimpleString


def encode_line(value: SimpleString | CommandError | int, protocol: int = 2) -> bytes:
    if isinstance(value, int):
        return b":%d\r\n" % value
    text = str(value).replace("\r", " ").replace("\n", " ").encode()
    return b"+%b\r\n" % text if isinstance(value, SimpleString) else b"-ERR %b\r\n" % text
