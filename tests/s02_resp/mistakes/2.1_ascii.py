"""Sends ASCII, with a question mark for every other letter.

Caught by: test_text_is_utf_8
"""

from __future__ import annotations

from steps.s02_resp.values import CommandError, SimpleString


def encode_line(value: SimpleString | CommandError | int, protocol: int = 2) -> bytes:
    if isinstance(value, int):
        return b":%d\r\n" % value
    marker = b"+" if isinstance(value, SimpleString) else b"-"
    text = str(value).replace("\r", " ").replace("\n", " ")
    return marker + text.encode("ascii", "replace") + b"\r\n"
