"""The life of a connection, from the first packet to the last, on a loop and through a real socket."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from importlib import import_module
from typing import Any

from steps.s10_asyncio.flow import Flow
from steps.s10_asyncio.session import Client, ClientSession
from steps.s10_asyncio.settings import Settings
from steps.s10_asyncio.state import State
from workbook.patience import patience

CLIENT, LOOP, CONNECTION = "client", "the loop calls", "the connection calls"

Connection: Any = import_module("steps.s10_asyncio.connection").Connection

Rows = list[dict[str, str]]


class SeenConnection(Connection):  # type: ignore[misc]
    """A connection that notes what is called, and lets whoever waits for that go on."""

    def __init__(self, state: State, rows: Rows, happened: asyncio.Event) -> None:
        super().__init__(lambda flow: session_of(flow, state))
        self.rows = rows
        self.happened = happened

    def note(self, who: str, what: str) -> None:
        """One more row. The loop has done something once one of its calls is over."""
        self.rows.append({who: what})

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.note(LOOP, "connection_made(transport)")
        super().connection_made(transport)
        self.happened.set()

    def data_received(self, data: bytes) -> None:
        self.note(LOOP, f"data_received({data!r})")
        self.note(CONNECTION, "session.receive(data)")
        super().data_received(data)
        self.happened.set()

    def send(self, data: bytes) -> None:
        if data:
            self.note(CONNECTION, f"transport.write({data!r})")
        super().send(data)

    def late(self, data: bytes) -> None:
        super().late(data)
        if self.session.closing:
            self.note(CONNECTION, "transport.close()")

    def eof_received(self) -> bool:
        self.note(LOOP, "eof_received()")
        self.note(CONNECTION, "session.hang_up()")
        stays: bool = super().eof_received()
        return stays

    def connection_lost(self, error: Exception | None) -> None:
        self.note(LOOP, f"connection_lost({error})")
        self.note(CONNECTION, "session.leave()")
        super().connection_lost(error)
        self.happened.set()


def session_of(flow: Flow, state: State) -> ClientSession:
    """A session whose replies go out through `flow`."""
    client = Client("client", "server")
    return ClientSession(state, client, flow.late, flow.transport.abort, flow.proceed)


def life(*pieces: bytes) -> Rows:
    """What happens when a client connects, sends these pieces, one after the other, and hangs up."""
    return asyncio.run(watch_life(pieces))


async def watch_life(pieces: Sequence[bytes]) -> Rows:
    """See `life`. The client waits each time until the loop has dealt with what it did."""
    rows: Rows = []
    happened = asyncio.Event()

    async def until_it_happened() -> None:
        await happened.wait()
        happened.clear()

    def made() -> Flow:
        return SeenConnection(state, rows, happened)

    state = State(Settings())
    loop = asyncio.get_running_loop()
    async with (
        asyncio.timeout(2 * patience()),
        await loop.create_server(made, "127.0.0.1", 0) as server,
    ):
        rows.append({CLIENT: "connects"})
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        await until_it_happened()
        for piece in pieces:
            rows.append({CLIENT: f"sends {piece!r}"})
            writer.write(piece)
            await until_it_happened()
        rows.append({CLIENT: "hangs up"})
        writer.write_eof()
        await reader.read()  # the replies, and then the end from the other side
        writer.close()
        await until_it_happened()
    return rows
