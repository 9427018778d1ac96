"""Lists, sets, hashes and sorted sets with values that nobody knows beforehand."""

from __future__ import annotations

import random

import pytest


def words(chance, count):
    """So many different words."""
    return [f"{number:x}" for number in chance.sample(range(1 << 40), count)]


def bulks(*values):
    """The reply with these strings."""
    return b"*%d\r\n" % len(values) + b"".join(
        b"$%d\r\n%b\r\n" % (len(one), one.encode()) for one in values
    )


@pytest.mark.exercise("6.1", why="Each item goes to the end that the command names, one by one.")
def test_any_items(run, seed):
    """Any items are in the list as they were pushed."""
    chance = random.Random(seed)
    expected = []
    for item in words(chance, 12):
        if chance.random() < 0.5:
            expected.insert(0, item)
            run(f"LPUSH k {item}")
        else:
            expected.append(item)
            run(f"RPUSH k {item}")
    assert run("LPOP k 99") == bulks(*expected)


@pytest.mark.exercise(
    "6.2", why="Both ends count; a negative one counts from the end of this list."
)
def test_any_range(code, seed):
    """Any range of a list of any length has the bounds that Redis' rules give."""
    chance = random.Random(seed)
    for _ in range(50):
        length = chance.randrange(20)
        start, stop = chance.randint(-25, 25), chance.randint(-25, 25)
        first = max(start + length, 0) if start < 0 else start
        last = stop + length if stop < 0 else min(stop, length - 1)
        wanted = (first, last + 1) if first <= last and first < length else (0, 0)
        assert tuple(code.s06.slice_bounds(start, stop, length)) == wanted


@pytest.mark.exercise("6.3", why="Only members that are new to this set count.")
def test_any_members(run, seed):
    """Whatever members are added: only the new ones count."""
    chance = random.Random(seed)
    pool, known = words(chance, 15), set()
    for _ in range(6):
        members = chance.choices(pool, k=chance.randint(1, 6))
        assert run("SADD k " + " ".join(members)) == b":%d\r\n" % len(set(members) - known)
        known |= set(members)


@pytest.mark.exercise("6.4", why="The three operations, on whatever is in the sets.")
def test_any_sets(code, seed):
    """Any sets have the union, the intersection and the difference that Python gives."""
    chance = random.Random(seed)
    for _ in range(10):
        pool = [one.encode() for one in words(chance, 8)]
        sets = [set(chance.sample(pool, chance.randrange(8))) for _ in range(chance.randint(1, 4))]
        for operation, method in (
            ("UNION", set.union),
            ("INTER", set.intersection),
            ("DIFF", set.difference),
        ):
            assert code.s06.algebra(operation, [set(one) for one in sets]) == method(*sets)


@pytest.mark.exercise("6.5", why="The field keeps the sum of all that was added to it.")
def test_any_sum(run, seed):
    """Whatever is added to whichever field: the reply is the sum."""
    chance = random.Random(seed)
    sums = dict.fromkeys(words(chance, 4), 0)
    for _ in range(20):
        field, amount = chance.choice(list(sums)), chance.randint(-(10**9), 10**9)
        sums[field] += amount
        assert run(f"HINCRBY k {field} {amount}") == b":%d\r\n" % sums[field]


@pytest.mark.exercise("6.6", why="It is the type of the value under the key that counts.")
def test_any_wrong_type(run, seed):
    """A command meets a key of any other type: it is refused, under any key."""
    chance = random.Random(seed)
    make = {"list": "RPUSH {} a", "set": "SADD {} a", "hash": "HSET {} f v", "zset": "ZADD {} 1 a"}
    read = {"list": "LLEN {}", "set": "SCARD {}", "hash": "HLEN {}", "zset": "ZCARD {}"}
    for key in words(chance, 8):
        there, asked = chance.choice(list(make)), chance.choice(list(read))
        run(make[there].format(key))
        reply = run(read[asked].format(key))
        assert reply == b":1\r\n" if there == asked else reply.startswith(b"-WRONGTYPE ")


@pytest.mark.exercise("6.7", why="Each change is reported once, under the key that was changed.")
def test_any_changes(session, run, seed):
    """Whichever keys are changed: the keyspace hears of it, in order, and a key is new once."""
    chance = random.Random(seed)
    keys = [f"k{one}" for one in words(chance, 3)]
    changed = [chance.choice(keys) for _ in range(8)]
    for number, key in enumerate(changed):
        run(f"SADD {key} {number}")
    assert session.store.told == [key.encode() for key in changed]
    assert session.store.doors == [f"put {key}" for key in dict.fromkeys(changed)]
