"""Step 5: commands as objects. One class a command; defining it is all it takes.

Adds the registry, fields from which parsing, arity and COMMAND follow, and the commands on strings
and keys, some thirty of them. `python -m steps.s05 serve` runs it.
"""

from __future__ import annotations

# Importing these registers their commands.
from steps.s05_commands import commands
from steps.s05_commands.command import REGISTRY, Command, Family
from steps.s05_commands.describe import describe
from steps.s05_commands.glob import matches
from steps.s05_commands.longdouble import add_long_doubles
from steps.s05_commands.registry import Registry
from steps.s05_commands.server import CommandServer
from steps.s05_commands.session import CommandSession
from steps.s05_commands.state import State

__all__ = [
    "REGISTRY",
    "Command",
    "CommandServer",
    "CommandSession",
    "Family",
    "Flags",
    "Registry",
    "State",
    "add_long_doubles",
    "commands",
    "describe",
    "matches",
]
