"""Answers to steps/s05_commands/describe.py."""

from __future__ import annotations

from typing import Any

from steps.s05_commands.command import Command
from steps.s05_commands.describe import categories_of, flags_of


def describe(command: type[Command]) -> list[Any]:
    # The position is counted from `least`, so that an option, which has no fixed place, does not
    # count. The last key of a field that goes on to the end can only be counted from the end. A
    # table of positions for each command would look shorter, and be wrong after the first change
    # of a field.
    position = command.name.count(b" ") + 1
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
