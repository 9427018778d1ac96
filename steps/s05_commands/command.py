"""Command: what all commands have in common.

A command is a class. Its name, its flags and its fields say what it is; `execute` says what it
does. Defining the class is all it takes: `__init_subclass__` reads the fields and registers it.

    class StrLen(Command, flags=Flags.READONLY | Flags.FAST):
        \"\"\"The length of the string at key, in bytes.\"\"\"

        key = Key()

        def execute(self, session: Session) -> Reply:
            return len(session.store.get(self.key) or b"")

An instance is one request, parsed: `StrLen.parse([b"STRLEN", b"k"]).key` is `b"k"`.
"""

from __future__ import annotations

import enum
from abc import ABC, abstractmethod
from itertools import groupby
from typing import TYPE_CHECKING, Any, ClassVar

from steps.s02_resp.values import CommandError, Reply, Request
from steps.s05_commands.fields import SYNTAX_ERROR, Field, Optional, Options, Words
from steps.s05_commands.registry import Registry

if TYPE_CHECKING:
    from typing import Self


class Flags(enum.Flag):
    """What a server has to know of a command before it runs it. The names are Redis' own.

    https://redis.io/docs/latest/commands/command/#flags
    """

    NONE = 0
    WRITE = enum.auto()
    READONLY = enum.auto()
    DENYOOM = enum.auto()
    ADMIN = enum.auto()
    PUBSUB = enum.auto()
    NOSCRIPT = enum.auto()
    BLOCKING = enum.auto()
    LOADING = enum.auto()
    STALE = enum.auto()
    FAST = enum.auto()
    NO_AUTH = enum.auto()
    NO_MULTI = enum.auto()
    MOVABLEKEYS = enum.auto()
    ALLOW_BUSY = enum.auto()


REGISTRY = Registry()
"""The commands of step 5."""


class Command(ABC):
    """One request, parsed; derive a class from it to define a command."""

    registry: ClassVar[Registry] = REGISTRY
    group: ClassVar[str] = "generic"
    name: ClassVar[bytes] = b""
    flags: ClassVar[Flags] = Flags.NONE
    fields: ClassVar[tuple[Field[Any], ...]] = ()
    syntax: ClassVar[tuple[Field[Any] | Options, ...]] = ()
    arity: ClassVar[int] = 0

    def __init_subclass__(
        cls, *, name: str = "", flags: Flags | None = None, abstract: bool = False, **rest: Any
    ) -> None:
        """Reads the fields and registers the command, unless it is `abstract`: a base for others."""
        super().__init_subclass__(**rest)
        own = [field for field in vars(cls).values() if isinstance(field, Field)]
        for field in own:
            # From here on a field is known through `fields`; under its name stands its default.
            setattr(cls, field.name, field.default)
        names = {field.name for field in own}
        cls.fields = (*(field for field in cls.fields if field.name not in names), *own)
        cls.syntax = tuple(grouped(cls.fields))
        if flags is not None:
            cls.flags = flags
        if abstract:
            return
        cls.name = name.encode()
        try:
            cls.registry.add(cls)
        except NotImplementedError as stub:
            cls.registry.stub = stub
        cls.arity = arity(cls)

    @classmethod
    def parse(cls, request: Request) -> Self:
        """The command object for `request`: its arguments become typed fields.

        `cls()` makes the object. `cls.words(request)` gives the words behind the name. `cls.syntax`
        holds, in order, what takes them; each part is one of two:

        - `Options`: `part.take(words)` gives {field name: value}: set each on the object.
        - a Field: `part.take(words)` gives the value: set it under `part.name`.

        Words that nobody took are a syntax error: CommandError(SYNTAX_ERROR).

        >>> command = IncrBy.parse([b"INCRBY", b"hits", b"5"])
        >>> command.key, command.amount
        (b'hits', 5)
        """
        raise NotImplementedError("exercise 5.3")

    @classmethod
    def words(cls, request: Request) -> Words:
        """The words behind the name, of which CONFIG GET has two."""
        return Words(request[cls.name.count(b" ") + 1 :])

    def keys(self) -> list[bytes]:
        """The keys that the request names, in order."""
        return [key for field in self.fields for key in field.keys(getattr(self, field.name))]

    @abstractmethod
    def execute(self, session: Any) -> Reply:
        """Runs the command and returns its reply. Raises CommandError."""

    def effects(self, request: Request, reply: Reply) -> list[Request]:
        """The requests that, run later, bring about what this one did: what a journal keeps.

        Most commands do the same whenever they run, and are their own effect. One that depends on
        the clock, or on chance, names requests that do not.
        """
        return [request]


def grouped(fields: tuple[Field[Any], ...]) -> list[Field[Any] | Options]:
    """The fields in order, with options that stand side by side made one Options."""
    tail = 0
    for field in reversed(fields):
        field.tail = tail
        tail += field.least
    parts: list[Field[Any] | Options] = []
    for optional, group in groupby(fields, lambda field: isinstance(field, Optional)):
        parts += [Options(list(group))] if optional else group  # type: ignore[arg-type]
    return parts


def arity(command: type[Command]) -> int:
    """The number of words, the name's included; negative: at least so many."""
    name = command.name.count(b" ") + 1
    least = name + sum(field.least for field in command.fields)
    return -least if any(field.variable for field in command.fields) else least
