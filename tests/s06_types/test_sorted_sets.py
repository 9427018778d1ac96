"""Exercises 6.8 and 6.9: members in the order of their scores."""

from __future__ import annotations

import math
import random

import pytest


def entries(board):
    """The order of a sorted set, as a list of (score, member)."""
    return [tuple(entry) for entry in board.order]


# ---------------------------------------------------------------- 6.8

ORDER_WHY = (
    "Entries are (score, member), and Python compares tuples item by item: by score first, by the "
    "bytes of the member where scores are equal. insort keeps a sorted list sorted."
)


@pytest.mark.exercise("6.8", why=ORDER_WHY)
def test_members_stand_in_order_of_score(code):
    """Members come in any order, and are kept in the order of their scores."""
    board = code.s06.SortedSet()
    for member, score in [(b"c", 3.0), (b"a", 1.0), (b"d", 10.0), (b"b", 2.0), (b"e", -5.5)]:
        assert board.add(member, score) is True
    assert entries(board) == [(-5.5, b"e"), (1.0, b"a"), (2.0, b"b"), (3.0, b"c"), (10.0, b"d")]
    assert board.scores == {b"a": 1.0, b"b": 2.0, b"c": 3.0, b"d": 10.0, b"e": -5.5}


@pytest.mark.exercise("6.8", why=ORDER_WHY)
def test_equal_scores_stand_in_order_of_member(code):
    """If scores are equal, the bytes of the members decide."""
    board = code.s06.SortedSet()
    for member in [b"b", b"a", b"B", b"", b"ab", b"aa", b"\xff", b"1"]:
        board.add(member, 7.0)
    members = [member for _, member in entries(board)]
    assert members == [b"", b"1", b"B", b"a", b"aa", b"ab", b"b", b"\xff"]


@pytest.mark.exercise(
    "6.8",
    why="The old entry has to go, or the member is there twice, once under a score that it no "
    "longer has. The reply says whether the member is new, and it is not.",
)
def test_another_score_moves_a_member(code):
    """A member that gets another score leaves its old place."""
    board = code.s06.SortedSet([(b"a", 1.0), (b"b", 2.0), (b"c", 3.0)])
    assert board.add(b"a", 2.5) is False
    assert entries(board) == [(2.0, b"b"), (2.5, b"a"), (3.0, b"c")]
    assert board.add(b"c", -1.0) is False
    assert entries(board) == [(-1.0, b"c"), (2.0, b"b"), (2.5, b"a")]
    assert board.scores == {b"a": 2.5, b"b": 2.0, b"c": -1.0}


@pytest.mark.exercise("6.8", why="The same score again changes nothing, and adds no second entry.")
def test_the_same_score_again(code):
    """A member that gets the same score stays where it is."""
    board = code.s06.SortedSet([(b"a", 1.0), (b"b", 2.0)])
    assert board.add(b"a", 1.0) is False
    assert entries(board) == [(1.0, b"a"), (2.0, b"b")]
    assert len(board) == 2


@pytest.mark.exercise(
    "6.8",
    why="Zero is a score like any other, and false: `if old:` takes a member with score 0 for a new "
    "one. Compare with None.",
)
def test_zero_is_a_score(code):
    """A member with score 0 is not new."""
    board = code.s06.SortedSet()
    assert board.add(b"a", 0.0) is True
    assert board.add(b"a", 0.0) is False
    assert board.add(b"a", 5.0) is False
    assert entries(board) == [(5.0, b"a")]


@pytest.mark.exercise(
    "6.8", why="Infinite scores are scores: they come before and after all others."
)
def test_infinite_scores(code):
    """Infinite scores are at the two ends."""
    board = code.s06.SortedSet()
    for member, score in [(b"most", math.inf), (b"mid", 1e308), (b"least", -math.inf)]:
        board.add(member, score)
    assert [member for _, member in entries(board)] == [b"least", b"mid", b"most"]
    assert board.add(b"most", -math.inf) is False
    assert [member for _, member in entries(board)] == [b"least", b"most", b"mid"]


@pytest.mark.exercise(
    "6.8",
    why="If scores are equal, the old entry is one of several: look for the pair (old score, "
    "member), not for the score alone, or a neighbour is removed instead.",
)
def test_only_the_entry_of_the_member_goes(code):
    """Of members with equal scores the one that gets another score leaves."""
    board = code.s06.SortedSet([(b"a", 1.0), (b"b", 1.0), (b"c", 1.0)])
    assert board.add(b"b", 2.0) is False
    assert entries(board) == [(1.0, b"a"), (1.0, b"c"), (2.0, b"b")]


