"""Cuts at every white space, inside quotes too.

Caught by: test_double_quotes
"""

from __future__ import annotations

from steps.s02_resp.values import Request


def split_inline(line: bytes) -> Request:
    return line.split()
