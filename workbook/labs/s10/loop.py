"""Tools for experiments and tests with an event loop; `lab` offers them, and tells of them.

What runs here runs on a loop of its own, from its first task to its last.
"""

from __future__ import annotations

import asyncio
import select
import sys
from functools import partial
from pathlib import Path
from typing import Any, Final

from steps.s10_asyncio.background import Background, Job
from steps.s10_asyncio.bench.crowd import visit
from steps.unwritten import Unwritten
from workbook.patience import patience

# --- background ----------------------------------------------------------------------------------


class WatchedBackground(Background):
    """Jobs that count themselves. One called `fails` raises each time; `breaks` ends its own task."""

    def __init__(self, names: tuple[str, ...], often: int) -> None:
        super().__init__([Job(name, 0, partial(self.work, name)) for name in names])
        self.often = often
        self.calls = dict.fromkeys(names, 0)
        self.running: set[str] = set()
        self.enough = asyncio.Event()
        self.left: list[str] = []

    async def watched(self, stopped: asyncio.Event) -> None:
        """Runs, and notes who is still there at the moment when it is over."""
        try:
            await self.run(stopped)
        finally:
            self.left = sorted(self.running)

    def work(self, name: str) -> None:
        """A call of a job."""
        self.calls[name] += 1
        if min(self.calls.values()) >= self.often:
            self.enough.set()
        if name == "fails":
            raise ValueError("a bug in a job")

    async def repeat(self, job: Job) -> None:
        self.running.add(job.name)
        try:
            if job.name == "breaks":
                raise ValueError("a bug in repeat")
            await super().repeat(job)
        finally:
            await asyncio.sleep(0)  # code that has only asked it to end does not see it end
            self.running.discard(job.name)


def run_background(*names: str, end: str = "stop", often: int = 3) -> dict[str, Any]:
    """Runs jobs until each was called `often` times, and ends them.

    `end`: "stop" sets the event, "stopped" has set it before the start, "cancel" cancels the task.
    In the result: whether it ended by itself before that; how it ended ("returned", "cancelled",
    "failed: ValueError", "goes on"); which jobs were still running then; and which were called often
    enough.
    """
    return asyncio.run(watch_background(names, end, often))


async def watch_background(names: tuple[str, ...], end: str, often: int) -> dict[str, Any]:
    """See `run_background`."""
    stopped = asyncio.Event()
    if end == "stopped":
        stopped.set()
    background = WatchedBackground(names, often)
    task = asyncio.create_task(background.watched(stopped))
    early = await ends_before(task, background.enough, wait=bool(names) and end != "stopped")
    if end == "cancel":
        task.cancel()
    else:
        stopped.set()
    await asyncio.wait({task}, timeout=patience())
    return {
        "early": early,
        "ended": how_it_ended(task),
        "left": background.left,
        "often": sorted(name for name in names if background.calls[name] >= often),
    }


async def ends_before(task: asyncio.Task[None], event: asyncio.Event, wait: bool) -> bool:
    """Whether the task ends before the event is set; without `wait`, within some turns."""
    if wait:
        waiter = asyncio.create_task(event.wait())
        await asyncio.wait({task, waiter}, timeout=patience(), return_when=asyncio.FIRST_COMPLETED)
        waiter.cancel()
    else:
        for _ in range(5):
            await asyncio.sleep(0)
    return task.done()


def how_it_ended(task: asyncio.Task[None]) -> str:
    """In a word."""
    if not task.done():
        return "goes on"
    if task.cancelled():
        return "cancelled"
    error = task.exception()
    if error and isinstance(error, Unwritten):
        raise error
    return f"failed: {', '.join(names_in(error))}" if error else "returned"


def names_in(error: BaseException) -> list[str]:
    """The class of an exception; of a group, those of all that are in it."""
    if isinstance(error, BaseExceptionGroup):
        return [name for inner in error.exceptions for name in names_in(inner)]
    return [type(error).__name__]


# --- visits --------------------------------------------------------------------------------------


class WatchedLoop(asyncio.SelectorEventLoop):
    """An event loop that keeps the connections made on it."""

    def __init__(self) -> None:
        super().__init__()
        self.made: list[asyncio.Transport] = []

    async def create_connection(self, *args: Any, **options: Any) -> Any:
        transport, protocol = await super().create_connection(*args, **options)
        self.made.append(transport)
        return transport, protocol

    def open_connections(self) -> int:
        """How many of them still have their socket."""
        return sum(one.get_extra_info("socket").fileno() >= 0 for one in self.made)


