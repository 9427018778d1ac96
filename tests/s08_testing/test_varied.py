"""Latencies and loads with numbers that nobody knows beforehand."""

from __future__ import annotations

import math
import random

import pytest


@pytest.mark.exercise(
    "8.4", why="The nearest rank: of n samples in order, the one at place p / 100 * n, rounded up."
)
def test_any_percentile(code, seed):
    """Any percentile of any samples is the one at its rank."""
    chance = random.Random(seed)
    for _ in range(20):
        samples = [chance.randrange(10**6) for _ in range(chance.randint(1, 50))]
        p = chance.randint(1, 100)
        rank = math.ceil(p * len(samples) / 100)
        assert code.s08.percentile(samples, p) == sorted(samples)[rank - 1]


@pytest.mark.exercise(
    "8.5",
    why="As many requests are sent as were asked for, at most a pipeline's worth in a packet.",
)
def test_any_pipeline(code, seed):
    """However many requests in however large packets: all are sent, and each has its latency."""
    chance = random.Random(seed)
    pipeline = chance.randint(2, 9)
    packets = [pipeline] * chance.randint(1, 4) + [chance.randint(1, pipeline)]
    batches = [[b"+PONG\r\n" * count] for count in packets]
    played = code.labs.s08.rehearse(batches, b"PING\r\n", sum(packets), pipeline)
    assert played.sent == [b"PING\r\n" * count for count in packets]
    assert (len(played.latencies), played.errors) == (sum(packets), 0)
