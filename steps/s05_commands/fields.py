"""Fields: the pieces of which the syntax of a command is made.

A command states its syntax once, as class attributes in the order in which they are written:

    class Set(Command):
        key = Key()
        value = Bulk()
        condition = Choice("NX", "XX")

Parsing, arity, key positions, COMMAND and its docs all follow from these lines. An instance has the
typed value under the same name (`command.key` is `bytes`), a field that was not given its default.

Each field says how many words it takes at least (`least`), whether it may take more (`variable`), and
how it takes them from the front of the words that are left (`take`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Generic, TypeVar, overload

from steps.s02_resp.values import INT64_MAX, INT64_MIN, CommandError, parse_int64

if TYPE_CHECKING:
    from typing import Self

T = TypeVar("T")
U = TypeVar("U")

SYNTAX_ERROR = "ERR syntax error"
NOT_AN_INTEGER = "ERR value is not an integer or out of range"
NOT_A_FLOAT = "ERR value is not a valid float"


class Words:
    """The words of a request that no field has taken yet."""

    def __init__(self, words: Sequence[bytes]) -> None:
        self._words = words
        self._position = 0

    def __len__(self) -> int:
        return len(self._words) - self._position

    def peek(self) -> bytes:
        """The next word, left where it is; `b""` if there is none."""
        return self._words[self._position] if self else b""

    def next(self) -> bytes:
        """Takes the next word. None left: a syntax error."""
        if not self:
            raise CommandError(SYNTAX_ERROR)
        self._position += 1
        return self._words[self._position - 1]


class Field(Generic[T]):
    """One piece of a command's syntax, and, in an instance, a value of type T."""

    name = ""
    least = 1
    variable = False
    default: Any = None
    tail = 0
    """How many words the fields behind this one need at least."""
    kind = "string"
    """The type that COMMAND DOCS tells."""

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
    """A field of one word; with a default it may be left out."""

    def __init__(self, *, default: Any = ...) -> None:
        if default is not ...:
            self.default = default
            self.least, self.variable = 0, True

    def convert(self, raw: bytes) -> T:
        """The typed value of the word. Raises CommandError."""
        raise TypeError(f"{type(self).__name__} does not say how it converts a word")

    def take(self, words: Words) -> T:
        if self.variable and len(words) <= self.tail:
            default: T = self.default
            return default
        return self.convert(words.next())


class Bulk(Word[bytes]):
    """Any string, taken as it is."""

    def convert(self, raw: bytes) -> bytes:
        return raw


class Key(Bulk):
    """A string that names a key: COMMAND tells where it stands, the locks of step 4 hold it."""

    kind = "key"

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
        value = parse_int64(raw)
        if value is None:
            raise CommandError(self.error)
        if not self.low <= value <= self.high:
            raise CommandError(self.range_error)
        return value


class Float(Word[float]):
    """A double in decimal; `inf` and `-inf` too, but never `nan`."""

    kind = "double"

    def __init__(self, *, error: str = NOT_A_FLOAT, default: Any = ...) -> None:
        super().__init__(default=default)
        self.error = error

    def convert(self, raw: bytes) -> float:
        try:
            # float() also takes blanks around and underscores between the digits; C's strtod none.
            value = float(raw) if raw == raw.strip() and b"_" not in raw else float("nan")
        except ValueError:
            value = float("nan")
        if value != value:
            raise CommandError(self.error)
        return value


class OneOf(Word[str]):
    """One of some fixed words, in any case; the value is the word in capitals."""

    kind = "oneof"

    def __init__(self, *choices: str, error: str = SYNTAX_ERROR, default: Any = ...) -> None:
        super().__init__(default=default)
        self.choices = choices
        self.error = error

    def convert(self, raw: bytes) -> str:
        word = raw.decode("utf-8", "replace").upper()
        if word not in self.choices:
            raise CommandError(self.error)
        return word


# --- many words ----------------------------------------------------------------------------------


