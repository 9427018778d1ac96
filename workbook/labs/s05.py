"""Sample commands for experiments and tests, in a registry of their own: no server knows them.

They are not commands of Redis, but each has the syntax of one that comes in a later step:

    SPAN key start stop                                       LRANGE
    KEEP key value [EX n | PX n | KEEPTTL] [NX | XX] [GET]    SET
    SCORE key [NX | XX] [CH] score member [score member ...]  ZADD
    TAKE key [count]                                          LPOP
    AWAIT key [key ...] timeout                               BLPOP
    MERGE target numkeys key [key ...]                        ZUNIONSTORE
    BOX OPEN key · BOX SHUT key                               OBJECT ENCODING
    BRIDGE start end key                                      nothing: start and end are one field
    UNLOCK key                                                nothing: a field of a class of its own
    PICKY word                                                nothing: another error than the rest
    SUM number number · HELLO · PING                          nothing: a sum, and greetings

Functions and methods here take and return plain values; an error is its line, with a minus in
front as on the wire.

    lab.parsed([b"SPAN", b"k", b"0", b"-1"])   {'key': b'k', 'start': 0, 'stop': -1}
    lab.parsed([b"SPAN", b"k", b"0", b"x"])    '-ERR value is not an integer or out of range'
"""

from __future__ import annotations

import types
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias, assert_type

from steps.s02_resp.values import CommandError, Reply, Request, SimpleString
from steps.s03_store.store import Store
from steps.s05_commands.command import REGISTRY, Command, Family, Flags
from steps.s05_commands.describe import describe
from steps.s05_commands.fields import (
    Bulk,
    Choice,
    ChoiceOf,
    Counted,
    Field,
    Flag,
    Float,
    Integer,
    Key,
    Maybe,
    Options,
    Pairs,
    Rest,
    Words,
)
from steps.s05_commands.registry import Registry
from steps.s05_commands.session import CommandSession
from steps.s05_commands.state import State
from workbook.labs.s03 import WatchedStore

Plain: TypeAlias = Any
"""A value made of Python's own types, such as a test can write down."""

SAMPLES = Registry()
"""The sample commands."""


class Sample(Command, abstract=True):
    """A sample command; it answers with the values of its fields."""

    registry = SAMPLES

    def execute(self, session: CommandSession) -> Reply:
        return [str(values_of(self)[field.name]).encode() for field in self.fields]


class Span(Sample, flags=Flags.READONLY):
    """Elements from start to stop."""

    key = Key()
    start = Integer()
    stop = Integer()


class Keep(Sample, flags=Flags.WRITE):
    """Keeps a value, with options."""

    key = Key()
    value = Bulk()
    time = ChoiceOf(EX=Integer(), PX=Integer(), KEEPTTL=None)
    condition = Choice("NX", "XX")
    get = Flag("GET")


class Score(Sample, flags=Flags.WRITE | Flags.FAST):
    """Options before pairs."""

    key = Key()
    condition = Choice("NX", "XX")
    changed = Flag("CH")
    members = Pairs(Float(), Bulk())


class Take(Sample, flags=Flags.WRITE):
    """A word that may be left out."""

    key = Key()
    count = Maybe(Integer())


class Await(Sample, flags=Flags.WRITE | Flags.BLOCKING):
    """Any number of keys with a word after them."""

    names = Rest(Key())
    timeout = Float()


class Merge(Sample, flags=Flags.WRITE):
    """Keys that are counted by the word before them."""

    target = Key()
    sources = Counted(Key())


class Box(Sample, Family):
    """A family of two."""


class BoxOpen(Sample, name="BOX OPEN"):
    """A key behind two words of name."""

    key = Key()


class BoxShut(Sample, name="BOX SHUT"):
    """The other member."""

    key = Key()


class Ends(Field[list[bytes]]):
    """A field of two words."""

    least = 2

    def take(self, words: Words) -> list[bytes]:
        return words.several(2)


class Bridge(Sample):
    """A key after a field of two words."""

    ends = Ends()
    key = Key()


class Lock(Field[bytes]):
    """A field whose word is a key, though it is not a Key."""

    key_step = 1

    def take(self, words: Words) -> bytes:
        return words.next()


class Unlock(Sample):
    """A key in a field of its own."""

    lock = Lock()


class Picky(Sample):
    """One word, and an error of its own for more."""

    word = Bulk()

    @classmethod
    def unexpected(cls, words: Words) -> CommandError:
        return CommandError(f"ERR PICKY wants no {words.peek().decode()}")


