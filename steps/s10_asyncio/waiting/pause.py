"""CLIENT PAUSE: for a while, commands of clients wait.

Source: https://redis.io/docs/latest/commands/client-pause/
"""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic
from typing import TYPE_CHECKING, Any, Final

from steps.s10_asyncio.command import MayWrite
from steps.s10_asyncio.waiting.keys import Later, Timer

if TYPE_CHECKING:
    from steps.s02_resp.values import Request
    from steps.s05_commands.command import Command

MAY_WRITE: Final = frozenset({b"EVAL", b"EVALSHA", b"FCALL", b"PFCOUNT", b"PUBLISH", b"SPUBLISH"})
"""Commands that wait with those that write, since they may do so, or as replicas would hear of them."""


class Pause:
    """A pause, for all commands or for those that may change data.

    A session whose next command has to wait keeps the request, and with it all that come after. When
    the time is up, each of these sessions goes on where it stopped.
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

    def holds(self, command: type[Command], request: Request, session: Any) -> bool:
        """Whether a request has to wait while this is on; EXEC does for what it would run."""
        if self.everything:
            return True
        if command.name == b"EXEC":
            queue = session.transaction.queue
            return any(may_write(one.command, one.request, session) for one in queue)
        return may_write(command, request, session)


def may_write(command: type[Command], request: Request, session: Any) -> bool:
    """Whether a request may change data, or would reach replicas."""
    if issubclass(command, MayWrite):
        return command.may_write(request, session)
    return command.writes or command.name in MAY_WRITE
