"""Exercise 10.4: several commands in one go."""

from __future__ import annotations

import pytest


@pytest.mark.exercise(
    "10.4", why="EXEC returns one array: the reply to each queued command, in their order."
)
def test_the_queue_is_run_in_order(code):
    """Three commands: each is run once, in order, and the reply has all three replies."""
    done = code.labs.s10.execute("SET a 1", "GET a", "DEL a")
    assert done["run"] == ["SET a 1", "GET a", "DEL a"]
    assert done["reply"] == (
        b"*3\r\n$12\r\nreply to SET\r\n$12\r\nreply to GET\r\n$12\r\nreply to DEL\r\n"
    )


@pytest.mark.exercise("10.4", why="MULTI followed by EXEC gives an empty array, and not an error.")
def test_an_empty_queue(code):
    """A transaction without commands is an empty array."""
    assert code.labs.s10.execute()["reply"] == b"*0\r\n"


@pytest.mark.exercise(
    "10.4",
    why="Redis has no rollback: the error of one command is in the array, and the rest is run. A "
    "client counts on as many replies as it has queued commands.",
)
def test_an_error_stops_nothing(code):
    """The second of three commands fails: its error is its reply, the third is run."""
    done = code.labs.s10.execute("SET a 1", "LPOP a", "GET a", failing="LPOP a")
    assert done["run"] == ["SET a 1", "LPOP a", "GET a"]
    assert done["reply"] == b"*3\r\n$12\r\nreply to SET\r\n-ERR no\r\n$12\r\nreply to GET\r\n"


@pytest.mark.exercise("10.4", why="EXEC needs a MULTI before it, and so does the second EXEC.")
def test_exec_without_multi(code):
    """EXEC without MULTI is an error, and runs nothing."""
    assert code.labs.s10.execute(begun=False)["reply"] == b"-ERR EXEC without MULTI\r\n"
    talk = code.labs.s10.Talk()
    assert talk.say("ann", "MULTI", "EXEC", "EXEC") == (b"+OK\r\n*0\r\n-ERR EXEC without MULTI\r\n")


@pytest.mark.exercise(
    "10.4",
    why="A command was refused when it should have been queued, as unknown or with too few words. "
    "The client meant it to be part of the transaction, so none of it may run.",
)
def test_a_refused_command_refuses_all(code):
    """After a refused command EXEC runs nothing, and says so with EXECABORT."""
    done = code.labs.s10.execute("SET a 1", refused=True)
    assert done["run"] == []
    assert done["reply"] == b"-EXECABORT Transaction discarded because of previous errors.\r\n"


@pytest.mark.exercise(
    "10.4",
    why="Another client was quicker: nothing is run, and null tells the client to start over.",
)
def test_a_watched_key_has_changed(code):
    """A watched key has changed: EXEC runs nothing and returns the null array."""
    done = code.labs.s10.execute("SET a 1", overtaken=True)
    assert (done["run"], done["reply"]) == ([], b"*-1\r\n")


@pytest.mark.exercise(
    "10.4",
    why="Two reasons not to run at the same time: Redis answers with the client's own error, "
    "since trying again would not help.",
)
def test_the_error_goes_before_null(code):
    """Refused and overtaken: EXECABORT."""
    done = code.labs.s10.execute("SET a 1", overtaken=True, refused=True)
    assert done["reply"].startswith(b"-EXECABORT ")


@pytest.mark.exercise(
    "10.4",
    why="Nobody has looked the key up since it expired, so nobody has noticed. Expiry is still a "
    "change: `self.watch.look()` looks it up before you check.",
)
def test_a_watched_key_has_expired(code):
    """A watched key has expired at EXEC: nothing is run."""
    talk = code.labs.s10.Talk()
    talk.say("bob", "SET k 1 PX 100")
    talk.say("ann", "WATCH k")
    talk.wait(0.2)
    assert talk.say("ann", "MULTI", "SET mine 1", "EXEC") == b"+OK\r\n+QUEUED\r\n*-1\r\n"


@pytest.mark.exercise(
    "10.4",
    why="A command in the queue must find a client without a transaction: `answer` could queue it "
    "again while one is open, and a change by the queue itself must not count as a watched one.",
)
def test_it_is_over_before_it_runs(code):
    """When the first command is run, nothing is open, queued or watched any more."""
    assert code.labs.s10.execute("SET a 1", "GET a")["during"] == [False, 0, 0]


