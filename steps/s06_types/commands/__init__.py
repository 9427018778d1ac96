"""The commands of step 6, by Redis' groups. Importing this package registers them."""

from __future__ import annotations

from steps.s06_types.commands import (
    generic,
    hashes,
    lcs,
    lists,
    sets,
    sort,
    sorted_algebra,
    sorted_ranges,
    sorted_sets,
)

__all__ = [
    "generic",
    "hashes",
    "lcs",
    "lists",
    "sets",
    "sort",
    "sorted_algebra",
    "sorted_ranges",
    "sorted_sets",
]
