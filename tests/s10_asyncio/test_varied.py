"""The complete server with values that nobody knows beforehand."""

from __future__ import annotations

import random

import pytest


def word(chance):
    """Any word."""
    return f"{chance.randrange(1 << 40):x}"


def test_any_message(code, seed):
    """Any message on any channel reaches those who listen there, in order."""
    chance = random.Random(seed)
    channels = [word(chance).encode() for _ in range(3)]
    radio, listening = code.labs.s10.Radio(), {channel: [] for channel in channels}
    for number in range(8):
        channel = chance.choice(channels)
        radio.listen(f"c{number}", [channel])
        listening[channel].append(f"c{number}")
    channel, message = chance.choice(channels), word(chance).encode()
    assert radio.publish(channel, message) == len(listening[channel])
    assert radio.heard == [[name, b"message", channel, message] for name in listening[channel]]


@pytest.mark.exercise("10.4", why="Each queued command is run once, in order, and has its reply.")
def test_any_transaction(code, seed):
    """Any commands that are queued are run in order."""
    chance = random.Random(seed)
    requests = [f"SET {word(chance)} {word(chance)}" for _ in range(chance.randint(1, 9))]
    done = code.labs.s10.execute(*requests)
    assert done["run"] == requests
    assert done["reply"].startswith(b"*%d\r\n" % len(requests))


def test_any_watched_key(code, seed):
    """Any of the watched keys is changed: nothing is run; any other: all is."""
    chance = random.Random(seed)
    keys = [word(chance) for _ in range(6)]
    for _ in range(4):
        chance.shuffle(keys)
        watched, changed = keys[:3], chance.choice(keys)
        talk = code.labs.s10.Talk()
        assert talk.say("ann", f"WATCH {' '.join(watched)}") == b"+OK\r\n"
        talk.say("bob", f"SET {changed} 1")
        reply = talk.say("ann", "MULTI", "SET mine 1", "EXEC")
        assert reply.endswith(b"*-1\r\n" if changed in watched else b"*1\r\n+OK\r\n")


@pytest.mark.exercise(
    "10.6", why="The client that has waited longest gets the first item, and so on."
)
def test_any_queue(code, seed):
    """However many wait and however many items come: first come, first served."""
    chance = random.Random(seed)
    names = [f"client {number}" for number in range(chance.randint(1, 6))]
    items = [word(chance) for _ in range(chance.randint(1, 6))]
    room = code.labs.s10.WaitingRoom()
    for name in names:
        room.wait(name)
    pairs = [list(pair) for pair in zip(names, items, strict=False)]
    assert room.fill(*items) == pairs
    assert room.still_waiting() == names[len(pairs) :]
    assert room.left() == items[len(pairs) :]


@pytest.mark.exercise(
    "10.8", why="A reply may have any number of bytes, and a round lasts until the last one."
)
def test_any_reply(code, seed):
    """Whatever the reply, a round lasts until its last byte."""
    chance = random.Random(seed)
    text = word(chance).encode()
    reply, rounds = b"$%d\r\n%b\r\n" % (len(text), text), chance.randint(2, 5)
    seen = code.labs.s10.loop.visits(rounds=rounds, reply=reply)
    assert (seen["visits"], seen["batches"]) == ([[len(reply)] * rounds], rounds)


@pytest.mark.exercise("10.2", why="The limit of this server counts, whatever it is.")
def test_any_limit(code, seed):
    """A subscriber is cut off beyond the limit that was set, and not before."""
    limit = random.Random(seed).randint(1, 10**9)
    valve = code.labs.s10.Valve(limit=limit)
    valve.subscribe()
    assert valve.regulate(unsent=limit) == "reading"
    assert valve.regulate(unsent=limit + 1) == "aborted"


@pytest.mark.exercise("10.7", why="One task for each job, however many there are.")
def test_any_jobs(code, seed):
    """Any number of jobs is called again and again."""
    chance = random.Random(seed)
    jobs = sorted({word(chance) for _ in range(chance.randint(2, 6))})
    done = code.labs.s10.loop.run_background(*jobs)
    assert done == {"early": False, "ended": "returned", "left": [], "often": jobs}
