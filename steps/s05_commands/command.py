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
from copy import copy
from itertools import groupby
from typing import TYPE_CHECKING, Any, ClassVar

from steps.s02_resp.values import SYNTAX_ERROR, CommandError, Reply, Request, text_of
from steps.s05_commands.fields import Bulk, Field, Optional, Options, Rest, Words
from steps.s05_commands.registry import Registry

if TYPE_CHECKING:
    from typing import Self


class Flags(enum.Flag):
    """What a server has to know about a command before running it. The names are Redis' own.

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
    SKIP_MONITOR = enum.auto()
    SKIP_SLOWLOG = enum.auto()
    FAST = enum.auto()
    NO_AUTH = enum.auto()
    MAY_REPLICATE = enum.auto()
    NO_MANDATORY_KEYS = enum.auto()
    NO_ASYNC_LOADING = enum.auto()
    NO_MULTI = enum.auto()
    MOVABLEKEYS = enum.auto()
    """The keys are not at fixed positions. Follows from the fields; no command states it."""
    ALLOW_BUSY = enum.auto()


READ = Flags.READONLY
WRITE = Flags.WRITE
FAST = Flags.FAST
DENYOOM = Flags.DENYOOM
ANYTIME = Flags.LOADING | Flags.STALE
"""Runs even while the server is loading its data."""
NOT_SCRIPTED = ANYTIME | Flags.NOSCRIPT
"""About the connection or the server: it runs at any time, but not in a script."""
BEFORE_AUTH = NOT_SCRIPTED | FAST | Flags.NO_AUTH | Flags.ALLOW_BUSY
"""Runs even before the client has sent its password."""
OPERATOR = NOT_SCRIPTED | Flags.ADMIN
"""For the person who runs the server."""

REGISTRY = Registry()
"""The commands of step 5."""


class Command(ABC):
    """One request, parsed; derive a class from it to define a command."""

    registry: ClassVar[Registry] = REGISTRY
    name: ClassVar[bytes] = b""
    """In capitals, `b"CONFIG GET"`."""
    flags: ClassVar[Flags] = Flags.NONE
    writes: ClassVar[bool] = False
    """Whether it may change something: `flags` has WRITE, or the class says so, as PFCOUNT does.

    It is read for every request, and testing a flag is slow.
    """
    always_noted: ClassVar[bool] = False
    """Whether a journal keeps the command even if it changed nothing."""
    reads: bool = False
    """Whether INFO counts if the keys that it looks up are there: it changes nothing, or `asks`.

    A class that says it is False has them counted in another way.
    """
    asks: ClassVar[bool] = False
    """A command that may write: whether it looks keys up as one that changes nothing does."""
    asked_key: ClassVar[str] = ""
    """The name of the only field whose key counts then; "": all of them do."""
    group: ClassVar[str] = "generic"
    """Under which heading the command is documented."""
    categories: ClassVar[tuple[str, ...] | None] = None
    """The categories for access control that do not follow from the flags; None: from the group."""
    tips: ClassVar[tuple[str, ...]] = ()
    """What COMMAND tells proxies. https://redis.io/docs/latest/develop/reference/command-tips/"""
    own_fields: ClassVar[tuple[Field[Any], ...]] = ()
    fields: ClassVar[tuple[Field[Any], ...]] = ()
    syntax: ClassVar[tuple[Field[Any] | Options, ...]] = ()
    key_fields: ClassVar[tuple[Field[Any], ...]] = ()
    arity: ClassVar[int] = 0
    heads: ClassVar[int] = 1
    """How many words the name has: two for CONFIG GET."""
    request: Request = []  # noqa: RUF012 - the session sets one on each command
    """The words that this command was parsed from."""

    def __init_subclass__(
        cls, *, name: str = "", flags: Flags | None = None, abstract: bool = False, **rest: Any
    ) -> None:
        """Reads the fields and registers the command, unless it is `abstract`: a base for others.

        A later step extends a command by deriving from it. Its own base comes first, so that its
        own registry is the one: `class Set(Command, strings.Set)` is SET with more options.
        """
        super().__init_subclass__(**rest)
        cls.own_fields = tuple(field for field in vars(cls).values() if isinstance(field, Field))
        for field in cls.own_fields:
            if hasattr(Command, field.name):
                raise ValueError(f"{cls.__name__}.{field.name}: every command has one; rename it")
            # From here on a field is found through `fields`; the attribute of its name is its
            # default.
            setattr(cls, field.name, field.default)
        cls.fields = inherited(cls)
        cls.syntax = tuple(grouped(cls.fields))
        cls.key_fields = tuple(field for field in cls.fields if field.key_step or field.movable)
        if flags is not None:
            cls.flags = flags
        cls.writes = Flags.WRITE in cls.flags or vars(cls).get("writes", False)
        reads = cls.asks or (Flags.READONLY in cls.flags and bool(cls.key_fields))
        cls.reads = vars(cls).get("reads", reads)
        if any(field.movable for field in cls.fields):
            cls.flags |= Flags.MOVABLEKEYS
        if abstract:
            return
        cls.name = name.encode()
        cls.registry.register(cls)
        cls.heads = cls.name.count(b" ") + 1
        cls.arity = arity(cls)

    @classmethod
    def parse(cls, request: Request) -> Self:
        """The command object for `request`: its arguments have become typed fields.

        `cls.syntax` holds the parts that take words, in the order of the request: fields, each of
        which gives one value, and Options, which give several by name. Both have a `take`, which
        removes from the list what it uses. If words are left at the end, raise the error that
        `cls.unexpected` makes of them.

        >>> command = IncrBy.parse([b"INCRBY", b"hits", b"5"])
        >>> command.key, command.amount
        (b'hits', 5)
        """
        raise NotImplementedError("exercise 5.3")

    @classmethod
    def words(cls, request: Request) -> Words:
        """The words after the name, which has two words in CONFIG GET."""
        return Words(request[cls.heads :])

    @classmethod
    def unexpected(cls, words: Words) -> CommandError:
        """The error for words that no field has taken."""
        return CommandError(SYNTAX_ERROR)

    @classmethod
    def full_name(cls) -> str:
        """The name as Redis writes it in texts: `get`, `config|get`."""
        return cls.name.decode().lower().replace(" ", "|")

    @classmethod
    def wrong_arity(cls) -> CommandError:
        """The error for too few words, or too many."""
        return CommandError(f"ERR wrong number of arguments for '{cls.full_name()}' command")

    def keys(self) -> list[bytes]:
        """The keys that the request names, in order."""
        return [key for field in self.key_fields for key in field.keys(getattr(self, field.name))]

    @abstractmethod
    def execute(self, session: Any) -> Reply:
        """Runs the command and returns its reply. Raises CommandError."""

    def effects(self, reply: Reply) -> list[Request]:
        """The requests that have the same effect when they are run later: what a journal keeps.

        Most commands do the same whenever they run, and are their own effect. One that depends on
        the clock, or on chance, names requests that do not.
        """
        return [self.request]


