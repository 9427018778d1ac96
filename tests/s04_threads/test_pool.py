"""Exercises 4.1 and 4.4: a fixed number of workers, and how many clients may come."""

from __future__ import annotations

import pytest

FULL = b"-ERR max number of clients reached\r\n"


def echoes(client, data):
    """Whether the client is being served: what it sends comes back."""
    client.sendall(data)
    return client.recv(100) == data


# --- 4.1 -----------------------------------------------------------------------------------------


@pytest.mark.exercise(
    "4.1",
    why="None in the queue is an order: return. A worker that takes it for a client meets a bug, "
    "reports it, and waits on.",
)
def test_none_sends_a_worker_home(code):
    """A worker that finds None in the queue returns, after it has served all clients before it."""
    pool = code.labs.s04.OpenPool(2)
    with pool:
        client = pool.client()
        assert echoes(client, b"hello")
    assert pool.dismiss(0) == 0
    assert pool.reported == []


@pytest.mark.exercise(
    "4.1",
    why="A worker waits for its client most of the time. Two workers wait for two clients, and "
    "neither client has to wait for the other.",
)
def test_two_clients_at_once(code):
    """Two clients talk in turns, each with a worker of its own."""
    with code.labs.s04.OpenPool(2) as pool:
        one, other = pool.client(), pool.client()
        assert echoes(one, b"first")
        assert echoes(other, b"second")
        assert echoes(one, b"third")


@pytest.mark.exercise(
    "4.1",
    why="A worker that has served its client goes back to the queue for the next. Without the "
    "loop each worker serves one client in its life.",
)
def test_a_worker_takes_the_next_client(code):
    """A client waits in the queue until a worker is free, and is served then."""
    with code.labs.s04.OpenPool(1, 3) as pool:
        clients = [pool.client() for _ in range(3)]
        for number, client in enumerate(clients):
            assert echoes(client, b"client %d" % number)
            client.close()


@pytest.mark.exercise(
    "4.1",
    why="An exception that leaves `work` ends the thread, and nobody sees it: the server still "
    "accepts, and one day no worker is left. Catch it inside the loop, not around it, and report "
    "it, since nobody finds a bug that is swallowed. The client sees the end of its connection "
    "when `leave` closes it.",
)
def test_a_bug_ends_only_its_client(code):
    """A bug ends the client that met it; it is reported, and the worker goes on."""
    with code.labs.s04.OpenPool(1, 2) as pool:
        unlucky, next_one = pool.client(), pool.client()
        unlucky.sendall(b"boom")
        assert unlucky.recv(100) == b""
        assert pool.reported == ["ValueError"]
        assert echoes(next_one, b"still there?")


@pytest.mark.exercise(
    "4.1",
    why="`leave` comes after every client, also after one that met a bug: in `finally`. Otherwise "
    "the slot stays taken, and after as many bugs as slots no client is let in any more.",
)
@pytest.mark.parametrize("last_words", [b"bye", b"boom"])
def test_the_place_is_free_again(code, last_words):
    """When a client has gone, the next one gets its slot, whatever ended the first."""
    with code.labs.s04.OpenPool(1) as pool:
        for _ in range(3):
            client = pool.client()
            assert echoes(client, b"hello")
            client.sendall(last_words)
            client.shutdown(1)  # nothing more comes from here
            while client.recv(100):
                pass  # until the pool closes its end, after it has given the place free
            assert len(pool.clients) == 0


@pytest.mark.exercise(
    "4.1",
    why="SystemExit and KeyboardInterrupt are not Exceptions and pass `except Exception`; a line "
    "after the try is skipped then, and the slot stays taken. `finally` runs on every way out.",
)
def test_leave_comes_on_every_way_out(code):
    """A client whose worker is ended by SystemExit still leaves."""
    served, still_here, _ = code.labs.s04.work_through(1, "SystemExit")
    assert (served, still_here) == (1, 0)


@pytest.mark.exercise(
    "4.1",
    why="`leave` frees the slot and closes the connection, and does it under the lock, as other "
    "threads change `clients` too. Call it, instead of doing the same once more.",
)
def test_a_client_is_left_to_leave(code):
    """Each client that was served is handed to `leave`, once."""
    assert code.labs.s04.told_by_work(["fine", "ValueError", "fine"])["left"] == 3


