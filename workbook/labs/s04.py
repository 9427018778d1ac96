"""Tools for experiments and tests with threads. Nothing of the server uses them.

A race shows itself once in a thousand runs, and then at a customer's. Here it shows every time: a
`Stage` knows of each of its threads whether it goes on or stands still. A thread that comes to a
dangerous place (it has read, and has not yet written) waits there until all others stand still:
they have come to the same place, or wait for a lock, or have ended. So what can go wrong between
the two does go wrong. Nothing is measured in time, nobody sleeps: with correct locks all others
wait for the lock, and the thread goes on at once.

    race([[b"INCR", b"n"], [b"INCR", b"n"]])     what each replies, and what is left in the store
    race_check_and_set([{b"a": b"1"}, …])        the same for exercise 4.3
    trace([2, 0])                                what `holding` takes and gives back, in order
    cross([0, 1], [1, 0])                        whether holders in opposite order both finish
    lost_updates(threads=8, each=100)            the race as it happens by itself: for plots
    inside_after("A reads", "B writes", …)       the threads inside the lock of exercise 4.7
    inside_after_switches([], "A reads", …)      the same, with a switch between any two instructions
"""

from __future__ import annotations

import itertools
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from functools import partial
from importlib import import_module
from queue import SimpleQueue
from typing import Any, Self, TypeVar

from steps.s02_resp.values import CommandError, Reply, Request
from steps.s03_store.store import Store, Value
from steps.s04_threads.locks import STRIPES, Locks, Stripe
from steps.s04_threads.pool import WorkerPool, cut
from steps.s04_threads.session import SharedSession, check_and_set
from steps.s04_threads.state import State
from workbook.labs import s03
from workbook.labs.raising import raised
from workbook.labs.s01 import pair
from workbook.labs.waiters import Actor, Watch
from workbook.patience import patience

T = TypeVar("T")

PATIENCE = 2.0
"""How long a thread waits at a place at most: others may wait for a lock that the stage does not
know, one that you have made yourself. In seconds."""

TOO_LONG = 20.0
"""After as many seconds threads that have not ended are given up."""


class Deadlock(Exception):  # noqa: N818 - the field's own word
    """Whoever is left waits for a lock, and nobody is left to give one back."""


def run_together(*calls: Callable[[], T]) -> list[T]:
    """Runs each call in a thread of its own; returns their results, or raises the first error."""
    results: dict[int, T] = {}
    errors: list[BaseException] = []

    def run(number: int, call: Callable[[], T]) -> None:
        try:
            results[number] = call()
        except BaseException as error:
            errors.append(error)

    threads = [
        threading.Thread(target=run, args=numbered, daemon=True) for numbered in enumerate(calls)
    ]
    for thread in threads:
        thread.start()
    deadline = time.monotonic() + TOO_LONG
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))
    if errors:
        raise errors[0]
    if any(thread.is_alive() for thread in threads):
        raise TimeoutError(f"not all threads have ended within {TOO_LONG:g} seconds")
    return [results[number] for number in range(len(calls))]


class Stage:
    """Knows how many of its threads can go on, and lets them wait for each other.

    `moving` counts them. Whoever lets a waiting thread go on counts it, not that thread itself when
    it wakes up: in the time between, it would look as if it stood still.
    """

    def __init__(self, threads: int) -> None:
        self.moving = threads
        self.changed = threading.Condition()
        self.present: Counter[str] = Counter()
        self.over: set[str] = set()
        self.stuck = False
        self.empty = False
        self.notes: list[str] = []
        self.authors: list[int] = []

    def note(self, text: str) -> None:
        """What the calling thread has done."""
        self.notes.append(text)
        self.authors.append(threading.get_ident())

    def run(self, *calls: Callable[[], T]) -> list[T]:
        """Runs as many calls as the stage has threads; see `run_together`."""
        try:
            return run_together(*(partial(self._play, call) for call in calls))
        finally:
            self.empty = True

    def _play(self, call: Callable[[], T]) -> T:
        try:
            return call()
        finally:
            with self.changed:
                self.stand_still()

    def meet(self, place: str) -> None:
        """Waits at `place` until all other threads stand still. Once they did, it is open."""
        with self.changed:
            if place in self.over:
                return
            self.present[place] += 1
            self.stand_still()
            if not self.changed.wait_for(lambda: place in self.over, PATIENCE):
                self._open()

    def stand_still(self) -> None:
        """The calling thread, which holds `changed`, stops here. The last one opens the places.

        If nobody is at any place, those who wait for a lock would wait for ever.
        """
        self.moving -= 1
        if self.moving == 0:
            self.stuck = not self.present
            self._open()

    def go_on(self, threads: int = 1) -> None:
        """So many threads that stood still go on."""
        self.moving += threads
        self.changed.notify_all()

    def _open(self) -> None:
        self.over.update(self.present)
        self.go_on(self.present.total())
        self.present.clear()


