"""Exercise 6.10: LPOS, as a whole module. What it replies to which options, its transcript says."""

from __future__ import annotations

import random

import pytest


@pytest.mark.exercise(
    "6.10",
    why="What COMMAND INFO says follows from the class: the flags, a Key() as the first field, and the "
    "group of ListCommand. -3 is the number of words: three at least.",
)
def test_lpos_is_described_as_in_redis(run):
    """COMMAND INFO says of LPOS what redis-server says."""
    reply = run("COMMAND INFO LPOS")
    assert reply.startswith(
        b"*1\r\n*10\r\n$4\r\nlpos\r\n:-3\r\n*1\r\n+readonly\r\n:1\r\n:1\r\n:1\r\n"
        b"*3\r\n+@read\r\n+@list\r\n+@slow\r\n"
    )


def positions(items, wanted, rank, count, maxlen):
    """The positions of LPOS, by going through all of them."""
    places = list(enumerate(items))
    if rank < 0:
        places.reverse()
    found = [at for at, item in places[: maxlen or len(items)] if item == wanted]
    return found[abs(rank) - 1 :][: count or len(items)]


@pytest.mark.exercise(
    "6.10",
    why="Each of the options is easy by itself. Together they have to agree on where the search begins: "
    "MAXLEN and COUNT count from there, a position never does.",
)
def test_any_options(run, seed):
    """Any list, any rank, count and length: the positions that a plain search finds."""
    chance = random.Random(seed)
    for number in range(150):
        items = chance.choices("abc", k=chance.randint(1, 9))
        rank, count = chance.choice([-3, -2, -1, 1, 2, 3]), chance.randint(0, 4)
        maxlen = chance.randint(0, 10)
        run(f"RPUSH k{number} {' '.join(items)}")
        found = positions(items, "a", rank, count, maxlen)
        reply = run(f"LPOS k{number} a RANK {rank} COUNT {count} MAXLEN {maxlen}")
        assert reply == b"*%d\r\n" % len(found) + b"".join(b":%d\r\n" % at for at in found)
        if found:
            line = f"LPOS k{number} a RANK {rank} MAXLEN {maxlen}"
            assert run(line) == b":%d\r\n" % found[0]


@pytest.mark.exercise(
    "6.10",
    why="A list may have a million items, and the search is to end as soon as it can: at the last match "
    "that is asked for, or after MAXLEN items. A copy of the list, or a list of all matches, reads "
    "every item. An iterator (`enumerate`, `reversed`, `islice`) reads what is asked of it.",
)
@pytest.mark.parametrize(
    ("line", "reply"),
    [
        ("LPOS k x", b":2\r\n"),
        ("LPOS k x RANK -1", b":99997\r\n"),
        ("LPOS k x RANK 2", b":4\r\n"),
        ("LPOS k x COUNT 2", b"*2\r\n:2\r\n:4\r\n"),
        ("LPOS k x RANK -2 COUNT 1", b"*1\r\n:99995\r\n"),
        ("LPOS k x COUNT 0 MAXLEN 5", b"*2\r\n:2\r\n:4\r\n"),
        ("LPOS k x RANK -1 COUNT 0 MAXLEN 5", b"*2\r\n:99997\r\n:99995\r\n"),
        ("LPOS k nothing MAXLEN 9", b"$-1\r\n"),
    ],
)
def test_no_more_than_it_must(code, line, reply):
    """In a list of 100 000 items it looks at a dozen, from the end where the search begins."""
    items = [b"o"] * 100_000
    for at in (2, 4, -3, -5):
        items[at] = b"x"
    found, looks = code.labs.s06.looks_of_list(items, line)
    assert found == reply
    assert looks <= 12, f"{line} looked at {looks} items"


@pytest.mark.exercise(
    "6.10",
    why="A command that reads does not settle the list: whoever watches it would hear of a change.",
)
def test_a_search_is_not_a_change(session, run):
    """Nobody hears of an LPOS."""
    assert run("RPUSH k a b", "LPOS k b") == b":1\r\n"
    run("LPOS k b COUNT 0", "LPOS k nothing")
    assert session.store.told == [b"k"]
