"""Gathers the result in the first set, which is the stored one.

Caught by: test_the_inputs_stay_as_they_are
"""

from __future__ import annotations

from collections.abc import Sequence

from steps.s06_types.commands.sets import INTER, UNION


def algebra(operation: str, sets: Sequence[set[bytes]]) -> set[bytes]:
    result, *others = sets
    for other in others:
        if operation == UNION:
            result |= other
        elif operation == INTER:
            result &= other
        else:
            result -= other
    return result
