"""A connection to a server whose replies are awaited."""

from __future__ import annotations

import asyncio

from steps.s02_resp.encode import encode
from steps.s02_resp.values import CommandError, Reply
from steps.s08_testing.client import CHUNK
from steps.s08_testing.load import ReplyReader


class Asker:
    """A client of a server. Several tasks may share it, if each takes `turn` while it asks."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self.replies = ReplyReader()
        self.turn = asyncio.Lock()

    @classmethod
    async def connect(cls, port: int) -> Asker:
        """A client of the server at 127.0.0.1:`port`."""
        return cls(*await asyncio.open_connection("127.0.0.1", port))

    async def ask(self, *words: bytes) -> Reply:
        """The reply to a command. Raises CommandError if it is an error."""
        self.writer.write(encode(list(words)))
        while not (replies := self.replies.feed(await self.more())):
            pass
        reply: Reply = replies[0]
        if isinstance(reply, CommandError):
            raise reply
        return reply

    async def more(self) -> bytes:
        """What the server sends next. Raises ConnectionError if it hangs up."""
        if data := await self.reader.read(CHUNK):
            return data
        raise ConnectionError("the server has hung up")

    async def close(self) -> None:
        """Ends the connection."""
        self.writer.close()
        await self.writer.wait_closed()
