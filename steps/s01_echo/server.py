"""A TCP server that talks with one client at a time and sends back every byte it gets.

The life of a client, from method to method:

    run ─ next_client ─ accepted ─ serve_client ─ guard ─ handle

`run` is the loop over clients. `accepted` decides who serves a new client: here the loop itself,
in step 4 a thread of a pool. `serve_client` never raises an Exception, as `guard` keeps the
failure of one client from affecting the others. `handle` moves the bytes. Later steps override
`handle`, `accepted` and `close`, and leave the rest as it is.

There are two invariants. Each connection is closed, however its client leaves. And `stop` may be
called at any moment by any thread or signal handler: it never waits and never raises.
"""

from __future__ import annotations

import logging
import os
import selectors
import socket
import sys
import time
from collections.abc import Callable
from contextlib import suppress

from steps.s01_echo.alarm import Alarm
from steps.unwritten import Unwritten

# How many clients may wait in the kernel until they are accepted. Redis, too, asks for 511
# (`tcp-backlog`).
BACKLOG = 511
# How many bytes one recv takes at most. Redis also reads 16 KB at a time (PROTO_IOBUF_LEN).
CHUNK = 16 * 1024
# How long `hang_up` waits for a client to read our last words, in seconds.
LAST_WORDS = 1.0
# On Windows, Ctrl-C does not interrupt a waiting select, so there we check twice a second.
PATIENCE = 0.5 if os.name == "nt" else None
# Accepting fails while all file descriptors are in use. A pause, in seconds, keeps us from
# spinning.
BREATH = 0.1

log = logging.getLogger(__name__)