class Rest(Field[list[T]]):
    """The same field again and again: `DEL key [key ...]`. Leaves what the fields behind it need."""

    variable = True

    def __init__(self, item: Word[T], *, least: int = 1) -> None:
        self.item = item
        self.least = least
        self.kind = item.kind

    def take(self, words: Words) -> list[T]:
        return [self.item.convert(words.next()) for _ in range(len(words) - self.tail)]

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

    def take(self, words: Words) -> list[tuple[T, U]]:
        pairs, odd = divmod(len(words) - self.tail, 2)
        if odd or not pairs:
            raise CommandError(self.error)
        return [
            (self.first.convert(words.next()), self.second.convert(words.next()))
            for _ in range(pairs)
        ]

    def keys(self, value: Any) -> Iterator[bytes]:
        for first, _ in value:
            yield from self.first.keys(first)


class Counted(Field[list[T]]):
    """A number, then so many of the same field: `ZUNIONSTORE … numkeys key [key ...]`."""

    variable = True
    least = 2

    def __init__(self, item: Word[T], *, count: Integer | None = None) -> None:
        self.item = item
        self.count = count or Integer(low=1)
        self.kind = item.kind

    def take(self, words: Words) -> list[T]:
        count = self.count.convert(words.next())
        if count > len(words):
            raise CommandError(SYNTAX_ERROR)
        return [self.item.convert(words.next()) for _ in range(count)]

    def keys(self, value: Any) -> Iterator[bytes]:
        for item in value:
            yield from self.item.keys(item)


# --- options -------------------------------------------------------------------------------------


class Optional(Field[T]):
    """A field that is introduced by a word of its own and may be left out: `[NX]`, `[COUNT n]`.

    `words` are the words, in capitals, that introduce it. Options that stand side by side in a class
    may come in any order.
    """

    least = 0
    variable = True
    words: tuple[str, ...] = ()

    def take_option(self, word: str, words: Words) -> T:
        """The value, once `word` has been taken and has introduced this option."""
        raise TypeError(f"{type(self).__name__} does not say how it takes its words")


class Flag(Optional[bool]):
    """A word that is there or not: `[GET]`. The value is True or False."""

    default = False
    kind = "pure-token"

    def __init__(self, word: str) -> None:
        self.words = (word,)

    def take_option(self, word: str, words: Words) -> bool:
        return True


class Choice(Optional["str | None"]):
    """At most one of some words: `[NX | XX]`. The value is the word, or None."""

    kind = "oneof"

    def __init__(self, *words: str) -> None:
        self.words = words

    def take_option(self, word: str, words: Words) -> str:
        return word


class Option(Optional["T | None"]):
    """A word with a value: `[COUNT count]`. The value is that of the field, or the default."""

    def __init__(self, word: str, field: Word[T], *, default: T | None = None) -> None:
        self.words = (word,)
        self.field = field
        self.default = default
        self.kind = field.kind

    def take_option(self, word: str, words: Words) -> T:
        return self.field.convert(words.next())


class PairOption(Optional["tuple[T, U] | None"]):
    """A word with two values: `[LIMIT offset count]`. The value is both, or None."""

    def __init__(self, word: str, first: Word[T], second: Word[U]) -> None:
        self.words = (word,)
        self.first, self.second = first, second

    def take_option(self, word: str, words: Words) -> tuple[T, U]:
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


class Options:
    """Options side by side: they may come in any order, each at most once."""

    def __init__(self, options: Sequence[Optional[Any]]) -> None:
        self.options = options
        self.by_word = {word: option for option in options for word in option.words}

    def take(self, words: Words) -> dict[str, Any]:
        """Takes options from the front of `words` as long as there are any: {field name: value}.

        Look at the next word (`words.peek()`), in capitals and as `str` (`by_word` has str keys;
        decode with "replace", a client may send any bytes). If it is in `by_word`, take it
        (`words.next()`) and let the option take its value: `option.take_option(word, words)`.
        Stop at the first word that is no option, or when none is left; the caller judges the rest.

        An option that was there already is a syntax error: CommandError(SYNTAX_ERROR). That covers
        `NX XX` as well, since both words belong to one Choice.

        >>> options = Options([Flag("GET"), Choice("NX", "XX")])    # named get and condition
        >>> options.take(Words([b"xx", b"GET"]))
        {'condition': 'XX', 'get': True}
        """
        raise NotImplementedError("exercise 5.4")
