"""Exercises 8.1 to 8.3: tests that are silent about good code and loud about bugs."""

from __future__ import annotations

import pytest

from workbook.trial import Unready

# A check may take its time with each of several bugs; the runner's own limit is a minute.
pytestmark = pytest.mark.timeout(55)


def say(judge):
    """Fails with what there is to say, if there is anything."""
    try:
        text = judge()
    except Unready as reason:
        pytest.skip(str(reason))
    if text:
        pytest.fail(text, pytrace=False)


@pytest.mark.exercise(
    "8.1",
    why="A test that fails good code is worse than no test: soon nobody looks when it fails. "
    "Check what was promised and no more; the words of an error were not promised.",
)
def test_good_stores_pass(trial):
    """Your check passes every store that keeps its promises."""
    say(trial("8.1").good_ones_failed)


@pytest.mark.exercise(
    "8.1",
    why="A test that nobody has seen fail proves nothing. Each bug breaks one of the promises in "
    "the docstring; check each of them where it could break: for a missing key, an empty string, a "
    "key named twice, after an error.",
)
def test_bugs_in_the_store_are_caught(trial):
    """Your check catches every bug that is planted in the store."""
    say(trial("8.1").bugs_missed)


@pytest.mark.exercise(
    "8.2",
    why="A set has no order, and TCP has no boundaries: a test that counts on the order of "
    "SMEMBERS, or on a reply in one piece, fails on a good server on another day. In what `ask` "
    "returns, a value is bytes: b'v'.",
)
def test_good_servers_pass(trial):
    """Your check passes every server that keeps its promises."""
    say(trial("8.2").good_ones_failed)


@pytest.mark.exercise(
    "8.2",
    why="Some bugs show only on the wire: half a request in a recv, three requests in one, a "
    "length in characters. Send bytes that show them, and compare the bytes that come back.",
)
def test_bugs_in_the_server_are_caught(trial):
    """Your check catches every bug that is planted in the server."""
    say(trial("8.2").bugs_missed)


@pytest.mark.exercise(
    "8.3",
    why="The property holds for every good parser: what went in comes out. If yours fails one, look "
    "at how you cut (no byte may be lost or come twice) and at what you compare.",
)
def test_good_parsers_pass(trial):
    """Your check passes every parser that returns what was sent."""
    say(trial("8.3").good_ones_failed)


@pytest.mark.exercise(
    "8.3",
    why="Chance finds only what it can hit: an empty word, a CRLF inside a word, a cut between CR "
    "and LF. Draw those on purpose, and often enough.",
)
def test_bugs_in_the_parser_are_caught(trial):
    """Your check catches every bug that is planted in the parser."""
    say(trial("8.3").bugs_missed)
