"""Sends RESP2's null to a client that speaks RESP3.

Caught by: test_null
"""

from __future__ import annotations

from steps.s02_resp.encode import NULL_BULK


def encode_bulk(value: bytes | None, protocol: int = 2) -> bytes:
    if value is None:
        return NULL_BULK
    return b"$%d\r\n%b\r\n" % (len(value), value)
