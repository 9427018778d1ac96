"""What the machine refuses is judged in one place, however a command got there."""

from __future__ import annotations

import pytest

from workbook import wire


def test_an_error_of_the_machine_inside_and_outside_multi(server, tmp_path):
    """The same command, alone and in a transaction: the same reply, and the connection stays."""
    (tmp_path / "appendonlydir").write_text("a file where the folder should be")
    running = server("s10")
    client = running.client()
    alone = client.ask("BGREWRITEAOF")
    assert alone.startswith("-ERR cannot run a command: ")
    assert client.ask("MULTI") == b"OK"
    assert client.ask("BGREWRITEAOF") == b"QUEUED"
    assert client.ask("EXEC") == [alone]
    assert client.ask("PING") == b"PONG"
    running.stop()
    assert running.stderr().count('event="machine error"') == 2
    assert "bug error" not in running.stderr()


@pytest.mark.parametrize("step", ["s09", "s10"])
def test_a_journal_that_fails_under_a_batch_is_logged(server, step):
    """The client gets the reason in place of its replies, and the log says what happened."""
    resource = pytest.importorskip("resource")
    running = server(step, "--appendonly", "yes", "--appendfsync", "always")
    client = running.client()
    assert client.ask("SET", "k", "v") == b"OK"
    resource.prlimit(running.pid, resource.RLIMIT_FSIZE, (2000, resource.RLIM_INFINITY))
    client.send(wire.encode(["SET", "k", "x" * 10_000]))
    assert client.receive(8) == b"-MISCONF"
    other = running.client()
    assert other.ask("SET", "l", "v").startswith("-MISCONF")
    running.kill()
    running.drain()
    assert running.stderr().count('event="journal error"') == 1


def test_a_journal_that_fails_for_a_client_that_waited(server):
    """A client that waited for an item does not get it if the journal cannot be written."""
    resource = pytest.importorskip("resource")
    running = server("s10", "--appendonly", "yes", "--appendfsync", "everysec")
    waits, gives = running.client(), running.client()
    waits.send(wire.encode(["BLPOP", "q", "0"]))
    while b"blocked_clients:1" not in gives.ask("INFO", "clients"):
        pass
    resource.prlimit(running.pid, resource.RLIMIT_FSIZE, (2000, resource.RLIM_INFINITY))
    gives.send(wire.encode(["RPUSH", "q", "x" * 10_000]))
    assert waits.receive(8) == b"-MISCONF"
    assert gives.receive(8) == b"-MISCONF"
