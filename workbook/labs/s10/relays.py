"""A relay between clients and a server that only accepts; `lab` tells of it.

pass_on([b"PI", b"NG"], [b"+PO"])   what arrives at the server, and at the client
half_closed("client")               one side says that it sends nothing more
broken("server")                    one side is reset
unreachable()                       the server cannot be reached, and then it can
greedy("client", most=1 << 26)      one side sends, and the other does not read
given_back()                        what is open when both sides have ended
cancelled()                         the end of a relay
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import struct
from collections.abc import Callable, Coroutine, Sequence
from importlib import import_module
from typing import Any, Final

from workbook.patience import patience

IDLE: Final = 300
"""Turns of the loop without a byte after which nothing more is going to be taken."""


class End:
    """One end of a connection through a relay, with waits that have a limit."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def receive(self, count: int) -> bytes:
        """That many bytes; fewer, and why, if no more come."""
        try:
            async with asyncio.timeout(patience()):
                return await self.reader.readexactly(count)
        except asyncio.IncompleteReadError as error:
            return error.partial + b"<the end>"
        except TimeoutError:
            return b"<nothing comes>"
        except ConnectionError:
            return b"<broken>"

    async def last(self) -> str:
        """Waits until the other side sends nothing more: "the end", or what came before it."""
        try:
            async with asyncio.timeout(patience()):
                rest = await self.reader.read()
        except TimeoutError:
            return "no end"
        except ConnectionError:
            return "the end"
        return f"{rest!r}, then the end" if rest else "the end"

    def reset(self) -> None:
        """Breaks the connection."""
        own = self.writer.get_extra_info("socket")
        own.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()


class Relayed:
    """A relay in its task, a server, and clients of the relay."""

    def __init__(self) -> None:
        self.arrived: asyncio.Queue[End] = asyncio.Queue()
        self.ends: list[End] = []
        self.serving: set[asyncio.Task[Any] | None] = set()
        self.server: asyncio.Server | None = None

    async def start(self, reachable: bool = True) -> None:
        """Starts the relay, and the server, if that one is to be reached."""
        relay = import_module("steps.s10_asyncio.clients.relay").relay
        self.place = socket.socket()
        self.place.bind(("127.0.0.1", 0))
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=100)
        if reachable:
            await self.open()
        self.before = asyncio.all_tasks()
        self.task = asyncio.create_task(relay(self.listener, self.place.getsockname()[1]))

    async def open(self) -> None:
        """From now on the server accepts connections."""
        self.server = await asyncio.start_server(self.accept, sock=self.place)

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """A connection has come to the server."""
        self.serving.add(asyncio.current_task())
        self.ends.append(End(reader, writer))
        self.arrived.put_nowait(self.ends[-1])

    async def client(self) -> End:
        """A new client of the relay."""
        self.ends.append(End(*await asyncio.open_connection(*self.listener.getsockname())))
        return self.ends[-1]

    async def pair(self) -> tuple[End, End]:
        """A new client, and the server's end of what the relay makes of it."""
        client = await self.client()
        waiting = asyncio.create_task(self.arrived.get())
        await asyncio.wait(
            {waiting, self.task}, timeout=patience(), return_when=asyncio.FIRST_COMPLETED
        )
        if not waiting.done():
            waiting.cancel()
            if self.task.done():
                self.task.result()
            raise AssertionError("the relay does not connect to the server")
        return client, waiting.result()

    async def cancel(self) -> tuple[str, int]:
        """Cancels the relay: how it ended, and how many of its tasks are left then."""
        self.task.cancel()
        await asyncio.wait({self.task}, timeout=patience())
        left = asyncio.all_tasks() - self.before - self.serving - {self.task}
        if not self.task.done():
            return "goes on", len(left)
        return "cancelled" if self.task.cancelled() else "returned", len(left)

    async def stop(self) -> None:
        """Ends everything."""
        self.task.cancel()
        await asyncio.wait({self.task}, timeout=patience())
        for end in self.ends:
            end.writer.transport.abort()
        for one in (self.server, self.listener, self.place):
            if one:
                one.close()
        await asyncio.sleep(0)


def played(scene: Callable[[Relayed], Coroutine[Any, Any, Any]], reachable: bool = True) -> Any:
    """What comes of a scene with a relay."""

    async def play() -> Any:
        here = Relayed()
        asyncio.get_running_loop().set_exception_handler(lambda loop, context: None)
        await here.start(reachable)
        try:
            return await scene(here)
        finally:
            await here.stop()

    return asyncio.run(play())


def pass_on(
    requests: Sequence[bytes], replies: Sequence[bytes], clients: int = 1
) -> list[list[list[bytes]]]:
    """Each of the clients sends the requests, each of its own, and gets the replies.

    The next piece is sent when the one before it has arrived. For each client: the pieces as they
    arrived at the server, and the pieces as they arrived at the client. All clients take turns.
    """

    async def scene(here: Relayed) -> list[list[list[bytes]]]:
        pairs = [await here.pair() for _ in range(clients)]
        arrived: list[list[list[bytes]]] = [[[], []] for _ in pairs]
        for way, pieces in enumerate((requests, replies)):
            for piece in pieces:
                for number, pair in enumerate(pairs):
                    data = piece + b"%d" % number if clients > 1 else piece
                    pair[way].writer.write(data)
                    arrived[number][way].append(await pair[1 - way].receive(len(data)))
        return arrived

    found: list[list[list[bytes]]] = played(scene)
    return found


