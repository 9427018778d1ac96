"""Clients that wait: for a key, as in BLPOP on an empty list, or for the end of CLIENT PAUSE.

A waiting client costs no thread and no loop: it is an entry under each key it waits for. When one
of these keys changes, it is noted as ready; after the command that changed it, the clients under
it are served, in the order in which they came. A waiting session is paused, and continues with its
next request once it is served or its time is up.

Source: https://redis.io/docs/latest/commands/blpop/
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from time import monotonic
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeAlias

from steps.s02_resp.values import NULL_ARRAY, Reply
from steps.s09_logging.state import Spectator
from steps.s10_asyncio.interest import Interest

if TYPE_CHECKING:
    from steps.s05_commands.command import Command
    from steps.s10_asyncio.transaction import Queued

Attempt: TypeAlias = Callable[[bytes], Reply]
"""Tries to serve a waiting client from a key: the reply, or None if there is nothing for it."""


class Timer(Protocol):
    """A scheduled call, which can be cancelled."""

    def cancel(self) -> object: ...


Later: TypeAlias = Callable[[float, Callable[[], None]], Timer]
"""Calls a function after that many seconds: the event loop's `call_later`."""


class Waiter:
    """One client that waits for one of some keys."""

    def __init__(
        self,
        keys: Sequence[bytes],
        attempt: Attempt,
        wake: Callable[[Reply], None],
        timeout_reply: Reply = NULL_ARRAY,
        lost: Attempt = lambda key: None,
    ) -> None:
        """`lost` returns the reply if `key` is gone for good; None: the client goes on waiting."""
        self.keys = list(dict.fromkeys(keys))
        self.attempt = attempt
        self.wake = wake
        self.timeout_reply = timeout_reply
        self.lost = lost
        self.timer: Timer | None = None


class Waiting:
    """The clients that wait for keys of one keyspace."""

    def __init__(self, interest: Interest, spectators: dict[Spectator, None]) -> None:
        """Joins the `spectators` of commands while one of its keys is ready."""
        self.interest = interest
        self.by_key: dict[bytes, dict[Waiter, None]] = {}
        self.ready: dict[bytes, None] = {}
        self.spectators = spectators

    def add(self, waiter: Waiter) -> None:
        """`waiter` waits, after all who came before."""
        for key in waiter.keys:
            self.by_key.setdefault(key, {})[waiter] = None
            self.interest.add(key, self.note)

    def remove(self, waiter: Waiter) -> None:
        """`waiter` no longer waits: it was served, its time is up, or its client is gone."""
        if waiter.timer:
            waiter.timer.cancel()
        for key in waiter.keys:
            there = self.by_key.get(key, {})
            there.pop(waiter, None)
            if not there:
                self.by_key.pop(key, None)
                self.interest.remove(key, self.note)

    def note(self, key: bytes) -> None:
        """The keyspace says that `key` has changed. Waiting clients are served after the command."""
        self.ready[key] = None
        self.spectators[self.serve_ready] = None

    def serve(self, key: bytes) -> None:
        """Serves the clients that wait for `key`, in their order, as long as something is left.

        `self.by_key` has them in the order in which they came. `waiter.attempt(key)` takes what
        this client waits for and returns the reply, or None if it has no use for what is there
        (BLPOP for a set); then it goes on waiting, and the next one has its turn. A client that is
        served waits no more, and gets the reply by `waiter.wake(reply)`.

        Much happens within these calls. What a waiter takes changes the key, so `serve` is called
        for it again. A client that wakes up may push to the key, wait again (after the others), or
        end another one's wait. Even so none is served twice, none that has left is served, and a
        client that has come meanwhile waits for the next change.

        https://redis.io/docs/latest/commands/blpop/ tells of the order.
        """
        raise NotImplementedError("exercise 10.6")

    def serve_ready(self, session: Any, command: object) -> None:
        """Serves all keys that are ready, and those that become ready by it; after a whole EXEC."""
        if not session.executing:
            self.serve_all()

    def serve_all(self) -> None:
        """The same, whoever has changed the keys."""
        while self.ready:
            key = next(iter(self.ready))
            del self.ready[key]
            self.serve(key)
            self.dismiss(key)
        self.spectators.pop(self.serve_ready, None)

    def dismiss(self, key: bytes) -> None:
        """Ends the wait of those who can't go on without what `key` held: XREADGROUP on its group."""
        for waiter in list(self.by_key.get(key, ())):
            reply = waiter.lost(key)
            if reply is not None:
                self.remove(waiter)
                waiter.wake(reply)

    def expire(self, waiter: Waiter) -> None:
        """The time of `waiter` is up: it gets its null."""
        self.remove(waiter)
        waiter.wake(waiter.timeout_reply)


# --- CLIENT PAUSE ---------------------------------------------------------------------------------

MAY_WRITE: Final = frozenset({b"EVAL", b"EVALSHA", b"FCALL", b"PFCOUNT", b"PUBLISH", b"SPUBLISH"})
"""Commands that wait with those that write, since they may do so, or as replicas would hear of them."""


class Pause:
    """CLIENT PAUSE: for a while, commands of clients wait, all of them or those that may change data.

    A session whose next command has to wait keeps the request, and with it all that come after. When
    the time is up, each of these sessions goes on where it stopped.
    Source: https://redis.io/docs/latest/commands/client-pause/
    """

    def __init__(self, later: Later, changed: Callable[[], None]) -> None:
        self.later = later
        self.changed = changed
        """Called when a pause begins or ends."""
        self.on = False
        self.everything = False
        """Whether all commands wait, and not only those that may change data."""
        self.end = 0.0
        self.timer: Timer | None = None
        self.held: dict[Callable[[], None], None] = {}
        """How to go on with each session that waits."""

    def begin(self, seconds: float, everything: bool) -> None:
        """Begins, or extends what has begun: the longer time counts, and the stricter kind."""
        self.everything = everything or (self.on and self.everything)
        end = monotonic() + seconds
        if not self.on or end > self.end:
            self.end = end
            if self.timer:
                self.timer.cancel()
            self.timer = self.later(seconds, self.finish)
        self.on = True
        self.changed()

    def finish(self) -> None:
        """Ends it. Those that wait go on in the order in which they came."""
        if self.timer:
            self.timer.cancel()
        self.on = False
        self.timer = None
        self.changed()
        held, self.held = self.held, {}
        for go_on in held:
            go_on()

    def holds(self, command: type[Command], queue: list[Queued]) -> bool:
        """Whether `command` has to wait while this is on; `queue` is what an EXEC would run."""
        kinds = [one.command for one in queue] if command.name == b"EXEC" else [command]
        return self.everything or any(one.writes or one.name in MAY_WRITE for one in kinds)
