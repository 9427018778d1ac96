"""The registry of step 7, over that of step 6, and the base of its commands."""

from __future__ import annotations

from steps.s05_commands import command
from steps.s05_commands.registry import Registry
from steps.s06_types.command import REGISTRY as TYPES

REGISTRY = Registry(TYPES)


class Command(command.Command, abstract=True):
    """A command of step 7."""

    registry = REGISTRY