class WatchedStripe:
    """A lock that tells a stage who waits for it, and what was taken and given back.

    A thread may take it again, as an RLock. It raises Deadlock instead of waiting for ever.
    """

    def __init__(self, stage: Stage, number: int = 0, trouble: str = "", first: str = "") -> None:
        self.stage = stage
        self.refusals = 3 if trouble == f"busy {number}" else 0
        self.number = number
        self.trouble = trouble
        self.first = first
        self.owner: int | None = None
        self.depth = 0
        self.queue: list[int] = []

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        me = threading.get_ident()
        if self.trouble == f"take {self.number}":
            raise KeyboardInterrupt
        if self.refusals and not (blocking and timeout < 0):
            self.refusals -= 1
            return False
        with self.stage.changed:
            if self.owner not in (None, me) and not (blocking and self._wait(me, timeout)):
                return False
            self.owner = me
            self.depth += 1
            self.stage.note(f"take {self.number}")
        if self.first:
            self.stage.meet(self.first)
        return True

    def _wait(self, me: int, timeout: float) -> bool:
        """Stands in the queue; True once the lock was handed over."""
        self.queue.append(me)
        self.stage.stand_still()
        limit = TOO_LONG if timeout < 0 else timeout
        self.stage.changed.wait_for(lambda: self.owner == me or self.stage.stuck, limit)
        if self.owner == me:
            return True
        self.queue.remove(me)
        self.stage.go_on()
        if self.stage.stuck:
            raise Deadlock(f"whoever holds stripe {self.number} never gives it back")
        return False

    def release(self) -> None:
        if self.stage.empty:
            return  # a block that was never left ends when Python collects it, in whatever thread
        with self.stage.changed:
            if self.owner != threading.get_ident():
                raise RuntimeError(f"stripe {self.number} is not held by this thread")
            self.stage.note(f"give {self.number}")
            self.depth -= 1
            if self.depth == 0:
                self._hand_over()

    def _hand_over(self) -> None:
        self.owner = self.queue.pop(0) if self.queue else None
        if self.owner is not None:
            self.stage.go_on()

    def __enter__(self) -> bool:
        return self.acquire()

    def __exit__(self, *_: object) -> None:
        self.release()


class WatchedLocks(Locks):
    """Locks of watched stripes. The last byte of a key decides about its stripe."""

    def __init__(
        self, stage: Stage, stripes: int = STRIPES, *, trouble: str = "", first: str = ""
    ) -> None:
        self.make = partial(WatchedStripe, stage, trouble=trouble, first=first)
        super().__init__(stripes)

    def new_stripe(self, number: int) -> Stripe:
        return self.make(number)

    def stripe_of(self, key: bytes) -> int:
        return key[-1] % len(self.stripes)


class OneLock(WatchedLocks):
    """One lock for all keys, with a `holding` that is given: so exercise 4.5 is not needed yet.

    `asked` lists the keys it was asked to hold.
    """

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage, 1)
        self.asked: list[list[bytes]] = []

    @contextmanager
    def holding(self, *keys: bytes) -> Iterator[None]:
        self.asked.append(list(keys))
        with self.stripes[0]:
            yield


class NoStripe:
    """A lock that keeps nobody out: the experiment without locks."""

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        return True

    def release(self) -> None:
        pass

    def __enter__(self) -> bool:
        return True

    def __exit__(self, *_: object) -> None:
        pass


class NoLocks(Locks):
    """Locks that keep nobody out."""

    def new_stripe(self, number: int) -> Stripe:
        return NoStripe()


class WatchedStore(Store):
    """A store in which a thread waits for the others after it has read and before it writes."""

    def __init__(self, stage: Stage) -> None:
        super().__init__()
        self.stage = stage

    def find(self, key: bytes) -> Value | None:
        value = super().find(key)
        self.stage.meet("read")
        return value

    def put(self, key: bytes, value: Value) -> None:
        self.stage.meet("write")
        super().put(key, value)

    def replace(self, key: bytes, value: Value) -> None:
        self.stage.meet("write")
        super().replace(key, value)


