"""COMMAND and its family, against redis-server and with the clients that ask for it."""

from __future__ import annotations

import os
import re
import struct
import subprocess
import sys
import time

import pytest

MEMBERS = [
    b"command|" + name for name in (b"count", b"info", b"docs", b"list", b"getkeys", b"help")
]


def test_command_info_is_what_redis_says(server, redis_server):
    """Each command is described as redis-server describes it."""
    ours, real = server("s05").client(), redis_server().client()
    names = [item[0] for item in ours.ask("COMMAND")]
    assert len(names) == ours.ask("COMMAND", "COUNT") >= 30
    # name, arity, flags, first key, last key, step, categories, tips; the rest says it once more
    mine = [item[:8] for item in ours.ask("COMMAND", "INFO", *names, *MEMBERS)]
    theirs = [item[:8] for item in real.ask("COMMAND", "INFO", *names, *MEMBERS)]
    assert mine == theirs


def test_every_key_stands_where_redis_has_it(server, redis_server):
    """The key specifications begin and end where those of redis-server do."""
    ours, real = server("s05").client(), redis_server().client()
    names = [item[0] for item in ours.ask("COMMAND")]

    def places(item):
        return [dict(zip(spec[::2], spec[1::2], strict=True)) for spec in item[8]]

    for mine, theirs in zip(
        ours.ask("COMMAND", "INFO", *names), real.ask("COMMAND", "INFO", *names), strict=True
    ):
        expected = [(spec[b"begin_search"], spec[b"find_keys"]) for spec in places(theirs)]
        assert [(spec[b"begin_search"], spec[b"find_keys"]) for spec in places(mine)] == expected


def test_command_without_names_tells_of_all(server):
    """COMMAND, COMMAND INFO and COMMAND DOCS without names describe every command."""
    client = server("s05").client()
    count = client.ask("COMMAND", "COUNT")
    assert len(client.ask("COMMAND")) == len(client.ask("COMMAND", "INFO")) == count
    assert len(client.ask("COMMAND", "DOCS")) == 2 * count
    names = client.ask("COMMAND", "LIST")
    assert len(names) == len(set(names)) == count + len(MEMBERS)
    assert {b"get", b"mset", b"command", b"command|count"} <= set(names)


def test_list_of_a_category(server):
    """COMMAND LIST FILTERBY ACLCAT lists what has the category, in any case."""
    client = server("s05").client()
    connection = set(client.ask("COMMAND", "LIST", "FILTERBY", "ACLCAT", "connection"))
    assert connection == {b"ping", b"echo", b"quit", b"command", *MEMBERS}
    assert set(client.ask("COMMAND", "LIST", "FILTERBY", "aclcat", "DANGEROUS")) == {
        b"keys",
        b"flushall",
        b"flushdb",
    }


def test_docs_follow_from_the_fields(server):
    """COMMAND DOCS tells the arguments in order, with the words and choices of options."""
    name, entry = server("s05").client().ask("COMMAND", "DOCS", "SET")
    docs = pairs(entry)
    key, value, condition, get = map(pairs, docs[b"arguments"])
    assert (name, docs[b"group"]) == (b"set", b"string")
    assert key == {b"name": b"key", b"type": b"key"}
    assert value == {b"name": b"value", b"type": b"string"}
    assert (condition[b"type"], condition[b"flags"]) == (b"oneof", [b"optional"])
    assert [pairs(choice)[b"token"] for choice in condition[b"arguments"]] == [b"NX", b"XX"]
    assert (get[b"token"], get[b"type"]) == (b"GET", b"pure-token")


def test_help(server):
    """COMMAND HELP names each subcommand."""
    lines = server("s05").client().ask("COMMAND", "HELP")
    assert lines[0].startswith(b"COMMAND <subcommand>")
    assert {b"COUNT", b"DOCS", b"GETKEYS", b"HELP", b"INFO", b"LIST"} <= set(lines)


