"""A connection: the event loop's end of a session.

The loop calls these methods when bytes have arrived, when the peer is gone, when output is
blocked. Nothing here waits. All connections share one thread, so nothing else runs during a
method. That is why commands need no locks, and why no method may take long.

Source: https://docs.python.org/3/library/asyncio-protocol.html
"""

from __future__ import annotations

import asyncio
from time import monotonic
from typing import Protocol

from steps.s03_store.attack import CrossProtocolAttack
from steps.s10_asyncio.statistics import Statistics
from steps.unwritten import Unwritten

BACKLOG = 1024
"""Requests that a paused session may have waiting before the server stops reading from it."""


class Talker(Protocol):
    """What a connection needs to know about a session."""

    closing: bool
    paused: bool

    def receive(self, data: bytes) -> bytes: ...
    def is_full(self) -> bool: ...
    def next_portion(self) -> bytes: ...
    def waiting_requests(self) -> int: ...
    def listens(self) -> bool: ...
    def hang_up(self) -> None: ...
    def leave(self) -> None: ...


class Connection(asyncio.Protocol):
    """Moves bytes between a transport and a session."""

    transport: asyncio.Transport
    session: Talker

    def __init__(
        self, output_limit: int = 32 * 1024 * 1024, statistics: Statistics | None = None
    ) -> None:
        self.output_limit = output_limit
        self.statistics = statistics or Statistics()
        self.heard = monotonic()
        """When the last bytes arrived."""
        self.writable = True
        self.gone = False

    def data_received(self, data: bytes) -> None:
        """The loop calls this when bytes have arrived. An error ends only this client."""
        self.heard = monotonic()
        self.statistics.input_bytes += len(data)
        self.statistics.reads += 1
        try:
            self.received(data)
        except CrossProtocolAttack:
            self.transport.abort()
        except Exception as error:
            self.fail(error)

    def received(self, data: bytes) -> None:
        """Called by the event loop with bytes from the client: answers the requests that are
        complete now.

        All replies go out in one `self.send`, and nothing is sent if there are none. If the session
        is `closing` afterwards (QUIT), the connection ends once what was written has gone out. If
        it is `paused` instead (it waits for a list to be filled), its requests pile up, and
        `self.regulate()` decides whether to read on.

        Never wait here: all clients share this thread.

        https://docs.python.org/3/library/asyncio-protocol.html#asyncio.Protocol.data_received
        """
        raise NotImplementedError("exercise 10.1")

    def send(self, data: bytes) -> None:
        """Sends bytes: at once as many as the kernel accepts, the rest when it accepts more."""
        self.statistics.output_bytes += len(data)
        self.statistics.writes += 1
        self.transport.write(data)

    def late(self, data: bytes) -> None:
        """Sends data that the client did not just ask for: a message, a late reply."""
        self.send(data)
        if self.session.closing:
            self.transport.close()
        else:
            self.regulate()

    def regulate(self) -> None:
        """Backpressure, in both directions. Called after writes, and when the way out is blocked or
        free again.

        A client that asks and does not read must not fill our memory. While the way out is blocked
        (`self.writable` is False), or more than BACKLOG requests wait in a paused session, read
        nothing more from it. Its kernel's buffers fill, then its own `send` blocks, and the client
        is as slow as it reads. As soon as neither is the case, read on.

        That does not help against a subscriber (`self.session.listens()`): what others publish
        arrives, whether we read from it or not. If more than `self.output_limit` bytes wait to go
        out to it, it is cut off at once, and nothing else is done. A client that is not subscribed
        has no such limit: what waits may be the 40 MB that it has asked for.

        https://docs.python.org/3/library/asyncio-protocol.html#flow-control-callbacks
        """
        raise NotImplementedError("exercise 10.2")

    def pause_writing(self) -> None:
        """The transport holds more than its high-water mark."""
        self.writable = False
        self.regulate()

    def resume_writing(self) -> None:
        """The transport is down to its low-water mark again."""
        self.writable = True
        self.regulate()
        self.proceed()

    def proceed(self) -> None:
        """Continues a session that paused because it had enough replies, if output is not blocked.

        Called when output is no longer blocked, and soon after such a pause, as it may never have
        been blocked. Between two portions the loop serves the other clients.
        """
        if not self.writable or self.gone or not self.session.is_full():
            return
        try:
            self.late(self.session.next_portion())
        except CrossProtocolAttack:
            self.transport.abort()
        except Exception as error:
            self.fail(error)

    def eof_received(self) -> bool:
        """The client sends nothing more: hangs up once everything that has arrived is answered."""
        self.session.hang_up()
        return True  # the transport need not close itself

    def fail(self, error: Exception) -> None:
        """The session itself failed: a missing exercise is reported to the client, a bug to the log."""
        if isinstance(error, Unwritten):
            self.transport.write(f"-ERR {error.not_written}\r\n".encode())
        else:
            asyncio.get_running_loop().call_exception_handler(
                {"message": "a bug ended the connection of one client", "exception": error}
            )
        self.transport.close()

    def connection_lost(self, error: Exception | None) -> None:
        """The peer is gone: forgets everything that is kept for it."""
        self.gone = True
        self.session.leave()
