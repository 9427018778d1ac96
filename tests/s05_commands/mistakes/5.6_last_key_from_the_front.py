"""Counts the last key from the front, also where keys go on to the end.

Caught by: test_keys_up_to_the_end
"""

from __future__ import annotations

from typing import Any

from steps.s05_commands.describe import categories_of, flags_of
from steps.s05_commands.registry import CommandClass


def describe(command: CommandClass) -> list[Any]:
    position = command.name.count(b" ") + 1
    first = last = step = 0
    for field in command.fields:
        if field.key_step:
            first, last, step = first or position, position, field.key_step
        position += field.least
    name = command.full_name().encode()
    flags, categories = flags_of(command), categories_of(command)
    return [name, command.arity, flags, first, last, step, categories]
