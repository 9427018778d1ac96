"""The registry of step 10, over that of step 9, and the base of its commands."""

from __future__ import annotations

from steps.s05_commands import command
from steps.s05_commands.registry import Registry
from steps.s09_logging.command import REGISTRY as LOGGING

REGISTRY = Registry(LOGGING)


class Command(command.Command, abstract=True):
    """A command of step 10."""

    registry = REGISTRY
