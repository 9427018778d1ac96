"""WATCH: a transaction on condition that nobody was quicker."""

from __future__ import annotations

import pytest

NULL = b"*-1\r\n"
DONE = b"*1\r\n+OK\r\n"
BEGUN = b"+OK\r\n+QUEUED\r\n"


def transact(talk, name="ann"):
    """What EXEC answers to a transaction with one SET."""
    replies = talk.say(name, "MULTI", "SET mine 1", "EXEC")
    assert replies.startswith(BEGUN)
    return replies.removeprefix(BEGUN)


def test_somebody_was_quicker(code):
    """Another client changes the watched key: EXEC runs nothing."""
    talk = code.labs.s10.Talk()
    assert talk.say("ann", "WATCH k") == b"+OK\r\n"
    talk.say("bob", "SET k 1")
    assert transact(talk) == NULL
    assert talk.say("ann", "EXISTS mine") == b":0\r\n"


def test_changed_and_changed_back(code):
    """The key is changed and changed back: EXEC runs nothing."""
    talk = code.labs.s10.Talk()
    talk.say("bob", "SET k old")
    talk.say("ann", "WATCH k")
    talk.say("bob", "SET k new", "SET k old")
    assert transact(talk) == NULL


@pytest.mark.parametrize(
    "change", ["SET k 1", "DEL there", "RPUSH k x", "EXPIRE there 10", "RENAME there k", "FLUSHALL"]
)
def test_any_change_counts(code, change):
    """Created, removed, given a deadline, renamed: each is a change of a watched key."""
    talk = code.labs.s10.Talk()
    talk.say("bob", "SET there 1")
    talk.say("ann", "WATCH k there")
    talk.say("bob", change)
    assert transact(talk) == NULL


def test_ones_own_change_counts(code):
    """The client itself changes the key before MULTI: EXEC runs nothing."""
    talk = code.labs.s10.Talk()
    talk.say("ann", "WATCH k", "SET k 1")
    assert transact(talk) == NULL


def test_watching_ends_with_exec(code):
    """After EXEC, run or not, a change of the key has no effect on the next transaction."""
    talk = code.labs.s10.Talk()
    for _ in range(2):
        talk.say("ann", "WATCH k")
        talk.say("bob", "INCR k")
        assert transact(talk) == NULL
        talk.say("bob", "INCR k")
        assert transact(talk) == DONE
    assert talk.kept()["listened to"] == 0


@pytest.mark.parametrize("end", ["UNWATCH", "MULTI DISCARD", "RESET", "leaves"])
def test_watching_ends(code, end):
    """Nothing is kept for watched keys after UNWATCH, DISCARD, RESET, or when the client goes."""
    talk = code.labs.s10.Talk()
    talk.say("ann", "WATCH a b a", "SELECT 1", "WATCH a")
    assert talk.kept()["listened to"] == 3
    if end == "leaves":
        talk.leave("ann")
    else:
        talk.say("ann", *end.split())
    assert talk.kept()["listened to"] == 0
    talk.say("bob", "SET a 1")
    assert end == "leaves" or transact(talk) == DONE


def test_a_key_belongs_to_its_database(code):
    """The same key in another database may change; the one that is watched may not."""
    talk = code.labs.s10.Talk()
    talk.say("ann", "WATCH k", "SELECT 1")
    talk.say("bob", "SELECT 2", "SET k 1", "SELECT 1", "SET k 1")
    assert transact(talk) == DONE
    talk.say("ann", "SELECT 0", "WATCH k", "SELECT 1")
    talk.say("bob", "SELECT 0", "SET k 1")
    assert transact(talk) == NULL


def test_a_key_that_had_expired_before(code):
    """A key had expired before it was watched: EXEC runs."""
    talk = code.labs.s10.Talk()
    talk.say("bob", "SET k 1 PX 100")
    talk.wait(0.2)
    assert talk.say("ann", "WATCH k") == b"+OK\r\n"
    assert talk.say("bob", "GET k") == b"$-1\r\n"
    assert transact(talk) == DONE


@pytest.mark.parametrize("changed", ["a", "b", "c"])
def test_watching_adds_up(code, changed):
    """Three keys are watched by two commands; any of them changes: nothing is run."""
    talk = code.labs.s10.Talk()
    talk.say("ann", "WATCH a b", "WATCH c")
    talk.say("bob", f"SET {changed} 1")
    assert transact(talk) == NULL


def test_no_increment_is_lost(server):
    """Two clients increment by WATCH, GET and SET in turns; one that is overtaken starts over."""
    store = server("s10")
    clients = [store.client(), store.client()]
    read = {}
    retries = 0

    def begin(client):
        assert client.ask("WATCH", "n") == b"OK"
        read[client] = int(client.ask("GET", "n") or 0)

    def finish(client):
        client.send(b"MULTI\r\nSET n %d\r\nEXEC\r\n" % (read[client] + 1))
        client.expect(b"+OK\r\n+QUEUED\r\n")
        return client.read() is not None

    for _ in range(10):
        for client in clients:
            begin(client)
        assert finish(clients[0])
        while not finish(clients[1]):
            retries += 1
            assert retries <= 10, "EXEC answers null although nobody has changed the key since"
            begin(clients[1])
    assert clients[0].ask("GET", "n") == b"20"
    assert retries == 10
