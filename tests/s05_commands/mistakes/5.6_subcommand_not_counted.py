"""Begins to count at word 1, which is still the name of a subcommand.

Caught by: test_the_key_of_a_subcommand
"""

from __future__ import annotations

from typing import Any

from steps.s05_commands.describe import categories_of, flags_of
from steps.s05_commands.registry import CommandClass


def describe(command: CommandClass) -> list[Any]:
    position = 1
    first = last = step = 0
    for field in command.fields:
        if field.key_step:
            first = first or position
            last = -1 - field.tail if field.variable else position
            step = field.key_step
        position += field.least
    name = command.full_name().encode()
    flags, categories = flags_of(command), categories_of(command)
    return [name, command.arity, flags, first, last, step, categories]
