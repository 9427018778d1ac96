"""The registry of step 10, over that of step 9, and the bases of its commands."""

from __future__ import annotations

from typing import Any

from steps.s02_resp.values import Reply, Request
from steps.s05_commands import command
from steps.s05_commands.command import ANYTIME
from steps.s05_commands.commands.introspect import help_of
from steps.s05_commands.registry import Registry
from steps.s09_logging.command import REGISTRY as LOGGING

REGISTRY = Registry(LOGGING)


class Command(command.Command, abstract=True):
    """A command of step 10."""

    registry = REGISTRY


class MayWrite(Command, abstract=True):
    """A command that may write or not, as its words say: EVAL, if the script has flags."""

    @classmethod
    def may_write(cls, request: Request, session: Any) -> bool:
        """Whether CLIENT PAUSE WRITE holds this request, as long as nothing else is known."""
        return True


class Help(Command, abstract=True, flags=ANYTIME):
    """The member HELP of a family: `class ConfigHelp(Help, name="CONFIG HELP")`."""

    def execute(self, session: Any) -> Reply:
        return help_of(self.name.partition(b" ")[0], self.registry)
