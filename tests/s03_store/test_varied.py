"""The store with keys and values that nobody knows beforehand."""

from __future__ import annotations

import random

import pytest


def words(chance, count):
    """So many different words."""
    return [b"%x" % number for number in chance.sample(range(1 << 40), count)]


@pytest.mark.exercise("3.1", why="Each key has the value that it was given last.")
def test_any_values(code, seed):
    """Any keys keep any values, and each set returns the one before."""
    chance = random.Random(seed)
    store, known = code.s03.Store(), {}
    keys = words(chance, 5)
    for _ in range(30):
        key, value = chance.choice(keys), chance.randbytes(chance.randrange(9))
        assert store.set(key, value) == known.get(key)
        known[key] = value
    assert {key: store.get(key) for key in known} == known


@pytest.mark.exercise("3.2", why="Each key that was there counts once, however often it is named.")
def test_any_keys_are_deleted(code, seed):
    """Whichever keys are deleted: those that were there count, and the others stay."""
    chance = random.Random(seed)
    keys = words(chance, 20)
    there, named = chance.sample(keys, 12), chance.choices(keys, k=15)
    store = code.s03.Store()
    for key in there:
        store.put(key, b"v")
    given = list(named)
    assert store.delete(given) == len(set(there) & set(named))
    assert given == named  # the list is the caller's
    assert {key for key in keys if store.get(key) is not None} == set(there) - set(named)


@pytest.mark.exercise("3.3", why="nx writes only if the key is missing, xx only if it exists.")
def test_any_conditions(code, seed):
    """Whatever is there, nx and xx write if they should, and return what was there before."""
    chance = random.Random(seed)
    store, known = code.s03.Store(), {}
    keys = words(chance, 4)
    for value in words(chance, 30):
        key, condition = chance.choice(keys), chance.choice(["nx", "xx"])
        written = (key in known) == (condition == "xx")
        told = store.set_if(key, value, **{condition: True})
        assert tuple(told) == (written, known.get(key))
        if written:
            known[key] = value
        assert store.get(key) == known.get(key)


@pytest.mark.exercise("3.4", why="The sum is that of what is there and of the number that comes.")
def test_any_sums(code, seed):
    """Any numbers add up, and are stored as their digits."""
    chance = random.Random(seed)
    store, total = code.s03.Store(), 0
    for _ in range(20):
        by = chance.randint(-(10**15), 10**15)
        total += by
        assert store.increment(b"n", by) == total
        assert store.get(b"n") == b"%d" % total


@pytest.mark.exercise("3.5", why="Key and value are the words of the request, whatever they are.")
def test_any_words_in_a_request(code, seed):
    """Commands take any words that come."""
    chance = random.Random(seed)
    session = code.s03.StoreSession(code.s03.State())
    for key, value in zip(words(chance, 9), words(chance, 9), strict=True):
        assert session.reply([b"ECHO", value]) == b"$%d\r\n%b\r\n" % (len(value), value)
        assert session.reply([b"SET", key, value]) == b"+OK\r\n"
        assert session.reply([b"GET", key]) == b"$%d\r\n%b\r\n" % (len(value), value)
    assert session.reply([b"DBSIZE"]) == b":9\r\n"


@pytest.mark.exercise("3.6", why="Every request of a read has its reply, in its place.")
def test_any_number_of_requests(code, seed):
    """However many requests come at once, each is answered, in order."""
    chance = random.Random(seed)
    for _ in range(5):
        said = words(chance, chance.randint(1, 30))
        session = code.s03.StoreSession(code.s03.State())
        replies = b"".join(b"$%d\r\n%b\r\n" % (len(one), one) for one in said)
        assert session.receive(b"".join(b"ECHO " + one + b"\r\n" for one in said)) == replies
