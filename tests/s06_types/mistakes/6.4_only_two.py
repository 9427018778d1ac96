"""Looks at the first two sets.

Caught by: test_three_operations
"""

from __future__ import annotations

from collections.abc import Sequence

from steps.s06_types.commands.sets import INTER, UNION


def algebra(operation: str, sets: Sequence[set[bytes]]) -> set[bytes]:
    first, second = sets[0], sets[-1] if len(sets) < 2 else sets[1]
    if operation == UNION:
        return first | second
    if operation == INTER:
        return first & second
    return first - second if len(sets) > 1 else set(first)
