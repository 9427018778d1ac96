"""MONITOR shows all commands of all clients, and costs nothing once nobody watches any more."""

from __future__ import annotations

import re

import pytest


@pytest.fixture
def running(server):
    return server("s10")


def seen(watcher):
    """The next line that somebody who watches gets: database, client, words."""
    line = watcher.read()
    found = re.fullmatch(rb"\d{10}\.\d{6} \[(\d+) (127\.0\.0\.1:\d+)\] (.*)", line)
    assert found, line
    return found.groups()


def test_what_others_ask_is_seen(running):
    """Each command that is run, with its database and its client, in quotes."""
    watcher, client = running.client(), running.client()
    watcher.ask("MONITOR")
    client.ask("set", "k", b'a"\\\r\n\x00\xff')
    host, port = client.socket.getsockname()
    here = f"{host}:{port}".encode()
    assert seen(watcher) == (b"0", here, rb'"set" "k" "a\"\\\r\n\x00\xff"')
    client.ask("SELECT", 3)
    seen(watcher)
    client.ask("GET", "k")
    assert seen(watcher) == (b"3", here, b'"GET" "k"')


def test_what_is_not_seen(running):
    """Commands that do not run, those for administrators, and passwords are not shown."""
    watcher, client = running.client(), running.client()
    watcher.ask("MONITOR")
    client.ask("NOSUCH")
    client.ask("GET")
    client.ask("CONFIG", "SET", "requirepass", "secret")
    client.ask("AUTH", "secret")
    assert seen(watcher)[2] == b'"AUTH" "(redacted)"'


def test_a_transaction_is_seen_as_it_is_run(running):
    """What is queued is seen at EXEC, in order, and EXEC last."""
    watcher, client = running.client(), running.client()
    watcher.ask("MONITOR")
    for words in (["MULTI"], ["SET", "k", "1"], ["INCR", "k"], ["EXEC"]):
        client.ask(*words)
    assert [seen(watcher)[2] for _ in range(4)] == [
        b'"MULTI"',
        b'"SET" "k" "1"',
        b'"INCR" "k"',
        b'"EXEC"',
    ]


@pytest.mark.parametrize("end", ["RESET", "QUIT", "kill"])
def test_the_end(running, end):
    """RESET, QUIT or a lost connection ends the monitoring; for the others nothing changes."""
    watcher, client = running.client(), running.client()
    watcher.ask("MONITOR")
    assert watcher.ask("GET", "k") == "-ERR Replica can't interact with the keyspace"
    if end == "kill":
        watcher.abort()
        assert client.ask("INCR", "k") == 1
    else:
        assert watcher.ask(end) in (b"RESET", b"OK")
        assert client.ask("INCR", "k") == 1
        assert end == "QUIT" or watcher.ask("GET", "k") == b"1"
    assert client.ask("INCR", "k") == 2
