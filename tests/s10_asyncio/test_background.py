"""Exercise 10.7: jobs beside the clients, and their end."""

from __future__ import annotations

import pytest

WELL = {"early": False, "ended": "returned", "left": []}


@pytest.mark.exercise(
    "10.7",
    why="One task for each job: they run in turns, each again and again. None ends by itself, so "
    "wait for the event (`await stopped.wait()`) and cancel them inside the block, whose end waits "
    "until all are gone. 'early' means that it did not wait for the event, 'goes on' that it never "
    "returned.",
)
def test_all_jobs_run(code):
    """Three jobs are called again and again, until the event is set."""
    done = code.labs.s10.loop.run_background("one", "two", "three")
    assert done == {**WELL, "often": ["one", "three", "two"]}


@pytest.mark.exercise(
    "10.7",
    why="`cancel` is only a request. If you return before the tasks have ended, the end of the "
    "loop cuts them off in the middle of their clean-up.",
)
def test_nothing_runs_when_it_returns(code):
    """When `run` returns, each task has ended, including its `finally`."""
    done = code.labs.s10.loop.run_background("one", "two")
    assert (done["ended"], done["left"]) == ("returned", [])


@pytest.mark.exercise(
    "10.7",
    why="A job with a bug is called again, and the others do not notice: `repeat` takes care of "
    "that, if each job has a `repeat` of its own.",
)
def test_a_job_that_fails(code):
    """One of two jobs fails each time it is called: both go on."""
    done = code.labs.s10.loop.run_background("fails", "counts", often=5)
    assert done == {**WELL, "often": ["counts", "fails"]}


@pytest.mark.exercise(
    "10.7",
    why="A task must not end with an exception silently: a group ends the others and passes the "
    "exception on. A task that nobody owns is forgotten.",
)
def test_a_task_that_breaks(code):
    """A task itself breaks: `run` ends at once with an error, and leaves no task behind."""
    done = code.labs.s10.loop.run_background("counts", "breaks", "more")
    assert (done["early"], done["ended"], done["left"]) == (True, "failed: ValueError", [])


@pytest.mark.exercise(
    "10.7",
    why="If `run` is cancelled, its jobs have to end too: a group cancels the tasks that it owns, and "
    "waits for them. Then the CancelledError goes on: if it is swallowed, the task can no longer be "
    "ended from outside, and a timeout around it never ends.",
)
def test_cancelled_from_outside(code):
    """The task that runs `run` is cancelled: it ends as cancelled, and its jobs with it."""
    done = code.labs.s10.loop.run_background("one", "fails", end="cancel")
    assert (done["ended"], done["left"]) == ("cancelled", [])


@pytest.mark.exercise("10.7", why="The event may be set before you wait for it. It stays set.")
def test_stopped_before_it_began(code):
    """The event is set already: `run` returns at once, and nothing is left."""
    done = code.labs.s10.loop.run_background("one", "two", end="stopped")
    assert (done["ended"], done["left"]) == ("returned", [])


@pytest.mark.exercise(
    "10.7", why="Without jobs, still wait for the event: the server keeps running."
)
def test_without_jobs(code):
    """No job at all: `run` waits for the event all the same."""
    assert code.labs.s10.loop.run_background() == {**WELL, "often": []}


@pytest.mark.exercise(
    "10.7",
    why="Active expiry is a background job. If keys that nobody asks for stay in memory, it is "
    "not running.",
)
def test_keys_expire_by_themselves(server, until):
    """A hundred keys with a deadline that nobody looks up are soon gone."""
    client = server("s10").client()
    client.send(b"SET stays 1\r\n")
    client.send(b"".join(b"SET k%d 1 PX 1\r\n" % number for number in range(100)))
    client.expect(b"+OK\r\n" * 101)
    until(client, "DBSIZE", good=lambda reply: reply == 1)


@pytest.mark.exercise(
    "10.7", why="The background must not keep the server from ending: cancel its tasks, then wait."
)
def test_the_end_over_the_wire(server):
    """While jobs run, SIGINT ends the server with code 0 and no warning."""
    one = server("s10", "--save", "1 1", "--appendonly", "yes")
    client = one.client()
    assert client.ask("SET", "k", "v", "PX", 100_000) == b"OK"
    assert one.stop() == 0
    assert "nothing in the background" not in one.stderr()
    assert "Traceback" not in one.stderr()