def half_closed(side: str) -> list[str]:
    """`side` ("client" or "server") sends its last words; the other one answers, and ends, too."""

    async def scene(here: Relayed) -> list[str]:
        one, other = await here.pair()
        if side == "server":
            one, other = other, one
        one.writer.write(b"that is all")
        one.writer.write_eof()
        first = await other.receive(11)
        ended = await other.last()
        other.writer.write(b"an answer")
        answer = await one.receive(9)
        other.writer.write_eof()
        return [first.decode(), ended, answer.decode(), await one.last()]

    lines: list[str] = played(scene)
    return lines


def given_back() -> dict[str, Any]:
    """What is open after a client whose both sides have ended: files of the relay, and the listener.

    The relay was cancelled when the listener is looked at.
    """

    async def scene(here: Relayed) -> dict[str, Any]:
        pair = await here.pair()
        expected = max(open_files() - len(pair), 0)
        for end in pair:
            end.writer.write_eof()
        for end in pair:
            await end.last()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(patience()):
                while open_files() > expected:  # noqa: ASYNC110 - nobody tells
                    await asyncio.sleep(0)
        files = open_files() - expected
        await here.cancel()
        return {"files": files, "listener": here.listener.fileno() >= 0}

    found: dict[str, Any] = played(scene)
    return found


def open_files() -> int:
    """How many files, sockets among them, this process has open; 0 where the system does not tell."""
    return len(os.listdir("/dev/fd")) if os.path.isdir("/dev/fd") else 0


def broken(side: str) -> dict[str, Any]:
    """The connection of `side` is reset: what the other side sees, and whether others are served."""

    async def scene(here: Relayed) -> dict[str, Any]:
        pair, others = await here.pair(), await here.pair()
        one, other = pair if side == "client" else pair[::-1]
        one.reset()
        seen = await other.last()
        # Its own half is still open: it learns that nobody reads any more when it sends.
        others[0].writer.write(b"go on")
        return {"the other side": seen, "other clients": await others[1].receive(5)}

    found: dict[str, Any] = played(scene)
    return found


def unreachable() -> list[str]:
    """A client comes while the server cannot be reached, and another one when it can again."""

    async def scene(here: Relayed) -> list[str]:
        seen = await (await here.client()).last()
        await here.open()
        client, server = await here.pair()
        client.writer.write(b"hello")
        return [seen, (await server.receive(5)).decode()]

    lines: list[str] = played(scene, reachable=False)
    return lines


def greedy(side: str, most: int) -> dict[str, Any]:
    """`side` sends as much as is taken, `most` at most, and the other does not read.

    In the result: how much was taken; whether another client was served meanwhile; and, when the
    other side does read at last, whether all of it came.
    """

    async def scene(here: Relayed) -> dict[str, Any]:
        pair = await here.pair()
        one, other = pair if side == "client" else pair[::-1]
        other.writer.transport.pause_reading()  # type: ignore[attr-defined]
        sent = await pour(one, most)
        client, server = await here.pair()
        client.writer.write(b"hello")
        served = await server.receive(5)
        other.writer.transport.resume_reading()  # type: ignore[attr-defined]
        got = len(await other.receive(sent))
        return {"taken": sent, "others": served, "arrived": got}

    found: dict[str, Any] = played(scene)
    return found


async def pour(end: End, most: int) -> int:
    """Sends until nothing is taken any more; how many bytes that were."""
    own: socket.socket = end.writer.get_extra_info("socket")._sock
    block = bytes(1 << 16)
    sent = idle = 0
    while sent < most and idle < IDLE:
        try:
            sent += own.send(block)
            idle = 0
        except BlockingIOError:
            idle += 1
        await asyncio.sleep(0)
    return sent


async def gone(end: End) -> str:
    """Whether the other side is closed, without reading what it has sent before."""
    own: socket.socket = end.writer.get_extra_info("socket")._sock
    for _ in range(IDLE):
        try:
            own.send(b"?")
        except BlockingIOError:
            break
        except OSError:
            return "the end"
        await asyncio.sleep(0)
    return "still open"


def cancelled(clients: int = 3) -> dict[str, Any]:
    """The relay is cancelled while clients are connected, of which one does not read."""

    async def scene(here: Relayed) -> dict[str, Any]:
        pairs = [await here.pair() for _ in range(clients)]
        pairs[0][0].writer.transport.pause_reading()  # type: ignore[attr-defined]
        await pour(pairs[0][1], 1 << 26)
        ended, left = await here.cancel()
        seen = {await end.last() for pair in pairs[1:] for end in pair}
        seen |= {await gone(pairs[0][0]), await pairs[0][1].last()}
        return {"ended": ended, "tasks left": left, "seen": sorted(seen)}

    found: dict[str, Any] = played(scene)
    return found
