"""Exercise 7.3: active expiry, by samples and within a budget of time."""

from __future__ import annotations

import pytest

NOW = 1_000_000


@pytest.fixture
def keyspace(code):
    """`keyspace(over, alive)`: that many expired keys, after that many living ones."""

    def make(over, alive=0):
        deadlines = {b"alive %d" % number: NOW + 1000 for number in range(alive)}
        deadlines |= {b"over %d" % number: NOW - 1 for number in range(over)}
        return code.labs.s07.keyspace_with(deadlines, code.s07.ManualClock(NOW))

    return make


@pytest.fixture
def expire_some(code):
    """`expire_some(keyspace, budget)`, with a clock of its own that stands still."""

    def run(keyspace, budget=25, now=None):
        now = now or code.s07.ManualClock(0)
        return code.s07.expire_some(keyspace, budget, now)

    return run


@pytest.mark.exercise("7.3", why="Expired keys go, the others stay.")
def test_what_is_over_goes(keyspace, expire_some):
    """A round removes the expired keys, and counts them."""
    one = keyspace(over=8, alive=12)
    assert expire_some(one) == 8
    assert len(one.data) == 12
    assert len(one.expires) == 12


@pytest.mark.exercise("7.3", why="Nothing has a deadline: the sample is empty, and the loop ends.")
def test_without_deadlines(keyspace, expire_some):
    """A keyspace without deadlines is done at once."""
    one = keyspace(over=0)
    one.put(b"k", b"v")
    assert expire_some(one) == 0
    assert one.get(b"k") == b"v"


@pytest.mark.exercise(
    "7.3",
    why="If a whole sample had expired, there are probably more: go on until a sample has few of "
    "them. One sample per round would never catch up.",
)
def test_it_goes_on_while_it_pays(keyspace, expire_some):
    """A thousand expired keys are removed in one round."""
    one = keyspace(over=1000)
    assert expire_some(one) == 1000
    assert one.data == {}


@pytest.mark.exercise(
    "7.3",
    why="After a sample without expired keys the round ends. Looking at all keys would hold up "
    "every client, ten times a second.",
)
def test_it_stops_when_it_does_not_pay(keyspace, expire_some):
    """After a sample of living keys it looks no further."""
    one = keyspace(over=200, alive=20)
    assert expire_some(one) == 0
    assert len(one.data) == 220
    assert next(iter(one.expires)) == b"over 0"  # the twenty it looked at went to the end


@pytest.mark.exercise(
    "7.3",
    why="More than a quarter of 20 is 6. With exactly 5 the round ends: over * ENOUGH <= len(sample).",
)
@pytest.mark.parametrize(("first", "removed"), [(4, 4), (5, 5), (6, 6 + 20 + 20)])
def test_a_quarter_is_enough(keyspace, expire_some, first, removed):
    """The round goes on if more than a quarter of a sample had expired."""
    one = keyspace(over=first + 40, alive=20 - first)
    assert expire_some(one) == removed


@pytest.mark.exercise(
    "7.3",
    why="A million keys that expire in the same second must not stop the server: after each "
    "sample look at the clock.",
)
def test_the_budget(code, keyspace, expire_some):
    """When the budget is used up the round ends, whatever is left."""
    one = keyspace(over=1000)
    now = code.s07.ManualClock(0)
    code.labs.s07.each_end_takes(1, one, now)
    assert expire_some(one, budget=50, now=now) == 60  # three samples: at 20, 40 and 60
    assert len(one.data) == 940


@pytest.mark.exercise(
    "7.3",
    why="To ask what time it is costs time: once before the first sample and once after each is enough.",
)
def test_the_clock_is_read_once_a_sample(keyspace, expire_some):
    """For a thousand expired keys, in 50 samples, the clock is read about fifty times."""
    reads = []

    def now():
        reads.append(0)
        return 0

    assert expire_some(keyspace(over=1000), now=now) == 1000
    assert len(reads) <= 52


@pytest.mark.exercise(
    "7.3",
    why="When the budget is used up exactly, the round ends: test `now() >= end`. With `>` there "
    "is one sample too many, each time.",
)
def test_exactly_used_up_is_used_up(code, keyspace, expire_some):
    """When a sample has taken exactly the budget, it was the last one."""
    one = keyspace(over=100)
    now = code.s07.ManualClock(0)
    code.labs.s07.each_end_takes(1, one, now)
    assert expire_some(one, budget=20, now=now) == 20
    assert expire_some(one, budget=40, now=now) == 40


@pytest.mark.exercise(
    "7.3",
    why="Even without any time, look at one sample: otherwise a busy server would never remove "
    "any.",
)
def test_no_budget_is_one_sample(keyspace, expire_some):
    """With a budget of 0 one sample is looked at."""
    one = keyspace(over=100)
    assert expire_some(one, budget=0) == 20


@pytest.mark.exercise(
    "7.3",
    why="Two clocks: `now` measures how long the round takes, keyspace.clock (which "
    "remove_if_over asks) tells whether a key has expired. And each is passed in: time.time() is "
    "neither.",
)
def test_two_clocks(code, keyspace, expire_some):
    """The budget is measured by the clock `now`, the keys expire by the keyspace's clock."""
    one = keyspace(over=0, alive=30)
    now = code.s07.ManualClock(10**15)
    assert expire_some(one, now=now) == 0
    one.clock.advance(5000)
    assert expire_some(one, now=now) == 30


@pytest.mark.exercise(
    "7.3",
    why="remove_if_over does everything that must happen when a key expires: it counts the key "
    "and has its end written to the journal. Deleting the key yourself does not.",
)
def test_each_end_is_told(code, keyspace, expire_some):
    """Each expiry is reported, as with lazy expiry."""
    one = keyspace(over=50)
    notes = code.labs.s07.Notes(one)
    assert expire_some(one) == 50
    assert sorted(notes.ended) == sorted(b"over %d" % number for number in range(50))
    assert one.expired == 50


@pytest.mark.exercise(
    "7.3",
    why="The server calls it ten times a second. DBSIZE does not look up any key, so only active "
    "expiry makes it smaller.",
)
def test_the_server_does_it(server):
    """A server forgets keys that nobody asks for."""
    client = server("s07").client()
    for number in range(100):
        client.ask("SET", f"k{number}", "v", "PX", 1)
    for _ in range(5000):  # each asks once, without waiting; a round comes every 100 ms
        if client.ask("DBSIZE") == 0:
            break
    assert client.ask("DBSIZE") == 0
