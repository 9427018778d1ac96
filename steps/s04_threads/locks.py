"""The locks on the keyspace: a thread that holds a key may read and write it, and others wait.

One lock for all keys would be correct, but every client would wait for every other. One lock per
key would have to be created and removed with its key. So the keys are spread over a fixed number
of stripes, and each stripe has a lock. If two keys share a stripe, they wait for each other
without need, and nothing worse happens.

Invariants:
- Stripes are taken in ascending order, each once. Two threads can then never each hold what the
  other waits for, because the one that holds the highest stripe has nothing left to wait for.
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
"""A few times the number of threads that can run at once; Java's ConcurrentHashMap once had 16."""


class Stripe(Protocol):
    """The lock of one stripe, as `threading.RLock` makes it.

    A thread that holds it may take it again, and must release it that many times. So a command
    that holds its keys can call a function that holds them too.
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
        """The number of the stripe that `key` belongs to; the same for the life of the process."""
        # hash() of bytes is seeded at random in each process, so nobody can choose keys that all
        # land in one stripe.
        return hash(key) % len(self.stripes)

    @contextmanager
    def holding(self, *keys: bytes) -> Iterator[None]:
        """Holds the stripes of all `keys` while the `with` block runs; without keys, all stripes.

        Many threads call this with any keys in any order, `(a, b)` and `(b, a)` at once, and none
        of them may wait for ever. Several keys may share a stripe (`self.stripe_of`), and a stripe
        can be taken only once. However the block ends, and even if Ctrl-C comes while a stripe is
        being waited for, the stripes that were taken are released, the last one first.

        The function is a generator: the block runs at its `yield`.

        >>> locks = Locks()
        >>> with locks.holding(b"a", b"b"):
        ...     pass  # nobody else touches a or b now
        """
        raise NotImplementedError("exercise 4.5")

    @contextmanager
    def holding_all(self, patience: float) -> Iterator[None]:
        """Holds every stripe; raises TimeoutError if one is not free within `patience` seconds."""
        deadline = time.monotonic() + patience
        with ExitStack() as held:
            for stripe in self.stripes:
                if not stripe.acquire(timeout=max(0.0, deadline - time.monotonic())):
                    raise TimeoutError("a command is still running and does not end")
                held.callback(stripe.release)
            yield
