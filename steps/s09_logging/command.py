"""The registry of step 9, over that of step 7, and the base of its commands."""

from __future__ import annotations

from steps.s05_commands import command
from steps.s05_commands.registry import Registry
from steps.s07_persistence.command import REGISTRY as PERSISTENCE

REGISTRY = Registry(PERSISTENCE)


class Command(command.Command, abstract=True):
    """A command of step 9."""

    registry = REGISTRY
