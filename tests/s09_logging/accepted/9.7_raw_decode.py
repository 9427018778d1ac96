"""json's own decoder says where a string in quotes ends."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

DECODER = json.JSONDecoder()


class NoEventError(Exception):
    pass


def value_at(text: str, at: int) -> tuple[str, int]:
    if text.startswith('"', at):
        return DECODER.raw_decode(text, at)
    end = text.find(" ", at)
    end = len(text) if end < 0 else end
    if '"' in text[at:end]:
        raise NoEventError
    return text[at:end], end


def fields_of(text: str) -> dict[str, str]:
    if text.startswith("{"):
        found = json.loads(text)
        return {key: v if type(v) is str else json.dumps(v) for key, v in found.items()}
    fields = {}
    at = 0
    while at < len(text):
        key, sign, _ = text[at:].partition("=")
        if not sign or not key.replace("_", "a").isalnum():
            raise NoEventError
        fields[key], at = value_at(text, at + len(key) + 1)
        if at < len(text) and text[at] != " ":
            raise NoEventError
        at += 1
    return fields


def events(lines: Iterable[bytes]) -> Iterator[dict[str, str]]:
    for line in lines:
        try:
            if not line.endswith(b"\n"):
                raise NoEventError
            fields = fields_of(line.decode().rstrip("\r\n"))
            if list(fields)[:1] != ["time"]:
                raise NoEventError
        except (NoEventError, ValueError, RecursionError):
            continue
        yield fields
