"""The log, read back: a pattern takes one field after the other, and json reads what is in quotes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import Final

FIELD: Final = re.compile(r'(\w+)=("(?:[^"\\]|\\.)*"|[^\s"]*)(?: |$)', re.ASCII)
"""A field and the blank after it. In quotes a backslash takes the next character along."""


def events(lines: Iterable[bytes]) -> Iterator[dict[str, str]]:
    """The events of a log."""
    for line in lines:
        if not line.endswith(b"\n"):
            continue
        try:
            text = line.decode().rstrip("\r\n")
            fields = from_json(text) if text.startswith("{") else from_text(text)
        except (ValueError, RecursionError):
            continue  # not an event
        if next(iter(fields), "") == "time":
            yield fields


def from_json(text: str) -> dict[str, str]:
    """The fields of a line of JSON."""
    values = json.loads(text).items()
    return {key: one if isinstance(one, str) else json.dumps(one) for key, one in values}


def from_text(text: str) -> dict[str, str]:
    """The fields of a line of text. Raises ValueError if it is not made of fields."""
    fields: dict[str, str] = {}
    at = 0
    # Each match begins where the last one has ended: `finditer` would skip everything else.
    while at < len(text):
        found = FIELD.match(text, at)
        if found is None:
            raise ValueError("not a field")
        key, value = found.groups()
        fields[key] = json.loads(value) if value.startswith('"') else value
        at = found.end()
    return fields
