"""Exercise 3.5: which command is it?"""

from __future__ import annotations

import pytest


@pytest.fixture
def ask(code):
    """Sends a request to a session with a store of its own; returns the bytes of the reply."""
    session = code.s03.StoreSession(code.s03.State())

    def reply(*words):
        return session.reply([word.encode() for word in words])

    return reply


UNKNOWN = b"-ERR unknown command "
NAME_WHY = (
    "The name of a command may come in any case, so compare it in capitals. Only the name: the "
    "words after it are the user's own."
)


@pytest.mark.exercise("3.5", why=NAME_WHY)
def test_keys_and_values_as_they_came(ask):
    """Keys and values are taken as they came, not in capitals."""
    ask("set", "Key", "Value")
    assert ask("get", "Key") == b"$5\r\nValue\r\n"
    assert ask("get", "KEY") == b"$-1\r\n"
    assert ask("get", "key") == b"$-1\r\n"
    assert ask("echo", "Hello") == b"$5\r\nHello\r\n"
    assert ask("del", "KEY", "key") == b":0\r\n"
    assert ask("exists", "Key", "KEY") == b":1\r\n"


@pytest.mark.exercise(
    "3.5",
    why="Each command is one case of the match. The words of a request are bytes: b'PING' "
    "matches, and 'PING' matches nothing. These two need no store.",
)
def test_ping_and_echo(ask):
    """PING answers PONG or its message, ECHO its message."""
    assert ask("PING") == b"+PONG\r\n"
    assert ask("PING", "hello") == b"$5\r\nhello\r\n"
    assert ask("ECHO", "hello") == b"$5\r\nhello\r\n"


@pytest.mark.exercise(
    "3.5", why="GET and SET pass their words to the store; `self.set` takes care of SET's options."
)
def test_get_and_set(ask):
    """GET finds what SET has kept."""
    assert ask("GET", "k") == b"$-1\r\n"
    assert ask("SET", "k", "v") == b"+OK\r\n"
    assert ask("GET", "k") == b"$1\r\nv\r\n"


@pytest.mark.exercise("3.5", why=NAME_WHY)
def test_the_name_in_any_case(ask):
    """The name of a command may be written in any case."""
    assert ask("set", "k", "v") == b"+OK\r\n"
    assert ask("Get", "k") == b"$1\r\nv\r\n"
    assert ask("gEt", "k") == b"$1\r\nv\r\n"
    assert ask("ping") == b"+PONG\r\n"


@pytest.mark.exercise(
    "3.5",
    why="case [b'SET', key, value, *options] takes the words after the value as a list, which may "
    "be empty. self.set reads the options.",
)
def test_set_with_options(ask):
    """SET takes options after the value."""
    assert ask("SET", "k", "one", "NX") == b"+OK\r\n"
    assert ask("SET", "k", "two", "nx") == b"$-1\r\n"
    assert ask("SET", "k", "two", "XX", "GET") == b"$3\r\none\r\n"
    assert ask("SET", "k", "three", "MAYBE") == b"-ERR syntax error\r\n"
    assert ask("SET", "k", "three", "NX", "XX") == b"-ERR syntax error\r\n"
    assert ask("GET", "k") == b"$3\r\ntwo\r\n"


@pytest.mark.exercise(
    "3.5",
    why="DEL and EXISTS take one key or more: case [b'DEL', _, *_]. All words after the name are "
    "keys.",
)
def test_many_keys(ask):
    """DEL and EXISTS take as many keys as there are."""
    for key in "abc":
        ask("SET", key, "v")
    assert ask("EXISTS", "a", "b", "x", "a") == b":3\r\n"
    assert ask("DEL", "a", "x", "b", "a") == b":2\r\n"
    assert ask("EXISTS", "a", "b", "c") == b":1\r\n"


@pytest.mark.exercise(
    "3.5", why="DECR and DECRBY count down: the same method, with the negative number."
)
def test_counting(ask):
    """INCR, DECR, INCRBY and DECRBY count up and down."""
    assert ask("INCR", "n") == b":1\r\n"
    assert ask("INCRBY", "n", "10") == b":11\r\n"
    assert ask("DECR", "n") == b":10\r\n"
    assert ask("DECRBY", "n", "3") == b":7\r\n"
    assert ask("DECRBY", "n", "-3") == b":10\r\n"
    assert ask("INCRBY", "n", "-20") == b":-10\r\n"


@pytest.mark.exercise(
    "3.5",
    why="`integer(n)` reads an argument that must be a number, and raises the CommandError for "
    "one that is not. int() would accept more, and its ValueError would look like a bug of the "
    "server.",
)
@pytest.mark.parametrize("amount", ["x", "1.5", " 1", "+1", "1_0", "", "9223372036854775808"])
def test_an_amount_that_is_no_number(ask, amount):
    """An amount that is not a 64-bit decimal number is refused."""
    refused = b"-ERR value is not an integer or out of range\r\n"
    assert ask("INCRBY", "n", amount) == refused
    assert ask("DECRBY", "n", amount) == refused
    assert ask("EXISTS", "n") == b":0\r\n"


@pytest.mark.exercise("3.5", why="DBSIZE is the number of keys, FLUSHALL removes them all.")
def test_the_whole_store(ask):
    """DBSIZE counts the keys, FLUSHALL removes them."""
    assert ask("DBSIZE") == b":0\r\n"
    ask("SET", "a", "1")
    ask("SET", "b", "2")
    ask("SET", "a", "3")
    assert ask("DBSIZE") == b":2\r\n"
    assert ask("FLUSHALL") == b"+OK\r\n"
    assert ask("DBSIZE") == b":0\r\n"
    assert ask("GET", "a") == b"$-1\r\n"