class WatchedState(State):
    """What the sessions of a race share."""

    def __init__(
        self, stage: Stage, before: dict[bytes, bytes], locked: bool, given: bool = False
    ) -> None:
        self.stage = stage
        self.locked = locked
        self.given = given
        super().__init__()
        self.store.data.update(before)

    def new_store(self) -> Store:
        return WatchedStore(self.stage)

    def new_locks(self) -> Locks:
        if not self.locked:
            return NoLocks()
        return OneLock(self.stage) if self.given else WatchedLocks(self.stage)


def plain(reply: Reply) -> Any:
    """The reply, an error as its text: `-ERR no such key`."""
    return f"-{reply}" if isinstance(reply, CommandError) else reply


def race(
    requests: Sequence[Request],
    before: dict[bytes, bytes] | None = None,
    locked: bool = True,
    given: bool = False,
) -> tuple[list[Any], dict[bytes, bytes]]:
    """Runs each request in a session and a thread of its own, so that they get in each other's way.

    Returns their replies, in the order of the requests, and what the store holds in the end. With
    `given` there is `OneLock` in the place of the locks of exercise 4.5.
    """
    stage = Stage(len(requests))
    state = WatchedState(stage, before or {}, locked, given)
    replies = stage.run(
        *(partial(SharedSession(state).answer, request) for request in requests),
    )
    return [plain(reply) for reply in replies], state.store.data


def race_increments(threads: int = 8, each: int = 1, locked: bool = True) -> int:
    """How far `threads` threads count if each sends INCR `each` times."""
    stage = Stage(threads)
    state = WatchedState(stage, {}, locked)
    stage.run(*[partial(count, state, each)] * threads)
    return int(state.store.data[b"hits"])


def count(state: State, times: int) -> None:
    """A client that sends INCR that many times. Raises a reply that is not a number."""
    session = SharedSession(state)
    for _ in range(times):
        reply = session.answer([b"INCR", b"hits"])
        if isinstance(reply, CommandError):
            raise reply


def asked_by_check_and_set(pairs: dict[bytes, bytes]) -> list[list[bytes]]:
    """The keys that `check_and_set` asks to hold: a sorted list for each call of `holding`."""
    locks = OneLock(Stage(1))
    check_and_set(Store(), locks, pairs)
    return [sorted(keys) for keys in locks.asked]


def race_check_and_set(
    pairs: Sequence[dict[bytes, bytes]],
    before: dict[bytes, bytes] | None = None,
    given: bool = False,
) -> tuple[list[bool], dict[bytes, bytes]]:
    """Calls `check_and_set` in a thread for each of `pairs`; what they return, and what is left."""
    stage = Stage(len(pairs))
    state = WatchedState(stage, before or {}, locked=True, given=given)
    calls = [partial(check_and_set, state.store, state.locks, dict(one)) for one in pairs]
    return stage.run(*calls), state.store.data


def trace(stripes: Sequence[int], trouble: str = "", of: int = 4) -> list[str]:
    """What `holding` does for one key in each of `stripes`, of which there are `of`.

    For example `["take 0", "take 2", "inside", "give 2", "give 0"]`. `trouble` says where Ctrl-C
    comes: "inside", or "take 2", which then is not taken. With "busy 2" another thread holds
    stripe 2 for longer than any timeout; a caller without a timeout gets it in the end.
    """
    stage = Stage(1)
    locks = WatchedLocks(stage, of, trouble=trouble)
    with suppress(KeyboardInterrupt), locks.holding(*keys_in(stripes, of)):
        stage.note("inside")
        if trouble == "inside":
            raise KeyboardInterrupt
    return stage.notes


def trace_request(request: Request, of: int = 4) -> list[str]:
    """What a session takes and gives back for a request. The key `d` is in stripe 0, `a` in 1."""
    state = State()
    stage = Stage(1)
    state.locks = WatchedLocks(stage, of)
    reply = SharedSession(state).answer(request)
    if isinstance(reply, CommandError):
        raise reply
    return stage.notes