class Dribbler:
    """A server that sends its reply byte by byte, with pauses. It is also the clock.

    The time is the number of bytes that it has sent, and one more while a batch is there that it has
    not read yet. Nobody gets a byte before all `visitors` have asked. With `hangs_up`, it closes each
    connection after that many bytes of the first reply; with `stops`, it sends no more than that.
    """

    def __init__(
        self, visitors: int, batch: bytes, reply: bytes, hangs_up: int | None, stops: int | None
    ) -> None:
        self.batch = batch
        self.reply = reply
        self.hangs_up = hangs_up
        self.stops = stops
        self.stopped = asyncio.Event()
        self.here = asyncio.Barrier(visitors)
        self.connections = 0
        self.batches = 0
        self.sent = 0
        self.sockets: list[Any] = []

    def clock(self) -> int:
        """The time."""
        unread = select.select(self.sockets, [], [], 0)[0]
        return self.sent + bool(unread)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        self.connections += 1
        socket = writer.get_extra_info("socket")
        self.sockets.append(socket)
        try:
            while await reader.readexactly(len(self.batch)) == self.batch:
                self.batches += 1
                await self.here.wait()
                await self.dribble(writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self.sockets.remove(socket)
            writer.close()

    async def dribble(self, writer: asyncio.StreamWriter) -> None:
        """The reply, or what is sent of it."""
        for place, byte in enumerate(self.reply):
            if place == self.hangs_up:
                raise ConnectionError
            if place == self.stops:
                self.stopped.set()
                return
            writer.write(bytes([byte]))
            self.sent += 1
            for _ in range(3):
                await asyncio.sleep(0)


def visits(
    *,
    visitors: int = 1,
    rounds: int = 3,
    batch: bytes = b"PING\r\n",
    reply: bytes = b"+PONG\r\n",
    hangs_up: int | None = None,
    cancelled: int | None = None,
) -> dict[str, Any]:
    """Sends visitors, all at once, to a server that answers byte by byte.

    It hangs up after that many bytes of the first reply; or all visits are cancelled there, for no
    more comes. In the result: what each visit returned, or the name of what it raised; how many
    connections and batches came; and how many connections were still open when the last visit was
    over.
    """
    with asyncio.Runner(loop_factory=WatchedLoop) as runner:
        return runner.run(watch_visits(visitors, rounds, batch, reply, hangs_up, cancelled))


async def watch_visits(
    visitors: int,
    rounds: int,
    batch: bytes,
    reply: bytes,
    hangs_up: int | None,
    cancelled: int | None,
) -> dict[str, Any]:
    """See `visits`."""
    loop = asyncio.get_running_loop()
    assert isinstance(loop, WatchedLoop)
    left = 0
    dribbler = Dribbler(visitors, batch, reply, hangs_up, cancelled)
    server = await asyncio.start_server(dribbler.serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]

    async def outcome() -> list[int] | str:
        nonlocal left
        try:
            return await visit(port, batch, len(reply), rounds, dribbler.clock)
        except (asyncio.IncompleteReadError, OSError, asyncio.CancelledError) as error:
            return type(error).__name__
        finally:
            left = loop.open_connections()

    async with asyncio.timeout(patience()), server:
        tasks = [asyncio.create_task(outcome()) for _ in range(visitors)]
        if cancelled is not None:
            await dribbler.stopped.wait()
            for task in tasks:
                task.cancel()
        results = await asyncio.gather(*tasks)
    return {
        "visits": results,
        "connections": dribbler.connections,
        "batches": dribbler.batches,
        "left open": left,
    }


# --- a crowd, and what it costs ------------------------------------------------------------------

SPARE: Final = 100
"""Files that a process needs besides its connections."""

SELECT: Final = 500
"""Sockets that an event loop of Windows' older kind can wait for at once."""


def room_for(clients: int) -> int:
    """How many of that many clients this process may open, and a server that it starts may have.

    The system limits the open files of a process, and a connection is one. A part of the limit is
    ours to raise: we do, as far as it takes.
    """
    if sys.platform == "win32":
        return min(clients, SELECT - SPARE)
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = clients + SPARE
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return clients
    most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
    return min(clients, most - SPARE)


def status(pid: int, name: str) -> float:
    """A number from what Linux tells of a process, such as its `Threads`; nan where it does not."""
    try:
        text = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return float("nan")
    values = dict(line.partition(":")[::2] for line in text.splitlines())
    return float(values[name].split()[0]) if name in values else float("nan")


def peak_memory(pid: int) -> float:
    """The most memory that a process has had so far, in megabytes; nan where nobody tells."""
    return status(pid, "VmHWM") / 1024
