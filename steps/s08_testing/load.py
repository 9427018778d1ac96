"""A load generator: many clients ask the same question as fast as they get answers.

Each client has a thread and a connection of its own. With `--pipeline 16` it sends 16 requests in
one packet, and the next 16 when all replies are there. That saves system calls on both sides, and
round trips; the generator shows how much.

If both run on one machine, a Python thread uses processor time that the server could use. So
compare only numbers from the same machine, command line and hour, and prefer ratios.
"""

from __future__ import annotations

import argparse
import socket
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final, Protocol

from steps.s01_echo.cli import HOST, PORT, StartError, host_name, port_number
from steps.s02_resp.decode import decode_at
from steps.s02_resp.encode import encode
from steps.s02_resp.values import NEED_MORE, CommandError, ProtocolError
from steps.s08_testing.client import CHUNK
from steps.s08_testing.latency import histogram, summary

PATIENCE: Final = 10.0
"""Seconds that a client waits for a reply before it gives up."""

MILLISECOND: Final = 1_000_000
"""Latencies are whole nanoseconds: they can be added and compared without rounding."""

MOST_CLIENTS: Final = 1000
MOST_REQUESTS: Final = 10_000_000
MOST_PIPELINED: Final = 1000


class Wire(Protocol):
    """What a client needs from a socket."""

    def sendall(self, data: bytes) -> None: ...

    def recv(self, size: int, /) -> bytes: ...


@dataclass
class Tally:
    """What one client has counted."""

    latencies: list[int] = field(default_factory=list)
    """For each good reply, the nanoseconds from the sending of its batch to its arrival."""

    errors: int = 0
    """Error replies. A refusal is often faster than the work, and must not look like speed."""

    trouble: str = ""
    """Why the client gave up before it had all replies."""


class ReplyReader:
    """Cuts a stream of bytes into replies, however they arrive."""

    def __init__(self) -> None:
        self.kept = b""

    def feed(self, data: bytes) -> list[Any]:
        """The replies that are complete now; errors are included, as CommandError."""
        self.kept += data
        replies: list[Any] = []
        position = 0
        while (found := decode_at(self.kept, position)) is not NEED_MORE:
            reply, position = found
            replies.append(reply)
        self.kept = self.kept[position:]
        return replies


def drive(
    wire: Wire,
    request: bytes,
    count: int,
    pipeline: int,
    tally: Tally,
    clock: Callable[[], int] = time.perf_counter_ns,
) -> None:
    """Sends `request` `count` times, in batches of `pipeline`, and counts the replies in `tally`.

    A batch goes out with a single `sendall`; the last one may be smaller. The next one follows when
    the whole batch is answered. `recv` may bring half a reply, or many (see `ReplyReader`, of which
    a connection needs one).

    A good reply adds to `tally.latencies` the time from before its batch was sent until after the
    `recv` that completed it; an error (CommandError) adds 1 to `tally.errors` and nothing else. The
    clock is read once before each batch and once after each `recv`. If the server hangs up, that is
    the end, and no error.

    >>> tally = Tally()
    >>> drive(connected_socket, b"PING\\r\\n", 10, 4, tally)  # sends 4, 4 and 2
    >>> len(tally.latencies)
    10
    """
    raise NotImplementedError("exercise 8.5")


@dataclass
class Outcome:
    """The outcome of a run."""

    requests: int
    seconds: float
    latencies: list[int]
    errors: int
    trouble: list[str]

    @property
    def lost(self) -> int:
        """Requests without a reply."""
        return self.requests - len(self.latencies) - self.errors

    @property
    def rate(self) -> float:
        """Good replies per second."""
        return len(self.latencies) / self.seconds if self.seconds else 0.0

    def report(self) -> list[str]:
        """The lines to print."""
        lines = [f"requests/s  {self.rate:.0f}"]
        if self.latencies:
            lines.append(f"latency ms  {summary(self.latencies, MILLISECOND)}")
        lines.append(f"errors      {self.errors}")
        if self.lost:
            reason = f" ({self.trouble[0]})" if self.trouble else ""
            lines.append(f"lost        {self.lost}{reason}")
        return lines


