"""Tools to look at a store and a session at work: for tests, and for experiments at the prompt."""

from __future__ import annotations

import tracemalloc
from collections import deque
from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any

from steps.s02_resp.values import OK, CommandError, Reply, Request
from steps.s03_store.server import forgetful
from steps.s03_store.session import StoreSession
from steps.s03_store.state import State
from steps.s03_store.store import Store, Value
from workbook.labs.raising import raised
from workbook.labs.s02 import CountedBytes, calls_during, copied_during


class WatchedStore(Store):
    """A store that notes which door each change has taken: `["put k", "discard k"]`."""

    def __init__(self) -> None:
        super().__init__()
        self.doors: list[str] = []
        self.reads: list[str] = []

    def note(self, door: str, key: bytes) -> None:
        self.doors.append(f"{door} {key.decode()}")

    def get(self, key: bytes) -> bytes | None:
        self.reads.append(f"get {key.decode()}")
        return super().get(key)

    def put(self, key: bytes, value: Value) -> None:
        self.note("put", key)
        super().put(key, value)

    def replace(self, key: bytes, value: Value) -> None:
        self.note("replace", key)
        super().replace(key, value)

    def discard(self, key: bytes) -> bool:
        there = super().discard(key)
        if there:
            self.note("discard", key)
        return there


class FleetingStore(Store):
    """A store whose keys may expire, as in step 7: `find` removes such a key, and finds nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.expired: set[bytes] = set()

    def expire(self, key: bytes) -> None:
        """The time of a key is up. It stays in `data` until somebody looks it up."""
        self.expired.add(key)

    def find(self, key: bytes) -> Value | None:
        if key in self.expired:
            self.expired.discard(key)
            self.data.pop(key, None)
        return super().find(key)


class CalledStore(Store):
    """A store that notes which of its methods a session calls: `["get", "set"]`."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[str] = []
        self.busy = False

    def __getattribute__(self, name: str) -> Any:
        found = super().__getattribute__(name)
        if name in ("calls", "busy") or name.startswith("_"):
            return found
        if not callable(found):
            if not self.busy:
                self.calls.append(name)  # somebody looks into the store from outside
            return found
        return partial(self._call, name, found)

    def _call(self, name: str, method: Any, *arguments: Any, **options: Any) -> Any:
        if self.busy:  # one method calls another: that is the store's own affair
            return method(*arguments, **options)
        self.calls.append(name)
        self.busy = True
        try:
            return method(*arguments, **options)
        finally:
            self.busy = False


def calls_of(request: Request) -> list[str]:
    """What `run` asks of the store for a request, method by method."""
    session = StoreSession(State())
    session.store = store = CalledStore()
    store.put(b"n", b"1")
    store.calls.clear()
    session.run(request)
    return store.calls


def raised_by_run(request: Request) -> str:
    """The name of the exception that `run` raises for a request; "" where it returns."""
    return raised(lambda: StoreSession(State()).run(request), CommandError)


def type_of_replies(data: bytes) -> str:
    """The type of what `receive` returns."""
    return type(StoreSession(State()).receive(data)).__name__


def request_after_run(request: Request) -> Request:
    """What has become of a request once `run` has seen it."""
    StoreSession(State()).run(request)
    return request


def delete_once(store: Store, keys: list[bytes]) -> int:
    """What `delete` returns for keys that can be walked through once only."""
    return store.delete(key for key in keys)


class WordySession(StoreSession):
    """A session whose replies are all of one length, and count when they are copied."""

    def __init__(self, length: int) -> None:
        super().__init__(State())
        self.length = length

    def reply(self, request: Request) -> bytes:
        return CountedBytes(b"x" * self.length)


def copied_by_receive(requests: int, length: int) -> int:
    """How many bytes `receive` copies for a batch of requests with replies of `length`."""
    session = WordySession(length)
    return copied_during(lambda: session.receive(b"PING\r\n" * requests), length)


class CountedQueue(deque[Request]):
    """A queue that counts how many requests all queues of its kind have been walked through."""

    walked = 0

    def __iter__(self) -> Iterator[Request]:
        for request in super().__iter__():
            CountedQueue.walked += 1
            yield request


class QueueSession(StoreSession):
    """A session whose queue is such a queue, also if it is replaced."""

    @property
    def requests(self) -> deque[Request]:
        return self.queue

    @requests.setter
    def requests(self, new: Iterable[Request]) -> None:
        self.queue = CountedQueue(new)


def walked_by_receive(requests: int) -> int:
    """Over how many requests `receive` goes in its queue, for a batch of that many."""
    session = QueueSession(State())
    CountedQueue.walked = 0
    session.receive(b"PING\r\n" * requests)
    return CountedQueue.walked


class PatientSession(StoreSession):
    """A session with one more command: WAIT pauses it, as a command that blocks will in step 10."""

    def execute(self, request: Request) -> Reply:
        if request == [b"WAIT"]:
            self.paused = True
            return OK
        return super().execute(request)

    def go_on(self) -> bytes:
        """What comes once the wait is over."""
        self.paused = False
        return self.receive(b"")


def refused_increment(store: Store, key: bytes, by: int) -> str:
    """The text of the error with which `increment` refuses; "" where it counts."""
    try:
        store.increment(key, by)
    except CommandError as error:
        return str(error)
    return ""


# --- a store that forgets -------------------------------------------------------------------------


class ForgetfulSession(StoreSession):
    """A session over a store of at most `limit` keys, which notes the keys that have changed."""

    def __init__(self, limit: int) -> None:
        super().__init__(State())
        self.store = forgetful(limit)
        self.changed: list[bytes] = []
        self.store.observers.append(self.changed.append)


class CountedKey(bytes):
    """A key that counts how often it, or any other, is hashed or compared."""

    looks = 0

    def __hash__(self) -> int:
        CountedKey.looks += 1
        return super().__hash__()

    def __eq__(self, other: object) -> bool:
        CountedKey.looks += 1
        return super().__eq__(other)


def cost_of_use(limit: int) -> float:
    """What a look-up or a write costs a full store, on average: looks at keys, and calls."""
    keys = [CountedKey(b"%d" % number) for number in range(3 * limit)]
    store = forgetful(limit)
    for key in keys[:limit]:
        store.put(key, b"v")

    def use() -> None:
        for old, new in zip(keys, keys[limit:], strict=False):
            store.find(old)
            store.put(new, b"v")

    CountedKey.looks = 0
    calls = calls_during(use)
    return (calls + CountedKey.looks) / (4 * limit)


def grown_by_use(keys: int, finds: int) -> int:
    """By how many bytes a store of `keys` keys has grown after `finds` look-ups."""
    store = forgetful(keys)
    names = [b"%d" % number for number in range(keys)]
    for name in names:
        store.put(name, b"v")
    tracemalloc.start()
    try:
        for number in range(finds):
            store.find(names[number % keys])
        return tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
