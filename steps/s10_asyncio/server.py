"""The complete server: one thread, one event loop, any number of clients.

The loop waits for all sockets at once and calls whoever has something to do. Signals, the tasks in
the background and the clients all meet here:

    run ─ asyncio.run(main) ─┬─ the listening socket: a Connection and a Session for each client
                             ├─ background tasks in a TaskGroup: expiry, fsync, saving
                             └─ `stopped`, an event: a signal or SHUTDOWN sets it, and all ends
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import signal
import socket
from collections.abc import Callable
from functools import partial

from steps.s07_persistence.expiry import BUDGET, PERIOD, expire_some
from steps.s07_persistence.server import replayer, settings_from
from steps.s10_asyncio.background import Background, Job
from steps.s10_asyncio.client import Client
from steps.s10_asyncio.connection import Connection
from steps.s10_asyncio.session import Session
from steps.s10_asyncio.settings import Settings
from steps.s10_asyncio.state import State

FULL = b"-ERR max number of clients reached\r\n"


class ClientConnection(Connection):
    """A connection with a session over the state of the server."""

    def __init__(self, state: State) -> None:
        super().__init__(state.settings.client_output_buffer_limit)
        self.state = state

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        peer, local = transport.get_extra_info("peername"), transport.get_extra_info("sockname")
        client = Client(address(peer), address(local), transport.get_extra_info("socket").fileno())
        self.session = Session(self.state, client, self.late)
        if len(self.state.clients) >= self.state.settings.maxclients:
            self.session.close()
            transport.write(FULL)
            transport.close()
            return
        self.state.clients[client.id] = self.session


def address(name: tuple[object, ...]) -> str:
    """`127.0.0.1:6379`, or `[::1]:6379`."""
    host, port = name[:2]
    return f"[{host}]:{port}" if ":" in str(host) else f"{host}:{port}"


class AsyncServer:
    """The server on an event loop."""

    def __init__(self, listener: socket.socket, settings: Settings) -> None:
        self.listener = listener
        self.announce: Callable[[], None] | None = None
        self.state = State(settings)
        nobody = Session(self.state, Client("", ""), lambda data: None)
        self.state.files.restore(replayer(self.state, nobody))

    def run(self) -> int:
        """Serves until a signal or SHUTDOWN; the exit code."""
        return asyncio.run(self.main())

    async def main(self) -> int:
        """Everything between the start of the loop and its end."""
        loop = asyncio.get_running_loop()
        stopped = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stopped.set)
        server = await loop.create_server(partial(ClientConnection, self.state), sock=self.listener)
        gc.collect()
        # What is loaded by now stays: the garbage collector need not look through it again.
        gc.freeze()
        if self.announce:
            self.announce()
        await Background(self.jobs()).run(stopped)
        server.close()
        for session in list(self.state.clients.values()):
            session.hang_up()
        self.state.files.close()
        return 0

    def jobs(self) -> list[Job]:
        """The work in the background."""
        return [
            Job("expiry", PERIOD / 1000, self.expire),
            Job("files", PERIOD / 1000, self.state.files.tick),
        ]

    def expire(self) -> None:
        """Active expiry in all databases."""
        for keyspace in self.state.databases.values():
            if keyspace.expires:
                expire_some(keyspace, BUDGET, self.state.clock)


def build(listener: socket.socket, options: argparse.Namespace) -> AsyncServer:
    """The server that the command line asks for."""
    return AsyncServer(listener, settings_from(Settings, options))
