"""The complete server: one thread, one event loop, any number of clients.

The loop waits for all sockets at once and calls the objects that have something to do. Signals,
background tasks and clients all meet here:

    run ─ asyncio.run(main) ─┬─ the listening socket: a Connection and a ClientSession for each client
                             ├─ background tasks in a TaskGroup: expiry, fsync, saving
                             └─ `stopped`, an event: a signal or SHUTDOWN sets it, and all ends
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import os
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from importlib import import_module
from time import monotonic
from typing import Any, Final

from steps.s01_echo.path import listening_at
from steps.s01_echo.server import BACKLOG, host_port, listen
from steps.s03_store.protected import DENIED, is_local
from steps.s03_store.session import MOST_OUTPUT
from steps.s04_threads.descriptors import reserve
from steps.s04_threads.pool import FULL
from steps.s07_persistence.expiry import BUDGET, PERIOD, expire_some
from steps.s07_persistence.settings import settings_from
from steps.s09_logging.log.handlers import start_logging
from steps.s09_logging.log.levels import NOTICE, WARNING
from steps.s09_logging.log.lines import Log
from steps.s09_logging.shutdown import leave, save_snapshot
from steps.s09_logging.signals import names_of, stopping_on_signals
from steps.s10_asyncio import statistics
from steps.s10_asyncio.background import Background, Job
from steps.s10_asyncio.flow import Flow, Outbox
from steps.s10_asyncio.session import Client, ClientSession, replayer
from steps.s10_asyncio.settings import Settings
from steps.s10_asyncio.state import State
from steps.unwritten import Unwritten


class Unfinished(Flow):
    """Stands in for a connection while exercise 10.1 is empty: tells its client so."""

    def __init__(self, stub: Unwritten, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.stub = stub

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.fail(self.stub)


def connection_class() -> Callable[..., Flow]:
    """Makes the connection of a client."""
    try:
        module = import_module("steps.s10_asyncio.connection")
    except Unwritten as stub:
        return partial(Unfinished, stub)
    made: Callable[..., Flow] = module.Connection
    return made


ONE = 1
"""How many clients the loop accepts in a row. Redis accepts more; asyncio would fail that many
times in a row when it runs out of descriptors.
"""

SHORT: Final = 1
"""Milliseconds of a short round of active expiry. Redis: ACTIVE_EXPIRE_CYCLE_FAST_DURATION."""

CANNOT_ACCEPT = "socket.accept() out of system resource"
"""The message of asyncio in that case."""


def nothing() -> None:
    """Does nothing, as a call of the loop."""


class Interrupted(Exception):  # noqa: N818 - it says what it is
    """The server is to stop while it loads its files."""


class AsyncServer:
    """The server on an event loop; a House that step 9 can shut down."""

    def __init__(self, listener: socket.socket, settings: Settings, log: Log) -> None:
        self.listener = listener
        self.log = log
        self.connection = connection_class()
        self.announce: Callable[[], None] | None = None
        self.came: list[int] = []
        self.at_path: asyncio.Server | None = None
        """Takes in the clients that connect to the socket in the file system."""
        self.failed_after = -1
        self.expires_soon = False
        self.settings = settings
        settings.maxclients = reserve(settings.maxclients)
        settings.bind, settings.port = listener.getsockname()[:2]
        self.host = settings.bind
        self.state = State(settings, log=log)
        self.state.stop = self.shut_down
        self.state.move = self.listen_at
        self.state.turn = self.turn

    def run(self) -> int:
        """Serves until a signal or SHUTDOWN; returns the exit code."""
        with signals(self, self.log) as self.came:
            code = asyncio.run(self.main())
        self.log(NOTICE, "stopped", code=code)
        return code

    async def main(self) -> int:
        """Everything between the start of the loop and its end."""
        self.loop = asyncio.get_running_loop()
        self.state.trash.soon = self.loop.call_soon
        self.outbox = Outbox(self.loop.call_soon)
        self.stopped, self.forced = asyncio.Event(), asyncio.Event()
        self.server = await self.accept(self.listener)
        self.loop.set_exception_handler(self.trouble)
        if self.came:  # the signal was quicker than the loop
            self.stopped.set()
        with ExitStack() as stack:
            if path := self.settings.unixsocket:
                listener = stack.enter_context(listening_at(path, self.settings.unixsocketperm))
                self.at_path = await self.accept(listener)
            try:
                if await self.load():
                    await self.serve()
            except asyncio.CancelledError:
                self.log(
                    NOTICE, "cancelled"
                )  # Ctrl-C without exercise 9.4: shut down cleanly all the same
            return await self.lock_up()

    async def load(self) -> bool:
        """Loads the files. Returns whether it has got to the end: not if the server is to stop.

        It is done in a call of the loop, so that the clients can be served in the middle of it.
        Raises StartError.
        """
        loaded: asyncio.Future[bool] = self.loop.create_future()
        self.loop.call_soon(self.restore, loaded)
        try:
            return await asyncio.shield(loaded)
        except asyncio.CancelledError:  # Ctrl-C without exercise 9.4
            self.stop()
            return await loaded

    def restore(self, loaded: asyncio.Future[bool]) -> None:
        """Loads the files, and says in `loaded` how that has ended."""
        try:
            self.state.files.restore(replayer(self.state).replay, self.serve_meanwhile)
            loaded.set_result(True)
        except Interrupted:
            pass
        except Exception as error:
            loaded.set_exception(error)
        finally:
            if not loaded.done():
                # No snapshot must take the place of what has not been loaded.
                self.settings.save = ()
                loaded.set_result(False)

    def serve_meanwhile(self) -> None:
        """Serves the clients between two reads from a file, for they have most likely come since.

        Four times, as in Redis: it takes a few turns of the loop to accept a client.
        """
        self.state.guard_all()  # a client may have come just before the loading began
        for _ in range(4):
            self.turn()
        if self.state.stopping:
            raise Interrupted

    async def serve(self) -> None:
        """Everything between the end of loading and the beginning of the end."""
        self.state.settings_changed()
        self.state.guard_all()
        # Everything loaded so far stays, so the garbage collector need not look through it again.
        gc.collect()
        gc.freeze()
        self.log(NOTICE, "started", pid=os.getpid(), keys=len(self.state.store.data))
        if self.announce:
            self.announce()
        await self.work()

    async def accept(self, listener: socket.socket) -> asyncio.Server:
        """From now on takes in the clients that connect to `listener`."""
        limit, statistics = self.settings.client_output_buffer_limit, self.state.statistics
        server = await self.loop.create_server(
            lambda: self.connection(self.welcome, limit, statistics, outbox=self.outbox),
            sock=listener,
            backlog=ONE,
        )
        listener.listen(BACKLOG)
        return server

    def welcome(self, connection: Flow) -> ClientSession:
        """The session of a new client. One too many is refused, with an error."""
        transport = connection.transport
        peer, local = transport.get_extra_info("peername"), transport.get_extra_info("sockname")
        descriptor = transport.get_extra_info("socket").fileno()
        by_path = isinstance(local, str)
        path = f"{local}:0"  # as Redis writes the addresses of both ends
        ends = (path, path) if by_path else (host_port(peer), host_port(local))
        client = Client(*ends, descriptor, by_path=by_path)
        client.heard = lambda: connection.heard
        client.unsent = transport.get_write_buffer_size
        client.stop_reading = transport.pause_reading
        session = ClientSession(
            self.state, client, connection.late, transport.abort, connection.proceed
        )
        session.room = MOST_OUTPUT
        self.state.statistics.connections += 1
        if refusal := self.refusal(peer):
            self.state.statistics.rejected += 1
            session.close()
            transport.write(refusal)
            transport.close()
        else:
            self.state.clients[client.id] = session
        return session

    def refusal(self, peer: object) -> bytes:
        """The error for a client from the address `peer` that can't come in; b"" if it can."""
        if len(self.state.clients) >= self.settings.maxclients:
            return FULL
        protected = self.settings.protected_mode and not self.settings.requirepass
        return DENIED if protected and not is_local(peer) else b""

    def listen_at(self, port: int) -> None:
        """CONFIG SET port: listens there from now on, at port 0 nowhere; connected clients stay.

        Raises OSError if the port is not available; then nothing has changed.
        """
        listener = listen(self.host, port) if port else None
        self.server.close()
        if listener:
            self.moving = self.loop.create_task(self.move(listener))

    async def move(self, listener: socket.socket) -> None:
        """Takes in clients at another port."""
        self.server = await self.accept(listener)

    def trouble(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """The loop had an error. If it cannot accept clients, this is logged once, until it can.

        It pauses for a second then, and tries again.
        """
        if context.get("message") != CANNOT_ACCEPT:
            loop.default_exception_handler(context)
        elif self.failed_after != (come := self.state.statistics.connections):
            self.failed_after = come
            self.log(WARNING, "cannot accept clients at the moment", error=context["exception"])

    async def work(self) -> None:
        """Runs the background until it is time to stop."""
        try:
            await Background(self.jobs()).run(self.stopped)
        except Unwritten as stub:
            self.log(NOTICE, "nothing in the background", why=stub.not_written)
            await self.stopped.wait()

    def turn(self) -> None:
        """Serves the clients once, in the middle of a call that the loop has made itself.

        asyncio offers nothing for that; a turn of the loop is `_run_once`. The turn in which the
        present call was made goes on afterwards, and makes as many calls as it has counted: what
        this one has taken from it is replaced by calls that do nothing. The present call can't be
        made again meanwhile, so its client must not be read from.
        """
        loop: Any = self.loop
        counted = len(loop._ready)
        loop.call_soon(nothing)  # with something to do, the loop waits for nothing
        loop._run_once()
        self.outbox.empty()
        for _ in range(counted - len(loop._ready)):
            loop.call_soon(nothing)

    def jobs(self) -> list[Job]:
        """The work in the background, which rests in the middle of a script."""
        jobs = self.all_jobs()
        return [job._replace(call=self.unless_busy(job.call)) for job in jobs]

    def unless_busy(self, call: Callable[[], object]) -> Callable[[], object]:
        """`call`, but not while a script runs."""
        return lambda: None if self.state.busy else call()

    def all_jobs(self) -> list[Job]:
        """What is to be done now and then."""
        return [
            Job("expiry", PERIOD / 1000, self.expire),
            Job("files", PERIOD / 1000, self.state.files.tick),
            Job("memory", PERIOD / 1000, self.state.look_at_memory),
            Job("timeout", 1, self.end_idle),
            Job("statistics", statistics.PERIOD, self.sample),
        ]

    def expire(self, budget: int = BUDGET) -> None:
        """Active expiry in all databases within `budget` milliseconds.

        If they were too few, a short round follows each time the clients have had their turn.
        """
        if not self.state.expires_actively or self.state.pause.on:
            return
        clock = self.state.clock
        began = clock()
        end = began + budget
        for keyspace in self.state.databases.values():
            if keyspace.expires:
                expire_some(keyspace, max(end - clock(), 0), clock)
        self.state.spikes.note("expire-cycle", (clock() - began) / 1000)
        self.state.serve_waiting()
        if clock() >= end and not self.expires_soon:
            self.expires_soon = True
            self.loop.call_soon(self.expire_more)

    def expire_more(self) -> None:
        """A short round of active expiry, after one that had too little time."""
        self.expires_soon = False
        self.expire(SHORT)

    def sample(self) -> None:
        """Notes how many commands there have been, for the rate in INFO."""
        self.state.statistics.sample(monotonic())

    def end_idle(self) -> None:
        """Disconnects clients that have sent nothing for longer than `--timeout` seconds."""
        if not self.settings.timeout:
            return
        before = monotonic() - self.settings.timeout
        for session in list(self.state.clients.values()):
            if session.client.heard() < before and not session.waits():
                session.throw_out()

    # --- the end --------------------------------------------------------------------------------

    def stop(self) -> None:
        """Stop cleanly. A signal handler may call this: it wakes the loop, and returns."""
        self.state.stopping = "soon"
        self.loop_soon("stopped")

    def force(self) -> None:
        """Stop without waiting any longer."""
        self.state.stopping = "now"
        self.loop_soon("forced")

    def loop_soon(self, event: str) -> None:
        """Sets one of the events of the loop, if there is a loop yet."""
        loop = getattr(self, "loop", None)
        if loop is not None:
            loop.call_soon_threadsafe(lambda: getattr(self, event).set())

    def shut_down(self, save: bool | None) -> None:
        """SHUTDOWN: saves first, if it should; if that fails, raises CommandError and keeps running.

        While the files are being loaded, nothing is saved.
        """
        if not self.state.files.loading and (save or (save is None and self.settings.save)):
            self.state.files.save()
        # The save rules have been followed, or overruled: no further snapshot at the end.
        self.settings.save = ()
        self.state.stopping = "now"
        self.stopped.set()

    async def lock_up(self) -> int:
        """Step 9's `leave`, in a thread, as it waits while the loop has to send the last replies."""
        self.log(NOTICE, "stopping", signal=names_of(self.came) or "none")
        try:
            return await asyncio.to_thread(leave, self, self.log)
        except Unwritten as stub:
            self.log(NOTICE, "stopping at once", why=stub.not_written)
            self.state.files.close()
            return 0

    def on_loop(self, work: Callable[[], None]) -> None:
        """Lets the loop do something, from another thread, and waits until it is done."""

        async def call() -> None:
            work()

        asyncio.run_coroutine_threadsafe(call(), self.loop).result()

    def refuse(self) -> None:
        """Accepts no more clients."""
        for server in filter(None, [self.server, self.at_path]):
            self.on_loop(server.close)

    def drain(self) -> bool:
        """Sends what is still to be sent. All requests are answered, since commands do not wait."""
        self.on_loop(self.close_all)
        return asyncio.run_coroutine_threadsafe(self.all_gone(), self.loop).result()

    def close_all(self) -> None:
        """Closes each connection once its last reply is out."""
        for session in list(self.state.clients.values()):
            session.hang_up()

    async def all_gone(self) -> bool:
        """Waits until all clients have gone, within the time limit; says whether they have."""
        gone = asyncio.Event()
        self.state.on_empty = gone.set
        if self.state.clients:
            waits = [asyncio.ensure_future(event.wait()) for event in (gone, self.forced)]
            await asyncio.wait(
                waits,
                timeout=self.settings.shutdown_timeout,
                return_when=asyncio.FIRST_COMPLETED,
            )
            for wait in waits:
                wait.cancel()
        return not self.state.clients

    def hang_up(self) -> None:
        """Cuts off clients that do not read their last reply."""
        self.on_loop(self.cut_all)

    def cut_all(self) -> None:
        """Aborts all remaining connections."""
        for session in list(self.state.clients.values()):
            session.cut()

    def close_journal(self) -> None:
        """Writes the journal to the disk."""
        self.state.files.close()

    def save(self) -> None:
        """Writes a last snapshot, if there are save rules."""
        save_snapshot(self.state.files, self.state.locks)


@contextmanager
def signals(server: AsyncServer, log: Log) -> Iterator[list[int]]:
    """The signal handlers during `run`. Without exercise 9.4, Ctrl-C cancels the main task."""
    with ExitStack() as stack:
        came: list[int] = []
        try:
            came = stack.enter_context(stopping_on_signals(server))
        except Unwritten as stub:
            log(NOTICE, "no handlers for signals", why=stub.not_written)
        try:
            yield came
        except KeyboardInterrupt:
            log(NOTICE, "interrupted")


def build(listener: socket.socket, options: argparse.Namespace) -> AsyncServer:
    """The server that the command line asks for."""
    settings = settings_from(Settings, options)
    return AsyncServer(listener, settings, start_logging(settings, step=10))
