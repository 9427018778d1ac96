"""Registers under the name of the class as it is written.

Caught by: test_the_class_gives_the_name
"""

from __future__ import annotations

from steps.s05_commands import registry
from steps.s05_commands.registry import CommandClass


class Registry(registry.Registry):
    def add(self, command: CommandClass) -> None:
        command.name = command.name.upper() or command.__name__.encode()
        if command.name in self.own:
            raise ValueError(f"there are two commands named {command.name.decode()}")
        self.commands[command.name] = command
