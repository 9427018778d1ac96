"""Reads log lines back, as a program would that collects them."""

from __future__ import annotations

import json
import re

import pytest

FIELD = re.compile(r'(\w+)=("(?:[^"\\]|\\.)*"|[^ "=\\]+)( |$)')
NOT_WRITTEN = re.compile(r".* \((exercise \d+\.\d+) is not written yet \(\S+\)\)")
"""A line as it is written where the exercise of the log is still empty."""


def fields_of(line):
    """The fields of one line, text or JSON; an assertion that it is nothing but fields."""
    if line.startswith("{"):
        return json.loads(line)
    if missing := NOT_WRITTEN.fullmatch(line):
        raise NotImplementedError(missing[1])
    fields, at = {}, 0
    while at < len(line):
        match = FIELD.match(line, at)
        assert match, f"no field at character {at} of {line!r}"
        key, value, _ = match.groups()
        assert key not in fields, f"{key} twice in {line!r}"
        fields[key] = json.loads(value) if value.startswith('"') else value
        at = match.end()
    return fields


@pytest.fixture
def fields():
    return fields_of


@pytest.fixture
def events():
    """`events(server, "name")`: the fields of all lines of that event that a server has logged."""

    def find(server, name):
        lines = server.stderr().splitlines()
        return [found for line in lines if (found := fields_of(line)).get("event") == name]

    return find


@pytest.fixture
def lab(server):
    """`lab(*arguments)` starts step 9's server with commands that go wrong."""
    return lambda *arguments: server("labs.s09.server", *arguments)
