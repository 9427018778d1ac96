"""The complete server: one thread, one event loop, any number of clients.

The loop waits for all sockets at once and calls whoever has something to do. Signals, the tasks in
the background and the clients all meet here:

    run ─ asyncio.run(main) ─┬─ the listening socket: a Connection and a Session for each client
                             ├─ background tasks in a TaskGroup: expiry, fsync, saving
                             └─ `stopped`, an event: a signal or SHUTDOWN sets it, and all ends
"""

from __future__ import annotations

import asyncio
import gc
import socket
from collections.abc import Callable
from functools import partial

from steps.s10_asyncio.background import Background
from steps.s10_asyncio.client import Client
from steps.s10_asyncio.connection import Connection
from steps.s10_asyncio.session import Session
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