@pytest.mark.exercise(
    "6.8",
    why="Both structures hold the same members after every step: scores for finding one, order for "
    "ranks and ranges.",
)
def test_after_many_changes(code, seed):
    """After each of hundreds of random changes both structures agree."""
    chance = random.Random(seed)
    board, expected = code.s06.SortedSet(), {}
    for _ in range(400):
        member = b"%d" % chance.randrange(8)
        score = float(chance.choice([-1, 0, 0.5, 1]))
        assert board.add(member, score) is (member not in expected)
        expected[member] = score
        assert entries(board) == sorted((score, member) for member, score in expected.items())
    assert board.scores == expected


@pytest.mark.exercise(
    "6.8",
    why="`self.order.remove(...)`, `in`, `index`, sorting or building the list again look at every "
    "entry. The list is sorted, so bisection finds a place in it with some 15 looks among 20 000.",
)
def test_add_looks_at_few_entries(code, seed):
    """Among 20 000 members, adding or moving one looks at fewer than 300 entries."""
    new, moved = code.labs.s06.looks_of_add(20_000, seed)
    assert new < 300
    assert moved < 300


@pytest.mark.exercise("6.8", why="ZADD and ZINCRBY move members through add; ZRANK uses order.")
def test_the_commands(code):
    """A league table: who comes first changes with the points."""
    session = code.s06.CommandSession(code.s06.State())
    assert session.receive(b"ZADD k 10 ann 20 bob 15 cid\r\n") == b":3\r\n"
    assert session.receive(b"ZREVRANK k bob\r\n") == b":0\r\n"
    assert session.receive(b"ZINCRBY k 11 ann\r\n") == b"$2\r\n21\r\n"
    assert session.receive(b"ZREVRANK k ann\r\nZREVRANK k bob\r\n") == b":0\r\n:1\r\n"
    assert session.receive(b"ZADD k 1 bob 2 dan\r\nZCARD k\r\n") == b":1\r\n:4\r\n"


# ---------------------------------------------------------------- 6.9


SCORES = 1.0, 2.0, 2.0, 3.0, 5.0
BOARD = f"the scores on the board are {SCORES}"


@pytest.fixture
def board(code):
    """Five members, two of which have the same score."""
    return code.s06.SortedSet(list(zip([b"a", b"b", b"c", b"d", b"e"], SCORES, strict=True)))


@pytest.mark.exercise(
    "6.9",
    why="Both ends belong to the range. Of equal scores all belong to it: bisect_left finds the "
    "place before the first, bisect_right the place after the last.",
)
@pytest.mark.parametrize(
    ("low", "high", "span"),
    [(2.0, 3.0, (1, 4)), (1.0, 2.0, (0, 3)), (2.0, 2.0, (1, 3)), (1.0, 5.0, (0, 5))],
)
def test_both_ends_belong_to_it(board, low, high, span):
    """A range of scores holds the members at both of its ends."""
    assert tuple(board.score_span(low, high)) == span, BOARD


@pytest.mark.exercise(
    "6.9", why="The ends need not be scores of members, and may lie beyond all of them."
)
@pytest.mark.parametrize(
    ("low", "high", "span"),
    [
        *[(0.5, 2.5, (0, 3)), (2.5, 100.0, (3, 5)), (-math.inf, math.inf, (0, 5))],
        *[(-math.inf, 1.0, (0, 1)), (5.0, math.inf, (4, 5))],
    ],
)
def test_ends_between_scores(board, low, high, span):
    """The ends of a range may be anywhere."""
    assert tuple(board.score_span(low, high)) == span, BOARD


@pytest.mark.exercise(
    "6.9",
    why="above leaves out all members with the score low, below all with the score high: for an open "
    "end the other one of the two bisections is right.",
)
@pytest.mark.parametrize(
    ("low", "high", "above", "below", "span"),
    [
        (2.0, 3.0, True, False, (3, 4)),
        (2.0, 3.0, False, True, (1, 3)),
        (1.0, 3.0, True, True, (1, 3)),
        (1.0, 2.0, False, True, (0, 1)),
        (2.4, 3.1, True, True, (3, 4)),
        (-math.inf, 5.0, True, True, (0, 4)),
    ],
)
def test_open_ends(board, low, high, above, below, span):
    """An open end does not belong to the range."""
    assert tuple(board.score_span(low, high, above=above, below=below)) == span, BOARD


@pytest.mark.exercise(
    "6.9",
    why="Infinity is a score too: above minus infinity leaves out members that have exactly that.",
)
def test_infinite_ends(code):
    """A member with an infinite score is inside a closed range and outside an open one."""
    board = code.s06.SortedSet([(b"least", -math.inf), (b"mid", 0.0), (b"most", math.inf)])
    ends = -math.inf, math.inf
    assert tuple(board.score_span(*ends)) == (0, 3)
    assert tuple(board.score_span(*ends, above=True)) == (1, 3)
    assert tuple(board.score_span(*ends, above=True, below=True)) == (1, 2)


