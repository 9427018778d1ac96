"""Sees that the first set is empty, and begins anew where a later one is.

Caught by: test_an_intersection_with_nothing_is_empty
"""

from __future__ import annotations

from collections.abc import Sequence

from steps.s06_types.commands.sets import INTER, UNION


def algebra(operation: str, sets: Sequence[set[bytes]]) -> set[bytes]:
    first, *others = sets
    if operation == UNION:
        return first.union(*others)
    if operation == INTER:
        result = set(first)
        for other in others:
            if not result:
                break
            result = {member for member in result if not other or member in other}
        return result
    return first.difference(*others)