@pytest.mark.exercise(
    "4.1",
    why="`serve` itself handles a client that vanishes, as in step 1. So an OSError that still "
    "comes out is a bug like any other, and is reported.",
)
def test_every_exception_is_reported(code):
    """An exception of any kind is reported."""
    told = code.labs.s04.told_by_work(["OSError", "ValueError", "fine"])
    assert told["reported"] == ["OSError", "ValueError"]


@pytest.mark.exercise(
    "4.1",
    why="The order to stop is None in the queue, which comes after the clients that are still "
    "waiting. A worker that looks at `stopping` leaves them there, unserved and with open sockets.",
)
@pytest.mark.parametrize("stopping", [False, True])
def test_those_before_none_come_first(code, stopping):
    """A worker serves all clients before the None, even while the pool is stopping."""
    served, still_here, _ = code.labs.s04.work_through(3, stopping=stopping)
    assert (served, still_here) == (3, 0)


@pytest.mark.exercise(
    "4.1",
    why="`self.waiting.get()` sleeps until something comes. With a timeout, every idle worker "
    "wakes up again and again to find nothing; None in the queue is what wakes it for the end.",
)
def test_an_idle_worker_sleeps(code):
    """A worker waits for the queue without a timeout."""
    assert code.labs.s04.work_through(2)[2] == 0


@pytest.mark.exercise(
    "4.1",
    why="An idle client costs a worker that waits in recv, and nothing else. If other clients get "
    "no reply, there is one worker for all, or the accepting thread serves them itself.",
)
def test_an_idle_client_blocks_nobody(server):
    """A silent client, and one that stops in the middle of a word, block no other client."""
    store = server("s04", "--workers", 4)
    silent, halfway = store.client(), store.client()
    halfway.send(b"*1\r\n$4\r\nPI")
    one, other = store.client(), store.client()
    assert one.ask("SET", "k", "v") == b"OK"
    assert other.ask("GET", "k") == b"v"
    halfway.send(b"NG\r\n")
    halfway.expect(b"+PONG\r\n")
    assert silent.ask("GET", "k") == b"v"


@pytest.mark.exercise(
    "4.1",
    why="More clients than workers wait in the queue, as `--max-clients` allows. A worker that "
    "ends with its client leaves them there.",
)
def test_more_clients_than_workers(server):
    """One worker serves three clients one after another; a reset ends only its own."""
    store = server("s04", "--workers", 1, "--max-clients", 3)
    clients = [store.client() for _ in range(3)]
    for client in clients:
        assert client.ask("INCR", "served") == clients.index(client) + 1
        client.abort()
    assert "Traceback" not in store.stderr()


# --- 4.4 -----------------------------------------------------------------------------------------


@pytest.mark.exercise(
    "4.4",
    why="A client that is let in when there is no slot waits for ever and does not know why. One "
    "that is closed without an error does not know either.",
)
def test_one_client_too_many_hears_it(code):
    """With room for two, the third gets an error and is disconnected."""
    pool = code.labs.s04.EchoPool(1, 2)
    one, other, third = (pool.client() for _ in range(3))
    assert code.labs.s04.what_came(third) == FULL
    assert third.recv(100) == b""
    assert code.labs.s04.what_came(one) == code.labs.s04.what_came(other) == b""


@pytest.mark.exercise(
    "4.4",
    why="A client that is being served is no longer in `waiting`. Count `clients`, which holds "
    "those in the queue and those with a worker.",
)
def test_clients_at_a_worker_count(code):
    """A client that is being served takes a slot, like one that waits."""
    with code.labs.s04.EchoPool(2) as pool:
        clients = [pool.client(), pool.client()]
        assert all(echoes(client, b"hello") for client in clients)
        assert pool.client().recv(100) == FULL


