"""What the tests of step 6 have at hand."""

from __future__ import annotations

import re

import pytest

NOT_WRITTEN = re.compile(rb"-ERR (exercise \d+\.\d+) is not written yet")


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
            if missing := NOT_WRITTEN.match(reply):
                # the replies of commands that only prepare something are looked at by nobody else
                raise NotImplementedError(missing[1].decode())
        return reply

    return commands