def run_load(
    host: str, port: int, request: bytes, *, clients: int, requests: int, pipeline: int
) -> Outcome:
    """Lets `clients` send `requests` between them. Raises OSError if a client can't connect."""
    connections: list[socket.socket] = []
    try:
        for _ in range(clients):
            connections.append(connect(host, port))
        shares = [requests // clients + (number < requests % clients) for number in range(clients)]
        tallies = [Tally() for _ in connections]
        seconds = run_together(
            [
                partial(client, one, request, share, pipeline, tally)
                for one, share, tally in zip(connections, shares, tallies, strict=True)
            ]
        )
    finally:
        for connection in connections:
            connection.close()
    return Outcome(
        requests,
        seconds,
        [latency for tally in tallies for latency in tally.latencies],
        sum(tally.errors for tally in tallies),
        [tally.trouble for tally in tallies if tally.trouble],
    )


def connect(host: str, port: int) -> socket.socket:
    """A connection on which nothing waits longer than PATIENCE."""
    connection = socket.create_connection((host, port), PATIENCE)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def client(
    connection: socket.socket, request: bytes, count: int, pipeline: int, tally: Tally
) -> None:
    """The life of one client. An error is recorded, and ends only this client."""
    try:
        drive(connection, request, count, pipeline, tally)
    except TimeoutError:
        tally.trouble = f"no reply for {PATIENCE:g} s"
    except (OSError, ProtocolError) as error:
        tally.trouble = str(error)
    else:
        if len(tally.latencies) + tally.errors < count:
            tally.trouble = "the server hung up"


def run_together(calls: Sequence[Callable[[], None]]) -> float:
    """Runs each call in a thread; the seconds from the start of all to the end of the last."""
    gate = threading.Barrier(len(calls) + 1)
    raised: list[BaseException] = []

    def run(call: Callable[[], None]) -> None:
        gate.wait()
        try:
            call()
        except BaseException as error:
            raised.append(error)

    threads = [threading.Thread(target=run, args=(call,), daemon=True) for call in calls]
    for thread in threads:
        thread.start()
    gate.wait()
    start = time.perf_counter()
    for thread in threads:
        thread.join()
    if raised:
        raise raised[0]
    return time.perf_counter() - start


# ---------------------------------------------------------------- the command line


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of `load`."""
    parser.add_argument("--host", type=host_name, default=HOST, help="where the server is")
    parser.add_argument("--port", type=port_number, default=PORT, help="its port")
    parser.add_argument(
        "--clients", type=up_to(MOST_CLIENTS), default=10, help="connections at once"
    )
    parser.add_argument(
        "--requests", type=up_to(MOST_REQUESTS), default=10_000, help="requests, of all clients"
    )
    parser.add_argument(
        "--pipeline", type=up_to(MOST_PIPELINED), default=1, help="requests in one packet"
    )
    parser.add_argument(
        "--histogram", action="store_true", help="show how the latencies are distributed"
    )
    parser.add_argument(
        "--command", nargs=argparse.REMAINDER, default=["PING"], help="what to ask; comes last"
    )


def up_to(most: int) -> Callable[[str], int]:
    """An argparse type: a whole number from 1 to `most`."""

    def number(text: str) -> int:
        if not (text.isascii() and text.isdigit() and len(text) <= 9 and 1 <= int(text) <= most):
            raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 to {most}")
        return int(text)

    return number


def load(options: argparse.Namespace) -> int:
    """The tool `load`. Its exit code is 1 if anything but good replies came."""
    words = [word.encode("utf-8", "surrogateescape") for word in options.command]
    if not words:
        raise StartError("there is no command after --command; give one, like --command GET k.")
    try:
        outcome = run_load(
            options.host,
            options.port,
            encode(words),
            clients=options.clients,
            requests=options.requests,
            pipeline=options.pipeline,
        )
    except KeyboardInterrupt:
        raise StartError("stopped before the end; fewer --requests take less time.") from None
    except OSError as error:
        raise StartError(
            f"no connection to {options.host} port {options.port} ({error.strerror or error}); "
            "is the server running? --host and --port say where."
        ) from error
    print(
        f"{options.requests} requests, {options.clients} clients, {options.pipeline} a packet, "
        f"{outcome.seconds:.2f} s"
    )
    print("\n".join(outcome.report()))
    if options.histogram:
        print("\n".join(["  up to ms   replies", *histogram(outcome.latencies, MILLISECOND)]))
    return 1 if outcome.errors or outcome.lost else 0