def resolve(host: str, port: int) -> tuple[socket.AddressFamily, tuple[object, ...]]:
    """The address family of `host` (IPv4 or IPv6) and the address that `bind` takes.

    Raises socket.gaierror if the name is unknown.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    family, _, _, _, address = found[0]
    return family, address


def listen(host: str, port: int) -> socket.socket:
    """A TCP socket that listens at `host` and `port`; port 0 takes any free one.

    Up to BACKLOG clients may wait until they are accepted. A server that stopped a moment ago must
    not block its port, so SO_REUSEADDR is set; but not on Windows, where it would let two servers
    share one port. `resolve(host, port)` gives the address family and the address to bind.

    Raises the OSError if the port is not available; the socket is then closed.

    >>> listener = listen("127.0.0.1", 0)
    >>> listener.getsockname()
    ('127.0.0.1', 40213)
    """
    raise NotImplementedError("exercise 1.1")


def host_port(address: object) -> str:
    """`127.0.0.1:6379`, or `[::1]:6379` for IPv6. Empty if a socket has no such address."""
    if not isinstance(address, tuple):
        return ""
    host, port = address[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def hang_up(connection: socket.socket) -> None:
    """Close `connection` so that what we sent last still arrives.

    Closing while bytes of the client are unread makes TCP send a reset, and a reset discards what
    the client has not read yet, such as our error message. So we say that we are done, then keep
    reading for a moment until the client is done too.
    """
    with connection, suppress(OSError):
        connection.shutdown(socket.SHUT_WR)
        deadline = time.monotonic() + LAST_WORDS
        while (left := deadline - time.monotonic()) > 0:
            connection.settimeout(left)
            if not connection.recv(CHUNK):
                return


def turn_away(connection: socket.socket, words: bytes) -> None:
    """Send last words to a client that has just connected, and hang up; this never waits."""
    with connection, suppress(OSError):
        connection.setblocking(False)
        connection.send(words)  # nothing was sent before, so there is room in the kernel's buffer
        connection.shutdown(socket.SHUT_WR)
        # What the client has already sent must not stay unread, or `close` would send a reset,
        # which can overtake our words.
        connection.recv(CHUNK)


class Server:
    """Accepts clients one after another and sends each one's bytes back."""

    def __init__(self, listener: socket.socket) -> None:
        self.listener = listener
        self.stopping = False
        self._failing = False  # to accept: one line in the log is enough for all attempts
        # Called once, when clients can connect: the command line prints its ready line then.
        self.announce: Callable[[], None] | None = None
        # `stop` uses this to wake a waiting `next_client`. Closing the listener from outside would
        # wake it too, but only on Linux.
        self._alarm = Alarm()
        # A client may leave between select and accept; accept must not wait for the next one then.
        listener.setblocking(False)
        self._selector = selectors.DefaultSelector()
        self._selector.register(listener, selectors.EVENT_READ)
        self._selector.register(self._alarm, selectors.EVENT_READ)

    def run(self) -> None:
        """Serve one client after another, until `stop()` is called or Ctrl-C is pressed.

        `self.next_client()` waits for a client and returns its connection, or None where it is
        time to stop. `self.accepted(connection)` serves it.

        Ctrl-C raises KeyboardInterrupt, wherever the server is at that moment. It is an order, not
        an error: return as after `stop()`. However the loop ends, call `self.close()` last.
        """
        raise NotImplementedError("exercise 1.4")

    def next_client(self) -> socket.socket | None:
        """Wait for the next client; None once `stop` was called."""
        self._say_ready()
        with self._alarm.rung_by_signals():
            while not self.stopping:
                ready = [key.fileobj for key, _ in self._selector.select(PATIENCE)]
                if self._alarm in ready:
                    self._alarm.silence()
                elif self.listener in ready:
                    connection = self._accept()
                    if connection is not None:
                        return connection
        return None

    def _say_ready(self) -> None:
        # Not before `run`: anyone who sees the ready line may press Ctrl-C at once, and `run`
        # handles that.
        announce, self.announce = self.announce, None
        if announce is not None:
            announce()

    def _accept(self) -> socket.socket | None:
        try:
            connection, _ = self.listener.accept()
        except (BlockingIOError, InterruptedError, ConnectionError):
            return None  # it left before we accepted it
        except OSError as error:
            if not self._failing:
                log.warning("cannot accept clients at the moment: %s", error)
            self._failing = True
            time.sleep(BREATH)
            return None
        self._failing = False
        # On macOS a connection inherits non-blocking mode from its listener, but here a recv has
        # to wait.
        connection.setblocking(True)
        with suppress(OSError):
            # Send each reply at once: Nagle's algorithm would hold it back until there is more to
            # send.
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection

    def accepted(self, connection: socket.socket) -> None:
        """Take on a new client. Here it is served at once, until it leaves, before the next."""
        self.serve_client(connection)

    def serve_client(self, connection: socket.socket) -> None:
        """Serve one client until it leaves. Raises no Exception, even if exercise 1.3 is empty."""
        try:
            self.guard(connection)
        except Unwritten as error:
            self.report(connection, error)
            connection.close()

    def guard(self, connection: socket.socket) -> None:
        """Let `self.handle(connection)` serve one client, so that its failure affects no other.

        - A client that vanishes makes recv or send raise an OSError, such as ConnectionResetError.
          The connection is over, the server is not: return.
        - Any other Exception is a bug of ours. Hand it to `self.report(connection, error)` while the
          connection is still open (it may have a last word for the client), and return.
        - KeyboardInterrupt is not an Exception and does not concern the client. It passes through.
        - In each of these cases, and after a normal end, the connection is closed.
        """
        raise NotImplementedError("exercise 1.3")

    def handle(self, connection: socket.socket) -> None:
        r"""Send every byte that arrives back to the client, in order, until the client hangs up.

        `recv` takes up to CHUNK bytes and returns as few as have arrived. It returns b"" when the
        client has hung up, and only then. What is sent is bytes, never str: b"caf\xc3\xa9" and
        b"\xff\x00" come back as they went. Does not close the connection.
        """
        raise NotImplementedError("exercise 1.2")

    def report(self, connection: socket.socket, error: Exception) -> None:
        """Report what ended a client: a missing exercise to the client, a bug to the log."""
        if isinstance(error, Unwritten):
            with suppress(OSError):
                connection.sendall(f"-ERR {error.not_written}\r\n".encode())
            hang_up(connection)
        else:
            log.error("a bug ended one connection; the server goes on", exc_info=error)

    def stop(self) -> None:
        """Make `run` return after its current client. Any thread or signal handler may call it."""
        self.stopping = True
        self._alarm.ring()

    def close(self) -> None:
        """Release the port. `run` calls this at its end."""
        self.stopping = True
        self._selector.close()
        self.listener.close()
        self._alarm.close()
