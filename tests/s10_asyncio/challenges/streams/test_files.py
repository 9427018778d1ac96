"""Stage streams.11: what files hold of streams, and what comes back."""

from __future__ import annotations

import pytest

from workbook import wire

WAIT = ["BLOCK", "0", "STREAMS"]
STORY = """
XADD s 1-1 name ann age 30 | XADD s 1-2 name bob age -70000 | XADD s 2-0 other x
XADD s 9-9 name cid age 5 | XADD s 18446744073709551615-0 name dan age 30 | XDEL s 1-2
XSETID s 18446744073709551615-7 | XGROUP CREATE s g 0 ENTRIESREAD 0
XREADGROUP GROUP g ann COUNT 2 STREAMS s > | XREADGROUP GROUP g bob COUNT 1 STREAMS s >
XCLAIM s g bob 0 1-1 TIME 1700000000000 RETRYCOUNT 70 | XGROUP CREATECONSUMER s g idle
XGROUP CREATE s h 2 ENTRIESREAD 3 | XGROUP CREATE empty g $ MKSTREAM | XADD trimmed MAXLEN 2 1 a b
XADD trimmed MAXLEN 2 2 a b | XADD trimmed MAXLEN 2 3 a b | XADD trimmed MINID 3 4 a b
XADD emptied MAXLEN 0 7-7 a b | XADD large 1 {large} {large} | XADD now * a b | XADD now * c d
XADD now 1800000000000-* e f | XADD read 1 a b | XADD read 2 a b | XADD read 3 a b | XADD read 4 a b
XGROUP CREATE read g $ | XGROUP SETID read g 0 | XREADGROUP GROUP g ann COUNT 1 STREAMS read >
XREADGROUP GROUP g ann NOACK COUNT 1 STREAMS read > | XREADGROUP GROUP g bob STREAMS read >
XACK read g 1 | XAUTOCLAIM read g cid 0 0 COUNT 1 | XDEL read 4 | XAUTOCLAIM read g cid 0 4
XCLAIM read g ann 0 3 LASTID 9 | XGROUP CREATECONSUMER read g dan | XGROUP DELCONSUMER read g bob
XGROUP CREATE read h 0 | XREADGROUP GROUP h eve COUNT 2 STREAMS read > | XGROUP DESTROY read h
XADD dropped 1 a b | DEL dropped | XTRIM read MAXLEN 2 | XADD deadline 1 a b
PEXPIREAT deadline {far}
"""
KEYS = ["s", "empty", "trimmed", "emptied", "large", "now", "read", "deadline"]


def tell(client, story=STORY):
    """Sends the requests of a story, none of which is refused."""
    for line in story.replace("\n", "|").split("|"):
        if line.strip():
            words = line.format(large="x" * 20_000, far=2_147_000_000_123).split()
            assert not str(client.ask(*words)).startswith("-"), words


def facts(client, key):
    """All there is to know of a stream, but who was active when."""
    client.ask("HELLO", "3")
    found = client.ask("XINFO", "STREAM", key, "FULL", "COUNT", "0")
    for group in found[b"groups"]:
        for consumer in group[b"consumers"]:
            del consumer[b"seen-time"]
    return found


def everything(client):
    """All streams, and what belongs to their keys."""
    return [(facts(client, key), client.ask("PEXPIRETIME", key)) for key in KEYS]


@pytest.mark.exercise(
    "streams.11",
    why="All of a stream goes into the snapshot: entries, the last id, what was deleted and added, "
    "groups, consumers, and what is pending with its times and counts.",
)
def test_a_snapshot_holds_everything(server, tmp_path):
    """What a server saves is there after the next start, down to the last count."""
    first = server("s10", "--dir", tmp_path)
    client = first.client()
    tell(client)
    before = everything(client)
    assert client.ask("SAVE") == b"OK"
    first.kill()
    after = server("s10", "--dir", tmp_path).client()
    assert everything(after) == before
    assert after.ask("XADD", "emptied", "7-7", "a", "b").startswith("-ERR The ID specified in XADD")


