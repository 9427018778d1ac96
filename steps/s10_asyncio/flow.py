"""What flows out of a connection, and how much of it may wait.

The event loop writes for us: what the kernel does not take at once waits in the transport, and the
loop calls `pause_writing` and `resume_writing` when too much waits there, and when there is room
again. Before that, replies wait in an `Outbox` for the end of the loop's turn.

No method here waits. All connections share one thread, so nothing else runs during a method. That is
why commands need no locks, and why no method may take long.

Source: https://docs.python.org/3/library/asyncio-protocol.html#flow-control-callbacks
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from time import monotonic
from typing import Protocol

from steps.s03_store.attack import CrossProtocolAttack
from steps.s10_asyncio.state import loop_later
from steps.s10_asyncio.statistics import Statistics
from steps.s10_asyncio.waiting.keys import Later, Timer
from steps.unwritten import Unwritten

BACKLOG = 1024
"""Requests that a paused session may have waiting before the server stops reading from it."""

SOFT_LIMIT = 8 * 1024 * 1024
"""Bytes that may wait for a subscriber for a while. Redis: client-output-buffer-limit pubsub."""

SOFT_SECONDS = 60
"""How long that while is, as in Redis."""

LARGE = 64 * 1024
"""From this many bytes on a transport gets a view. It keeps what the kernel does not take, and Python
3.11 copies that twice if it is bytes.
"""


class Outbox:
    """The replies of one turn of the loop, to all clients. They leave together at its end, as in Redis.

    A write wakes a client that waits for it, which costs about as much as a command. A client on this
    machine that has not gone back to sleep since the last reply need not be woken.
    """

    def __init__(self, soon: Callable[[Callable[[], None]], object]) -> None:
        """`soon` makes a call at the end of the turn."""
        self.soon = soon
        self.waiting: list[tuple[asyncio.Transport, bytes | memoryview]] = []
        """The first reply that is put in makes sure that the box is emptied."""

    def empty(self) -> None:
        """Sends what is there: at once as much as the kernel accepts, the rest when it accepts more."""
        waiting, self.waiting = self.waiting, []
        for transport, data in waiting:
            transport.write(data)


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


class Flow(asyncio.Protocol):
    """The part of a connection that writes, and that says when to read."""

    transport: asyncio.Transport
    session: Talker

    def __init__(
        self,
        welcome: Callable[[Flow], Talker],
        output_limit: int = 32 * 1024 * 1024,
        statistics: Statistics | None = None,
        later: Later = loop_later,
        outbox: Outbox | None = None,
    ) -> None:
        """`welcome` makes the session of a new connection. Without an `outbox` replies leave at once."""
        self.welcome = welcome
        self.output_limit = output_limit
        self.statistics = statistics or Statistics()
        self.later = later
        self.outbox = outbox
        self.timer: Timer | None = None
        """Runs while a subscriber is too slow."""
        self.heard = monotonic()
        """When the last bytes arrived."""
        self.writable = True
        self.gone = False

    def arrived(self, data: bytes) -> None:
        """Notes that bytes have come."""
        self.heard = monotonic()
        self.statistics.input_bytes += len(data)
        self.statistics.reads += 1

    def send(self, data: bytes) -> None:
        """Sends replies: with those to the other clients at the end of the turn, if there is an outbox.

        The last replies leave at once, before the connection closes.
        """
        self.statistics.output_bytes += len(data)
        self.statistics.writes += 1
        whole = data if len(data) < LARGE else memoryview(data)
        if (outbox := self.outbox) is None:
            self.transport.write(whole)
            return
        if not outbox.waiting:
            outbox.soon(outbox.empty)
        outbox.waiting.append((self.transport, whole))
        if self.session.closing:
            outbox.empty()

    def late(self, data: bytes) -> None:
        """Sends data that the client did not just ask for: a message, a late reply."""
        self.send(data)
        if self.outbox:
            self.outbox.empty()  # after the replies before it, and where `regulate` sees it
        if self.session.closing:
            self.transport.close()
        else:
            self.regulate()

    def regulate(self) -> None:
        """Backpressure, in both directions. Called after writes, and when the way out is blocked or
        free again.

        A client that asks and does not read must not fill our memory. While the way out is blocked
        (`self.writable` is False), or more than BACKLOG requests wait in a paused session, nothing
        more is read from it. Its kernel's buffers fill, then its own `send` blocks, and the client
        is as slow as it reads. As soon as neither is the case, we read on.

        That does not help against a subscriber (`self.session.listens()`): what others publish
        arrives, whether we read from it or not. It is cut off at once, and nothing else is done, if
        more than `self.output_limit` bytes wait in the transport to go out to it. More than SOFT_LIMIT
        may wait for SOFT_SECONDS: a timer starts when that many are seen here, and it is cancelled when
        fewer are. If it fires, and still more than SOFT_LIMIT wait, the subscriber is cut off.
        `self.later(seconds, function)` is a timer with a method `cancel`; keep it in `self.timer`, which
        is None while none runs, so that it can be cancelled with the connection. One timer is enough.

        A client that is not subscribed has no such limits: what waits may be the 40 MB that it has
        asked for.

        https://redis.io/docs/latest/develop/reference/clients/#output-buffer-limits
        https://docs.python.org/3/library/asyncio-protocol.html#transports
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

    def fail(self, error: Exception) -> None:
        """The session itself failed: a missing exercise is reported to the client, a bug to the log."""
        if isinstance(error, Unwritten):
            self.transport.write(f"-ERR {error.not_written}\r\n".encode())
        else:
            asyncio.get_running_loop().call_exception_handler(
                {"message": "a bug ended the connection of one client", "exception": error}
            )
        self.transport.close()
