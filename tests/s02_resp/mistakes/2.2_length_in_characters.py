"""Counts the characters of the text, not its bytes.

Caught by: test_the_length_counts_bytes
"""

from __future__ import annotations

from steps.s02_resp.encode import NULL_BULK, NULL_RESP3


def encode_bulk(value: bytes | None, protocol: int = 2) -> bytes:
    if value is None:
        return NULL_BULK if protocol == 2 else NULL_RESP3
    text = value.decode("utf-8", "surrogateescape")
    return f"${len(text)}\r\n{text}\r\n".encode("utf-8", "surrogateescape")
