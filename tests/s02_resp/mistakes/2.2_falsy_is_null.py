"""Asks for truth, and sends an empty string as null.

Caught by: test_empty_is_not_null
"""

from __future__ import annotations

from steps.s02_resp.encode import NULL_BULK, NULL_RESP3


def encode_bulk(value: bytes | None, protocol: int = 2) -> bytes:
    if not value:
        return NULL_BULK if protocol == 2 else NULL_RESP3
    return b"$%d\r\n%b\r\n" % (len(value), value)
