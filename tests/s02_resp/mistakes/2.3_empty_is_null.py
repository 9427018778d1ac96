"""Sends an empty array as the null array.

Caught by: test_an_empty_array_is_not_null
"""

from __future__ import annotations

from collections.abc import Iterable

from steps.s02_resp.encode import encode
from steps.s02_resp.values import Reply


def encode_array(items: Iterable[Reply], protocol: int = 2) -> bytes:
    encoded = [encode(item, protocol) for item in items]
    if not encoded:
        return b"*-1\r\n"
    return b"*%d\r\n%b" % (len(encoded), b"".join(encoded))
