"""Exercise 10.5: read, compute, write, and start over if somebody was quicker."""

from __future__ import annotations

import pytest

WRONG = "WRONGTYPE Operation against a key holding the wrong kind of value"


@pytest.mark.exercise(
    "10.5",
    why="`change` is given the string that is there, an empty one, too, or None if the key does not "
    "exist, and what it returns is written.",
)
@pytest.mark.parametrize(
    ("setup", "given", "new"),
    [
        ([], None, b"1"),
        (["SET n 5"], b"5", b"6"),
        (["SET n -1"], b"-1", b"0"),
        (['SET n ""'], b"", b"1"),
    ],
)
def test_an_update(code, setup, given, new):
    """A key that exists and one that does not get their new value, which is returned."""
    found = code.labs.s10.clients.updates(*setup)
    assert found == {"returned": [new], "value": new, "ttl": -1, "given": [given], "left": 0}


@pytest.mark.exercise(
    "10.5",
    why="Between any two of your commands, another client may write. If the key has changed since it "
    "was read, EXEC answers null and has written nothing: start over at WATCH, with the value that is "
    "there now.",
)
@pytest.mark.parametrize("after", ["WATCH", "GET", "MULTI", "SET"])
def test_overtaken(code, after):
    """Another client adds 10 after one of the commands: neither of the two writes is lost."""
    found = code.labs.s10.clients.updates("SET n 5", overtaken=[after])
    assert (found["value"], found["returned"], found["left"]) == (b"16", [b"16"], 0)
    assert found["given"][-1] == b"15"


@pytest.mark.exercise(
    "10.5",
    why="What you have written is what `change` returned. A GET after the EXEC may find what another "
    "client has written since.",
)
def test_the_result_is_your_own(code):
    """Another client adds 10 right after the EXEC: the result is what was written here."""
    found = code.labs.s10.clients.updates("SET n 5", overtaken=["EXEC"])
    assert (found["returned"], found["value"]) == ([b"6"], b"16")


@pytest.mark.exercise(
    "10.5",
    why="Another client may be quicker several times in a row. Try again until it works.",
)
def test_overtaken_often(code):
    """Another client adds 10 before each of the first seven attempts is written."""
    found = code.labs.s10.clients.updates(overtaken=["GET"] * 7)
    assert (found["value"], found["returned"], found["left"]) == (b"71", [b"71"], 0)


@pytest.mark.exercise(
    "10.5",
    why="At every `await` another task has a turn, and its commands come in between yours, into "
    "your transaction. Hold `client.turn` from the first command to the last.",
)
def test_tasks_share_a_client(code):
    """Ten tasks add 1 each with one client: all ten count, and no command comes at a wrong time."""
    found = code.labs.s10.clients.updates(tasks=10)
    assert sorted(found["returned"], key=str) == sorted((b"%d" % n for n in range(1, 11)), key=str)
    assert (found["value"], found["left"]) == (b"10", 0)


@pytest.mark.exercise(
    "10.5",
    why="A lock of your own can't stop another client; only WATCH notices what that one does.",
)
def test_each_task_has_a_client(code):
    """Ten tasks add 1 each, each with a client of its own: all ten count."""
    found = code.labs.s10.clients.updates(tasks=10, shared=False)
    assert (found["value"], found["left"]) == (b"10", 0)


@pytest.mark.exercise(
    "10.5",
    why="If the connection goes on watching after an error, the next transaction of this client "
    "fails for a reason that nobody can see. UNWATCH, and free the lock.",
)
def test_the_caller_fails(code):
    """`change` raises an exception: it comes out, nothing is watched, and the next one works."""
    found = code.labs.s10.clients.updates("SET n 5", tasks=2, fails=1)
    assert (found["returned"], found["value"], found["left"]) == (["ValueError", b"6"], b"6", 0)
    found = code.labs.s10.clients.updates("SET n 5", fails=1)
    assert (found["returned"], found["value"], found["left"]) == (["ValueError"], b"5", 0)


@pytest.mark.exercise(
    "10.5",
    why="GET of a list is an error. It is the caller's to know, and nothing is to be written.",
)
def test_not_a_string(code):
    """The key holds a list: the error comes out, the list stays, and nothing is watched."""
    found = code.labs.s10.clients.updates("RPUSH n 5")
    assert found["returned"] == [WRONG]
    assert (found["value"], found["left"], found["given"]) == (b"+list\r\n", 0, [])


@pytest.mark.exercise(
    "10.5", why="SET removes the time to live of a key, unless it is told not to."
)
def test_a_time_to_live(code):
    """The key keeps its time to live, and one without gets none."""
    assert code.labs.s10.clients.updates("SET n 5 EX 100")["ttl"] == 100


@pytest.mark.exercise(
    "10.5", why="This is what WATCH is for: many clients, no lock that they share, no lost update."
)
def test_over_the_wire(code, server):
    """Four clients with five tasks each add up to 20 on a running server."""
    store = server("s10")
    assert code.labs.s10.clients.add_up(store.port, clients=4, tasks=5) == 20