@pytest.mark.exercise(
    "6.9",
    why="Above infinity there is nothing, not even the member with that score. No double comes "
    "after it: `math.nextafter(inf, inf)` is inf. bisect_right does not need one.",
)
def test_nothing_is_above_infinity(code):
    """The range above infinity is empty, and so is the one below minus infinity."""
    board = code.s06.SortedSet([(b"least", -math.inf), (b"most", math.inf)])
    for low, high in [(math.inf, math.inf), (-math.inf, -math.inf)]:
        first, last = board.score_span(low, high, above=low > 0, below=low < 0)
        assert entries(board)[first:last] == []


@pytest.mark.exercise(
    "6.9",
    why='No member is the last that there can be: after b"\\xff" comes b"\\xff\\xff". Compare the '
    "scores alone, with `key=score_of`.",
)
def test_members_do_not_matter(code):
    """Any members with the score of an end belong to the range together."""
    members = [b"", b"m", b"\xff" * 100]
    board = code.s06.SortedSet([(member, 1.0) for member in members])
    assert tuple(board.score_span(1.0, 1.0)) == (0, 3)
    first, last = board.score_span(1.0, 2.0, above=True)
    assert entries(board)[first:last] == []


@pytest.mark.exercise(
    "6.9", why="Nothing in between: a slice from the first position to the second must be empty."
)
@pytest.mark.parametrize(
    ("low", "high", "open_ends"),
    [(3.0, 2.0, False), (2.1, 2.9, False), (6.0, 9.0, False), (2.0, 2.0, True), (-2.0, 0.0, False)],
)
def test_a_range_without_members(board, low, high, open_ends):
    """A range without members holds no positions."""
    first, last = board.score_span(low, high, above=open_ends, below=open_ends)
    assert entries(board)[first:last] == []
    assert first >= last


@pytest.mark.exercise(
    "6.9",
    why="Two scores may be as close as two doubles can be. Moving an open end by some small number "
    "jumps over the neighbour.",
)
def test_neighbours(code):
    """An open end leaves out its own score, and not the next double."""
    near = math.nextafter(1.0, 2.0)
    board = code.s06.SortedSet([(b"a", 1.0), (b"b", near), (b"c", 2.0)])
    assert tuple(board.score_span(1.0, 2.0, above=True)) == (1, 3)
    assert tuple(board.score_span(0.0, near, below=True)) == (0, 1)


@pytest.mark.exercise(
    "6.9", why="For every range: the members between the two positions are those, and only those."
)
def test_any_range(code, seed):
    """Random ranges hold what a look at every single score finds."""
    chance = random.Random(seed)
    scores = {b"%d" % number: chance.randrange(12) / 2 for number in range(30)}
    board = code.s06.SortedSet(list(scores.items()))
    for _ in range(200):
        low, high = chance.randrange(-1, 13) / 2, chance.randrange(-1, 13) / 2
        above, below = chance.random() < 0.5, chance.random() < 0.5
        first, last = board.score_span(low, high, above=above, below=below)
        found = [member for _, member in entries(board)[first:last]]
        assert sorted(found) == sorted(
            member
            for member, score in scores.items()
            if (low < score if above else low <= score)
            and (score < high if below else score <= high)
        ), (low, high, above, below)


@pytest.mark.exercise(
    "6.9",
    why="Counting the scores below an end looks at every entry. The list is sorted, so bisection "
    "finds each end with some 15 looks among 20 000.",
)
def test_a_range_looks_at_few_entries(code, seed):
    """Among 20 000 members, finding a range looks at fewer than 300 entries."""
    assert code.labs.s06.looks_of_score_span(20_000, seed) < 300


@pytest.mark.exercise(
    "6.9",
    why="All members may have the same score. Stepping over them one by one, from the first to the "
    "last, looks at every entry; bisect_right goes to the end at once.",
)
def test_equal_scores_are_passed_at_once(code, seed):
    """Among 20 000 members with one score, finding a range looks at fewer than 300 entries."""
    assert code.labs.s06.looks_of_score_span(20_000, seed, score=1.0) < 300


@pytest.mark.exercise(
    "6.9", why="ZRANGE BYSCORE, ZCOUNT and ZREMRANGEBYSCORE read, count and remove these positions."
)
def test_the_commands_by_score(code):
    """Ranges by score are read, counted and removed."""
    session = code.s06.CommandSession(code.s06.State())
    session.receive(b"ZADD k 1 a 2 b 2 c 3 d\r\n")
    reply = session.receive(b"ZRANGE k (1 2 BYSCORE WITHSCORES\r\n")
    assert reply == b"*4\r\n$1\r\nb\r\n$1\r\n2\r\n$1\r\nc\r\n$1\r\n2\r\n"
    assert session.receive(b"ZREVRANGEBYSCORE k 3 (2\r\n") == b"*1\r\n$1\r\nd\r\n"
    assert session.receive(b"ZCOUNT k 2 +inf\r\n") == b":3\r\n"
    assert session.receive(b"ZREMRANGEBYSCORE k 2 (3\r\nZCARD k\r\n") == b":2\r\n:2\r\n"
