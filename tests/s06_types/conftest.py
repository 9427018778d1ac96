"""What the tests of step 6 have at hand."""

from __future__ import annotations

import pytest


@pytest.fixture
def session(code):
    """A session over an empty keyspace that keeps a diary."""
    return code.s06.lab.diary_session()


@pytest.fixture
def run(session):
    """`run("RPUSH k a", "LPOP k")`: runs commands in the session; the bytes of the last reply."""

    def commands(*lines):
        reply = b""
        for line in lines:
            reply = session.receive(line.encode() + b"\r\n")
        return reply

    return commands
