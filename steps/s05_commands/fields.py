"""Fields: the pieces of which the syntax of a command is made.

A command states its syntax once, as class attributes in the order in which they are written:

    class Set(Command):
        key = Key()
        value = Bulk()
        condition = Choice("NX", "XX")

Parsing, arity, key positions, COMMAND and its docs all follow from these lines. An instance has
the typed value under the same name (`command.key` is `bytes`), or the default if the field was
left out.

Each field says how many words it takes at least (`least`), whether it may take more (`variable`),
and how it takes them from the front of the words that are left (`take`).

    one word      Key  Bulk  Integer  Float  OneOf       Maybe(…): it may be left out
    many words    Rest(…)  Pairs(…, …)  Counted(…)
    options       Flag  Choice  Option  PairOption  ChoiceOf  Weights  ManyOption
"""

from __future__ import annotations

import math
import re
from collections import deque
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Generic, TypeVar, overload

from steps.s02_resp.values import (
    INT64_MAX,
    INT64_MIN,
    NOT_AN_INTEGER,
    SYNTAX_ERROR,
    CommandError,
    parse_int64,
    text_of,
)

if TYPE_CHECKING:
    from typing import Self

T = TypeVar("T")
U = TypeVar("U")

NOT_A_FLOAT = "ERR value is not a valid float"

_PLAIN = b"-.0123456789"
_SHORT = 32
_NOT_DECIMAL = re.compile(rb"[\s_]")
_ZERO = re.compile(rb"[+-]?(0[xX])?[0.]*([eEpP].*)?")


def parse_double(raw: bytes) -> float | None:
    """The double that `raw` spells, or None. As C's strtod reads it, which Redis uses.

    `inf` and hexadecimal `0x1p-3` are numbers, `nan` is not. Python's float() also accepts blanks
    around the number and underscores between digits, and silently turns a number too large or too
    small for a double into inf or zero. Redis refuses all of these.
    """
    try:
        if len(raw) <= _SHORT and not raw.strip(_PLAIN):
            return float(raw)  # as most are written; what is that short is in the range of a double
        if _NOT_DECIMAL.search(raw):
            return None
        hexadecimal = b"x" in raw or b"X" in raw
        value = float.fromhex(raw.decode("ascii")) if hexadecimal else float(raw)
    except (ValueError, OverflowError):
        return None
    if value - value != 0:  # inf or nan
        return value if value == value and b"n" in raw.lower() else None
    if value == 0 and not _ZERO.fullmatch(raw):
        return None
    return value


class Words(deque[bytes]):
    """The words of a request that no field has taken yet."""

    counted = 0
    """The number that a Counted field has read, for a field that takes the same number of words."""
    given: frozenset[str] = frozenset()
    """The options that may not come again."""

    def note(self, word: str) -> None:
        """Notes an option that may come only once. The second time is a syntax error."""
        if word in self.given:
            raise CommandError(SYNTAX_ERROR)
        self.given |= {word}

    def peek(self) -> bytes:
        """The next word, left where it is; `b""` if no word is left."""
        return self[0] if self else b""

    def next(self) -> bytes:
        """Takes the next word. If none is left, that is a syntax error."""
        if not self:
            raise CommandError(SYNTAX_ERROR)
        return self.popleft()

    def several(self, count: int) -> list[bytes]:
        """Takes the next `count` words at once."""
        if count < len(self):
            return [self.popleft() for _ in range(count)]
        words = list(self)
        self.clear()
        return words


class Field(Generic[T]):
    """One piece of a command's syntax, and, in an instance, a value of type T."""

    name = ""
    least = 1
    variable = False
    default: Any = None
    tail = 0
    """How many words the fields after this one need at least."""
    kind = "string"
    """The type that COMMAND DOCS shows."""
    key_step = 0
    """1: the words at fixed positions are keys; 2: every second one is; 0: none."""
    movable = False
    """Whether only parsing the request can tell where the keys are."""
    keyword = b""
    """The word before the keys, of which there are as many as other words after them."""

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    if TYPE_CHECKING:

        @overload
        def __get__(self, instance: None, owner: type) -> Self: ...
        @overload
        def __get__(self, instance: object, owner: type) -> T: ...
        def __get__(self, instance: object | None, owner: type) -> Self | T: ...

    def take(self, words: Words) -> T:
        """Takes this field's words from the front and returns the value."""
        raise TypeError(f"{type(self).__name__} does not say how it takes its words")

    def keys(self, value: Any) -> Iterator[bytes]:
        """Those of the taken words that are keys."""
        return iter(())