def asked_for(request: Request) -> list[list[bytes]]:
    """The keys that a session asks to hold for a request: a sorted list for each call of `holding`."""
    state = State()
    state.locks = locks = OneLock(Stage(1))
    reply = SharedSession(state).answer(request)
    if isinstance(reply, CommandError):
        raise reply
    return [sorted(keys) for keys in locks.asked]


def raised_by_execute(request: Request) -> str:
    """The name of the CommandError that `execute` raises for a request; "" where it returns."""
    state = State()
    state.locks = OneLock(Stage(1))
    return raised(lambda: SharedSession(state).execute(request), CommandError)


def doors_of_check_and_set(
    pairs: dict[bytes, bytes], there: Sequence[bytes] = (), expired: Sequence[bytes] = ()
) -> dict[str, list[str]]:
    """Which of the store's methods `check_and_set` writes and reads with: {"writes": ["put k"], ...}.

    The keys that are `there` have a value; those of them that have `expired` are found no more.
    """
    store = DoorStore()
    for key in there:
        store.put(key, b"old")
    for key in expired:
        store.expire(key)
    store.doors.clear()
    check_and_set(store, OneLock(Stage(1)), pairs)
    return {"writes": store.doors, "reads": store.reads}


def raised_through_holding(kind: str) -> str:
    """The name of what comes out of a `with` around a block that raises this; "" for nothing."""
    kinds = {"CommandError": CommandError("ERR no"), "KeyboardInterrupt": KeyboardInterrupt()}

    def hold() -> None:
        with Locks().holding(b"k"):
            raise kinds[kind]

    return raised(hold, CommandError, KeyboardInterrupt)


def keys_in(stripes: Sequence[int], of: int) -> list[bytes]:
    """Different keys, one in each of `stripes` (see WatchedLocks.stripe_of)."""
    return [b"%d%c" % (place, stripe) for place, stripe in enumerate(stripes)]


def cross(*orders: Sequence[int], of: int = 4) -> bool:
    """Lets threads hold keys in these stripes, each in its order; False if they block each other.

    Once a thread has its first stripe, it waits until the others have theirs, or wait for it.
    """
    return bool(crossing(*orders, of=of))


def crossing(*orders: Sequence[int], of: int = 4) -> list[tuple[int, str]]:
    """The same, with what happened in its order: which thread took, was inside, gave back what.

    Empty if they block each other.
    """
    stage = Stage(len(orders))
    locks = WatchedLocks(stage, of, first="first stripe")
    numbers: dict[int, int] = {}

    def hold(number: int, stripes: Sequence[int]) -> None:
        numbers[threading.get_ident()] = number
        with locks.holding(*keys_in(stripes, of)):
            stage.note("inside")

    try:
        stage.run(*(partial(hold, *numbered) for numbered in enumerate(orders)))
    except (Deadlock, TimeoutError):
        return []
    return [(numbers[one], text) for one, text in zip(stage.authors, stage.notes, strict=True)]


# --- what a picture shows ------------------------------------------------------------------------


class TellingStore(WatchedStore):
    """A watched store that notes what a thread has read, and what it writes."""

    def find(self, key: bytes) -> Value | None:
        value = Store.find(self, key)
        self.stage.note(f"reads {value!r}")
        self.stage.meet("read")
        return value

    def replace(self, key: bytes, value: Value) -> None:
        super().replace(key, value)
        self.stage.note(f"writes {value!r}")


class TellingState(WatchedState):
    """A watched state with such a store."""

    def new_store(self) -> Store:
        return TellingStore(self.stage)


def race_seen(
    requests: Sequence[Request], before: dict[bytes, bytes], locked: bool
) -> list[dict[str, str]]:
    """Runs the requests as `race` does; who has done what, in its order, a row for each."""
    stage = Stage(len(requests))
    state = TellingState(stage, before, locked)
    stage.run(*(partial(SharedSession(state).answer, request) for request in requests))
    names = {one: f"thread {at}" for at, one in enumerate(dict.fromkeys(stage.authors), 1)}
    return [{names[one]: text} for one, text in zip(stage.authors, stage.notes, strict=True)]


class TellingStripe(WatchedStripe):
    """A watched stripe that notes who wants it and has to wait."""

    def _wait(self, me: int, timeout: float) -> bool:
        self.stage.note(f"want {self.number}")
        return super()._wait(me, timeout)


