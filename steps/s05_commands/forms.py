"""The form of a request: how many words it may have, and when its words need no conversion.

Most requests are nothing but strings at fixed places, as in GET, SET or LPUSH. Walking through the
fields of such a command takes longer than the command itself, so a session that has seen a command
once only gives the words their names.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from steps.s05_commands.fields import Bulk, Key, Optional, Rest

if TYPE_CHECKING:
    from steps.s05_commands.command import Command

MANY = float("inf")


class Form(NamedTuple):
    """What requests for one command look like."""

    command: type[Command]
    least: int
    most: float
    """How many words a request has, the name included."""
    plain_least: int
    plain_most: float
    """With that many words, all arguments are strings."""
    first: str
    """The name of the first argument; empty where there is none of its own."""
    others: tuple[tuple[int, str], ...]
    """Place and name of each argument after it."""
    rest: str
    """The name for all words after those; empty where none may follow."""


UNKNOWN: Final[tuple[Any, ...]] = (None, 1, 0, 1, 0, "", (), "")
"""The form of what no request has named yet: no number of words fits."""


def form_of(command: type[Command]) -> Form:
    """The form of a command."""
    least, most = abs(command.arity), MANY if command.arity < 0 else command.arity
    needed = [field for field in command.fields if field.least and not isinstance(field, Optional)]
    last = needed[-1] if needed else None
    # Only where nothing may be left out is it certain which words belong to a Rest.
    endless = isinstance(last, Rest) and len(needed) == len(command.fields)
    fixed = needed[:-1] if endless else needed
    strings = [*fixed, *([last.item] if endless and isinstance(last, Rest) else [])]
    first = fixed[0].name if fixed else ""
    others = tuple((place, field.name) for place, field in enumerate(fixed[1:], 2))
    if any(type(field) not in (Bulk, Key) for field in strings):
        return Form(command, least, most, 1, 0, first, others, "")
    plain = len(needed) + 1
    if endless and last:
        return Form(command, least, most, plain, MANY, first, others, last.name)
    return Form(command, least, most, plain, plain, first, others, "")
