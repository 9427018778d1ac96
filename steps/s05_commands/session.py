"""A session that runs command objects: `match` is gone, and each command has its own `execute`."""

from __future__ import annotations

from collections.abc import Sequence

from steps.s02_resp.values import CommandError, Reply, Request
from steps.s04_threads.session import SharedSession
from steps.s05_commands.command import Command
from steps.s05_commands.forms import UNKNOWN
from steps.s05_commands.state import State


class CommandSession(SharedSession):
    """Looks each request up in the registry, parses it once, and runs the resulting command."""

    state: State
    scripted = False
    """Whether the commands come from a script; step 10 has those."""

    def __init__(self, state: State) -> None:
        super().__init__(state)
        self.forms = state.registry.forms

    def parse(self, request: Request) -> Command:
        """The command object for `request`. Raises CommandError before anything has been done.

        If the words of a request are at known places, there is no need to go through the fields:
        once the registry knows the form of the command, the words only get their names.
        """
        command: Command
        count = len(request)
        kind, least, most, plain_least, plain_most, first, strings, converted = self.forms.get(
            request[0], UNKNOWN
        )
        if plain_least <= count <= plain_most:
            command = kind()
            if first:  # the key, mostly, and often there is nothing else
                setattr(command, first, request[1])
            for place, name in strings:
                setattr(command, name, request[place])
            if converted:
                try:
                    for place, name, convert in converted:
                        setattr(command, name, convert(request[place]))
                except CommandError:
                    command = kind.parse(request)  # the fields say which error comes first
        elif least <= count <= most:
            command = kind.parse(request)
        else:
            command = self.command_for(request)
            self.state.registry.remember(request[0], type(command))
        command.request = request
        return command

    def command_for(self, request: Request) -> Command:
        """The command for `request`: an object of its class, whose fields have the arguments.

        Which commands there are, the registry of `self.state` knows. A server over another registry
        understands other commands, and nothing changes here: this contains no command's name.

        Raises the CommandError that tells the client what is wrong: the name, the number of words,
        or one of them, in this order.

        A trap: the command is not executed here. The session does that later, once it holds the
        locks on the keys.

        >>> CommandSession(State()).command_for([b"echo", b"hello"]).message
        b'hello'
        """
        raise NotImplementedError("exercise 5.5")

    def keys(self, command: Command) -> Sequence[bytes]:
        """The keys that `command` names, for the locks of step 4."""
        return command.keys()

    def run(self, command: Command) -> Reply:  # type: ignore[override] # of step 3, a request
        """Runs a command. Whatever concerns every command wraps this method (step 7: a journal)."""
        return command.execute(self)
