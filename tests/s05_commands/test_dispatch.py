"""Exercise 5.5: a session that runs whichever command it is."""

from __future__ import annotations

import pytest


@pytest.mark.exercise(
    "5.5",
    why="What comes back is an object of the command's class, which `parse` makes of the request. "
    "It is not run here: `run` does that later, while the session holds the locks on the keys.",
)
def test_a_command_is_made_and_not_run(code):
    """The request becomes one object of the class that the registry knows, and is not executed."""
    assert code.labs.s05.made_for([b"probe", b"x"]) == ["parsed probe x", "returned a Probe"]


@pytest.mark.exercise(
    "5.5",
    why="`registry.find` looks the class up and checks the number of words. `lookup` only looks "
    "it up: then the fields complain about what is missing, in other words than Redis.",
)
@pytest.mark.parametrize("line", [b"SUM 1", b"SUM 1 2 3", b"HELLO you", b"SUM"])
def test_the_number_of_words_is_checked_first(code, line):
    """Too few words or too many are the error of the number of words, never another one."""
    name = line.split()[0].lower()
    said = b"-ERR wrong number of arguments for '%b' command\r\n" % name
    assert code.labs.s05.SampleSession().receive(line + b"\r\n") == said


@pytest.mark.exercise(
    "5.5",
    why="The class is looked up and makes an object of the request; the session then runs that "
    "object. `command_for` returns it, and does not run it.",
)
def test_commands_run(code):
    """The commands of the server run, and change the store."""
    session = code.s05.CommandSession(code.s05.State())
    assert session.receive(b"SET k v\r\nAPPEND k w\r\n") == b"+OK\r\n:2\r\n"
    assert session.receive(b"get k\r\nECHO hello\r\n") == b"$2\r\nvw\r\n$5\r\nhello\r\n"


@pytest.mark.exercise(
    "5.5",
    why="`command_for` contains no command's name. The server can do what is in "
    "self.state.registry, and a registry of other commands makes another server.",
)
def test_a_command_that_is_defined_elsewhere_runs(code):
    """A session over other commands runs those, without a change, and no others."""
    session = code.labs.s05.SampleSession()
    assert session.receive(b"SUM 40 2\r\n") == b":42\r\n"
    assert session.receive(b"hello\r\n") == b"+HI\r\n"
    assert session.receive(b"PING\r\n") == b"+HI TOO\r\n"
    assert session.receive(b"GET k\r\n").startswith(b"-ERR unknown command 'GET'")


@pytest.mark.exercise(
    "5.5",
    why="`self.run(command)` runs what `command_for` returns. A later step puts its journal there; "
    "`command.execute(self)` would go past it, and nothing would reach the disk.",
)
def test_every_command_goes_through_run(code):
    """Each command goes through `run`, with its request; a bad request does not."""
    session = code.labs.s05.SampleSession()
    session.receive(b"HELLO\r\nSUM 1 x\r\nsum 1 2\r\nNOPE\r\n")
    assert session.ran == [[b"HELLO"], [b"sum", b"1", b"2"]]


@pytest.mark.exercise(
    "5.5",
    why="Name, number of words and types are checked in this order, and each error is a reply. "
    "command_for lets them pass: the boundary in `reply` makes the replies.",
)
def test_errors_are_replies_and_the_session_goes_on(code):
    """A request that is wrong gets its error, and the next one runs."""
    session = code.labs.s05.SampleSession()
    assert session.receive(b"SUM 1\r\n") == b"-ERR wrong number of arguments for 'sum' command\r\n"
    assert session.receive(b"SUM 1 x\r\nSUM 1 2\r\n") == (
        b"-ERR value is not an integer or out of range\r\n:3\r\n"
    )


@pytest.mark.exercise(
    "5.5",
    why="The first word alone does not decide. `find` checks the number of words of each request, "
    "and in a family the second word names the member: a cache by the name skips the one and "
    "mixes up the other.",
)
def test_each_request_is_looked_up(code):
    """A request is looked up and checked, even if one of the same name came before it."""
    session = code.labs.s05.SampleSession()
    wrong = b"-ERR wrong number of arguments for 'sum' command\r\n"
    assert session.receive(b"Sum 1 2\r\nSum 1\r\nSum 1 2 3\r\n") == b":3\r\n" + wrong * 2
    named = [session.command_for([b"BOX", member, b"k"]).name for member in (b"OPEN", b"SHUT")]
    assert named == [b"BOX OPEN", b"BOX SHUT"]


@pytest.mark.exercise(
    "5.5", why="The threads of step 4 and the commands of step 5 make one server: all of it runs."
)
def test_the_server_serves_two_clients(server):
    """Two clients of the server share one store."""
    running = server("s05")
    one, other = running.client(), running.client()
    assert one.ask("MSET", "a", "1", "b", "2") == b"OK"
    assert other.ask("MGET", "a", "b", "c") == [b"1", b"2", None]
    assert other.ask("INCRBYFLOAT", "a", "0.5") == b"1.5"
    assert one.ask("GET", "a") == b"1.5"


@pytest.mark.exercise(
    "5.5",
    why="`execute` of step 4 holds the locks of `self.keys(command)` while the command runs. The "
    "keys come from the object that command_for returns, so it has to be parsed by its class.",
)
def test_no_update_is_lost(server):
    """Eight clients count to one number at once, and no update is lost."""
    running = server("s05")
    clients = [running.client() for _ in range(8)]
    for client in clients:
        client.send(b"INCR n\r\n" * 50)
    for client in clients:
        for _ in range(50):
            client.read()
    assert clients[0].ask("GET", "n") == b"400"
