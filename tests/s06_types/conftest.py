"""What the tests of step 6 have at hand."""

from __future__ import annotations

import re

import pytest

NOT_WRITTEN = re.compile(rb"-ERR (exercise \d+\.\d+) is not written yet")


BEFORE_THE_DOORS = {"6.1", "6.2", "6.3", "6.4", "6.5"}
"""Exercises whose commands go through 6.6 and 6.7, which come later."""


@pytest.fixture
def session(code, request):
    """A session over an empty keyspace that keeps a diary.

    Tests of what comes before 6.6 and 6.7 get a keyspace in which these two are given: they need
    them, and are not about them.
    """
    mark = request.node.get_closest_marker("exercise")
    given = mark is not None and mark.args[0] in BEFORE_THE_DOORS
    return code.labs.s06.diary_session(given)


@pytest.fixture
def run(session):
    """`run("RPUSH k a", "LPOP k")`: runs commands in the session; the bytes of the last reply."""

    def commands(*lines):
        reply = b""
        for line in lines:
            reply = session.receive(line.encode() + b"\r\n")
            if missing := NOT_WRITTEN.match(reply):
                # the replies of commands that only prepare something are looked at by nobody else
                raise NotImplementedError(missing[1].decode())
        return reply

    return commands
