"""Counts the items of inner arrays too.

Caught by: test_an_array
"""

from __future__ import annotations

from collections.abc import Iterable

from steps.s02_resp.encode import encode
from steps.s02_resp.values import Reply


def encode_array(items: Iterable[Reply], protocol: int = 2) -> bytes:
    encoded = [encode(item, protocol) for item in items]
    count = sum(len(item) if isinstance(item, list) else 1 for item in items)
    return b"*%d\r\n%b" % (count, b"".join(encoded))
