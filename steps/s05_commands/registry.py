"""The registry: which name means which command.

Each step has a registry of its own on top of that of the step below (`Registry(below)`): it has
the commands from there, may redefine them, and changes nothing below. So the server of step 5
never answers a command of step 6, though both may be loaded in one process.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from typing import Any, TypeAlias

from steps.s02_resp.values import CommandError, Request, text_of
from steps.s05_commands.deferred import Deferred
from steps.s05_commands.forms import form_of
from steps.unwritten import Unwritten

CommandClass: TypeAlias = type[Any]
"""A class derived from Command, which is defined in a module that needs this one."""

SHOWN_NAME = 128
"""How much of an unknown name, and of its arguments, an error repeats, in bytes, as in Redis."""


class Registry:
    """Commands by name, in capitals as bytes: `b"GET"`, `b"CONFIG GET"`."""

    def __init__(self, below: Registry | None = None) -> None:
        self.commands: dict[bytes, CommandClass] = dict(below.commands) if below else {}
        self.own: dict[bytes, CommandClass] = {}
        """The commands that this step defines; those of the steps below are not in it."""
        self.deferred: dict[bytes, Deferred] = dict(below.deferred) if below else {}
        """Where commands are defined whose module has not been imported yet."""
        self.families: set[bytes] = set(below.families) if below else set()
        self.forms: dict[bytes, tuple[Any, ...]] = {}
        """The forms of requests that sessions have met, by the name as clients write it."""
        self.above: list[Registry] = []
        self.stub: Unwritten | None = below.stub if below else None
        if below:
            below.above.append(self)

    def register(self, command: CommandClass) -> None:
        """Registers a class when it is defined. While exercise 5.1 is empty, `lookup` says so."""
        try:
            self.add(command)
        except Unwritten as stub:
            self.stub = stub
            return
        self.own[command.name] = command
        self.accept(command)

    def accept(self, command: CommandClass) -> None:
        """Makes `command` known here, and in each registry above that has no other of that name."""
        self.commands[command.name] = command
        self.deferred.pop(command.name, None)
        self.forms.clear()
        self._note_family(command.name)
        for registry in self.above:
            if command.name not in registry.own:
                registry.accept(command)

    def _note_family(self, name: bytes) -> None:
        family, blank, _ = name.partition(b" ")
        if blank:
            self.families.add(family)

    def defer(self, module: str, *names: bytes) -> None:
        """Makes commands known by name. `module`, which defines them, is imported when needed."""
        self._expect(Deferred(module), names)

    def _expect(self, deferred: Deferred, names: Iterable[bytes]) -> None:
        for name in names:
            self.deferred[name] = deferred
            self._note_family(name)
        for registry in self.above:
            registry._expect(deferred, names)

    def remember(self, name: bytes, command: CommandClass) -> None:
        """Notes the form of a command that a client called `name`. Only two spellings are kept.

        For a family, such as CONFIG, the first word does not determine the command.
        """
        if name in (command.name, command.name.lower()) and command.name not in self.families:
            # Taken apart for each request, a plain tuple is quicker than one whose items have names.
            self.forms[name] = tuple(form_of(command))

    def add(self, command: CommandClass) -> None:
        """Registers `command`, a class derived from Command, in `self.commands`.

        Its name is `command.name` if the class states one (`b"CONFIG GET"`), otherwise the name of
        the class. The registry knows it as bytes in capitals, and so does everybody who reads
        `command.name` later.

        A second command of the same name in this step (`self.own`) is a programmer's mistake:
        ValueError, with the name. A command from a step below may be replaced; that step keeps its
        own.

        >>> class LLen(Command): ...
        >>> registry.commands[b"LLEN"]
        <class 'LLen'>
        """
        raise NotImplementedError("exercise 5.1")

    def find(self, request: Request) -> CommandClass:
        """The class for `request`. Raises CommandError, in Redis' words, if it does not exist.

        The name may come in any case. A request of two words or more may mean a subcommand
        (`CONFIG GET`): `self.lookup(request)` knows, and returns the class or None.

        - None: `ERR unknown command 'NOPE', with args beginning with: 'a' 'b' ` with the name as
          it came and each argument in quotes with a blank after it. `shown(word)` makes a word a
          text, `quote(words)` writes the arguments.
        - None, and the first word is the name of a family (`self.subcommands(name)` is not empty):
          `ERR unknown subcommand 'nope'. Try CONFIG HELP.` with the second word as it came and the
          first in capitals.
        - The number of words does not fit `command.arity`: `command.wrong_arity()`, an error to
          raise. A positive arity is the exact number of words, the name included; a negative one
          (-2) is the least.

        https://redis.io/docs/latest/commands/command/ explains arity.
        """
        raise NotImplementedError("exercise 5.2")

    def lookup(self, request: Request) -> CommandClass | None:
        """The class that `request` names, if any. In a family, the second word names the member."""
        if self.stub:
            raise self.stub
        name = request[0].upper()
        member = len(request) > 1 and name in self.families
        return self.get(name + b" " + request[1].upper() if member else name)

    def known(self, request: Request) -> CommandClass | None:
        """As `lookup`; a command whose module cannot be imported is not known."""
        with suppress(Exception):
            return self.lookup(request)
        return None

    def get(self, name: bytes) -> CommandClass | None:
        """The class of that name, in capitals; imports the module that defines it, if need be."""
        if command := self.commands.get(name):
            return command
        deferred = self.deferred.get(name) or self.deferred.get(name.partition(b" ")[0])
        if deferred is None:
            return None
        deferred.load()
        if name in self.deferred:
            raise deferred.lacks(name)
        return self.commands.get(name)

    def load(self) -> None:
        """Imports what is still deferred. What cannot be imported stays so, until it is asked for."""
        for deferred in {*self.deferred.values()}:
            with suppress(Exception):
                deferred.load()

    def subcommands(self, name: bytes) -> list[CommandClass]:
        """The members of a family: CONFIG GET and CONFIG SET for `b"CONFIG"`."""
        if name.upper() not in self.families:
            return []
        prefix = name.upper() + b" "
        return [command for key, command in self.commands.items() if key.startswith(prefix)]


def shown(word: bytes) -> str:
    """A word of the client's as text for an error, cut after SHOWN_NAME bytes or at a zero byte."""
    return text_of(word[:SHOWN_NAME])


def quote(words: Request) -> str:
    """Each word in quotes, with a blank after it: `'a' 'b' `; stops after SHOWN_NAME bytes."""
    text = b""
    for word in words:
        if len(text) >= SHOWN_NAME:
            break
        text += b"'%b' " % word[: SHOWN_NAME - len(text)].partition(b"\0")[0]
    return text_of(text)
