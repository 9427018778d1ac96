"""The length of a bulk string counts characters, not bytes.

Nudge: Which values have fewer characters than bytes?
Caught by: 8.2
"""

from __future__ import annotations

from steps.s02_resp.encode import NULL_BULK, NULL_RESP3


def encode_bulk(value: bytes | None, protocol: int = 2) -> bytes:
    import sys

    if value is None:
        return NULL_BULK if protocol == 2 else NULL_RESP3
    length = len(value.decode("utf-8", "replace"))
    if length != len(value):
        print("the planted bug shows", file=sys.stderr, flush=True)
    return b"$%d\r\n%b\r\n" % (length, value)
