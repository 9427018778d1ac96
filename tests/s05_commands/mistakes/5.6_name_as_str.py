"""Makes a str of the bytes of the name: b'get', quotes and all.

Caught by: test_the_name
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
            first = first or position
            last = -1 - field.tail if field.variable else position
            step = field.key_step
        position += field.least
    name = str(command.name).lower().encode()
    flags, categories = flags_of(command), categories_of(command)
    return [name, command.arity, flags, first, last, step, categories]