class Sum(Sample):
    """Two numbers, added."""

    left = Integer()
    right = Integer()

    def execute(self, session: CommandSession) -> Reply:
        return self.left + self.right


class Hello(Sample):
    """A greeting; no words after the name."""

    def execute(self, session: CommandSession) -> Reply:
        return SimpleString("HI")


class Ping(Sample):
    """A name that the server has too; here it answers otherwise."""

    def execute(self, session: CommandSession) -> Reply:
        return SimpleString("HI TOO")


CLASSES: dict[bytes, type[Command]] = {
    b"SPAN": Span,
    b"KEEP": Keep,
    b"SCORE": Score,
    b"TAKE": Take,
    b"AWAIT": Await,
    b"MERGE": Merge,
    b"BOX": Box,
    b"BOX OPEN": BoxOpen,
    b"BOX SHUT": BoxShut,
    b"BRIDGE": Bridge,
    b"UNLOCK": Unlock,
    b"PICKY": Picky,
    b"SUM": Sum,
    b"HELLO": Hello,
    b"PING": Ping,
}
"""The samples by name, also while they register nowhere because exercise 5.1 is empty."""


# --- what tests and experiments ask ---------------------------------------------------------------


class Layers:
    """Two registries, one over the other, in which commands can be defined.

    >>> layers = Layers()
    >>> layers.define("LLen")
    >>> layers.names()
    [b'LLEN']
    """

    def __init__(self) -> None:
        self.lower = Registry()
        self.upper = Registry(self.lower)

    def define(self, class_name: str, name: str = "", *, upper: bool = False) -> bytes:
        """Defines a class of that name without fields; returns the name of the command.

        What `Registry.add` raises comes through.
        """
        registry = self.upper if upper else self.lower

        def body(namespace: dict[str, Any]) -> None:
            namespace["registry"] = registry
            namespace["execute"] = lambda self, session: None

        made: Any = types.new_class(class_name, (Command,), {"name": name}, body)
        if registry.stub:
            raise registry.stub
        named: bytes = made.name
        return named

    def refused(self, class_name: str, name: str = "", *, upper: bool = False) -> str | None:
        """The text of the ValueError for that definition; None where it was accepted."""
        try:
            self.define(class_name, name, upper=upper)
        except ValueError as error:
            return str(error)
        return None

    def names(self, *, upper: bool = False) -> list[bytes]:
        """The names that a registry knows; the upper one sees those of the lower as well."""
        return sorted((self.upper if upper else self.lower).commands)

    def class_named(self, name: bytes, *, upper: bool = False) -> str:
        """The name of the class for the name of a command."""
        return (self.upper if upper else self.lower).commands[name].__name__


def found(request: Request) -> Plain:
    """The name of the command that `request` means, as bytes, or the error."""
    try:
        return SAMPLES.find(request).name
    except CommandError as error:
        return f"-{error}"


def parsed(request: Request) -> Plain:
    """What a sample command makes of `request`: {field: value}, or the error."""
    try:
        return values_of(sample(request).parse(request))
    except CommandError as error:
        return f"-{error}"


def parsed_one_after_the_other(*requests: Request) -> list[Plain]:
    """The same for several requests, looked at after the last one has been parsed."""
    commands = [sample(request).parse(request) for request in requests]
    return [values_of(command) for command in commands]


def request_after_parse(request: Request) -> Request:
    """What has become of a request once a sample command has parsed it."""
    sample(request).parse(request)
    return request


def way(session: CommandSession, request: Request) -> list[tuple[str, list[str]]]:
    """The way of a request from the text of a class to its reply: a heading and lines for each part."""
    command = session.state.registry.commands[request[0]]
    made = session.parse(request)
    fields = [(field.name, type(field).__name__) for field in command.fields]
    return [
        (f"class {command.__name__}", [f"{name} = {kind}()" for name, kind in fields]),
        ("registry", [f"{command.name!r}: {command.__name__}", f"arity {command.arity}"]),
        ("parse", [f"{name} = {getattr(made, name)!r}" for name, _ in fields]),
        ("run", ["made.execute(session)", repr(session.answer(request))]),
    ]


def taken(name: bytes, words: Request) -> Plain:
    """What the options of KEEP or SCORE take of `words`: [{field: value}, the words left]."""
    parts = (part for part in sample([name]).syntax if isinstance(part, Options))
    left = Words(words)
    try:
        values = {name: plain(value) for name, value in next(parts).take(left).items()}
    except CommandError as error:
        return f"-{error}"
    return [values, [left.next() for _ in range(len(left))]]


