"""Inline commands: a request typed by hand, as `telnet` or `nc` sends it: words, then a newline.

Source: https://redis.io/docs/latest/develop/reference/protocol-spec/#inline-commands
The quoting is that of redis-cli.
"""

from __future__ import annotations

import re

from steps.s02_resp.values import ProtocolError, Request

# What a letter after a backslash stands for, inside double quotes. Any other stands for itself.
ESCAPES = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"a": b"\a"}

UNBALANCED = "unbalanced quotes in request"

_ESCAPE = re.compile(rb"\\(x[0-9a-fA-F]{2}|.)", re.DOTALL)


def unescape(text: bytes) -> bytes:
    r"""What `text`, the part between double quotes, stands for: `\n`, `\x00`, `\"` and so on undone."""

    def one(match: re.Match[bytes]) -> bytes:
        code = match[1]
        if len(code) == 3:
            return bytes([int(code[1:], 16)])
        return ESCAPES.get(code, code)

    return _ESCAPE.sub(one, text)


def split_inline(line: bytes) -> Request:
    r"""The words of a line: cut at white space, but not inside quotes.

    - Words are separated by white space of any kind (`bytes.isspace`) and any length; there may
      also be some at both ends.
    - A part between double quotes belongs to its word, including its blanks: `"two words"` is one
      word, and so is `a"b c"`; the quotes themselves are gone. `""` is a word too, an empty one.
    - Inside double quotes a backslash escapes the byte after it: `\"` does not end the part.
      `unescape(part)` undoes all that. Outside of quotes a backslash is a byte like any other.
    - A part between single quotes is taken as it is, except for `\'`, which is a single quote and
      does not end the part.
    - After a closing quote comes white space or the end of the line. Anything else, or a quote
      that is never closed, raises ProtocolError(UNBALANCED).

    >>> split_inline(b'SET  greeting "hello world"')
    [b'SET', b'greeting', b'hello world']
    >>> split_inline(b"   ")
    []
    """
    raise NotImplementedError("exercise 2.6")
