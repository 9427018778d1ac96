"""The registry of step 6, over that of step 5, and what its commands have in common."""

from __future__ import annotations

from steps.s05_commands import command
from steps.s05_commands.registry import Registry
from steps.s06_types.turns import InTurn

ANY_ORDER = ("nondeterministic_output_order",)
BY_CHANCE = ("nondeterministic_output",)
"""Tips for a client that compares the replies of two servers."""

NO_SUCH_KEY = "ERR no such key"
NOT_POSITIVE = "ERR value is out of range, must be positive"
NO_NUMKEYS = "ERR numkeys should be greater than 0"
NO_COUNT = "ERR count should be greater than 0"
NEGATIVE_LIMIT = "ERR LIMIT can't be negative"

REGISTRY = Registry(command.REGISTRY)
"""The commands of step 6 and of the steps below."""


class Command(InTurn, abstract=True):
    """A command of step 6; its group says which type it belongs to."""

    registry = REGISTRY
