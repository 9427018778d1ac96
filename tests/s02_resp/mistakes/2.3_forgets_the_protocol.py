"""Encodes the items without saying in which protocol.

Caught by: test_the_protocol_reaches_the_items
"""

from __future__ import annotations

from collections.abc import Iterable

from steps.s02_resp.encode import encode
from steps.s02_resp.values import Reply


def encode_array(items: Iterable[Reply], protocol: int = 2) -> bytes:
    encoded = [encode(item) for item in items]
    return b"*%d\r\n%b" % (len(encoded), b"".join(encoded))
