"""Returns the stored set itself where there is only one.

Caught by: test_a_result_is_a_set_of_its_own
"""

from __future__ import annotations

from collections.abc import Sequence

from steps.s06_types.commands.sets import INTER, UNION


def algebra(operation: str, sets: Sequence[set[bytes]]) -> set[bytes]:
    first, *others = sets
    if not others:
        return first
    if operation == UNION:
        return first.union(*others)
    if operation == INTER:
        return first.intersection(*others)
    return first.difference(*others)
