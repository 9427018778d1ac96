"""Answers to steps/s10_asyncio/clients/update.py."""

from __future__ import annotations

from collections.abc import Callable

from steps.s02_resp.values import NULL_ARRAY, Reply
from steps.s10_asyncio.clients.asking import Asker


async def update(client: Asker, key: bytes, change: Callable[[Reply], bytes]) -> bytes:
    # WATCH comes before GET: what changes between the two would be missed the other way round. At
    # each `await` other tasks have a turn, so the lock is held from WATCH to EXEC.
    async with client.turn:
        while True:
            await client.ask(b"WATCH", key)
            try:
                new = change(await client.ask(b"GET", key))
            except Exception:
                await client.ask(b"UNWATCH")
                raise
            await client.ask(b"MULTI")
            await client.ask(b"SET", key, new, b"KEEPTTL")
            if await client.ask(b"EXEC") is not NULL_ARRAY:
                return new
