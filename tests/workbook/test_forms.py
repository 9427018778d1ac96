"""The short cut for requests whose words stand at known places gives what the fields give."""

from __future__ import annotations

import random
from typing import Any

import pytest

from steps.s02_resp.values import CommandError
from steps.s05_commands.session import CommandSession
from steps.s10_asyncio.command import Command
from steps.s10_asyncio.state import State

COMMANDS = {
    name: command
    for name, command in Command.registry.commands.items()
    if b" " not in name and name not in Command.registry.families
}

WORDS = b"k ab \xff 1 -1 2.5 inf (1 [a - * nx XX GT CH INCR GET PX LEFT right BEFORE COUNT LIMIT".split()
"""Strings, numbers, bounds, and the names of options, in all of the places."""


def what_comes_of(parse: Any, request: list[bytes]) -> object:
    try:
        command = parse(request)
    except CommandError as error:
        return str(error)
    values = {field.name: getattr(command, field.name) for field in command.fields}
    return type(command), values


@pytest.mark.parametrize("name", sorted(COMMANDS), ids=bytes.decode)
def test_the_short_cut_agrees_with_the_fields(name: bytes, seed: int) -> None:
    chance = random.Random(f"{seed} {name!r}")
    session = CommandSession(State())
    command = COMMANDS[name]
    for _ in range(60):
        count = chance.choice([abs(command.arity) - 1, chance.randrange(1, 8)])
        request = [name, *(chance.choice(WORDS) for _ in range(count))]
        by_fields = what_comes_of(session.command_for, request)
        for _ in range(2):  # the first one may only make the registry remember the form
            assert what_comes_of(session.parse, request) == by_fields, request
