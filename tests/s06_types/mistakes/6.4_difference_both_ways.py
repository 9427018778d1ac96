"""Takes the symmetric difference: what is in one of two sets only.

Caught by: test_three_operations
"""

from __future__ import annotations

from collections.abc import Sequence

from steps.s06_types.commands.sets import INTER, UNION


def algebra(operation: str, sets: Sequence[set[bytes]]) -> set[bytes]:
    first, *others = sets
    result = set(first)
    for other in others:
        if operation == UNION:
            result |= other
        elif operation == INTER:
            result &= other
        else:
            result ^= other
    return result