def inherited(command: type[Command]) -> tuple[Field[Any], ...]:
    """The fields of a class and all its bases, the bases' first; a redefined name keeps its place."""
    by_name: dict[str, Field[Any]] = {}
    for base in reversed(command.__mro__):
        # copies, since `tail` of a field depends on what follows it in this class
        by_name |= {field.name: copy(field) for field in vars(base).get("own_fields", ())}
    return tuple(by_name.values())


def grouped(fields: tuple[Field[Any], ...]) -> list[Field[Any] | Options]:
    """The fields in order, with neighbouring options merged into one Options."""
    tail = 0
    for field in reversed(fields):
        field.tail = tail
        tail += field.least
    parts: list[Field[Any] | Options] = []
    for optional, group in groupby(fields, lambda field: isinstance(field, Optional)):
        members = list(group)
        parts += [Options(members)] if optional else members  # type: ignore[arg-type]
    return parts


def wrong_form(request: Request) -> CommandError:
    """The error for a member of a family whose words make no sense to it, with its name as it came."""
    family, member = text_of(request[0].upper()), text_of(request[1])
    return CommandError(
        f"ERR unknown subcommand or wrong number of arguments for '{member}'. Try {family} HELP."
    )


def arity(command: type[Command]) -> int:
    """The number of words, including the name; negative: at least that many."""
    name = command.name.count(b" ") + 1
    least = name + sum(field.least for field in command.fields)
    return -least if any(field.variable for field in command.fields) else least


class Family(Command, abstract=True):
    """A name that does nothing by itself: CONFIG, whose members are CONFIG GET and CONFIG SET.

    `class Config(Family)` is a whole definition. The registry looks for the member that the second
    word names; without a second word, the number of words is wrong.
    """

    categories = ()
    subcommand = Bulk()
    arguments = Rest(Bulk(), least=0)

    def execute(self, session: Any) -> Reply:
        raise self.wrong_arity()
