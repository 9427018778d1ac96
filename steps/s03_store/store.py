"""The keyspace: which value is under which key.

All access to the data goes through a few small methods: `find`, `put`, `replace`, `rename`,
`discard` and `touch`. Everything else, here and in every later step, calls these. So a later step
that extends them (by a time to live, by a list of waiting clients) extends every command at once.

Invariants: a key that is in `data` has a value (never None); `touch` is called once for each key
whose value changed, after the change.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import count
from typing import Any, TypeAlias

from steps.s02_resp.values import INT64_MAX, INT64_MIN, NOT_AN_INTEGER, CommandError, parse_int64

Value: TypeAlias = Any
"""Step 3 keeps strings, as `bytes`. Step 6 adds lists, sets, hashes and sorted sets."""

Observer: TypeAlias = Callable[[bytes], None]

OVERFLOW = "ERR increment or decrement would overflow"


class Store:
    """Keys and their values."""

    def __init__(self) -> None:
        self.data: dict[bytes, Value] = {}
        self.observers: list[Observer] = []
        self.changes = 0
        self.numbers = count(1)

    # --- access methods ---------------------------------------------------------------------------

    def find(self, key: bytes) -> Value | None:
        """The value under `key`, or None. The one way to look a key up."""
        return self.data.get(key)

    def find_all(self, keys: Sequence[bytes]) -> list[Value]:
        """The value under each key, or None, as `find` returns it."""
        return [self.find(key) for key in keys]

    def put(self, key: bytes, value: Value) -> None:
        """Sets `key` to `value`, whatever was there."""
        self.data[key] = value
        self.touch(key)

    def put_all(self, pairs: Sequence[tuple[bytes, Value]]) -> None:
        """MSET: as `put` for each pair of a key and its value."""
        for key, value in pairs:
            self.put(key, value)

    def replace(self, key: bytes, value: Value) -> None:
        """Changes the value of a key that stays the same key, as INCR and APPEND do.

        What belongs to the key stays too: its time to live, once step 7 adds one. `put` discards
        it.
        """
        self.data[key] = value
        self.touch(key)

    def rename(self, source: bytes, target: bytes) -> bool:
        """Moves a value, and all that belongs to its key, to `target`; False if it is missing."""
        value = self.find(source)
        if value is None:
            return False
        self.discard(source)
        self.put(target, value)
        self.count(-1)  # one change, although two keys are touched
        return True

    def discard(self, key: bytes) -> bool:
        """Removes `key`; says whether it was there."""
        if self.find(key) is None:
            return False
        del self.data[key]
        self.touch(key)
        return True

    def touch(self, key: bytes) -> None:
        """The value under `key` has changed: counts the change and tells the observers.

        `changes` is a new number after every change. `next()` of a counter is a single operation
        of the interpreter, whereas `+= 1` is three, so two threads could arrive at the same
        number.
        """
        self.changes = next(self.numbers)
        for observe in self.observers:
            observe(key)

    def count(self, more: int) -> None:
        """Adds `more` to the number of changes that `touch` has counted; it may be negative.

        Redis counts items: RPUSH with three items makes three changes to one key. Step 7 uses the
        number to decide when to save. Until then it is ignored.
        """

    # --- what the commands of this step need -------------------------------------------------

    def get(self, key: bytes) -> bytes | None:
        """GET: the string under `key`, or None. https://redis.io/docs/latest/commands/get/"""
        return self.find(key)

    def set(self, key: bytes, value: bytes) -> bytes | None:
        """SET and GETSET: keeps `value` under `key` and returns the string that was there, or None.

        Later steps watch what is read and written by overriding the store's access methods, so
        `self.data` is not touched here. Writing an equal value is a change, too.
        https://redis.io/docs/latest/commands/set/

        >>> store = Store()
        >>> store.set(b"k", b"one")
        >>> store.set(b"k", b"two")
        b'one'
        >>> store.get(b"k")
        b'two'
        """
        raise NotImplementedError("exercise 3.1")

    def delete(self, keys: Iterable[bytes]) -> int:
        """DEL: removes each of `keys` and returns how many there were.

        A missing key does not count, and a key that is named twice counts once. An empty string is
        a value like any other. As in 3.1, the store's own methods do the work; `keys` may be a
        generator.
        https://redis.io/docs/latest/commands/del/

        >>> store = Store()
        >>> store.put(b"k", b"one")
        >>> store.delete([b"k", b"other", b"k"])
        1
        """
        raise NotImplementedError("exercise 3.2")

    def peek(self, key: bytes) -> bytes | bytearray | None:
        """The string under `key`, to look at its length or a part of it."""
        return self.get(key)

    def write_at(self, key: bytes, offset: int, value: bytes) -> int:
        """SETRANGE and APPEND: puts `value` over the string at `offset`; returns the new length.

        A gap is filled with zero bytes. https://redis.io/docs/latest/commands/setrange/
        """
        old = self.get(key)
        base = (old or b"").ljust(offset, b"\0")
        new = base[:offset] + value + base[offset + len(value) :]
        if old is None:
            self.put(key, new)
        else:
            self.replace(key, new)
        return len(new)

    def exists(self, keys: Sequence[bytes]) -> int:
        """EXISTS: how many of `keys` are there; a key named twice counts twice.

        https://redis.io/docs/latest/commands/exists/
        """
        return len(keys) - self.find_all(keys).count(None)

    def set_if(
        self, key: bytes, value: bytes, *, nx: bool = False, xx: bool = False
    ) -> tuple[bool, bytes | None]:
        """SET with NX or XX: whether it wrote, and the string that was there before (None: none).

        - `nx`: write only if the key is not there. `xx`: write only if it is. A key that holds an
          empty string is there.
        - Neither: write. Both is an error that the caller has already refused.
        - The second item is the old value whether or not it wrote: SET's GET option returns it.
        - Use the access methods of `set`.

        https://redis.io/docs/latest/commands/set/

        >>> store = Store()
        >>> store.set_if(b"k", b"one", nx=True)
        (True, None)
        >>> store.set_if(b"k", b"two", nx=True)
        (False, b'one')
        """
        raise NotImplementedError("exercise 3.3")

    def increment(self, key: bytes, by: int) -> int:
        """INCR, DECR, INCRBY, DECRBY: adds `by` to the number under `key` and returns the sum.

        A number is kept as the string of its decimal digits. A key that is not there counts as 0.

        - If the string is not a 64-bit integer (`parse_int64` returns None):
          CommandError(NOT_AN_INTEGER).
        - The sum is less than INT64_MIN or greater than INT64_MAX: CommandError(OVERFLOW).
          Python's integers have no limit; a client in C has 64 bits.
        - After an error the value is as it was.
        - Read with `self.get`, write with `self.replace`: it is the same key, counted on.

        https://redis.io/docs/latest/commands/incrby/

        >>> store = Store()
        >>> store.increment(b"hits", 5)
        5
        >>> store.increment(b"hits", -2)
        3
        >>> store.get(b"hits")
        b'3'
        """
        raise NotImplementedError("exercise 3.4")

    def keys(self) -> list[bytes]:
        """All keys, in no promised order."""
        return list(self.data)

    def sequence(self) -> Sequence[bytes]:
        """All keys, to choose from by position. The caller changes nothing in it."""
        return self.keys()

    def clear(self) -> None:
        """FLUSHALL: removes every key. https://redis.io/docs/latest/commands/flushall/"""
        for key in self.keys():
            self.discard(key)
