"""MULTI, EXEC and WATCH: several commands as one.

After MULTI each command is checked and queued; EXEC runs them one after the other. On one thread
nothing can come in between, so EXEC needs no lock. WATCH makes EXEC conditional: it runs nothing
if one of the watched keys has changed since. That is optimistic locking: no client waits, and one
that was overtaken starts over.

Source: https://redis.io/docs/latest/develop/interact/transactions/
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from steps.s02_resp.values import NULL_ARRAY, CommandError, Reply, Request, SimpleString
from steps.s05_commands.command import Command, Flags
from steps.s10_asyncio.interest import Interest

QUEUED: Final = SimpleString("QUEUED")
ABORTED: Final = "EXECABORT Transaction discarded because of previous errors."
ABORTED_FOR: Final = "EXECABORT Transaction discarded because of: "


class Watch:
    """The keys that one client watches, and whether one of them has changed since."""

    def __init__(self) -> None:
        self.keys: dict[tuple[Interest, bytes], None] = {}
        self.overtaken = False

    def add(self, interest: Interest, key: bytes) -> None:
        """WATCH: from now on a change of `key`, by anybody, sets `self.overtaken`.

        A comparison of values would miss a change that was undone. A key that has expired does not
        exist any more, so it is looked up first: that it is removed later is not a change.
        """
        interest.store.find(key)
        interest.add(key, self.changed)
        self.keys[interest, key] = None

    def changed(self, key: bytes) -> None:
        """A watched key has changed."""
        self.overtaken = True

    def look(self) -> None:
        """Looks each watched key up, so that an expired one is noticed."""
        for interest, key in list(self.keys):
            interest.store.find(key)

    def clear(self) -> None:
        """UNWATCH: watches nothing any more."""
        for interest, key in self.keys:
            interest.remove(key, self.changed)
        self.keys.clear()
        self.overtaken = False


class Queued(Command, abstract=True, flags=Flags.SKIP_MONITOR | Flags.SKIP_SLOWLOG):
    """The command object of a request between MULTI and EXEC, which queues itself."""

    def __init__(self, command: type[Command], request: Request) -> None:
        self.command = command
        self.request = request

    def execute(self, session: Any) -> Reply:
        queued: Reply = session.transaction.add(self)
        return queued

    def parsed(self) -> Command:
        """The command itself. Only EXEC parses the arguments, as Redis does."""
        command = self.command.parse(self.request)
        command.request = self.request
        return command


class Transaction:
    """The commands between MULTI and EXEC of one client."""

    def __init__(self) -> None:
        self.watch = Watch()
        self.open = False
        self.refused = False
        self.queue: list[Queued] = []

    def begin(self) -> None:
        """MULTI: from now on commands are queued."""
        if self.open:
            raise CommandError("ERR MULTI calls can not be nested")
        self.open = True

    def add(self, queued: Queued) -> SimpleString:
        """Queues a command that has been checked."""
        self.queue.append(queued)
        return QUEUED

    def execute(self, answer: Callable[[Queued], Reply]) -> Reply:
        """EXEC: runs the queued commands, in order, and returns the list of their replies.

        - Without MULTI (`self.open` is False): CommandError("ERR EXEC without MULTI").
        - A command was refused when it was to be queued: CommandError(ABORTED), and none is run.
        - A watched key has changed: NULL_ARRAY, and none is run. (`self.watch.look()` notices keys
          that have expired; then `self.watch.overtaken` says so.)
        - Otherwise `answer(queued)` gives each reply. An error is a reply like any other: the
          commands after it run all the same, and nothing is undone.

        However an EXEC ends, the client is out of the transaction and watches nothing. The first of
        the commands that run already finds it so: otherwise it would be queued once more.

        https://redis.io/docs/latest/commands/exec/
        """
        raise NotImplementedError("exercise 10.4")

    def discard(self) -> None:
        """Forgets the queue and everything watched."""
        self.open = self.refused = False
        self.queue = []
        self.watch.clear()
