"""Plans: what the hot path of the server has to know of a command, looked up once for all requests.

Most requests are plain: nothing but strings, as in GET, SET or LPUSH. For those the way through
`Command.parse`, field by field, is several times as long as the command itself.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

from steps.s02_resp.values import Request
from steps.s05_commands.command import Command
from steps.s05_commands.fields import Bulk, Field, Key, Optional, Rest
from steps.s05_commands.registry import Registry

MANY = float("inf")


class Plan(NamedTuple):
    """How requests for one command are turned into objects."""

    command: type[Command]
    least: int
    most: float
    """How many words a request has, the name included."""
    plain_least: int
    plain_most: float
    """With so many words, it has nothing but strings for arguments."""
    make: Callable[[Request], Command]
    """Makes the command from a plain request."""


def plan_of(command: type[Command]) -> Plan:
    """The plan for a command."""
    least, most = abs(command.arity), MANY if command.arity < 0 else command.arity
    needed = [field for field in command.fields if field.least and not isinstance(field, Optional)]
    *front, last = needed or [Bulk()]
    # Where something may be left out, a Rest can't tell it from its own words.
    endless = isinstance(last, Rest) and len(needed) == len(command.fields)
    strings = [*front, last.item if isinstance(last, Rest) and endless else last]
    if any(type(field) not in (Bulk, Key) for field in strings):
        return Plan(command, least, most, 1, 0, command.parse)
    plain = len(needed) + 1
    return Plan(command, least, most, plain, MANY if endless else plain, maker(command, needed))


def maker(command: type[Command], fields: list[Field[Any]]) -> Callable[[Request], Command]:
    """A function that makes `command` from a request of nothing but strings.

    It is written as source and compiled, as dataclasses write their `__init__`: a loop over the
    fields would take longer than most commands do.
    """
    lines = ["def make(request):", "    command = new()"]
    for place, field in enumerate(fields, 1):
        words = f"{place}:" if type(field) is Rest else str(place)
        lines.append(f"    command.{field.name} = request[{words}]")
    scope: dict[str, Any] = {"new": command}
    exec("\n".join([*lines, "    return command"]), scope)
    make: Callable[[Request], Command] = scope["make"]
    return make


@cache
def plans_of(registry: Registry) -> dict[bytes, Plan]:
    """The plans by name, in capitals and in small letters, as clients write them.

    A family (CONFIG) has none: which command it is, the second word says.
    """
    plans = {
        name: plan_of(command)
        for name, command in registry.commands.items()
        if b" " not in name and not registry.subcommands(name)
    }
    return plans | {name.lower(): plan for name, plan in plans.items()}