def described(name: bytes) -> list[Plain]:
    """What COMMAND INFO says first of a command of the server or of a sample: seven items.

    Raises what has gone wrong in the module of the command, if that cannot be imported.
    """
    try:
        command = REGISTRY.get(name) or CLASSES[name]
    except CommandError as error:
        raise error.__cause__ or error from None
    return [plain(item) for item in describe(command)]


FIELDS: dict[str, Callable[[], Field[Any]]] = {
    "word": Bulk,
    "key": Key,
    "ends": Ends,
    "keys": lambda: Rest(Key()),
    "pairs": lambda: Pairs(Key(), Bulk()),
}
"""Fields that a command may be made of."""


def positions_in(name: str, kinds: list[str]) -> list[int]:
    """The positions of keys in a command of that name, which has fields of these kinds in this order."""
    registry = Registry()

    def body(namespace: dict[str, Any]) -> None:
        namespace["registry"] = registry
        namespace["execute"] = lambda self, session: None
        namespace.update({f"field{at}": FIELDS[kind]() for at, kind in enumerate(kinds)})

    made: Any = types.new_class("Made", (Command,), {"name": name}, body)
    if registry.stub:
        raise registry.stub
    positions: list[int] = describe(made)[3:6]
    return positions


def sample(request: Request) -> type[Command]:
    """The sample command that `request` names. Not by `Registry.find`, which is an exercise."""
    two_words = CLASSES.get(b" ".join(request[:2]).upper())
    return two_words or CLASSES[request[0].upper()]


def values_of(command: Command) -> dict[str, Plain]:
    """The fields of a parsed request with their values."""
    return {field.name: plain(getattr(command, field.name)) for field in command.fields}


def plain(value: Any) -> Plain:
    """The value with lists in place of tuples, and with plain strings."""
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return str(value) if isinstance(value, str) else value


class SampleState(State):
    """A state whose server knows the samples, and nothing else."""

    registry = SAMPLES


class SampleSession(CommandSession):
    """A session over the samples, which notes what it ran."""

    def __init__(self) -> None:
        super().__init__(SampleState())
        self.ran: list[Request] = []

    def run(self, command: Command) -> Reply:  # type: ignore[override] # as in step 5
        self.ran.append(command.request)
        return super().run(command)


def made_for(request: Request) -> list[str]:
    """What `command_for` does with a command that only notes it, and what it returns."""
    notes: list[str] = []

    class Probe:
        arity = 2

        @classmethod
        def parse(cls, request: Request) -> Probe:
            notes.append("parsed " + b" ".join(request).decode())
            return cls()

        def execute(self, session: CommandSession) -> Reply:
            notes.append("executed")
            return None

    session = SampleSession()
    session.state.registry = Registry()
    session.state.registry.commands[b"PROBE"] = Probe
    found: Any = session.command_for(request)
    return [*notes, f"returned a {type(found).__name__}"]


class BufferedStore(Store):
    """A store that shows each string as the buffer in which step 6 may keep it."""

    def peek(self, key: bytes) -> bytes | bytearray | None:
        value = self.get(key)
        return None if value is None else bytearray(value)


class BufferedState(State):
    """A state with such a store."""

    def new_store(self) -> Store:
        return BufferedStore()


class WatchedState(State):
    """A state with a store that notes how it is read."""

    def new_store(self) -> Store:
        return WatchedStore()


def reads_of(line: bytes) -> list[str]:
    """What a command reads through `get` of the store, as `peek` does: `["get k"]`."""
    state = WatchedState()
    CommandSession(state).receive(line + b"\r\n")
    assert isinstance(state.store, WatchedStore)
    return state.store.reads


def buffered_session() -> CommandSession:
    """A session over a store that keeps strings in buffers."""
    return CommandSession(BufferedState())


if TYPE_CHECKING:

    def types_of_fields(keep: Keep, score: Score, take: Take, wait: Await, merge: Merge) -> None:
        """What mypy makes of the fields of an object. Nothing of it ever runs."""
        assert_type(keep.key, bytes)
        assert_type(keep.time, tuple[str, int] | None)
        assert_type(keep.condition, str | None)
        assert_type(keep.get, bool)
        assert_type(score.members, list[tuple[float, bytes]])
        assert_type(take.count, int | None)
        assert_type(wait.names, list[bytes])
        assert_type(wait.timeout, float)
        assert_type(merge.sources, list[bytes])
