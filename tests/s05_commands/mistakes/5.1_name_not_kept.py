"""Registers the class without telling it under which name.

Caught by: test_the_class_knows_its_name
"""

from __future__ import annotations

from steps.s05_commands import registry
from steps.s05_commands.registry import CommandClass


class Registry(registry.Registry):
    def add(self, command: CommandClass) -> None:
        name = (command.name or command.__name__.encode()).upper()
        if name in self.own:
            raise ValueError(f"there are two commands named {name.decode()}")
        self.commands[name] = command
