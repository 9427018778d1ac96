"""Threads with numbers that nobody knows beforehand."""

from __future__ import annotations

import random

import pytest

from workbook.patience import patience

FULL = b"-ERR max number of clients reached\r\n"


@pytest.mark.exercise("4.1", why="A worker serves all that come, one client after another.")
def test_any_words_are_served(code, seed):
    """Any number of clients is served by any number of workers, with any words."""
    chance = random.Random(seed)
    workers, count = chance.randint(1, 3), chance.randint(4, 8)
    with code.labs.s04.EchoPool(workers, count) as pool:
        clients = [pool.client() for _ in range(count)]
        for client in clients:
            said = b"%x" % chance.randrange(1 << 40)
            client.sendall(said)
            assert client.recv(100) == said
            client.close()


@pytest.mark.exercise(
    "4.2", why="Each command sees what the one before it has left, and adds to that."
)
def test_any_count(code, seed):
    """From any number on, INCRs that meet each other lose nothing."""
    chance = random.Random(seed)
    first, count = chance.randrange(10**9), chance.randint(2, 8)
    replies, store = code.labs.s04.race([[b"INCR", b"n"]] * count, {b"n": b"%d" % first})
    assert sorted(replies) == [first + one + 1 for one in range(count)]
    assert store == {b"n": b"%d" % (first + count)}


@pytest.mark.exercise("4.3", why="One of the threads that want a key gets it, with all its keys.")
def test_any_wishes(code, seed):
    """Any number of threads wants the same keys: one gets True, and all of its own is there."""
    chance = random.Random(seed)
    keys = [b"%x" % one for one in chance.sample(range(1 << 30), chance.randint(2, 4))]
    wishes = [dict.fromkeys(keys, b"%d" % one) for one in range(chance.randint(2, 5))]
    won, store = code.labs.s04.race_check_and_set(wishes)
    assert won.count(True) == 1
    assert store == wishes[won.index(True)]


@pytest.mark.exercise(
    "4.4", why="As many are let in as there is room for, and the rest get an error."
)
def test_any_crowd(code, seed):
    """However many come, and whatever the limit: the rest get an error."""
    chance = random.Random(seed)
    count = chance.randint(3, 8)
    room = chance.randint(1, count - 1)
    heard = code.labs.s04.crowd(count, room)
    assert (heard.count(FULL), heard.count(b"")) == (count - room, room)


@pytest.mark.exercise(
    "4.5", why="The numbers of the stripes decide: each once, and in ascending order."
)
def test_any_stripes(code, seed):
    """Any stripes are taken in ascending order, each once, and released the other way round."""
    chance = random.Random(seed)
    for _ in range(5):
        of = chance.randint(2, 9)
        stripes = [chance.randrange(of) for _ in range(chance.randint(1, 6))]
        taken = sorted(set(stripes))
        assert code.labs.s04.trace(stripes, of=of) == [
            *[f"take {one}" for one in taken],
            "inside",
            *[f"give {one}" for one in reversed(taken)],
        ]


@pytest.mark.exercise(
    "4.5",
    why="Whatever stops it, exactly the stripes that were taken are released, the last one first.",
)
def test_any_interruption(code, seed):
    """Ctrl-C in any block, or while any stripe is taken: all stripes taken so far are released."""
    chance = random.Random(seed)
    for _ in range(5):
        of = chance.randint(4, 9)
        stripes = chance.sample(range(of), chance.randint(2, 4))
        taken = sorted(stripes)
        where = chance.randrange(len(taken) + 1)
        trouble = "inside" if where == len(taken) else f"take {taken[where]}"
        assert code.labs.s04.trace(stripes, trouble, of) == [
            *[f"take {one}" for one in taken[:where]],
            *["inside"][: trouble == "inside"],
            *[f"give {one}" for one in reversed(taken[:where])],
        ]


@pytest.mark.exercise("4.5", why="A stripe has one holder at a time, and no thread waits in vain.")
def test_any_crossing(code, seed):
    """Threads that want any stripes in any order: each gets all of them, and no two hold the same."""
    chance = random.Random(seed)
    of = chance.randint(4, 7)
    orders = [chance.sample(range(of), chance.randint(2, 3)) for _ in range(chance.randint(2, 4))]
    happened = code.labs.s04.crossing(*orders, of=of)
    held: dict[str, int] = {}
    for thread, what in happened:
        deed, _, stripe = what.partition(" ")
        if deed == "take":
            assert stripe not in held
            held[stripe] = thread
        elif deed == "give":
            assert held.pop(stripe) == thread
    for number, stripes in enumerate(orders):
        taken = sorted(stripes)
        assert [what for thread, what in happened if thread == number] == [
            *[f"take {one}" for one in taken],
            "inside",
            *[f"give {one}" for one in reversed(taken)],
        ]


@pytest.mark.exercise(
    "4.6", why="Every worker ends, and every client sees the end, however many there are."
)
def test_any_number_goes_home(code, seed):
    """However many workers and clients there are, all have gone when stop returns."""
    chance = random.Random(seed)
    count = chance.randint(1, 5)
    pool = code.labs.s04.EchoPool(count, 2 * count)
    pool.start()
    clients = [pool.client() for _ in range(chance.randint(1, 2 * count))]
    clients[0].sendall(b"hello")
    assert clients[0].recv(100) == b"hello"
    assert pool.stop(patience()) is True
    assert [client.recv(100) for client in clients] == [b""] * len(clients)