def caught(
    holding: Callable[..., AbstractContextManager[None]], *wishes: Sequence[bytes], of: int = 4
) -> list[tuple[str, str, str]]:
    """Lets a thread for each wish hold its keys: who holds what, and waits for what, in a deadlock.

    Each waits until the others have their first stripe, or wait for it. Empty if all get through.
    """
    stage = Stage(len(wishes))
    locks = WatchedLocks(stage, of)
    locks.stripes = [TellingStripe(stage, number, first="first stripe") for number in range(of)]
    threads: dict[int, str] = {}

    def hold(number: int, keys: Sequence[bytes]) -> None:
        threads[threading.get_ident()] = f"thread {number}"
        with holding(locks, *keys):
            pass

    try:
        stage.run(*(partial(hold, *numbered) for numbered in enumerate(wishes, 1)))
    except Deadlock:
        said = list(zip(stage.authors, stage.notes, strict=True))[::-1]  # of two, the first counts
        first = {
            word: {one: text[5:] for one, text in said if text[:4] == word}
            for word in ("take", "want")
        }
        return sorted(
            (threads[one], f"stripe {first['take'][one]}", f"stripe {number}")
            for one, number in first["want"].items()
        )
    return []


# --- the race as it happens by itself ------------------------------------------------------------


class DoorStore(s03.WatchedStore, s03.FleetingStore):
    """A store that notes how it is read and written, and whose keys may expire."""


class YieldingStore(Store):
    """A store in which another thread may go on whenever one has read: bad luck, more often."""

    def find(self, key: bytes) -> Value | None:
        value = super().find(key)
        time.sleep(0)
        return value


class YieldingState(State):
    """What the sessions of `lost_updates` share."""

    def __init__(self, locked: bool) -> None:
        self.locked = locked
        super().__init__()

    def new_store(self) -> Store:
        return YieldingStore()

    def new_locks(self) -> Locks:
        return Locks() if self.locked else NoLocks()


def lost_updates(threads: int = 8, each: int = 100, locked: bool = False) -> int:
    """How many of `threads * each` INCRs are lost when nothing arranges the race."""
    state = YieldingState(locked)
    run_together(*[partial(count, state, each)] * threads)
    return threads * each - int(state.store.data[b"hits"])


# --- the pool ------------------------------------------------------------------------------------


class EchoPool(WorkerPool):
    """A pool whose workers echo; a client that sends `boom` meets a bug."""

    def __init__(self, workers: int, max_clients: int | None = None) -> None:
        super().__init__(self.echo, workers, max_clients)
        self.reported: list[str] = []

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.dismiss()

    def dismiss(self, patience: float = 5) -> int:
        """Ends the experiment without `stop`: None for each worker. Returns how many stay."""
        for connection in list(self.clients):
            cut(connection)
        for _ in self.threads:
            self.waiting.put(None)
        for thread in self.threads:
            thread.join(patience)
        return sum(thread.is_alive() for thread in self.threads)

    def echo(self, connection: socket.socket) -> None:
        while data := connection.recv(1024):
            if data == b"boom":
                raise ValueError("a bug in serve")
            connection.sendall(data)

    def report(self, error: Exception) -> None:
        self.reported.append(type(error).__name__)

    def client(self) -> socket.socket:
        """A new client's end of a connection that was submitted."""
        client, connection = pair()
        client.settimeout(patience())
        self.submit(connection)
        return client


class OpenPool(EchoPool):
    """An echo pool that takes everybody on, whatever exercise 4.4 says."""

    def submit(self, connection: socket.socket) -> None:
        with self.lock:
            self.clients.add(connection)
        self.waiting.put(connection)


class NosySocket(socket.socket):
    """A connection that notes whether its pool's lock is held when something is sent on it."""

    pool: WorkerPool
    under_lock = False

    def _look(self) -> None:
        if not self.pool.lock.acquire(blocking=False):
            self.under_lock = True
        else:
            self.pool.lock.release()

    def send(self, *arguments: Any) -> int:
        self._look()
        return super().send(*arguments)

    def sendall(self, *arguments: Any) -> None:
        self._look()
        super().sendall(*arguments)

    def shutdown(self, how: int) -> None:
        self._look()
        super().shutdown(how)


def turned_away_under_the_lock() -> bool:
    """Whether `submit` talks with a client that it turns away while it holds the pool's lock."""
    client, connection = pair()
    nosy = NosySocket(fileno=connection.detach())
    nosy.pool = WorkerPool(lambda served: None, 1, 0)
    client.close()  # so nobody waits for its last words
    nosy.pool.submit(nosy)
    nosy.close()
    return nosy.under_lock


