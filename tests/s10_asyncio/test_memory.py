"""MEMORY STATS and MEMORY DOCTOR; and how often a large reply is in memory."""

from __future__ import annotations

import tracemalloc

import pytest

from workbook import wire

MEGABYTE = 1024 * 1024


@pytest.fixture
def measured(code):
    """`measured(used=...)`: the memory of a server with a hundred megabytes, but for what is said."""
    kind = code.s10.memory.doctor.Memory
    usual = {
        "used": 100 * MEGABYTE,
        "peak": 100 * MEGABYTE,
        "at_start": 10 * MEGABYTE,
        "unsent": 0,
        "clients": 2,
        "journal": 0,
    }
    return lambda **changes: kind(**usual | changes)


def test_the_names_are_those_of_redis(server, redis_server):
    """Also those of a database: how large its tables are."""
    shown = []
    for client in (server("s10").client(), redis_server().client()):
        client.ask("SET", "k", "v", "EX", 1000)
        client.ask("HELLO", 3)
        shown.append(client.ask("MEMORY", "STATS"))
    ours, theirs = shown
    assert list(ours) == list(theirs)
    assert list(ours[b"db.0"]) == list(theirs[b"db.0"])
    assert [type(value) for value in ours.values()] == [type(value) for value in theirs.values()]


def test_the_sums(code, measured):
    state = code.s10.State()
    for index in (0, 3):
        for key in (b"a", b"b"):
            state.databases[index].put(key, b"v")
    stats = measured(unsent=5, journal=7).stats(state.databases)
    assert [name for name in stats if name.startswith(b"db.")] == [b"db.0", b"db.3"]
    tables = sum(stats[b"db.0"].values()) + sum(stats[b"db.3"].values())
    assert stats[b"overhead.total"] == 10 * MEGABYTE + 12 + tables
    assert stats[b"dataset.bytes"] + stats[b"overhead.total"] == stats[b"total.allocated"]
    assert stats[b"keys.count"] == 4
    assert stats[b"keys.bytes-per-key"] == 90 * MEGABYTE // 4


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"used": 12 * MEGABYTE}, ["is using very little memory"]),
        ({}, ["can't find any memory issue"]),
        ({"peak": 151 * MEGABYTE}, ["Peak memory", "keep you safe"]),
        ({"unsent": MEGABYTE}, ["Big client buffers", "keep you safe"]),
        (
            {"peak": 200 * MEGABYTE, "unsent": MEGABYTE},
            ["Peak memory", "client buffers", "keep you safe"],
        ),
    ],
)
def test_the_doctor(measured, changes, words):
    """Each issue has its paragraph."""
    paragraphs = measured(**changes).advice().rstrip("\n").split("\n\n")
    shown = paragraphs[1:] if len(words) > 1 else paragraphs
    assert len(shown) == len(words)
    assert all(word in one for word, one in zip(words, shown, strict=True))


def test_a_large_reply_while_it_is_encoded(code):
    """Its parts and the whole. Thirty commands of a transaction ask for one value: none is a copy."""
    client = code.s10.session.Client("", "")
    session = code.s10.ClientSession(code.s10.State(), client, lambda data: None)
    session.receive(wire.encode(["SET", "k", "v" * 100_000]))
    requests = [["MULTI"], *[["GET", "k"]] * 30, ["EXEC"]]
    tracemalloc.start()
    try:
        size = len(session.receive(b"".join(map(wire.encode, requests))))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert 1.9 < peak / size < 2.5


def test_a_large_reply_while_it_is_sent(code):
    """The transport gets a view, of which it copies only what has to wait."""
    given = []

    class Transport:
        def write(self, data):
            given.append(data)

    flow = code.s10.flow.Flow(lambda flow: None)
    flow.transport = Transport()
    flow.send(b"x" * MEGABYTE)
    assert [(type(data), bytes(data)) for data in given] == [(memoryview, b"x" * MEGABYTE)]
