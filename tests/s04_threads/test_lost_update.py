"""Exercise 4.2: a command runs as if no other client were there."""

from __future__ import annotations

import pytest


@pytest.mark.exercise(
    "4.2",
    why="All eight have read 41 before the first one writes 42, and seven updates are lost. If a "
    "thread holds the lock of the key from the read to the write, no other can read in between.",
)
def test_no_increment_is_lost(code):
    """Eight INCRs that meet between read and write count to eight."""
    replies, store = code.labs.s04.race([[b"INCR", b"n"]] * 8, {b"n": b"41"}, given=True)
    assert sorted(replies) == list(range(42, 50))
    assert store == {b"n": b"49"}


@pytest.mark.exercise(
    "4.2",
    why="SET NX checks whether the key exists, then writes. That, too, is a read and a write, and "
    "it is how clients build locks of their own: one of them must win, not all.",
)
def test_one_client_gets_set_nx(code):
    """Of four clients that send SET NX at once, one gets OK."""
    requests = [[b"SET", b"lock", b"client %d" % n, b"NX"] for n in range(4)]
    replies, store = code.labs.s04.race(requests, given=True)
    assert sorted(replies, key=str) == [None, None, None, "OK"]
    assert store == {b"lock": b"client %d" % replies.index("OK")}


@pytest.mark.exercise(
    "4.2",
    why="A command may raise CommandError. If the locks are released only after a normal end, the "
    "next client that wants the key waits for ever. `with` releases them in both cases.",
)
def test_an_error_gives_the_locks_back(code):
    """Three clients get the same error, one after another; none waits for ever."""
    replies, store = code.labs.s04.race([[b"INCR", b"name"]] * 3, {b"name": b"Ada"}, given=True)
    assert replies == ["-ERR value is not an integer or out of range"] * 3
    assert store == {b"name": b"Ada"}


@pytest.mark.exercise(
    "4.2",
    why="The locks that a command needs are those of its keys: holding(*self.keys(command)), with "
    "the star, around one call of run. Its name and its values are not keys.",
)
def test_it_asks_for_its_keys(code):
    """INCR asks to hold its key, MSET each of its keys, FLUSHALL all keys."""
    asked_for = code.labs.s04.asked_for
    assert asked_for([b"incr", b"b"]) == [[b"b"]]
    assert asked_for([b"MSET", b"b", b"1", b"a", b"2"]) == [[b"a", b"b"]]
    assert asked_for([b"FLUSHALL"]) == [[]]


@pytest.mark.exercise(
    "4.2",
    why="A command that only reads waits, too: in the middle of an MSET, MGET would see the one "
    "key with its new value, and the other with its old one.",
)
def test_readers_ask_for_their_keys_too(code):
    """GET, EXISTS and MGET ask to hold their keys."""
    asked_for = code.labs.s04.asked_for
    assert asked_for([b"GET", b"b"]) == [[b"b"]]
    assert asked_for([b"EXISTS", b"b"]) == [[b"b"]]
    assert asked_for([b"MGET", b"b", b"a"]) == [[b"a", b"b"]]


@pytest.mark.exercise(
    "4.2",
    why="`execute` returns what the command returns and lets its exceptions pass: `reply`, further out, "
    "knows which of them are the client's fault and which are bugs.",
)
def test_an_error_goes_on_to_the_caller(code):
    """The error of a command comes out of `execute` as an exception."""
    assert code.labs.s04.raised_by_execute([b"INCRBY", b"n", b"x"]) == "CommandError"


@pytest.mark.exercise(
    "4.2",
    why="Hold the keys of this request and no others: `holding(*self.keys(request))`. One lock "
    "for everything loses nothing either, but lets each client wait for every other.",
)
def test_a_command_holds_its_keys_only(code):
    """INCR holds one stripe, MSET those of its keys, FLUSHALL all of them."""
    lab = code.labs.s04
    assert lab.trace_request([b"incr", b"b"]) == ["take 2", "give 2"]
    assert lab.trace_request([b"MSET", b"b", b"1", b"a", b"2"]) == [
        *["take 1", "take 2"],
        *["give 2", "give 1"],
    ]
    assert lab.trace_request([b"FLUSHALL"]) == [
        *["take 0", "take 1", "take 2", "take 3"],
        *["give 3", "give 2", "give 1", "give 0"],
    ]


@pytest.mark.exercise(
    "4.2",
    why="Here nothing arranges the race; a store that lets other threads go on after each read "
    "makes it likely. Without locks some hundred updates are lost.",
)
def test_nothing_is_lost_by_itself(code):
    """Eight threads, fifty INCRs each: four hundred."""
    assert code.labs.s04.lost_updates(threads=8, each=50, locked=True) == 0


@pytest.mark.exercise(
    "4.2",
    why="No two clients may get the same number, and none may be left out.",
)
def test_eight_clients_count(server):
    """Eight clients send INCR a hundred times each: every number from 1 to 800 comes once."""
    store = server("s04")
    clients = [store.client() for _ in range(8)]
    for client in clients:
        client.send(b"*2\r\n$4\r\nINCR\r\n$4\r\nhits\r\n" * 100)
    numbers = [client.read() for client in clients for _ in range(100)]
    assert sorted(numbers) == list(range(1, 801))
    assert clients[0].ask("GET", "hits") == b"800"


def test_the_race_without_locks(code):
    """The lab shows what the locks are for: each of four INCRs answers 42."""
    replies, store = code.labs.s04.race([[b"INCR", b"n"]] * 4, {b"n": b"41"}, locked=False)
    assert replies == [42] * 4
    assert store == {b"n": b"42"}