# --- one word ------------------------------------------------------------------------------------


class Word(Field[T]):
    """A field of one word; with a default (of the same type) it may be left out."""

    def __init__(self, *, default: Any = ...) -> None:
        if default is not ...:
            self.default = default
            self.least, self.variable = 0, True

    def convert(self, raw: bytes) -> T:
        """The typed value of the word. Raises CommandError."""
        raise TypeError(f"{type(self).__name__} does not say how it converts a word")

    def convert_all(self, raws: list[bytes]) -> list[T]:
        """The typed values of several words. Raises CommandError."""
        return list(map(self.convert, raws))

    def take(self, words: Words) -> T:
        if self.variable and len(words) <= self.tail:
            default: T = self.default
            return default
        return self.convert(words.next())


class Maybe(Field["T | None"]):
    """A field of one word that may be left out: `LPOP key [count]`. The value is then None."""

    least = 0
    variable = True

    def __init__(self, field: Word[T]) -> None:
        self.field = field
        self.kind = field.kind

    def take(self, words: Words) -> T | None:
        return self.field.convert(words.next()) if len(words) > self.tail else None


class Bulk(Word[bytes]):
    """Any string, taken as it is."""

    if TYPE_CHECKING:

        def convert(self, raw: bytes) -> bytes: ...
    else:
        convert = staticmethod(bytes)  # gives back what it gets, in C

    def convert_all(self, raws: list[bytes]) -> list[bytes]:
        return raws

    def take(self, words: Words) -> bytes:
        if self.variable and len(words) <= self.tail:
            default: bytes = self.default
            return default
        return words.popleft() if words else words.next()


class Key(Bulk):
    """A string that names a key: COMMAND shows its position, the locks of step 4 hold it."""

    kind = "key"
    key_step = 1

    def keys(self, value: Any) -> Iterator[bytes]:
        yield value


class Integer(Word[int]):
    """A 64-bit integer in decimal, between `low` and `high`."""

    kind = "integer"

    def __init__(
        self,
        *,
        low: int = INT64_MIN,
        high: int = INT64_MAX,
        error: str = NOT_AN_INTEGER,
        range_error: str | None = None,
        default: Any = ...,
    ) -> None:
        super().__init__(default=default)
        self.low, self.high = low, high
        self.error, self.range_error = error, range_error or error

    def convert(self, raw: bytes) -> int:
        # Most counts are one digit, where nothing can be wrong.
        value = int(raw) if len(raw) == 1 and raw.isdigit() else parse_int64(raw)
        if value is None:
            raise CommandError(self.error)
        if not self.low <= value <= self.high:
            raise CommandError(self.range_error)
        return value


class Float(Word[float]):
    """A double between `low` and `high`; `inf` and `-inf` too, but never `nan`."""

    kind = "double"

    def __init__(
        self,
        *,
        low: float = -math.inf,
        high: float = math.inf,
        error: str = NOT_A_FLOAT,
        range_error: str | None = None,
        default: Any = ...,
    ) -> None:
        super().__init__(default=default)
        self.low, self.high = low, high
        self.error, self.range_error = error, range_error or error

    def convert(self, raw: bytes) -> float:
        # Most scores are a few digits, and those are exact in a double.
        value = float(raw) if raw.isdigit() and len(raw) < 16 else parse_double(raw)
        if value is None:
            raise CommandError(self.error)
        if not self.low <= value <= self.high:
            raise CommandError(self.range_error)
        return value


