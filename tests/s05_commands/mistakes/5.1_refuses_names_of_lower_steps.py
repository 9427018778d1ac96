"""Looks for the name in all layers, so a later step cannot define SET anew.

Caught by: test_a_later_step_may_define_a_name_anew
"""

from __future__ import annotations

from steps.s05_commands import registry
from steps.s05_commands.registry import CommandClass


class Registry(registry.Registry):
    def add(self, command: CommandClass) -> None:
        command.name = (command.name or command.__name__.encode()).upper()
        if command.name in self.commands:
            raise ValueError(f"there are two commands named {command.name.decode()}")
        self.commands[command.name] = command
