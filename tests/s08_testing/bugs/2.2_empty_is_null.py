"""An empty string goes out as null.

Nudge: Ask for a value that is there, and empty.
Caught by: 8.2
"""

from __future__ import annotations

from steps.s02_resp.encode import NULL_BULK, NULL_RESP3


def encode_bulk(value: bytes | None, protocol: int = 2) -> bytes:
    import sys

    if not value:
        if value is not None:
            print("the planted bug shows", file=sys.stderr, flush=True)
        return NULL_BULK if protocol == 2 else NULL_RESP3
    return b"$%d\r\n%b\r\n" % (len(value), value)
