"""What a test says about itself: its exercise, its title, and what its failure usually means."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import Any

import pytest


@dataclass(frozen=True)
class Tag:
    """What stands in a test's `@pytest.mark.exercise("2.5", why="...")`, and its docstring."""

    exercise: str | None
    title: str
    why: str


def tag_of(item: pytest.Item) -> Tag:
    """The tag of a test; without an exercise it is for given code. UsageError for a bad mark."""
    title = getattr(item, "title", None) or _first_line(getattr(item, "function", None))
    mark = item.get_closest_marker("exercise")
    if mark is None:
        return Tag(None, title, "")
    why = mark.kwargs.get("why", "")
    if len(mark.args) != 1 or not isinstance(mark.args[0], str) or set(mark.kwargs) - {"why"}:
        raise pytest.UsageError(f'{item.nodeid}: say @pytest.mark.exercise("2.5", why="...")')
    return Tag(mark.args[0], title, " ".join(str(why).split()))


def _first_line(function: Any) -> str:
    doc = inspect.getdoc(function) if function else None
    return doc.splitlines()[0] if doc else ""
