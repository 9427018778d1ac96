"""Lets a second command of the same name take the place of the first.

Caught by: test_a_name_twice_is_refused
"""

from __future__ import annotations

from steps.s05_commands import registry
from steps.s05_commands.registry import CommandClass


class Registry(registry.Registry):
    def add(self, command: CommandClass) -> None:
        command.name = (command.name or command.__name__.encode()).upper()
        self.commands[command.name] = command
