"""Undoes escapes between single quotes too.

Caught by: test_single_quotes
"""

from __future__ import annotations

from steps.s02_resp.inline import UNBALANCED, unescape
from steps.s02_resp.values import ProtocolError, Request


def split_inline(line: bytes) -> Request:
    words: Request = []
    at = 0
    while at < len(line):
        if line[at : at + 1].isspace():
            at += 1
            continue
        word = b""
        while at < len(line) and not line[at : at + 1].isspace():
            quote = line[at : at + 1]
            at += 1
            if quote not in (b'"', b"'"):
                word += quote
                continue
            start = at
            while line[at : at + 1] != quote:
                if at >= len(line):
                    raise ProtocolError(UNBALANCED)
                escapes = quote == b'"' or line[at + 1 : at + 2] == quote
                at += 2 if line[at : at + 1] == b"\\" and escapes else 1
            part = line[start:at]
            word += unescape(part)
            at += 1
            if at < len(line) and not line[at : at + 1].isspace():
                raise ProtocolError(UNBALANCED)
        words.append(word)
    return words
