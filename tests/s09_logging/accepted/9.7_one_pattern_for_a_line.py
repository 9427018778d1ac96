"""One pattern for the whole line, and another for its fields; what JSON says is asked of json."""

from __future__ import annotations

import json
import re

STRING = r'"(?:[^"\\]|\\.)*"'
PAIR = rf'[A-Za-z0-9_]+=(?:{STRING}|[^\s"]*)'
LINE = re.compile(rf"time={PAIR.partition('=')[2]}(?: {PAIR})*\r?\n")
FIELDS = re.compile(rf'([A-Za-z0-9_]+)=({STRING}|[^\s"]*)')


def text_of(value):
    return value if isinstance(value, str) else json.dumps(value)


def event(line):
    if line.startswith("{") and line.endswith("\n"):
        return {key: text_of(value) for key, value in json.loads(line).items()}
    if not LINE.fullmatch(line):
        return {}
    return {
        key: json.loads(value) if value[:1] == '"' else value for key, value in FIELDS.findall(line)
    }


def events(lines):
    for line in lines:
        try:
            found = event(str(line, "utf-8"))
        except (ValueError, RecursionError):
            found = {}
        if next(iter(found), None) == "time":
            yield found