class StopsOnRelease:
    """The lock of a pool that is stopped by another thread as soon as the lock is free."""

    def __init__(self, pool: WorkerPool) -> None:
        self.pool = pool
        self.lock = threading.Lock()

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        return self.lock.acquire(blocking, timeout)

    def release(self) -> None:
        self.lock.release()
        self.pool.stopping = True
        self.pool.waiting.put(None)

    def __enter__(self) -> bool:
        return self.acquire()

    def __exit__(self, *_: object) -> None:
        self.release()


class StoppedBefore(StopsOnRelease):
    """The lock of a pool that is stopped by another thread just before the lock is taken."""

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        self.pool.stopping = True
        return super().acquire(blocking, timeout)

    def release(self) -> None:
        self.lock.release()


def queue_of_a_pool_that_stops() -> list[str]:
    """What the queue holds, in order, if `stop` runs as soon as `submit` has released the lock."""
    return queue_after_submit(StopsOnRelease)


def queue_of_a_pool_that_was_stopped() -> list[str]:
    """The same if `stop` sets `stopping` just before `submit` gets the lock."""
    return queue_after_submit(StoppedBefore)


def queue_after_submit(make_lock: Callable[[WorkerPool], Stripe]) -> list[str]:
    """What the queue of a pool with such a lock holds once a client was submitted."""
    client, connection = pair()
    pool = WorkerPool(lambda served: None, 1)
    pool.lock = make_lock(pool)
    with client, connection:
        pool.submit(connection)
    found = []
    while not pool.waiting.empty():
        found.append("None" if pool.waiting.get() is None else "client")
    return found


class ScriptedQueue:
    """A queue that hands out what it is given, then None; notes who does not wait for it."""

    def __init__(self, connections: list[socket.socket]) -> None:
        self.connections = [*connections]
        self.impatient = 0

    def get(self, block: bool = True, timeout: float | None = None) -> socket.socket | None:
        self.impatient += not block or timeout is not None
        return self.connections.pop(0) if self.connections else None

    def get_nowait(self) -> socket.socket | None:
        return self.get(block=False)

    def put(self, item: None) -> None:
        """Takes a None back, of which it has enough."""


class ToldPool(WorkerPool):
    """A pool whose clients end in trouble of some kinds, in turn; notes who leaves, what is reported."""

    def __init__(self, kinds: Sequence[str]) -> None:
        super().__init__(self.meet_trouble, 1, len(kinds))
        self.kinds = iter(kinds)
        self.left = 0
        self.reported: list[str] = []

    def meet_trouble(self, connection: socket.socket) -> None:
        trouble = {"OSError": OSError(), "ValueError": ValueError()}.get(next(self.kinds))
        if trouble:
            raise trouble

    def leave(self, connection: socket.socket) -> None:
        self.left += 1
        super().leave(connection)

    def report(self, error: Exception) -> None:
        self.reported.append(type(error).__name__)


def told_by_work(kinds: Sequence[str]) -> dict[str, Any]:
    """How many clients leave, and what is reported, when serving them ends so: "fine", "OSError" ..."""
    pool = ToldPool(kinds)
    connections = [pair()[1] for _ in kinds]
    pool.clients = set(connections)
    pool.waiting = ScriptedQueue(connections)  # type: ignore[assignment]
    pool.work()
    return {"left": pool.left, "reported": pool.reported}


def work_through(clients: int, trouble: str = "", stopping: bool = False) -> tuple[int, int, int]:
    """Lets a worker meet `clients` clients, then None.

    How many it served, who is still on the list, and how often it asked the queue without waiting.

    With "SystemExit" serving each of them raises that, which is not an Exception.
    """
    served = 0

    def serve(connection: socket.socket) -> None:
        nonlocal served
        served += 1
        if trouble == "SystemExit":
            raise SystemExit("in the middle of a client")

    pool = WorkerPool(serve, 1, clients)
    connections = [pair()[1] for _ in range(clients)]
    pool.clients = set(connections)
    pool.stopping = stopping
    pool.waiting = queue = ScriptedQueue(connections)  # type: ignore[assignment]
    with suppress(SystemExit):
        pool.work()
    return served, len(pool.clients), queue.impatient