@pytest.mark.exercise(
    "3.5", why="QUIT answers OK and closes. `self.close()` makes sure that this reply is the last."
)
def test_quit(code):
    """QUIT says OK, and the session wants to close."""
    session = code.s03.StoreSession(code.s03.State())
    assert not session.closing
    assert session.reply([b"quit"]) == b"+OK\r\n"
    assert (session.closing, session.paused) == (True, True)


@pytest.mark.exercise(
    "3.5",
    why="An unknown command is an error of the client: raise unknown(request). If the last case "
    "is missing, the match falls through and the reply is null.",
)
@pytest.mark.parametrize("name", ["NOPE", "", "GE", "GETX", "SET ", "GET k"])
def test_an_unknown_command(ask, name):
    """An unknown command is an error."""
    assert ask(name).startswith(UNKNOWN)
    assert ask(name, "one", "two").startswith(UNKNOWN)


@pytest.mark.exercise(
    "3.5",
    why="`unknown` quotes the name as the client wrote it: give it the request as it came.",
)
def test_an_unknown_command_as_it_was_written(ask):
    """The error repeats the name in the case in which it came."""
    said = b"-ERR unknown command 'Nope', or the wrong number of arguments for it\r\n"
    assert ask("Nope", "k") == said


@pytest.mark.exercise(
    "3.5",
    why="Raise the error instead of returning it. Where an exception becomes a reply, in `reply`, "
    "is also where the server finds out that a web page is trying to talk to it.",
)
def test_an_unknown_command_is_raised(code):
    """The error of an unknown command is raised."""
    assert code.labs.s03.raised_by_run([b"NOPE"]) == "CommandError"


@pytest.mark.exercise(
    "3.5",
    why="A name is bytes, and need not be text: to decode it may fail, which looks like a bug of "
    "ours. And str.upper() knows more letters than ASCII: of 'ſet' it makes SET. Compare bytes.",
)
@pytest.mark.parametrize("name", [b"\xff\xfe", "ſet".encode(), b"get\xff"])
def test_a_name_that_is_no_text(code, name):
    """A name of bytes that are not ASCII is an unknown command like any other."""
    session = code.s03.StoreSession(code.s03.State())
    assert session.reply([name, b"k", b"v"]).startswith(UNKNOWN)


@pytest.mark.exercise(
    "3.5",
    why="A pattern also matches the number of words: [b'GET', key] matches exactly two. With *_ "
    "after it, extra words are swallowed.",
)
@pytest.mark.parametrize(
    "line",
    [
        *(
            "GET",
            "GET a b",
            "SET",
            "SET k",
            "DEL",
            "EXISTS",
            "INCR",
            "INCR a b",
            "DECR",
            "DECR a b",
        ),
        *("INCRBY a", "INCRBY a 1 2", "DECRBY a", "DECRBY a 1 2", "ECHO", "ECHO a b", "PING a b"),
        "DBSIZE a",
    ],
)
def test_the_wrong_number_of_words(ask, line):
    """A command with too few or too many words is an error."""
    words = line.split()
    assert UNKNOWN in ask(*words)


# ---------------------------------------------------------------- what is given


def test_a_long_name_is_not_sent_back_whole(ask):
    """The error quotes the beginning of the name, in one line."""
    reply = ask("x\r\n" * 1000)
    assert reply.count(b"\r\n") == 1
    assert len(reply) < 300


def test_a_bug_ends_only_its_client(code, capfd):
    """A bug in a command is reported with everything that helps; the client gets an internal error."""
    session = code.s03.StoreSession(code.s03.State())
    session.store.put(b"k", [b"no string in this step"])
    assert session.reply([b"INCR", b"k"]) == b"-ERR internal error\r\n"
    assert session.closing
    printed = capfd.readouterr().err
    assert "bug while executing b'INCR'" in printed
    assert "Traceback" in printed


@pytest.mark.exercise(
    "3.5",
    why="Each command calls the one method of the store that its line names. If you bypass it "
    "(with `data`, say), you miss what a later step adds to that method: a FLUSHALL that empties "
    "the dictionary tells no observer.",
)
@pytest.mark.parametrize(
    ("request_", "called"),
    [
        ([b"PING"], []),
        ([b"GET", b"k"], ["get"]),
        ([b"SET", b"k", b"v"], ["set"]),
        ([b"SET", b"k", b"v", b"NX"], ["set_if"]),
        ([b"DEL", b"k", b"l"], ["delete"]),
        ([b"EXISTS", b"k", b"l"], ["exists"]),
        ([b"INCR", b"n"], ["increment"]),
        ([b"DECR", b"n"], ["increment"]),
        ([b"INCRBY", b"n", b"5"], ["increment"]),
        ([b"DECRBY", b"n", b"5"], ["increment"]),
        ([b"DBSIZE"], ["keys"]),
        ([b"FLUSHALL"], ["clear"]),
    ],
)
def test_each_command_asks_its_method(code, request_, called):
    """A command calls the method of the store that it is for, once, and touches nothing else."""
    assert code.labs.s03.calls_of(request_) == called


@pytest.mark.exercise(
    "3.5",
    why="Others use the request after you: a report of a bug, the journal of step 7, the log of "
    "step 9. Put the name in capitals in a list of your own, and take nothing out of this one.",
)
@pytest.mark.parametrize("request_", [[b"get", b"k"], [b"Del", b"a", b"b"], [b"ping"]])
def test_the_request_stays_as_it_is(code, request_):
    """A request is the same after it has run, its name too."""
    assert code.labs.s03.request_after_run(list(request_)) == request_
