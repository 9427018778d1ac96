"""Optimistic locking: read, compute, write, and start over if another client was quicker."""

from __future__ import annotations

from collections.abc import Callable

from steps.s02_resp.values import NULL_ARRAY, Reply
from steps.s10_asyncio.clients.asking import Asker


async def update(client: Asker, key: bytes, change: Callable[[Reply], bytes]) -> bytes:
    """Replaces the string at `key` by `change(the string)`, and returns the new one.

    `change` gets None for a key that does not exist. No write of any other client may be lost: if
    the key has changed between the reading and the writing, nothing is written, and everything is
    done once more with the new value, as often as it takes. The key keeps its time to live.

    Several tasks may call this at once with the same `client`. The server knows a transaction by
    its connection, so the commands of two tasks must not mix: `client.turn` is an asyncio.Lock, which
    `async with` takes and releases.

    `await client.ask(b"GET", key)` returns a reply, and raises CommandError for an error. The reply
    to an EXEC that ran nothing is NULL_ARRAY. If the value is not a string, or `change` raises an
    exception, that comes out, nothing is written, and the client watches nothing any more.

    https://redis.io/docs/latest/develop/interact/transactions/#optimistic-locking-using-check-and-set

    >>> await update(client, b"n", lambda value: b"%d" % (2 * int(value or 1)))
    b'2'
    """
    raise NotImplementedError("exercise 10.5")
