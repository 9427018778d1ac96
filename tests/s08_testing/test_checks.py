"""Exercises 8.1 to 8.3: tests that are silent about good code and loud about bugs."""

from __future__ import annotations

from random import Random

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


def read(pieces):
    """The requests in these pieces, as a good parser returns them."""
    data, requests = b"".join(pieces), []

    def number(at):
        end = data.index(b"\r\n", at)
        return int(data[at + 1 : end]), end + 2

    at = 0
    while at < len(data):
        count, at = number(at)
        requests.append([])
        for _ in range(count):
            length, at = number(at)
            requests[-1].append(data[at : at + length])
            at += length + 2
    return requests


@pytest.fixture
def drawn(code):
    """`drawn(seed)`: the pieces of each round of the learner's check."""

    def rounds(seed):
        seen = []

        def parse(pieces):
            seen.append(list(pieces))
            return read(pieces)

        code.s08.check_any_cut(parse, Random(seed))
        return seen

    return rounds


@pytest.mark.exercise(
    "8.3",
    why="All randomness comes from `dice`. A failure that was drawn by other dice, such as those of the "
    "module `random`, comes once and never again, and nobody can look into it.",
)
def test_the_same_dice_draw_the_same(drawn, seed):
    """With the same seed the check makes the same pieces, with another seed others."""
    assert drawn(seed) == drawn(seed)
    assert drawn(seed) != drawn(seed + 1)


@pytest.mark.exercise(
    "8.3",
    why="What is never drawn is never tested. The docstring lists what has to come up: draw it on "
    "purpose, and give each way of cutting some of the rounds.",
)
def test_everything_comes_up(drawn, seed):
    """In the rounds all that the docstring lists comes up."""
    rounds = [[piece for piece in pieces if piece] for pieces in drawn(seed)]
    requests = [request for pieces in rounds for request in read(pieces)]
    words = [word for request in requests for word in request]
    missing = {
        "a hundred rounds": len(rounds) < 100,
        "a round in one piece": all(len(pieces) > 1 for pieces in rounds),
        "a round in single bytes": all(max(map(len, pieces), default=9) > 1 for pieces in rounds),
        "a round in a few pieces": not any(
            1 < len(pieces) < sum(map(len, pieces)) for pieces in rounds
        ),
        "several requests in a round": all(len(read(pieces)) < 2 for pieces in rounds),
        "a request of more than 9 words": max(map(len, requests)) < 10,
        "a word of more than 9 bytes": max(map(len, words)) < 10,
        "an empty word": b"" not in words,
        "a CRLF inside a word": not any(b"\r\n" in word for word in words),
        "all 256 values of a byte": len(set(b"".join(words))) < 256,
    }
    assert [what for what, never in missing.items() if never] == []


@pytest.mark.exercise(
    "8.3",
    why="Compare the whole of what came with the whole of what you made, request by request: `==` of "
    "the two lists does. All words in one list, sorted lists or `zip` hide a difference.",
)
@pytest.mark.parametrize(
    "spoil",
    [
        lambda requests: requests[::-1],
        lambda requests: requests[:-1],
        lambda requests: [*requests, [b"x"]],
        lambda requests: [request[:-1] for request in requests],
        lambda requests: [[word for request in requests for word in request]],
    ],
    ids=["in another order", "one too few", "one too many", "a word is lost", "all words in one"],
)
def test_any_difference_is_noticed(code, seed, spoil):
    """A parser whose requests are not those that were made fails the check."""
    with pytest.raises(AssertionError):
        code.s08.check_any_cut(lambda pieces: spoil(read(pieces)), Random(seed))


@pytest.mark.exercise(
    "8.3",
    why="A parser that raises an exception at a good request has a bug. Let the exception out: who "
    "catches it and goes on has not noticed.",
)
def test_an_exception_is_noticed(code, seed):
    """A parser that raises an exception fails the check."""

    def parse(pieces):
        raise ValueError("a bug in the parser")

    with pytest.raises((AssertionError, ValueError)):
        code.s08.check_any_cut(parse, Random(seed))


@pytest.mark.exercise(
    "8.3",
    why="`assert got == requests` says only that something is wrong. After a comma comes what it is to "
    'say: `assert got == requests, f"{pieces} gave {got}"`.',
)
def test_the_message_shows_the_pieces(code, seed):
    """The message of the AssertionError shows the pieces that were cut."""
    seen = []

    def parse(pieces):
        seen.extend(pieces)
        return []

    with pytest.raises(AssertionError) as caught:
        code.s08.check_any_cut(parse, Random(seed))
    assert repr(seen[0])[2:-1] in str(caught.value)