class OneOf(Word[str]):
    """One of some fixed words, in any case; the value is the word in capitals.

    `{}` in the error stands for the word as it was sent.
    """

    kind = "oneof"

    def __init__(self, *choices: str, error: str = SYNTAX_ERROR, default: Any = ...) -> None:
        super().__init__(default=default)
        self.choices = choices
        self.error = error

    def convert(self, raw: bytes) -> str:
        word = text_of(raw.upper())  # of bytes, `upper` changes ASCII only
        if word not in self.choices:
            raise CommandError(self.error.replace("{}", text_of(raw)))
        return word


# --- many words ----------------------------------------------------------------------------------


class Rest(Field[list[T]]):
    """The same field again and again: `DEL key [key ...]`. Leaves the words that later fields need."""

    variable = True

    def __init__(self, item: Word[T], *, least: int = 1) -> None:
        self.item = item
        self.least = least
        self.default: list[T] = []
        self.kind, self.key_step = item.kind, item.key_step

    def take(self, words: Words) -> list[T]:
        return self.item.convert_all(words.several(len(words) - self.tail))

    def keys(self, value: Any) -> Iterator[bytes]:
        for item in value:
            yield from self.item.keys(item)


class Pairs(Field[list[tuple[T, U]]]):
    """Two fields again and again: `MSET key value [key value ...]`. An odd word is refused."""

    variable = True

    def __init__(self, first: Word[T], second: Word[U], *, error: str = SYNTAX_ERROR) -> None:
        self.first, self.second = first, second
        self.error = error
        self.least = 2
        self.key_step = 2 * first.key_step

    def take(self, words: Words) -> list[tuple[T, U]]:
        return self.pair(words.several(len(words) - self.tail))

    def pair(self, words: list[bytes]) -> list[tuple[T, U]]:
        """The typed pairs in `words`, one after the other. Raises CommandError."""
        if len(words) % 2 or not words:
            raise CommandError(self.error)
        first, second = self.first.convert_all(words[::2]), self.second.convert_all(words[1::2])
        return list(zip(first, second))  # noqa: B905 - `strict` costs as much as it

    def keys(self, value: Any) -> Iterator[bytes]:
        for first, _ in value:
            yield from self.first.keys(first)


class Counted(Field[list[T]]):
    """A number, then that many of the same field: `ZUNIONSTORE … numkeys key [key ...]`."""

    variable = True
    least = 2

    def __init__(
        self, item: Word[T], *, count: Integer | None = None, short: str = SYNTAX_ERROR
    ) -> None:
        self.item = item
        self.count = count or Integer(low=1)
        self.short = short
        """The error where there are fewer words than the number says."""
        self.kind, self.movable = item.kind, bool(item.key_step)

    def take(self, words: Words) -> list[T]:
        words.counted = self.count.convert(words.next())
        if words.counted > len(words) - self.tail:
            raise CommandError(self.short)
        return self.item.convert_all(words.several(words.counted))

    def keys(self, value: Any) -> Iterator[bytes]:
        for item in value:
            yield from self.item.keys(item)


# --- options -------------------------------------------------------------------------------------


class Optional(Field[T]):
    """A field that is introduced by a word of its own and may be left out: `[NX]`, `[COUNT n]`.

    `words` are the words, in capitals, that introduce it. Options next to each other in a class
    may come in any order.
    """

    least = 0
    variable = True
    words: tuple[str, ...] = ()
    once = False
    """Whether repeating the word is an error. For most of Redis' commands it is not."""

    def take_option(self, word: str, words: Words) -> T:
        """The value, once `word` has been taken and has introduced this option."""
        raise TypeError(f"{type(self).__name__} does not say how it takes its words")


class Flag(Optional[bool]):
    """A word that is there or not: `[GET]`. The value is True or False."""

    default = False
    kind = "pure-token"

    def __init__(self, word: str, *, once: bool = False) -> None:
        self.words = (word,)
        self.once = once

    def take_option(self, word: str, words: Words) -> bool:
        if self.once:
            words.note(word)
        return True


class Choice(Optional["str | None"]):
    """At most one of some words: `[NX | XX]`. The value is the word, or None."""

    kind = "oneof"

    def __init__(self, *words: str, once: bool = False) -> None:
        self.words = words
        self.once = once

    def take_option(self, word: str, words: Words) -> str:
        if self.once:
            words.note(word)
        return word


