"""Lets shlex split, which takes text and follows the rules of the shell.

Caught by: test_words
"""

from __future__ import annotations

from steps.s02_resp.inline import UNBALANCED
from steps.s02_resp.values import ProtocolError, Request


def split_inline(line: bytes) -> Request:
    import shlex

    try:
        return [word.encode() for word in shlex.split(line.decode())]
    except ValueError:
        raise ProtocolError(UNBALANCED) from None
