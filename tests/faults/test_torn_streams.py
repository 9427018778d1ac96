"""Snapshots with streams that were cut, or in which bits have flipped: refused, or harmless.

Harmless is what was loaded if it can be saved again, and then says the same as before.
"""

from __future__ import annotations

import random

import pytest

from workbook import wire

STREAMS = """
XADD s 1-1 name ann age 30
XADD s 1-2 name bob age -70000
XADD s 2-0 other xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx
XADD s 9-9 name cid age 5
XADD s 18446744073709551615-0 name dan age 3000000000
XDEL s 1-2
XGROUP CREATE s g 0 ENTRIESREAD 0
XREADGROUP GROUP g ann COUNT 2 STREAMS s >
XREADGROUP GROUP g bob COUNT 1 STREAMS s >
XGROUP CREATECONSUMER s g idle
XGROUP CREATE s h $
XGROUP CREATE empty g $ MKSTREAM
"""


@pytest.fixture(params=["ours", "theirs"])
def data(code, request, redis_server, tmp_path):
    """A whole snapshot with streams, as we write it or as redis-server does, without a checksum."""
    requests = [line.split() for line in STREAMS.strip().splitlines()]
    if request.param == "theirs":
        client = redis_server("--stream-node-max-entries", 3).client()
        replies = [client.ask(*words) for words in [*requests, ["SAVE"]]]
        assert not [reply for reply in replies if str(reply).startswith("-")]
    else:
        settings = code.s10.settings.Settings(dir=str(tmp_path), stream_node_max_entries=3)
        state = code.s10.State(settings)
        session = code.s10.ClientSession(state, code.s10.session.Client("", ""), lambda data: None)
        replies = [session.receive(wire.encode(words)) for words in [*requests, ["SAVE"]]]
        assert not [reply for reply in replies if reply.startswith(b"-")]
    return (tmp_path / "dump.rdb").read_bytes()[:-8] + bytes(8)


@pytest.fixture
def tried(code):
    """`tried(data)`: whether a snapshot is loaded. It is refused in one line, or harmless."""
    saved_again = code.labs.s07.files.saved_again

    def call(data):
        why, again = saved_again(data)
        assert "\n" not in why
        assert why or saved_again(again) == ("", again)
        return not why

    return call


def test_streams_that_are_cut(data, tried):
    """Cut at any byte, they are refused; whole, they are loaded."""
    assert tried(data)
    for size in range(len(data) - 8):
        assert not tried(data[:size]), size


def test_streams_in_which_a_bit_has_flipped(data, tried, seed):
    """One bit, where no checksum finds it."""
    loaded = [
        tried(data[:place] + bytes([data[place] ^ 1 << bit]) + data[place + 1 :])
        for number in random.Random(seed).sample(range(8 * len(data) - 64), k=600)
        for place, bit in [divmod(number, 8)]
    ]
    assert any(loaded)
    assert not all(loaded)


def test_streams_with_more_damage(data, tried, seed):
    """Bytes that are changed, left out, repeated, or come from another place."""
    chance = random.Random(seed)
    for _ in range(500):
        first, last = sorted(chance.choices(range(9, len(data) - 8), k=2))
        piece, other = data[first:last], chance.randrange(9, len(data) - 8)
        elsewhere = data[other : other + len(piece)]
        for instead in (chance.randbytes(len(piece)), b"", piece * 2, elsewhere):
            tried(data[:first] + instead + data[last:])
