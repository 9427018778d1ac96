"""What a transaction leaves in the journal: one block, over however many databases."""

from __future__ import annotations

from pathlib import Path


def increments(folder: Path) -> bytes:
    [file] = folder.glob("appendonlydir/*.incr.aof")
    return file.read_bytes()


def encoded(*words: str) -> bytes:
    bulks = b"".join(b"$%d\r\n%b\r\n" % (len(word), word.encode()) for word in words)
    return b"*%d\r\n" % len(words) + bulks


def test_what_exec_changes_is_one_block(server, tmp_path):
    """After a crash all changes of a transaction are there, or none."""
    running = server("s10", "--dir", str(tmp_path), "--appendonly", "yes")
    client = running.client()
    for words in ["MULTI", "SET a 1", "SELECT 3", "INCR b", "GET b", "EXEC", "SET c 1"]:
        client.ask(*words.split())
    assert running.stop() == 0

    block = [["SELECT", "0"], ["MULTI"], ["SET", "a", "1"], ["SELECT", "3"], ["INCR", "b"]]
    behind = [["SELECT", "0"], ["EXEC"], ["SELECT", "3"], ["SET", "c", "1"]]
    assert increments(tmp_path) == b"".join(encoded(*words) for words in [*block, *behind])

    again = server("s10", "--dir", str(tmp_path), "--appendonly", "yes").client()
    assert again.ask("GET", "a") == b"1"
    again.ask("SELECT", "3")
    assert again.ask("MGET", "b", "c") == [b"1", b"1"]


def test_a_transaction_of_one_change_needs_no_block(server, tmp_path):
    """A single change is complete or missing, without a block."""
    running = server("s10", "--dir", str(tmp_path), "--appendonly", "yes")
    client = running.client()
    for words in ["MULTI", "SET a 1", "EXEC"]:
        client.ask(*words.split())
    assert running.stop() == 0
    assert increments(tmp_path) == encoded("SELECT", "0") + encoded("SET", "a", "1")
