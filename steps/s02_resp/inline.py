"""Inline commands: a request typed by hand, as `telnet` or `nc` sends it: words, then a newline.

Source: https://redis.io/docs/latest/develop/reference/protocol-spec/#inline-commands
The quoting is that of redis-cli.
"""

from __future__ import annotations

import re

from steps.s02_resp.values import ProtocolError, Request

# What a backslash may stand for inside double quotes; before any other byte it stands for that byte.
ESCAPES = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"a": b"\a"}

UNBALANCED = "unbalanced quotes in request"

_ESCAPE = re.compile(rb"\\(x[0-9a-fA-F]{2}|.)", re.DOTALL)


def unescape(text: bytes) -> bytes:
    r"""The bytes that `text`, from between double quotes, stands for: `\n`, `\x00`, `\"` and so on."""

    def one(match: re.Match[bytes]) -> bytes:
        code = match[1]
        if len(code) == 3:
            return bytes([int(code[1:], 16)])
        return ESCAPES.get(code, code)

    return _ESCAPE.sub(one, text)


def split_inline(line: bytes) -> Request:
    r"""The words of a line: cut at white space, but not inside quotes.

    - Words stand apart by any white space; there may be more than one blank, also at both ends.
    - A part between double quotes belongs to its word with its blanks: `"two words"` is one word,
      and so is `a"b c"`. A backslash escapes there (`unescape` undoes it): `\"` does not end it.
    - A part between single quotes is taken as it stands; only `\'` is an escape there.
    - After a closing quote comes white space or the end of the line. Anything else, or a quote
      that is never closed, raises ProtocolError(UNBALANCED).

    >>> split_inline(b'SET  greeting "hello world"')
    [b'SET', b'greeting', b'hello world']
    >>> split_inline(b"   ")
    []
    """
    raise NotImplementedError("exercise 2.6")