@pytest.mark.exercise(
    "10.4",
    why="However EXEC ends, the client is out of the transaction. If it is not, its next commands "
    "are queued, and it waits for replies that never come.",
)
@pytest.mark.parametrize("reason", ["", "refused", "overtaken", "failing"])
def test_nothing_is_left(code, reason):
    """After EXEC, whatever came of it, nothing is open, refused, queued or watched."""
    more = {"failing": {"failing": "GET a"}, "": {}}.get(reason, {reason: True})
    assert code.labs.s10.execute("GET a", **more)["left"] is False


@pytest.mark.exercise(
    "10.4", why="Queued commands answer with QUEUED and do nothing; EXEC does all, DISCARD nothing."
)
def test_multi_exec_discard(code):
    """A whole conversation: queued, run, discarded; afterwards commands run at once again."""
    talk = code.labs.s10.Talk()
    assert talk.say("ann", "MULTI", "SET a 1", "INCR a", "EXEC", "GET a") == (
        b"+OK\r\n+QUEUED\r\n+QUEUED\r\n*2\r\n+OK\r\n:2\r\n$1\r\n2\r\n"
    )
    assert talk.say("ann", "MULTI", "INCR a", "DISCARD", "GET a") == (
        b"+OK\r\n+QUEUED\r\n+OK\r\n$1\r\n2\r\n"
    )


@pytest.mark.exercise(
    "10.4", why="EXECABORT ends the transaction. The next MULTI starts with a clean slate."
)
def test_after_an_abort(code):
    """An unknown command between MULTI and EXEC: EXECABORT; the next transaction works."""
    talk = code.labs.s10.Talk()
    assert talk.say("ann", "MULTI", "SET a 1", "GET", "EXEC") == (
        b"+OK\r\n+QUEUED\r\n-ERR wrong number of arguments for 'get' command\r\n"
        b"-EXECABORT Transaction discarded because of previous errors.\r\n"
    )
    assert talk.say("ann", "GET a", "MULTI", "SET a 2", "EXEC") == (
        b"$-1\r\n+OK\r\n+QUEUED\r\n*1\r\n+OK\r\n"
    )


@pytest.mark.exercise(
    "10.4",
    why="Between MULTI and EXEC nothing happens, and in EXEC everything at once: one thread runs "
    "the whole queue before any other client has a turn.",
)
def test_nobody_sees_a_half(server):
    """While one client moves an amount in transactions, the other always finds the same sum."""
    store = server("s10")
    mover, watcher = store.client(), store.client()
    assert mover.ask("MSET", "a", 50, "b", 50) == b"OK"
    for number in range(20):
        assert mover.ask("MULTI") == b"OK"
        assert mover.ask("DECRBY", "a", number) == b"QUEUED"
        assert sum(map(int, watcher.ask("MGET", "a", "b"))) == 100
        assert mover.ask("INCRBY", "b", number) == b"QUEUED"
        mover.send(b"EXEC\r\n")
        assert sum(map(int, watcher.ask("MGET", "a", "b"))) == 100
        a, b = mover.read()
        assert a + b == 100


@pytest.mark.exercise(
    "10.4",
    why="Two clients add in transactions, in pieces that get in each other's way. What is queued "
    "belongs to the connection, not to the server.",
)
def test_two_transactions_at_once(server):
    """Two clients have a transaction open at the same time; each runs its own commands."""
    store = server("s10")
    clients = [store.client(), store.client()]
    for request in (["MULTI"], ["APPEND", "k", "x"], ["STRLEN", "k"]):
        for client in clients:
            assert client.ask(*request) in (b"OK", b"QUEUED")
    assert clients[1].ask("EXEC") == [1, 1]
    assert clients[0].ask("EXEC") == [2, 2]


@pytest.mark.exercise(
    "10.4",
    why="A command that would wait must not do so here: no other client could fill the list "
    "meanwhile.",
)
def test_nobody_waits_in_a_transaction(server):
    """BLPOP in a transaction finds an item or null, at once; then the list is empty again."""
    client = server("s10").client()
    client.send(b"MULTI\r\nBLPOP k 0\r\nRPUSH k x\r\nBLPOP k 0\r\nBLPOP k 0\r\nEXEC\r\nPING\r\n")
    client.expect(b"+OK\r\n" + b"+QUEUED\r\n" * 4)
    client.expect(b"*4\r\n*-1\r\n:1\r\n*2\r\n$1\r\nk\r\n$1\r\nx\r\n*-1\r\n+PONG\r\n")
