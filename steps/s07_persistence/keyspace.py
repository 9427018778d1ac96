"""A keyspace whose keys can have a time to live.

Deadlines are in a dictionary of their own, `expires`, beside the values: most keys have none and
pay nothing. Expired keys are removed in two ways. Lazy: looking up an expired key removes it
first, so no client ever sees it. Active (`expiry.py`): now and then the server looks for expired
keys that nobody asks for, so they do not fill the memory.

Invariants: each key in `expires` is in `data`; a key has expired once the time is past its
deadline.
Source: https://redis.io/docs/latest/commands/expire/
"""

from __future__ import annotations

from collections.abc import Callable, Sequence, Sized
from itertools import islice

from steps.s03_store.store import Value
from steps.s06_types.keyspace import Keyspace as TypedKeyspace
from steps.s07_persistence.clock import Clock, steady

NO_KEY = -2
NO_DEADLINE = -1


class Keyspace(TypedKeyspace):
    """Step 6's keyspace with deadlines, in milliseconds since 1970 by `clock`."""

    libraries: Sequence[bytes] = ()
    """The code of libraries of functions, which files keep together with the first database."""

    def __init__(self, clock: Clock = steady) -> None:
        super().__init__()
        self.clock = clock
        self.expires: dict[bytes, int] = {}
        self.expired = 0
        self.found = self.missed = 0
        """How many look-ups found a key, and how many did not; exact only on one thread."""
        self.on_expired: list[Callable[[bytes], None]] = []
        self.on_count: list[Callable[[int], None]] = []
        self.keep_expired = False
        """True while files are loaded: they state everything about a key in order, including its
        end.
        """

    def find(self, key: bytes) -> Value | None:
        if key in self.expires and self.remove_if_over(key):
            self.missed += 1
            return None
        value = self.data.get(key)
        if value is None:
            self.missed += 1
        else:
            self.found += 1
        return value

    def remove_if_over(self, key: bytes) -> bool:
        """Lazy expiry: removes `key` if its deadline has passed, and returns whether it did.

        `key` has a deadline, in `self.expires`. At the deadline it is still alive, a millisecond
        later (by `self.clock()`) it has expired. While `self.keep_expired` is True nothing is
        removed.

        A key that is removed has left both dictionaries, counts in `self.expired`, and all who want
        to know hear of it: the observers of the key (`touch`) and each function in
        `self.on_expired`, such as that of a journal. Beware of methods that look the key up first:
        a look-up leads back here.

        >>> keyspace = Keyspace(ManualClock(1000))
        >>> keyspace.put(b"k", b"v")
        >>> keyspace.expire_at(b"k", 1500)
        True
        >>> keyspace.clock.advance(501)
        >>> keyspace.find(b"k"), keyspace.data
        (None, {})
        """
        raise NotImplementedError("exercise 7.2")

    def expire_at(self, key: bytes, deadline: int, condition: str | None = None) -> bool:
        """Gives `key` a deadline, in milliseconds since 1970; says whether it did.

        - A key that is not there: False.
        - `condition` compares with the deadline that the key has now: NX: only if it has none. XX:
          only if it has one. GT: only if the new one is later. LT: only if it is earlier. A key
          without a deadline lives for ever: no deadline is later than that, and every one is
          earlier.
        - A deadline that is not in the future removes the key at once (`self.discard`): True. But
          while `self.keep_expired` is True it is kept like any other.
        - Otherwise it is kept in `self.expires`, and `self.touch(key)` tells of the change.

        https://redis.io/docs/latest/commands/expire/

        >>> keyspace = Keyspace(ManualClock(1000))
        >>> keyspace.put(b"k", b"v")
        >>> keyspace.expire_at(b"k", 3000), keyspace.ttl(b"k")
        (True, 2000)
        >>> keyspace.expire_at(b"k", 2000, "GT")
        False
        """
        raise NotImplementedError("exercise 7.1")

    def ttl(self, key: bytes) -> int:
        """Milliseconds that `key` has left; NO_DEADLINE (-1), or NO_KEY (-2) if it is not there."""
        if self.find(key) is None:
            return NO_KEY
        deadline = self.expires.get(key)
        return NO_DEADLINE if deadline is None else max(deadline - self.clock(), 0)

    def persist(self, key: bytes) -> bool:
        """Takes the deadline from `key`; says whether it had one."""
        if self.find(key) is None or self.expires.pop(key, None) is None:
            return False
        self.touch(key)
        return True

    def put_until(self, key: bytes, value: Value, deadline: int) -> None:
        """Keeps `value` under `key` until its deadline: one change."""
        self.put(key, value)
        self.expire_at(key, deadline)
        self.count(-1)

    def count(self, more: int) -> None:
        for count in self.on_count:
            count(more)

    def put(self, key: bytes, value: Value) -> None:
        if key in self.expires:
            self.remove_if_over(key)
            self.expires.pop(key, None)
        # Does what `put` and `touch` of step 3 do, without calling them: no method is called more
        # often.
        self.data[key] = value
        self.changes = next(self.numbers)
        for observe in self.observers:
            observe(key)

    def adopt(self, data: dict[bytes, Value], expires: dict[bytes, int]) -> None:
        """At the start: takes over what a file holds."""
        self.data.update(data)
        self.expires.update(expires)

    def settle(self, key: bytes, value: Sized) -> None:
        if not value:
            # To remove an expired key is a change here: Redis does not look whether it has expired.
            self.expires.pop(key, None)
        super().settle(key, value)

    def discard(self, key: bytes) -> bool:
        before = self.found, self.missed
        there = super().discard(key)
        self.found, self.missed = before  # nobody has asked for the key
        self.expires.pop(key, None)
        return there

    def keys(self) -> list[bytes]:
        """All keys that have not expired. Expired ones stay in memory until they are looked up."""
        if not self.expires or self.keep_expired:
            return super().keys()
        now, ends = self.clock(), self.expires
        return [key for key in self.data if key not in ends or ends[key] >= now]

    def clear(self) -> None:
        # Without its deadline, an expired key is removed and counted like any other.
        self.expires.clear()
        super().clear()

    def rename(self, source: bytes, target: bytes) -> bool:
        self.find(source)
        deadline = self.expires.get(source)
        there = super().rename(source, target)
        if there and deadline is not None:
            self.expires[target] = deadline
        return there

    def copy_deadline(self, source: bytes, target: bytes) -> None:
        """Lets `target`, a copy of `source`, expire when that does."""
        if source in self.expires:
            self.expires[target] = self.expires[source]

    def sample(self, count: int) -> list[bytes]:
        """Up to `count` of the keys with a deadline: those that have not been looked at for longest.

        Each is moved to the end of `expires`, so that successive samples meet every key. Redis
        takes random keys from its hash table; you cannot pick from the middle of a dictionary.
        """
        keys = list(islice(self.expires, count))
        for key in keys:
            self.expires[key] = self.expires.pop(key)
        return keys
