"""The locks on the keyspace: who holds a key may read and write it, everybody else waits.

One lock for all keys would be right, and every client would wait for every other. One lock for
each key would need somebody to make and remove them. So the keys are dealt out to a fixed number
of stripes, and each stripe has a lock. Two keys may share a stripe; they wait for each other
without need, and nothing worse happens.

Invariants:
- Stripes are taken in ascending order, each once. Then no two threads can each hold what the other
  one waits for, because the one that holds the highest stripe has nothing left to wait for.
- For the same reason a hold within a hold names only keys that the outer one holds already.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from types import TracebackType
from typing import Protocol

STRIPES = 16
"""A few times as many as threads that can run at once; Java's ConcurrentHashMap once had 16 too."""


class Stripe(Protocol):
    """The lock of one stripe, as `threading.RLock` makes it.

    Who holds it may take it again, and gives it back as often: a command that holds its keys can
    call a function that holds them too.
    """

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool: ...
    def release(self) -> None: ...
    def __enter__(self) -> bool: ...
    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None: ...


class Locks:
    """The stripes of one keyspace."""

    def __init__(self, stripes: int = STRIPES) -> None:
        self.stripes: list[Stripe] = [self.new_stripe(number) for number in range(stripes)]

    def new_stripe(self, number: int) -> Stripe:
        """The lock of stripe `number`."""
        return threading.RLock()

    def stripe_of(self, key: bytes) -> int:
        """The number of the stripe that `key` belongs to; the same as long as the process lives."""
        # hash() of bytes begins at random in each process, so nobody can choose keys that all meet
        # in one stripe.
        return hash(key) % len(self.stripes)

    @contextmanager
    def holding(self, *keys: bytes) -> Iterator[None]:
        """Holds the stripes of all `keys` while the `with` block runs.

        - `self.stripe_of(key)` gives the number of a key's stripe, `self.stripes[number]` its lock:
          `acquire()` and `release()`, or `with`.
        - Stripes are taken in ascending order of their numbers, whatever the order of the keys: one
          thread asks for (a, b), another for (b, a), and neither may wait for ever.
        - Each stripe is taken once, also where several keys share it.
        - Without keys all stripes are held: that is for a command over the whole keyspace.
        - At the end they are given back in reverse order. That holds for every end: the block
          raises, or taking one of the stripes does (Ctrl-C while it waits).

        The function is a generator: `yield` stands where the block runs.

        >>> locks = Locks()
        >>> with locks.holding(b"a", b"b"):
        ...     pass  # nobody else touches a or b now
        """
        raise NotImplementedError("exercise 4.5")

    @contextmanager
    def holding_all(self, patience: float) -> Iterator[None]:
        """Holds every stripe; raises TimeoutError if one can't be had within `patience` seconds."""
        deadline = time.monotonic() + patience
        with ExitStack() as held:
            for stripe in self.stripes:
                if not stripe.acquire(timeout=max(0.0, deadline - time.monotonic())):
                    raise TimeoutError("a command is still running and does not end")
                held.callback(stripe.release)
            yield