class CountedSet(set[socket.socket]):
    """The clients; a thread that has counted them waits for the others, which may count too."""

    def __init__(self, stage: Stage) -> None:
        super().__init__()
        self.stage = stage

    def __len__(self) -> int:
        number = super().__len__()
        self.stage.meet("counted")
        return number


def crowd(clients: int, max_clients: int) -> list[bytes]:
    """Submits `clients` at the same moment; what each of them hears before anybody serves it."""
    stage = Stage(clients)
    pool = EchoPool(1, max_clients)
    pool.clients = CountedSet(stage)
    pool.lock = WatchedStripe(stage)
    pairs = [pair() for _ in range(clients)]
    stage.run(*(partial(pool.submit, connection) for _, connection in pairs))
    heard = [what_came(client) for client, _ in pairs]
    for ends in pairs:
        for end in ends:
            end.close()
    return heard


def what_came(client: socket.socket) -> bytes:
    """The bytes that are there now, without waiting for more."""
    client.setblocking(False)
    try:
        return client.recv(1024)
    except BlockingIOError:
        return b""


class JumpingClock:
    """In the place of `time.time`: somebody sets the clock an hour ahead whenever it is read."""

    def __init__(self) -> None:
        self.now = 1e9

    def __call__(self) -> float:
        self.now += 3600
        return self.now


class SomeThread(threading.Thread):
    """A worker that has ended (e), is stuck (s), or ends late (l).

    It is late until it was waited for long enough, or was asked again and again.
    """

    def __init__(self, kind: str, patience: float) -> None:
        super().__init__()
        self.left = {"e": 0.0, "l": 0.6 * patience, "s": float("inf")}[kind]
        self.late, self.asked = kind == "l", 0

    def join(self, timeout: float | None = None) -> None:
        self.left -= self.left if timeout is None else max(timeout, 0)

    def is_alive(self) -> bool:
        self.asked += 1
        return self.left > 0 and not (self.late and self.asked > 5)


def stop_some(kinds: str, patience: float) -> bool:
    """What `stop` returns for workers of these kinds."""
    pool = EchoPool(len(kinds))
    pool.threads = [SomeThread(kind, patience) for kind in kinds]
    return pool.stop(patience)


class StuckThread(threading.Thread):
    """A worker that no stop reaches; notes for how long it is waited for."""

    def __init__(self, over: threading.Event) -> None:
        super().__init__(target=over.wait, daemon=True)
        self.end_of_all = over
        self.waited = 0.0

    def join(self, timeout: float | None = None) -> None:
        if timeout is None:  # it would be for ever
            self.end_of_all.set()
        self.waited += float("inf") if timeout is None else timeout
        super().join(timeout)


def stop_stuck(workers: int, patience: float) -> tuple[bool, float]:
    """Stops a pool of stuck workers: what `stop` returns, and for how long it was ready to wait."""
    over = threading.Event()
    pool = EchoPool(workers)
    threads = [StuckThread(over) for _ in range(workers)]
    pool.threads = list(threads)
    for thread in threads:
        thread.start()
    start = time.monotonic()
    try:
        gone = pool.stop(patience)
        asked = min(time.monotonic() - start, patience)  # of is_alive, by whoever does not join
        return gone, sum(thread.waited for thread in threads) or asked
    finally:
        over.set()


def stop_while_the_clock_jumps(workers: int, patience: float) -> tuple[bool, float]:
    """The same as `stop_stuck`, while somebody sets the machine's clock."""
    clock, time.time = time.time, JumpingClock()
    try:
        return stop_stuck(workers, patience)
    finally:
        time.time = clock


class NosyPool(WorkerPool):
    """A pool that notes whether its lock is held when `stopping` is set and when clients are listed."""

    def __init__(self) -> None:
        self.held: list[str] = []
        super().__init__(lambda served: None, 1)
        self.clients = NosySet(self)

    def look(self, what: str) -> None:
        """Notes what is done, and whether the lock is held meanwhile."""
        free = self.lock.acquire(blocking=False)
        if free:
            self.lock.release()
        self.held.append(f"{what} {'without' if free else 'with'} the lock")

    def __setattr__(self, name: str, value: Any) -> None:
        if name == "stopping" and value:
            self.look("set stopping")
        super().__setattr__(name, value)


class NosyQueue(SimpleQueue[socket.socket | None]):
    """The queue of such a pool."""

    pool: NosyPool

    def put(self, item: socket.socket | None, block: bool = True, timeout: Any = None) -> None:
        if item is None and not self.pool.stopping:
            self.pool.held.append("None before stopping")
        super().put(item)


