"""What takes long is done in slices, and the clients have their turn after each."""

from __future__ import annotations

import random
from collections import Counter
from contextlib import closing
from itertools import pairwise

import pytest

MANY = 1000


class Turns:
    """Stands in for the loop: calls are kept until their turn comes."""

    def __init__(self):
        self.calls = []

    def call_soon(self, call):
        self.calls.append(call)

    def take(self):
        calls, self.calls = self.calls, []
        for call in calls:
            call()


@pytest.fixture
def turns():
    return Turns()


@pytest.fixture
def expiring(code, turns):
    """A server with MANY keys that have expired. To remove one takes a millisecond."""
    clock = code.s07.ManualClock(1_000_000)
    with closing(code.labs.s01.free_listener()) as listener:
        settings = code.s10.settings.Settings()
        server = code.s10.server.AsyncServer(listener, settings, code.s09.log.lines.Log())
        server.loop, server.state.clock = turns, clock
        keyspace = server.state.databases[0]
        keyspace.clock = clock
        for number in range(MANY):
            keyspace.put_until(b"%d" % number, b"v", 1_000_001)
        clock.advance(2)
        code.labs.s07.each_end_takes(1, keyspace, clock)
        yield server


def test_keys_that_expire_at_once(code, turns, expiring):
    """None of the rounds takes much longer than it may, and the next one needs no timer."""
    keyspace, sample = expiring.state.databases[0], code.s07.expiry.SAMPLE
    expiring.expire()
    sizes = [MANY, len(keyspace.data)]
    while len(turns.calls) == 1:
        turns.take()
        sizes.append(len(keyspace.data))
    removed = [before - after for before, after in pairwise(sizes)]
    assert (turns.calls, sizes[-1]) == ([], 0)
    assert removed[0] <= code.s07.expiry.BUDGET + sample
    assert max(removed[1:]) <= sample
    assert len(removed) >= (MANY - removed[0]) / sample


def test_the_timer_comes_while_keys_expire(turns, expiring):
    """A round by the timer among the short ones does not lead to a second row of them."""
    expiring.expire()
    for _ in range(5):
        expiring.expire()
        assert len(turns.calls) == 1
        turns.take()


@pytest.fixture
def keyspace(code, turns):
    """An empty keyspace of a server that runs."""
    keyspace = code.s10.State().databases[0]
    keyspace.trash.soon = turns.call_soon
    return keyspace


def test_the_first_scan_of_many_keys(code, turns, keyspace):
    """It does not wait until the place of each is known: that takes a turn for each slice."""
    size = 3 * code.s10.memory.trash.SLICE + 1
    keyspace.data.update(dict.fromkeys(map(b"%d".__mod__, range(size)), b"v"))
    row = keyspace.row()
    known = [len(row.places)]
    while turns.calls:
        turns.take()
        known.append(len(row.places))
    assert known == [size // 3, 2 * (size // 3), size - 1, size]


@pytest.mark.parametrize("value", [set, dict.fromkeys])
def test_the_first_choice_among_many_members(code, turns, keyspace, value):
    """The same for the members of a set or a hash; what is taken at once is gone at once."""
    slice = code.s10.memory.trash.SLICE
    keyspace.put(b"k", value([b"%d" % number for number in range(2 * slice)]))
    members = keyspace.members(b"k", keyspace.data[b"k"])
    assert len(keyspace.data[b"k"].row.places) == slice
    left = set(members)
    for _ in range(100):
        taken = random.choice(keyspace.members(b"k", keyspace.data[b"k"]))
        left.remove(taken)
        getattr(keyspace.data[b"k"], "discard", keyspace.data[b"k"].pop)(taken)
    turns.take()
    assert turns.calls == []
    assert sorted(keyspace.members(b"k", keyspace.data[b"k"])) == sorted(left)


def test_a_row_holds_what_is_there(code, seed):
    """Whatever comes and goes while its places are noted: all is found, scanned and chosen from."""
    chance = random.Random(seed)
    for _ in range(100):
        there = {b"%d" % number for number in range(chance.randrange(40))}
        row = code.s10.memory.indexed.Row(sorted(there))
        for _ in range(60):
            stir(chance, row, there)
            assert (len(row), set(row.places) & row.gone) == (len(there), set())
            assert all(row.items[place] == item for item, place in row.places.items())
            assert Counter(row.items) - Counter(row.gone) == Counter(there)
            count = chance.randrange(len(there) + 1)
            chosen = chance.sample(row.to_choose_from(), count)
            assert (len(set(chosen)), set(chosen) <= there) == (count, True)
        while row.note(7):
            pass
        assert (row.gone, sorted(row.places), sorted(row)) == (set(), sorted(there), sorted(there))


def stir(chance, row, there):
    """A few more places are known; one item comes or goes, or most of them do."""
    row.note(chance.randrange(3))
    item = b"%d" % chance.randrange(50)
    if chance.random() < 0.02:
        there ^= {item, *chance.sample(sorted(there), len(there) // 2)}
        row.become(there)
    elif item in there:
        there.discard(item)
        row.remove(item)
    else:
        there.add(item)
        row.add(item)


def test_scans_of_a_row_whose_places_are_noted_meanwhile(code, seed):
    """What is there from the first step of a scan to the last is found."""
    chance = random.Random(seed)
    for _ in range(100):
        there = {b"%d" % number for number in range(chance.randrange(40))}
        row = code.s10.memory.indexed.Row(sorted(there))
        stay, found, cursor = set(there), set(), 0
        while True:
            cursor, part = row.step(cursor, chance.randrange(1, 6))
            assert set(part) <= there
            found.update(part)
            if not cursor:
                break
            for _ in range(3):
                stir(chance, row, there)
                stay &= there
        assert stay <= found
