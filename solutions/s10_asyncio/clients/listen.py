"""Answers to steps/s10_asyncio/clients/listen.py."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from steps.s02_resp.encode import encode
from steps.s02_resp.values import CommandError
from steps.s08_testing.client import CHUNK
from steps.s08_testing.load import ReplyReader


async def listen(
    port: int, channels: Sequence[bytes], hear: Callable[[bytes, bytes], None]
) -> None:
    # `await reader.read` is where this task spends its life, and where a cancellation reaches it;
    # `finally` closes the connection in that case as in all others. The kind of a message is its
    # first word: a channel may be called "subscribe".
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(encode([b"SUBSCRIBE", *channels]))
        replies = ReplyReader()
        while data := await reader.read(CHUNK):
            for reply in replies.feed(data):
                if isinstance(reply, CommandError):
                    raise reply
                if reply[0] == b"message":
                    hear(reply[1], reply[2])
    finally:
        writer.close()
        await writer.wait_closed()
