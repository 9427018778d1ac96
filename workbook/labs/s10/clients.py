"""Clients on an event loop, and the servers that they meet here; `lab` tells of them.

A server is as slow as it is told to be, and another client comes in between wherever it is told to.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

from steps.s02_resp.decode import decode_at
from steps.s02_resp.encode import encode
from steps.s02_resp.parser import RequestParser
from steps.s02_resp.values import NEED_MORE, CommandError, Reply
from steps.s10_asyncio.clients.asking import Asker
from steps.s10_asyncio.clients.listen import listen
from steps.s10_asyncio.clients.update import update
from steps.unwritten import Unwritten
from workbook.labs import s10
from workbook.labs.s10.loop import WatchedLoop
from workbook.patience import patience

# --- a subscriber --------------------------------------------------------------------------------


class Broadcaster:
    """A server that takes a subscription, and then sends what it is told to, piece by piece.

    Before each further piece it waits until all messages that are complete by then are heard.
    """

    def __init__(self, pieces: Sequence[bytes], channels: Sequence[bytes], hangs_up: bool) -> None:
        self.pieces = pieces
        self.missing = set(channels)
        self.hangs_up = hangs_up
        self.asked: list[bytes] = []
        self.heard: list[list[bytes]] = []
        self.late = False
        self.sent = asyncio.Event()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        try:
            await self.subscription(reader)
            data = b""
            for piece in self.pieces:
                data += piece
                writer.write(piece)
                await self.until_heard(messages_in(data))
            self.sent.set()
            if not self.hangs_up:
                await reader.read()
        except (ConnectionError, asyncio.CancelledError):
            pass  # all is over
        finally:
            writer.close()

    async def subscription(self, reader: asyncio.StreamReader) -> None:
        """Waits until all channels are asked for."""
        parser = RequestParser()
        while self.missing and (data := await reader.read(1 << 16)):
            for request in parser.feed(data):
                self.asked.append(request[0].upper())
                self.missing.difference_update(request[1:])

    async def until_heard(self, count: int) -> None:
        """Waits until that many messages are heard."""
        try:
            async with asyncio.timeout(patience()):
                while len(self.heard) < count:  # noqa: ASYNC110 - the caller sets no event
                    await asyncio.sleep(0)
        except TimeoutError:
            self.late = True
        for _ in range(5):
            await asyncio.sleep(0)


def messages_in(data: bytes) -> int:
    """How many messages are complete in these bytes."""
    count = position = 0
    while (found := decode_at(data, position)) is not NEED_MORE:
        reply, position = found
        count += isinstance(reply, list) and reply[0] == b"message"
    return count


def listens(
    *pieces: bytes, channels: Sequence[bytes] = (b"news",), end: str = "hangs up"
) -> dict[str, Any]:
    """What becomes of a subscriber whose server sends these pieces.

    `end` is what happens after the last piece: the server "hangs up", the task of the subscriber is
    cancelled ("cancel"), or the first message makes the caller's function fail: by a bug ("fails"),
    or because it has nobody to pass the message on to ("broken pipe"). In the result: the names of
    the commands that it sent; what was heard, and whether that was late; how it ended; and how many
    of its connections were open then.
    """
    with asyncio.Runner(loop_factory=WatchedLoop) as runner:
        return runner.run(watch_listening(pieces, channels, end))


async def watch_listening(
    pieces: Sequence[bytes], channels: Sequence[bytes], end: str
) -> dict[str, Any]:
    """See `listens`."""
    loop = asyncio.get_running_loop()
    assert isinstance(loop, WatchedLoop)
    station = Broadcaster(pieces, channels, end == "hangs up")
    left = 0

    def hear(channel: bytes, message: bytes) -> None:
        station.heard.append([channel, message])
        if end == "fails":
            raise ValueError("a bug of the caller")
        if end == "broken pipe":
            raise BrokenPipeError("what the caller writes to is closed")

    async def outcome(port: int) -> str:
        nonlocal left
        try:
            await listen(port, channels, hear)
        except (CommandError, ValueError, OSError, asyncio.CancelledError) as error:
            return name_of(error)
        finally:
            left = loop.open_connections()
        return "returned"

    async with await asyncio.start_server(station.serve, "127.0.0.1", 0) as server:
        task = asyncio.create_task(outcome(server.sockets[0].getsockname()[1]))
        if end == "cancel":
            sent = asyncio.create_task(station.sent.wait())
            await asyncio.wait({sent, task}, return_when="FIRST_COMPLETED", timeout=patience())
            sent.cancel()
            early = task.done()
            task.cancel()
        await asyncio.wait({task}, timeout=patience())
        ended = "goes on" if not task.done() else task.result()
        if end == "cancel" and early:
            ended = f"{ended} early"
        task.cancel()
    return {
        "asked": sorted(set(station.asked)),
        "heard": station.heard,
        "late": station.late,
        "ended": ended,
        "left open": left,
    }


def name_of(error: BaseException) -> str:
    """An error in words: what the server said, or the name of its class."""
    if isinstance(error, Unwritten):
        raise error
    return str(error) if isinstance(error, CommandError) else type(error).__name__


def hear_from(port: int, channels: Sequence[bytes], messages: Sequence[bytes]) -> list[list[bytes]]:
    """What a task hears from a server to which each message is published on each channel."""

    async def run() -> list[list[bytes]]:
        heard: list[list[bytes]] = []
        enough = asyncio.Event()

        def hear(channel: bytes, message: bytes) -> None:
            heard.append([channel, message])
            if len(heard) >= len(messages) * len(channels):
                enough.set()

        task = asyncio.create_task(listen(port, channels, hear))
        asker = await Asker.connect(port)
        async with asyncio.timeout(4 * patience()):
            while not task.done() and await subscribed(asker, channels) < len(channels):  # noqa: ASYNC110
                await asyncio.sleep(0)
            for message in messages:
                for channel in channels:
                    await asker.ask(b"PUBLISH", channel, message)
            waiting = asyncio.create_task(enough.wait())
            await asyncio.wait({task, waiting}, return_when=asyncio.FIRST_COMPLETED)
            waiting.cancel()
        await asker.close()
        task.cancel()
        await asyncio.wait({task})
        if not task.cancelled():
            task.result()
        return heard

    return asyncio.run(run())


async def subscribed(asker: Asker, channels: Sequence[bytes]) -> int:
    """How many of the channels somebody listens to."""
    reply: Any = await asker.ask(b"PUBSUB", b"NUMSUB", *channels)
    return sum(map(bool, reply[1::2]))


# --- optimistic locking --------------------------------------------------------------------------


class TalkingAsker(Asker):
    """An Asker whose server is a `Talk`: at each command the other tasks have several turns."""

    def __init__(self, talk: s10.Talk, name: str, after: Callable[[bytes], None]) -> None:
        self.session = talk.session(name)
        self.turn = asyncio.Lock()
        self.after = after
        self.asked: list[bytes] = []

    async def ask(self, *words: bytes) -> Reply:
        """As of an Asker."""
        await asyncio.sleep(0)
        self.asked.append(words[0].upper())
        reply = decoded(self.session.receive(encode(list(words))))
        self.after(self.asked[-1])
        await asyncio.sleep(0)
        if isinstance(reply, CommandError):
            raise reply
        return reply


def decoded(data: bytes) -> Reply:
    """The only reply in these bytes."""
    found: Any = decode_at(data, 0)
    reply: Reply = found[0]
    return reply


def updates(
    *setup: str, tasks: int = 1, shared: bool = True, overtaken: Sequence[str] = (), fails: int = 0
) -> dict[str, Any]:
    """What becomes of `tasks` tasks that add 1 to the key `n`, with one client or one for each.

    `setup` are commands before that. Another client adds 10 to `n` after each of the commands that
    `overtaken` names, once for each name. The first `fails` calls of `change` raise a ValueError.
    In the result: what each task returned or raised; what `n` is then, and its time to live; what
    `change` was called with; and what is left of all transactions, watched keys included.
    """
    return asyncio.run(watch_updates(setup, tasks, shared, list(overtaken), fails))


async def watch_updates(
    setup: Sequence[str], tasks: int, shared: bool, overtaken: list[str], fails: int
) -> dict[str, Any]:
    """See `updates`."""
    talk = s10.Talk()
    if setup:
        talk.say("other", *setup)
    given: list[Reply] = []

    def after(command: bytes) -> None:
        if command.decode() in overtaken:
            overtaken.remove(command.decode())
            talk.say("other", "INCRBY n 10")

    def change(value: Reply) -> bytes:
        given.append(value)
        if len(given) <= fails:
            raise ValueError("a bug of the caller")
        return b"%d" % (int(value or b"0") + 1)  # type: ignore[arg-type]

    async def outcome(client: Asker) -> bytes | str:
        try:
            async with asyncio.timeout(patience()):
                return await update(client, b"n", change)
        except (CommandError, ValueError, TimeoutError) as error:
            return name_of(error)

    clients = [TalkingAsker(talk, f"client {number}", after) for number in range(tasks)]
    done = await asyncio.gather(
        *(outcome(clients[0 if shared else number]) for number in range(tasks))
    )
    kind = talk.say("other", "TYPE n")
    value = talk.say("other", "GET n") if kind in (b"+string\r\n", b"+none\r\n") else kind
    return {
        "returned": list(done),
        "value": decoded(value) if value != kind else kind,
        "ttl": decoded(talk.say("other", "TTL n")),
        "given": given,
        "left": talk.kept()["listened to"]
        + sum(one.session.transaction.open for one in clients)
        + sum(one.turn.locked() for one in clients),
    }


def add_up(port: int, *, clients: int, tasks: int) -> int:
    """Lets `tasks` tasks for each of that many clients add 1 to the key `n` of a server."""

    async def run() -> int:
        askers = [await Asker.connect(port) for _ in range(clients)]
        try:
            async with asyncio.timeout(4 * patience()), asyncio.TaskGroup() as group:
                for asker in askers * tasks:
                    group.create_task(
                        update(asker, b"n", lambda value: b"%d" % (int(value or b"0") + 1))  # type: ignore[arg-type]
                    )
            return int(await askers[0].ask(b"GET", b"n"))  # type: ignore[arg-type]
        finally:
            for asker in askers:
                await asker.close()

    return asyncio.run(run())