def pairs(flat):
    """A map of RESP2, which comes as a flat list."""
    return dict(zip(flat[::2], flat[1::2], strict=True))


# --- clients --------------------------------------------------------------------------------------


PROMPT = r":\d+> $"


@pytest.mark.skipif(sys.platform == "win32", reason="redis-cli needs a terminal of Unix")
def test_redis_cli_completes_what_is_typed(server, program):
    """redis-cli reads COMMAND DOCS as it starts, and shows the syntax as you type."""
    running = server("s05")
    terminal = Terminal([program("redis-cli", "redis-tools"), "-p", str(running.port)])
    try:
        terminal.wait_for(PROMPT)
        terminal.type("mset ")
        terminal.wait_for(re.escape("key value [key value ...]"))
        terminal.type("a 1\r")
        terminal.wait_for("OK.*" + PROMPT)
        terminal.type("help set\r")
        terminal.wait_for(re.escape("key value [NX|XX] [GET]"))
        terminal.wait_for("Keeps value at key.*" + PROMPT)
        terminal.type("help command list\r")
        terminal.wait_for(re.escape("FILTERBY MODULE|ACLCAT|PATTERN") + ".*" + PROMPT)
        terminal.type("quit\r")
        assert terminal.end() == 0
    finally:
        terminal.close()


def test_redis_py(server):
    """redis-py: single commands, a pipeline, and what it makes of COMMAND."""
    redis = pytest.importorskip("redis", reason="the package redis brings the client redis-py")
    with redis.Redis(port=server("s05").port, protocol=2) as client:
        assert client.ping()
        assert client.set("n", 41, nx=True)
        assert client.set("n", 1, nx=True) is None
        assert client.incr("n") == 42
        assert client.mset({"a": "1", "b": "2"})
        assert client.mget(["a", "b", "c"]) == [b"1", b"2", None]
        assert client.incrbyfloat("a", 1.5) == 2.5
        assert sorted(client.keys("[ab]")) == [b"a", b"b"]
        assert client.getdel("b") == b"2"
        pipeline = client.pipeline(transaction=False)
        assert pipeline.set("p", "1").append("p", "2").get("p").execute() == [True, 2, b"12"]
        with pytest.raises(redis.ResponseError, match="not an integer"):
            client.incrby("p", "x")
        assert client.command_count() == len(client.command())
        assert client.command_getkeys("MSET", "a", "1", "b", "2") == ["a", "b"]


class Terminal:
    """A program in a terminal of its own, for one that behaves otherwise without one."""

    WAIT = 10.0

    def __init__(self, command):
        import fcntl
        import pty
        import termios

        self.shown = ""
        self.fd, theirs = pty.openpty()
        # without a size it asks for the position of the cursor, and nobody is there to answer
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
        self.process = subprocess.Popen(
            command,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env={**os.environ, "TERM": "xterm"},
            start_new_session=True,
        )
        os.close(theirs)

    def type(self, text):
        os.write(self.fd, text.encode())

    def wait_for(self, pattern):
        """Reads on until what it shows has `pattern`, without colours; forgets it up to there."""
        deadline = time.monotonic() + self.WAIT
        while not (match := re.search(pattern, self.shown, re.DOTALL)):
            assert self.read(deadline), f"{pattern!r} never came, but {self.shown!r}"
        self.shown = self.shown[match.end() :]

    def read(self, deadline):
        """Whether more came before the deadline."""
        import select

        ready, _, _ = select.select([self.fd], [], [], max(deadline - time.monotonic(), 0))
        try:
            data = os.read(self.fd, 65536) if ready else b""
        except OSError:  # the program has ended
            data = b""
        self.shown += re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", data.decode("utf-8", "replace"))
        return bool(data)

    def end(self):
        """The exit code, once it has ended by itself."""
        deadline = time.monotonic() + self.WAIT
        while self.read(deadline):
            pass
        return self.process.wait(self.WAIT)

    def close(self):
        self.process.kill()
        self.process.wait()
        os.close(self.fd)