class NosySet(set[socket.socket]):
    """The clients of such a pool."""

    def __init__(self, pool: NosyPool) -> None:
        super().__init__()
        self.pool = pool

    def __iter__(self) -> Iterator[socket.socket]:
        self.pool.look("list the clients")
        return super().__iter__()


def what_stop_locks() -> list[str]:
    """What `stop` does to a pool, and whether it holds the lock meanwhile."""
    pool = NosyPool()
    pool.waiting = queue = NosyQueue()
    queue.pool = pool
    pool.threads = [SomeThread("e", 0)]
    pool.stop(0)
    return pool.held


# --- a lock that readers share --------------------------------------------------------------------


class ReadersStage:
    """Threads that follow orders around one lock of exercise 4.7. Each letter is a thread."""

    def __init__(self, orders: Sequence[str]) -> None:
        self.module = import_module("steps.s04_threads.readers")
        self.watch, self.inside = Watch(), set[str]()
        names = {order[0] for order in orders} - {"?"}
        self.actors = {name: Actor(name, self.watch, self.inside) for name in names}

    @contextmanager
    def open(self) -> Iterator[None]:
        """The lock is built, and the threads are there, until the end of the block."""
        with self.watch.on(self.module):
            self.lock = self.module.SharedLock()
            yield

    def actor(self, order: str) -> Actor | None:
        """The thread that an order is for; `?` is one of those that are inside."""
        name = order[0] if order[0] != "?" else min(self.inside, default="")
        return self.actors.get(name)

    def obey(self, order: str) -> str:
        """Follows an order; returns the threads inside once none of them moves any more."""
        if actor := self.actor(order):
            actor.tell(self.deed(actor, order))
        return self.seen()

    def deed(self, actor: Actor, order: str) -> Callable[[], object]:
        """What the thread does."""
        match order.split()[1]:
            case "reads":
                return actor.entering(self.lock.reading)
            case "writes":
                return actor.entering(self.lock.writing)
            case "fails":
                return actor.fail
        return lambda: None  # it leaves: it comes to the end of its block

    def seen(self) -> str:
        """The names of the threads inside, in order."""
        return "".join(sorted(self.inside))


def inside_after(*orders: str) -> list[str]:
    """The threads inside the lock of exercise 4.7 after each order, once nobody moves any more.

    An order is `A reads`, `B writes`, `A leaves` or `A fails`. Each letter is a thread; the thread ?
    is one of those that are inside.

    >>> inside_after("A reads", "B writes", "C reads", "A leaves")
    ['A', 'A', 'A', 'B']
    """
    stage = ReadersStage(orders)
    with stage.open():
        return [stage.obey(order) for order in orders]


def waits_for_a_while(*orders: str) -> bool:
    """Whether a thread that follows these orders has waited with a timeout."""
    stage = ReadersStage(orders)
    with stage.open():
        for order in orders:
            stage.obey(order)
    return stage.watch.timed


def raised_through_lock(kind: str) -> str:
    """The name of the ValueError that comes out of a block of this kind; "" for nothing."""
    lock = import_module("steps.s04_threads.readers").SharedLock()

    def hold() -> None:
        with getattr(lock, kind)():
            raise ValueError

    return raised(hold, ValueError)


def inside_after_switches(before: list[str], one: str, other: str, after: list[str]) -> list[str]:
    """The threads inside after the orders, with `other` followed in the middle of `one`.

    The thread of `one` stops before an instruction of the learner's file, `other` is followed, and
    `one` goes on: once for each instruction. Each string says who is inside after `other`, when
    `one` has gone on, and after each later order. A string that comes again is left out.

    >>> inside_after_switches([], "A reads", "B reads", ["A leaves", "B leaves"])
    ['B AB B ', ' AB B ', 'AB AB B ']
    """
    found: dict[str, None] = {}
    for number in itertools.count():
        stage = ReadersStage([*before, one, other, *after])
        with stage.open():
            for order in before:
                stage.obey(order)
            actor = stage.actor(one)
            assert actor
            if not actor.tell_until(number, stage.module, stage.deed(actor, one)):
                return [*found]
            seen = [stage.obey(other)]
            actor.tell(lambda: None)
            found[" ".join([*seen, stage.seen(), *map(stage.obey, after)])] = None
    raise AssertionError
