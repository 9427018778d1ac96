"""Threads that follow orders, and a watch that knows when each of them stands still.

Whatever a learner builds a lock of (a condition, events, semaphores, a queue), all of it waits for
locks of `threading` in the end. While a `Watch` is on, these are `WatchedLock`s, which say when a
thread waits and when it goes on. So "nobody gets in" is a fact, and not a matter of patience: no
thread moves any more, and nobody has got in. Time does not pass: whoever waits with a timeout waits
for ever.
"""

from __future__ import annotations

import ctypes
import queue
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from types import FrameType, ModuleType, TracebackType

from workbook.patience import patience

new_lock = threading.Lock
"""A lock that is not watched."""

POLLS = "a thread does not wait, but asks again and again whether it may go in"


class Over(BaseException):
    """Ends a thread of a watch that is no longer needed."""


class Watch:
    """Counts the threads that move; knows its own."""

    def __init__(self) -> None:
        self.lock = new_lock()
        self.still: queue.SimpleQueue[None] = queue.SimpleQueue()
        self.moving = 0
        self.actors: list[Actor] = []
        self.threads: set[int] = set()
        self.turns: set[threading.Lock] = set()
        self.over = False
        self.timed = False
        """Whether somebody has waited with a timeout."""

    def moves(self, thread: int, step: int) -> None:
        """A thread goes on (1), which its waker says, or stops (-1), which it says itself."""
        if thread in self.threads:
            with self.lock:
                self.moving += step
                if not self.moving:
                    self.still.put(None)

    def wait(self) -> None:
        """Returns once every thread stands still."""
        while self.moving:
            try:
                # a thread that neither waits nor comes to its end asks again and again
                self.still.get(timeout=2 * patience())
            except queue.Empty:
                raise TimeoutError(POLLS) from None

    @contextmanager
    def on(self, module: ModuleType) -> Iterator[None]:
        """What is made of `threading` meanwhile is watched, also by the names of this module."""

        def lock() -> WatchedLock:
            return WatchedLock(self)

        watched: dict[object, object] = {
            threading.Lock: lock,
            threading._allocate_lock: lock,  # type: ignore[attr-defined] # another since 3.13
            threading.RLock: threading._PyRLock,  # type: ignore[attr-defined]
            queue.SimpleQueue: queue._PySimpleQueue,  # type: ignore[attr-defined]
        }
        places = [
            (vars(owner), name, value)
            for owner in (threading, queue, module)
            for name, value in [*vars(owner).items()]
            if callable(value) and value in watched
        ]
        for names, name, value in places:
            names[name] = watched[value]
        try:
            yield
        finally:
            for names, name, value in places:
                names[name] = value
            self.end()

    def end(self) -> None:
        """Ends the threads that are left, whatever they do."""
        self.over = True
        for turn in [*self.turns]:
            turn.release()
        for actor in self.actors:
            actor.orders.put(bool)
            raise_in = ctypes.pythonapi.PyThreadState_SetAsyncExc
            raise_in(ctypes.c_ulong(actor.ident), ctypes.py_object(Over))


class WatchedLock:
    """As `threading.Lock`, and the first that waits is the next that has it."""

    def __init__(self, watch: Watch) -> None:
        self.watch = watch
        self._guard = new_lock()
        self._held = False
        self._waiting: deque[tuple[int, threading.Lock]] = deque()

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        if self.watch.over:
            raise Over
        with self._guard:
            if not self._held:
                self._held = True
                return True
            if not blocking:
                return False
            self.watch.timed |= timeout >= 0
            turn, thread = new_lock(), threading.get_ident()
            turn.acquire()
            self._waiting.append((thread, turn))
            self.watch.turns.add(turn)
        self.watch.moves(thread, -1)
        turn.acquire()
        if self.watch.over:
            raise Over
        return True

    def release(self) -> None:
        with self._guard:
            if not self._held:
                raise RuntimeError("release unlocked lock")
            if not self._waiting:
                self._held = False
                return
            thread, turn = self._waiting.popleft()
            self.watch.turns.discard(turn)
            self.watch.moves(thread, 1)
            turn.release()

    def locked(self) -> bool:
        return self._held

    def __enter__(self) -> bool:
        return self.acquire()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.release()


class Failure(Exception):  # noqa: N818 - it is meant to happen
    """Leaves a block."""


class Switch:
    """A trace function: before an instruction of a module, it does something else."""

    def __init__(self, number: int, module: ModuleType, then: Callable[[], object]) -> None:
        self.left = number
        self.names = vars(module)
        self.then = then
        self.stopped = False

    def __call__(self, frame: FrameType, event: str, argument: object) -> Switch | None:
        if frame.f_globals is not self.names or self.stopped:
            return None
        frame.f_trace_opcodes = True
        if event == "opcode":
            self.left -= 1
            if self.left < 0:
                self.stopped = True
                sys.settrace(None)
                self.then()
        return self


class Actor:
    """A thread that goes into a block, and leaves it, on orders."""

    def __init__(self, name: str, watch: Watch, inside: set[str]) -> None:
        self.name, self.watch, self.inside = name, watch, inside
        self.orders: queue.SimpleQueue[Callable[[], object]] = queue.SimpleQueue()
        self.error: BaseException | None = None
        thread = threading.Thread(target=self._live, daemon=True)
        thread.start()
        assert thread.ident
        self.ident = thread.ident
        watch.threads.add(self.ident)
        watch.actors.append(self)

    def tell(self, order: Callable[[], object]) -> None:
        """Gives an order, and returns once nobody moves any more."""
        self.watch.moves(self.ident, 1)
        self.orders.put(order)
        self.watch.wait()
        if self.error:
            raise self.error

    def entering(self, block: Callable[[], AbstractContextManager[object]]) -> Callable[[], None]:
        """The order to go into a block, as soon as it may, and to stay in until the next order.

        An empty order makes it come to the end of the block.
        """

        def stay() -> None:
            with suppress(Failure), block():
                self.inside.add(self.name)
                try:
                    self._next_order()
                finally:
                    self.inside.discard(self.name)

        return stay

    def fail(self) -> None:
        """The order to leave the block by an exception."""
        raise Failure

    def tell_until(self, number: int, module: ModuleType, order: Callable[[], object]) -> bool:
        """Gives an order that stops before an instruction of `module`, counted from 0.

        The next order makes it go on. False: it has come to its end, or waits, before that one.
        """
        switch = Switch(number, module, self._next_order)

        def follow() -> None:
            sys.settrace(switch)
            order()

        self.tell(follow)
        return switch.stopped

    def _live(self) -> None:
        try:
            self._next_order(first=True)
            while True:
                self._next_order()
        except Over:
            pass
        except BaseException as error:
            self.error = error
            self.watch.moves(self.ident, -1)

    def _next_order(self, first: bool = False) -> None:
        if not first:  # a thread begins standing still
            self.watch.moves(threading.get_ident(), -1)
        order = self.orders.get()
        if self.watch.over:
            raise Over
        order()
