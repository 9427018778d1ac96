"""Escapes CRLF inside the string, as if the length did not say where it ends.

Caught by: test_a_bulk_string
"""

from __future__ import annotations

from steps.s02_resp.encode import NULL_BULK, NULL_RESP3


def encode_bulk(value: bytes | None, protocol: int = 2) -> bytes:
    if value is None:
        return NULL_BULK if protocol == 2 else NULL_RESP3
    value = value.replace(b"\r", b"\\r").replace(b"\n", b"\\n")
    return b"$%d\r\n%b\r\n" % (len(value), value)