@pytest.mark.exercise(
    "streams.11",
    why="What a command did may depend on the time and on who came first. `effects` names requests "
    "that do the same later: XADD with the id it had, XREADGROUP as XCLAIM and XGROUP SETID.",
)
@pytest.mark.parametrize("rewrite", [False, True], ids=["replayed", "rewritten"])
def test_the_journal_leads_to_the_same(server, tmp_path, rewrite):
    """After kill -9, the append-only file leads to what was there."""
    files = ("--dir", tmp_path, "--appendonly", "yes", "--save", "")
    first = server("s10", *files)
    client = first.client()
    if rewrite:
        tell(client, STORY.partition("XADD trimmed")[0].rstrip().rstrip("|"))
        client.ask("BGREWRITEAOF")
        while b"aof_rewrite_in_progress:1" in client.ask("INFO", "persistence"):
            pass
        tell(client, "XADD trimmed" + STORY.partition("XADD trimmed")[2])
    else:
        tell(client)
    before = everything(client)
    first.kill()
    after = server("s10", *files).client()
    assert everything(after) == before


@pytest.mark.exercise(
    "streams.11",
    why="A client that waited is served by the command of another. What it got is a change of its "
    "own, and the journal has to keep it.",
)
def test_who_waited_is_in_the_journal(server, tmp_path):
    """An entry that a waiting consumer got is still pending for it after a restart."""
    files = ("--dir", tmp_path, "--appendonly", "yes", "--save", "")
    first = server("s10", *files)
    client, waiting = first.client(), first.client()
    client.ask("XGROUP", "CREATE", "s", "g", "$", "MKSTREAM")
    waiting.ask("CLIENT", "SETNAME", "ann")
    for key, words in (("s", []), ("t", ["NOACK"])):
        client.ask("XGROUP", "CREATE", key, "g", "$", "MKSTREAM")
        waiting.send(wire.encode(["XREADGROUP", "GROUP", "g", "ann", *words, *WAIT, key, ">"]))
        while b"blocked_clients:1" not in client.ask("INFO", "clients"):
            pass
        client.ask("MULTI")
        client.ask("XADD", key, "1", "a", "b")
        client.ask("XADD", key, "*", "c", "d")
        client.ask("EXEC")
        assert len(waiting.read()[0][1]) == 2
    before = [facts(client, key) for key in ("s", "t")]
    assert [len(one[b"groups"][0][b"pending"]) for one in before] == [2, 0]
    first.kill()
    after = server("s10", *files).client()
    assert [facts(after, key) for key in ("s", "t")] == before


PAYLOAD = bytes.fromhex(
    "1301100000000000000001000000000000000140474700000019000201010102018166028167020001020100"
    "01000181760207010501030100010101817702f270110104050100010401dfff020101856f7468657206dffb"
    "020601ff0205000101010203020167010181ffffffffffffffff010000000000000001000000000000000100"
    "68e5cf8b010000404602036f6e65b48d641fa2010000000374776fb48d641fa2010000010000000000000001"
    "00000000000000010168030081ffffffffffffffff00010469646c65b48d641fa2010000000a00013b731b04"
    "e3ebcc"
)
"""What DUMP of redis-server 7.0 says of a stream: with a deleted entry, two groups, three consumers."""


@pytest.mark.exercise(
    "streams.11",
    why="The payload is the entry of a snapshot. `read_stream` makes a Picture of it; your stream has "
    "to take all of it over, and give all of it back.",
)
def test_a_payload_of_redis(server):
    """RESTORE takes what redis-server dumped, DUMP gives the same, and RESTORE takes that again."""
    client = server("s10").client()
    assert client.ask("RESTORE", "s", 0, PAYLOAD) == b"OK"
    found = facts(client, "s")
    assert found[b"entries"] == [[b"1-1", [b"f", b"v", b"g", b"7"]], [b"5-0", [b"other", b"-5"]]]
    assert [found[b"max-deleted-entry-id"], found[b"entries-added"]] == [b"1-2", 3]
    pending = [b"1-1", b"two", 1_700_000_000_000, 70]
    assert [group[b"pending"] for group in found[b"groups"]] == [[pending], []]
    names = [[one[b"name"] for one in group[b"consumers"]] for group in found[b"groups"]]
    assert names == [[b"one", b"two"], [b"idle"]]
    assert client.ask("RESTORE", "t", 0, client.ask("DUMP", "s")) == b"OK"
    assert facts(client, "t") == found
    assert client.ask("XADD", "s", "5-*", "a", "b") == b"5-1"
    assert facts(client, "t") == found
