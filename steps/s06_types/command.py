"""The registry of step 6, over that of step 5, and the base of its commands."""

from __future__ import annotations

from steps.s05_commands import command
from steps.s05_commands.command import Flags
from steps.s05_commands.registry import Registry

READ = Flags.READONLY
WRITE = Flags.WRITE
FAST = Flags.FAST
DENYOOM = Flags.DENYOOM

ANY_ORDER = ("nondeterministic_output_order",)
BY_CHANCE = ("nondeterministic_output",)
"""Tips to whoever compares the replies of two servers."""

REGISTRY = Registry(command.REGISTRY)
"""The commands of step 6 and of the steps below."""


class Command(command.Command, abstract=True):
    """A command of step 6; the group says to which type it belongs."""

    registry = REGISTRY
