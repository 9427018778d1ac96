"""A scanner that looks at one character after the other."""

from __future__ import annotations

import json


def events(lines):
    for line in lines:
        fields = None
        if line[-1:] == b"\n":
            try:
                text = line[:-1].decode("utf-8").removesuffix("\r")
                fields = dict(members(text)) if text[:1] == "{" else dict(scan(text))
            except (ValueError, AttributeError, RecursionError):
                fields = None
        if fields and next(iter(fields)) == "time":
            yield fields


def members(text):
    for name, value in json.loads(text).items():
        yield name, value if isinstance(value, str) else json.dumps(value)


def scan(text):
    at = 0
    while at < len(text):
        start = at
        while text[at : at + 1].isalnum() or text[at : at + 1] == "_":
            at += 1
        key = text[start:at]
        if not key or text[at : at + 1] != "=":
            raise ValueError(text)
        at += 1
        start = at
        if text[at : at + 1] == '"':
            at += 1
            while at < len(text) and text[at] != '"':
                at += 2 if text[at] == "\\" else 1
            at += 1
            value = json.loads(text[start:at])
        else:
            while at < len(text) and text[at] not in ' "\t':
                at += 1
            value = text[start:at]
        yield key, value
        if at < len(text) and text[at] != " ":
            raise ValueError(text)
        at += 1
