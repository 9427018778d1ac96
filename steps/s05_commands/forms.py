"""The form of a request: how many words it may have, and when each is at a known place.

Most requests are a few words at fixed places, as in GET, SET, or ZADD with one member. Going
through the fields of such a command takes longer than the command itself. So once a session has
seen a command, it only gives the words their names. Any error is left to the fields, which know
what to say.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any, Final, NamedTuple, TypeAlias

from steps.s05_commands.fields import Bulk, Field, Key, Optional, Pairs, Rest, Word

MANY = float("inf")

Place: TypeAlias = "int | slice"
"""Where the words of a field are in a request."""


class Form(NamedTuple):
    """What requests for one command look like."""

    command: type[Any]
    """A class derived from Command, which is defined in a module that needs this one."""
    least: int
    most: float
    """How many words a request has, the name included."""
    plain_least: int = 1
    plain_most: float = 0
    """With that many words, it is known where those of each field stand."""
    first: str = ""
    """The name of the first argument, if it is a string."""
    strings: tuple[tuple[Place, str], ...] = ()
    """Place and name of each other field that takes its words as they are."""
    converted: tuple[tuple[Place, str, Callable[[Any], Any]], ...] = ()
    """Place, name and conversion of each field that does not."""


UNKNOWN: Final[tuple[Any, ...]] = (None, 1, 0, 1, 0, "", (), ())
"""The form of a command that no request has named yet: no number of words matches."""


def form_of(command: type[Any]) -> Form:
    """The form of a command."""
    least, most = abs(command.arity), MANY if command.arity < 0 else command.arity
    needed = [field for field in command.fields if field.least or isinstance(field, Rest)]
    if not all(map(is_one_word, needed[:-1])) or is_ambiguous(command.fields):
        return Form(command, least, most)
    first = needed[0].name if needed and is_string(needed[0]) else ""
    strings: list[tuple[Place, str]] = []
    converted: list[tuple[Place, str, Callable[[Any], Any]]] = []
    for place, field in enumerate(needed, 1):
        if isinstance(field, Pairs):
            converted.append((slice(place, None), field.name, field.pair))
        elif isinstance(field, Rest) and is_string(field.item):
            strings.append((slice(place, None), field.name))
        elif isinstance(field, Word) and not is_string(field):
            converted.append((place, field.name, field.convert))
        elif not is_string(field):
            return Form(command, least, most)
        elif place > 1:
            strings.append((place, field.name))
    plain = 1 + sum(field.least for field in needed)
    # Only if nothing may be left out is it certain which words belong to a field of many.
    endless = len(needed) == len(command.fields) and command.arity < 0
    plain_most = MANY if endless else plain
    return Form(command, least, most, plain, plain_most, first, tuple(strings), tuple(converted))


def is_one_word(field: Field[Any]) -> bool:
    """Whether the field takes one word, and the next field the word after it."""
    return isinstance(field, Word)


def is_string(field: Field[Any]) -> bool:
    """Whether the field takes one word as it is."""
    return type(field) in (Bulk, Key)


def is_ambiguous(fields: tuple[Field[Any], ...]) -> bool:
    """Whether an option comes before a string, which may be spelled like the option."""
    return any(
        isinstance(option, Optional) and is_string(beginning(field))
        for option, field in pairwise(fields)
    )


def beginning(field: Field[Any]) -> Field[Any]:
    """The field that the first word of a field of many belongs to."""
    if isinstance(field, Rest):
        return field.item
    return field.first if isinstance(field, Pairs) else field