@pytest.mark.exercise(
    "4.4",
    why="A client that is turned away gets no slot: it is neither in `clients`, where it would "
    "stay for ever, nor in `waiting`, where a worker finds a closed connection.",
)
def test_who_is_turned_away_takes_no_place(code):
    """After some were turned away, a free slot is still free."""
    with code.labs.s04.EchoPool(1) as pool:
        first = pool.client()
        assert echoes(first, b"first")
        assert [pool.client().recv(100) for _ in range(3)] == [FULL] * 3
        first.shutdown(1)
        assert first.recv(100) == b""
        assert echoes(pool.client(), b"next")
        assert pool.reported == []


@pytest.mark.exercise(
    "4.4",
    why="Eight threads count at the same moment, and each sees room. Looking and adding must be "
    "one step: make the comparison inside `with self.lock`, not before it.",
)
def test_a_crowd_at_the_door(code):
    """Eight come at the same moment; three are let in, five get an error."""
    heard = sorted(code.labs.s04.crowd(8, 3))
    assert heard == [b""] * 3 + [FULL] * 5


@pytest.mark.exercise(
    "4.4",
    why="A client may be gone before it has heard a word: sendall raises then, in the thread that "
    "accepts clients, and ends the server. `turn_away` expects that, and never waits.",
)
@pytest.mark.timeout(10)
def test_a_client_that_has_gone_before_it_is_turned_away(code):
    """A client that is turned away may be gone by then."""
    code.labs.s04.turned_away_under_the_lock()


@pytest.mark.exercise(
    "4.4",
    why="Sending takes as long as the client likes. Under the lock, no other client can come or "
    "leave until then: decide under the lock, and talk after it.",
)
@pytest.mark.timeout(10)
def test_nobody_waits_for_who_is_turned_away(code):
    """While a client is turned away, the lock is free."""
    assert code.labs.s04.turned_away_under_the_lock() is False


@pytest.mark.exercise(
    "4.4",
    why="Once the pool is stopping, no worker will serve a new client. `stop` sets `stopping` "
    "under the lock, so look at it under the lock too.",
)
def test_nobody_comes_in_while_stopping(code):
    """A pool that is stopping turns all clients away."""
    pool = code.labs.s04.EchoPool(2)
    pool.stop(0)
    assert code.labs.s04.what_came(pool.client()) == FULL
    assert len(pool.clients) == 0


@pytest.mark.exercise(
    "4.4",
    why="As soon as the lock is free, `stop` may put its Nones into the queue, and workers leave at "
    "a None. A client that comes after them is never served, and its connection never closed: it "
    "has to be in the queue before the lock is released.",
)
def test_nobody_stands_in_the_queue_after_the_end(code):
    """A pool that stops right after `submit` finds the client in the queue before its Nones."""
    assert code.labs.s04.queue_of_a_pool_that_stops() == ["client", "None"]


@pytest.mark.exercise(
    "4.4",
    why="`stop` may come between your look at `stopping` and the moment when you have the lock. "
    "Look once you hold it: then nobody can change it until you are done.",
)
def test_stop_comes_just_before_the_lock(code):
    """A pool that is stopped while `submit` waits for the lock takes nobody on."""
    assert code.labs.s04.queue_of_a_pool_that_was_stopped() == []


@pytest.mark.exercise(
    "4.4",
    why="The client gets one error line, in Redis' words, and the end of the connection, at once. "
    "The other clients notice nothing.",
)
def test_too_many_clients_on_the_wire(server):
    """The client beyond the limit reads the error and the end; the others go on."""
    store = server("s04", "--workers", 2)
    first, second = store.client(), store.client()
    assert first.ask("SET", "k", "v") == second.ask("SET", "k", "w") == b"OK"
    for _ in range(3):
        third = store.client()
        third.expect(FULL)
        assert third.closed()
    assert first.ask("GET", "k") == second.ask("GET", "k") == b"w"


@pytest.mark.exercise(
    "4.4",
    why="The slot of a client that has gone is free again, so the server lets another one in.",
)
def test_a_place_becomes_free_on_the_wire(server):
    """When a client leaves, another one gets in."""
    store = server("s04", "--max-clients", 1)
    first = store.client()
    assert first.ask("PING") == b"PONG"
    store.client().expect(FULL)
    first.close()
    # The server needs a moment to notice. Each try is a whole connection.
    tries = (store.client().ask("PING") for _ in range(1000))
    assert next((reply for reply in tries if not isinstance(reply, str)), None) == b"PONG"