class Option(Optional[T]):
    """A word with a value: `[COUNT count]`. The value is that of the field, or the default."""

    @overload
    def __init__(
        self: Option[U | None], word: str, field: Word[U], *, once: bool = False
    ) -> None: ...
    @overload
    def __init__(
        self: Option[U], word: str, field: Word[U], *, default: U, once: bool = False
    ) -> None: ...
    def __init__(
        self, word: str, field: Word[Any], *, default: Any = None, once: bool = False
    ) -> None:
        self.words = (word,)
        self.once = once
        self.field = field
        self.default = default
        self.kind, self.movable = field.kind, bool(field.key_step)

    def take_option(self, word: str, words: Words) -> T:
        if self.once:
            words.note(word)
        value: T = self.field.convert(words.next())
        return value

    def keys(self, value: Any) -> Iterator[bytes]:
        return iter(()) if value is None else self.field.keys(value)


class PairOption(Optional["tuple[T, U] | None"]):
    """A word with two values: `[LIMIT offset count]`. The value is both, or None."""

    def __init__(self, word: str, first: Word[T], second: Word[U], *, once: bool = False) -> None:
        self.words = (word,)
        self.first, self.second = first, second
        self.once = once

    def take_option(self, word: str, words: Words) -> tuple[T, U]:
        if self.once:
            words.note(word)
        if len(words) < 2:
            raise CommandError(SYNTAX_ERROR)
        return self.first.convert(words.next()), self.second.convert(words.next())


class ChoiceOf(Optional["tuple[str, T] | None"]):
    """At most one of some words, each with a value: `[EX seconds | PX milliseconds]`.

    The value is the word and its value, or None. A word whose field is None has no value.
    """

    kind = "oneof"

    def __init__(self, **fields: Word[T] | None) -> None:
        self.fields = fields
        self.words = tuple(fields)

    def take_option(self, word: str, words: Words) -> tuple[str, T]:
        field = self.fields[word]
        value: Any = field.convert(words.next()) if field else None
        return word, value


class ManyOption(Optional[list[T]]):
    """A word with values up to the end of the request: `[ID id [id ...]]`."""

    def __init__(self, word: str, item: Word[T]) -> None:
        self.words = (word,)
        self.item = item
        self.kind = item.kind
        self.default: list[T] = []

    def take_option(self, word: str, words: Words) -> list[T]:
        taken = [words.next() for _ in range(max(len(words), 1))]
        return self.item.convert_all(taken)


class Weights(Optional["list[T] | None"]):
    """A word with as many values as the Counted field before it has: `[WEIGHTS weight ...]`."""

    def __init__(self, word: str, item: Word[T]) -> None:
        self.words = (word,)
        self.item = item
        self.kind = item.kind

    def take_option(self, word: str, words: Words) -> list[T]:
        if words.counted > len(words):
            raise CommandError(SYNTAX_ERROR)
        return [self.item.convert(words.next()) for _ in range(words.counted)]


class Options:
    """Neighbouring options, which may come in any order."""

    def __init__(self, options: Sequence[Optional[Any]]) -> None:
        self.options = options
        self.by_word = {word: option for option in options for word in option.words}

    def take(self, words: Words) -> dict[str, Any]:
        """Takes options from the front of `words` as long as there are any: {option.name: value}.

        Options may come in any order, and their words in any case. `by_word` knows the option of
        each word, which is a `str` in capitals; a client may send any bytes in its place (`text_of`).
        What follows the word belongs to the option: `option.take_option(word, words)` takes that and
        returns the value. The first word that is not an option stays in `words`, with all that come
        after it.

        - The same word again is not an error: its last value counts, as in Redis.
        - Two words of the same option exclude each other, whatever value the second one has: NX and
          XX belong to one Choice, and `NX XX` is a syntax error, CommandError(SYNTAX_ERROR).

        >>> options = Options([Flag("GET"), Choice("NX", "XX")])    # named get and condition
        >>> options.take(Words([b"xx", b"GET"]))
        {'condition': 'XX', 'get': True}
        """
        raise NotImplementedError("exercise 5.4")
