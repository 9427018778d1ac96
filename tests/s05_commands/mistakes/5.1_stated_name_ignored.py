"""Always takes the name of the class: CONFIG GET becomes CONFIGGET.

Caught by: test_a_name_that_is_stated_counts
"""

from __future__ import annotations

from steps.s05_commands import registry
from steps.s05_commands.registry import CommandClass


class Registry(registry.Registry):
    def add(self, command: CommandClass) -> None:
        command.name = command.__name__.upper().encode()
        if command.name in self.own:
            raise ValueError(f"there are two commands named {command.name.decode()}")
        self.commands[command.name] = command
