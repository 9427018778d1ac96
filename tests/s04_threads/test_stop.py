"""Exercise 4.6: everybody goes home, soon, whatever they were waiting for."""

from __future__ import annotations

import subprocess
import sys

import pytest

from workbook.patience import patience

FULL = b"-ERR max number of clients reached\r\n"


def greet(client):
    """Talks with the client once, so that a worker is surely at it."""
    client.sendall(b"hello")
    assert client.recv(100) == b"hello"


@pytest.mark.exercise(
    "4.6",
    why="An idle worker sleeps in `waiting.get()`. Nothing else will put anything in, so `stop` "
    "must: one None for each worker, since each takes one.",
)
def test_the_idle_go_home(code):
    """Four idle workers have gone when stop returns."""
    pool = code.labs.s04.EchoPool(4)
    pool.start()
    assert pool.stop(patience()) is True
    assert not any(thread.is_alive() for thread in pool.threads)


@pytest.mark.exercise(
    "4.6",
    why="A busy worker sleeps in the recv of its client, and sees no None. `cut` makes that recv "
    "return b''. `close` from here would not wake it. Before it ends it calls `leave`, which takes "
    "`lock`: if you join it while you hold the lock, you wait in vain.",
)
def test_the_busy_go_home(code):
    """Two workers wait for clients that say nothing; stop ends the connections and the workers."""
    pool = code.labs.s04.EchoPool(3)
    pool.start()
    clients = [pool.client(), pool.client()]
    for client in clients:
        greet(client)
    assert pool.stop(patience()) is True
    assert [client.recv(100) for client in clients] == [b"", b""]


@pytest.mark.exercise(
    "4.6",
    why="Clients that wait in the queue are in `clients` too. Cut them as well: otherwise the "
    "worker takes one before it comes to its None, and waits for it.",
)
def test_those_in_the_queue_are_cut_too(code):
    """One worker with one client, and two in the queue: all of them see the end."""
    pool = code.labs.s04.EchoPool(1, 3)
    pool.start()
    clients = [pool.client() for _ in range(3)]
    greet(clients[0])
    assert pool.stop(patience()) is True
    assert [client.recv(100) for client in clients] == [b""] * 3


@pytest.mark.exercise(
    "4.6",
    why="Without `stopping`, a client that comes now is put into a queue that no worker reads.",
)
def test_nobody_is_taken_on_after_stop(code):
    """After stop a new client is turned away."""
    pool = code.labs.s04.EchoPool(2)
    pool.start()
    assert pool.stop(patience()) is True
    assert pool.client().recv(100) == FULL


@pytest.mark.exercise(
    "4.6",
    why="`submit` looks at `stopping` and adds to `clients` under the lock. If `stop` does not "
    "take it, a client can slip in between the two, and is never cut off; and a set that changes "
    "during a loop raises RuntimeError.",
)
def test_stop_holds_the_lock(code):
    """`stopping` is set, and the clients are cut off, while the lock is held."""
    held = list(code.labs.s04.what_stop_locks())
    assert "set stopping with the lock" in held
    assert not [what for what in held if "without" in what]


@pytest.mark.exercise(
    "4.6",
    why="`patience` is for all workers together. A join without a timeout waits for ever for one "
    "that is stuck, and a timeout of its own for each adds up: with 64 stuck workers, 3 seconds "
    "become three minutes. Work out a deadline once.",
)
def test_patience_is_for_all_together(code):
    """Eight workers are stuck in a bug: stop says so, and waits no longer than it should."""
    gone, waited = code.labs.s04.stop_stuck(8, 0.2)
    assert gone is False
    assert waited < 0.4


@pytest.mark.exercise(
    "4.6",
    why="The result is True only if all of them have ended. One that is stuck is enough for False, "
    "whichever it is, and whether it has a client or not.",
)
@pytest.mark.parametrize("workers", ["se", "es", "ses", "s"])
def test_one_that_is_stuck_is_enough(code, workers):
    """Some workers (s) are stuck, others (e) have ended: stop returns False."""
    assert code.labs.s04.stop_some(workers, 0.01) is False


@pytest.mark.exercise(
    "4.6",
    why="All of `patience` may go to a single worker, if the others need none. Divided among them, a "
    "worker that needs a second gets a fraction of it, and is taken for stuck.",
)
def test_a_slow_one_may_have_all_of_the_patience(code):
    """One of four workers needs more than half of the patience, and is waited for."""
    assert code.labs.s04.stop_some("eeel", 0.2) is True


@pytest.mark.exercise(
    "4.6",
    why="A worker may go at the first None, and then nobody serves a client that `submit` still "
    "lets in. First say that you are stopping, under the lock, and then send the Nones.",
)
def test_stopping_comes_before_the_nones(code):
    """`stopping` is set before the first None is in the queue."""
    assert "None before stopping" not in list(code.labs.s04.what_stop_locks())


@pytest.mark.exercise(
    "4.6",
    why="time.time() is the wall clock, which may be set while you wait: then patience ends at "
    "once, or after an hour. time.monotonic() only ever goes forward, by seconds that pass.",
)
def test_the_clock_on_the_wall_does_not_matter(code):
    """The clock is set ahead: stop still waits as long as it should."""
    gone, waited = code.labs.s04.stop_while_the_clock_jumps(2, 0.2)
    assert gone is False
    assert 0.1 < waited < 0.4


@pytest.mark.exercise(
    "4.6",
    why="Ctrl-C ends the server, idle workers and all: exit code 0, at once, without a traceback.",
)
def test_ctrl_c_with_idle_workers(server):
    """Ctrl-C while nobody is connected."""
    store = server("s04")
    assert store.stop() == 0
    assert store.stderr() == ""
    assert store.stdout().splitlines()[2:] == ["step 04 stopped"]


@pytest.mark.exercise(
    "4.6",
    why="Ctrl-C ends the server while clients are connected and say nothing. Each of them sees the "
    "end of its connection; no worker stays behind.",
)
def test_ctrl_c_with_busy_workers(server):
    """Ctrl-C while three clients are connected, one of them in the middle of a command."""
    store = server("s04")
    clients = [store.client() for _ in range(3)]
    for client in clients:
        assert client.ask("PING") == b"PONG"
    clients[0].send(b"*2\r\n$3\r\nGE")
    assert store.stop() == 0
    assert all(client.closed() for client in clients)
    assert store.stderr() == ""


@pytest.mark.parametrize("option", ["--workers", "--max-clients"])
@pytest.mark.parametrize("number", ["0", "-1", "1e3", "", "99999999"])
def test_a_wrong_number_is_refused(request, tmp_path, option, number):
    """An invalid number of workers or clients is refused in one sentence."""
    done = subprocess.run(
        [sys.executable, "-m", "steps.s04", "serve", "--port", "0", f"{option}={number}"],
        cwd=tmp_path,
        env={"PYTHONPATH": str(request.config.rootpath)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=20,
    )
    assert done.returncode == 2
    assert f"argument {option}: '{number}' is not a number of " in done.stderr
    assert "Traceback" not in done.stderr
