"""A session that executes command objects: `match` is gone, each brings its own `execute`."""

from __future__ import annotations

from collections.abc import Sequence

from steps.s02_resp.values import Reply, Request
from steps.s04_threads.session import SharedSession
from steps.s05_commands.command import Command
from steps.s05_commands.state import State


class Session(SharedSession):
    """Looks each request up in the registry, parses it and runs it."""

    state: State

    def keys(self, request: Request) -> Sequence[bytes]:
        """The keys that `request` names, for the locks of step 4."""
        return self.state.registry.find(request).parse(request).keys()

    def dispatch(self, request: Request) -> Reply:
        """Runs `request`, whichever command it is.

        Find its class in `self.state.registry` (which checks name and arity), let the class parse
        the request into a command object, and run that: `self.run(command, request)`.

        No name of a command stands here: a command that is defined tomorrow works without a change.

        >>> Session(State()).dispatch([b"echo", b"hello"])
        b'hello'
        """
        raise NotImplementedError("exercise 5.5")

    def run(self, command: Command, request: Request) -> Reply:
        """Executes a parsed command. What belongs around each goes here (step 7: a journal)."""
        return command.execute(self)
