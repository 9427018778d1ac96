"""Leaves empty sets out, also of an intersection.

Caught by: test_an_intersection_with_nothing_is_empty
"""

from __future__ import annotations

from collections.abc import Sequence

from steps.s06_types.commands.sets import INTER, UNION


def algebra(operation: str, sets: Sequence[set[bytes]]) -> set[bytes]:
    first, *others = [one for one in sets if one] or [set()]
    if operation == UNION:
        return first.union(*others)
    if operation == INTER:
        return first.intersection(*others)
    return first.difference(*others)
