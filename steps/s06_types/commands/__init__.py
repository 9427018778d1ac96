"""The commands of step 6, by Redis' groups. Importing this package registers them."""

from __future__ import annotations

from steps.s06_types.command import REGISTRY
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

# Imported when a client asks for it: while the file is empty, or wrong, the others still work.
REGISTRY.defer("steps.s06_types.commands.lpos", b"LPOS")

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
