"""What each command changes and looks up: the same counts, watched keys and journal as in Redis.

INFO tells how many changes have been made since the last snapshot; `--save "60 100"` saves by that
number. Redis counts items, not commands: RPUSH with three items is three changes, and a command that
finds everything as it should be is none. Then the append-only file has no line for it either.
Whether a watched key counts as touched is a question of its own: LTRIM that removes nothing
touches its key. And INFO tells how many look-ups found their key: those of commands that read, and
of some that write, like GETDEL, but not like LPOP.
"""

from __future__ import annotations

import random
import re

import pytest

from tests.interop.cases import READS, SETUPS, TYPES, cases, cases_in, commands, expired, shown
from workbook import wire

ROUNDS = 400
KEYS = ["a", "b", "c", "none"]
OTHER = 3
"""The second database of the cases."""


OVER_EXPIRED = """
ZRANGESTORE a none 5 9 | ZADD b 1 x ; ZDIFFSTORE a 2 b b | ZUNIONSTORE a 1 none | ZINTERSTORE a 1 none
SADD b x ; SDIFFSTORE a b b | SINTERSTORE a none | SUNIONSTORE a none | BITOP OR a none
SORT none STORE a | GEORADIUS none 1 1 1 m STORE a | GEOSEARCHSTORE a none FROMLONLAT 1 1 BYRADIUS 1 m
"""
"""An empty result, where the destination has expired: Redis removes it without a look, a change."""


class Observed:
    """A server, and what it lets a client know of its changes."""

    def __init__(self, server):
        self.client = server.client()
        self.watchers = {(index, key): server.client() for index in (0, OTHER) for key in KEYS}
        for (index, _), watcher in self.watchers.items():
            watcher.ask("SELECT", index)

    def case(self, setup, asked):
        """The effects of a case, in databases that hold nothing else."""
        at_once(self.client, ["FLUSHALL"])
        if ["DEBUG", "SLEEP", "0.06"] in setup:  # nobody else must remove what has expired
            return self.effects(asked, setup)
        at_once(self.client, *setup)
        return self.effects(asked)

    def effects(self, asked, setup=()):
        """Of some commands: the replies, changes counted, whether they are noted, keys touched."""
        for (_, key), watcher in self.watchers.items():
            watcher.send(wire.encode(["WATCH", key]))
        for watcher in self.watchers.values():
            assert watcher.read() == b"OK"
        # One packet, so that nothing that the servers do in the background comes in between.
        info = ["INFO", "persistence", "stats"]
        lines = [*setup, info, *asked, info]
        before, *replies, after = at_once(self.client, *lines)[len(setup) :]
        changes, noted, *looked_up = (
            now - then for now, then in zip(facts(after), facts(before), strict=True)
        )
        touched = []
        for place, watcher in self.watchers.items():
            if at_once(watcher, ["MULTI"], ["EXEC"])[-1] is None:
                touched.append(place)
        if {words[0] for words in asked} & {"SPOP", "MEMORY"}:
            replies = [type(reply) for reply in replies]
        if "SPOP" in asked[0]:  # one that takes all members is, in Redis, SUNION and DEL
            looked_up = []
        return replies, changes, noted > 0, touched, looked_up

    def looked_up(self, setup, asked):
        """How many look-ups of a command found their key, and how many did not."""
        info = ["INFO", "persistence", "stats"]
        before, _, after = at_once(self.client, ["FLUSHALL"], *setup, info, *asked, info)[-3:]
        return [now - then for now, then in zip(facts(after), facts(before), strict=True)][2:]

    def effects_on_who_waits(self, waits, given):
        """The same for a command that waits, and one that brings it what it waits for."""
        at_once(self.client, ["FLUSHALL"])
        if waits[0] == "XREADGROUP":
            at_once(self.client, *commands(f"{SETUPS['FRESH']} ; XGROUP SETID a g $"))
        waiting = self.watchers[0, "none"]
        waiting.send(wire.encode(waits))
        while b"blocked_clients:1" not in self.client.ask("INFO", "clients"):
            pass
        before = facts(self.client.ask("INFO", "persistence", "stats"))
        assert self.client.ask(*given)
        reply = waiting.read()
        after = facts(self.client.ask("INFO", "persistence", "stats"))
        return reply, after[0] - before[0]


def at_once(client, *lines):
    """The replies to commands that are sent in one packet."""
    client.send(b"".join(map(wire.encode, lines)))
    return [client.read() for _ in lines]


def facts(info):
    """The changes since the last snapshot, the bytes of the journal, and the look-ups."""
    found = dict(line.split(b":", 1) for line in info.split(b"\r\n") if b":" in line)
    names = (b"rdb_changes_since_last_save", b"aof_current_size", b"aof_buffer_length")
    names += (b"keyspace_hits", b"keyspace_misses")
    changes, written, waiting, hits, misses = (int(found[name]) for name in names)
    return changes, written + waiting, hits, misses


@pytest.fixture
def both(server, redis_server, tmp_path):
    """The two servers, each with an append-only file of its own."""
    options = ["--appendonly", "yes", "--appendfsync", "no", "--enable-debug-command", "yes"]
    folders = [tmp_path / "ours", tmp_path / "theirs"]
    for folder in folders:
        folder.mkdir()
    starts = [lambda *words: server("s10", *words), redis_server]
    return [
        Observed(start("--dir", folder, *options))
        for start, folder in zip(starts, folders, strict=True)
    ]


@pytest.mark.timeout(180)
def test_the_same_changes(both):
    """Each case counts, touches and notes the same on both servers."""
    ours, theirs = both
    differ = []
    for setup, asked in [*cases(), *expired(OVER_EXPIRED)]:
        one, other = ours.case(setup, asked), theirs.case(setup, asked)
        if one != other:
            differ.append(f"{shown(setup)} > {shown(asked)}\n  ours  {one}\n  redis {other}")
    assert not differ, "\n" + "\n".join(differ)


@pytest.mark.timeout(180)
def test_the_same_changes_in_a_random_story(both, seed):
    """The commands of all cases, one after another as chance has it, on what the last ones left."""
    chance = random.Random(seed)
    lines = [line for group in TYPES for _, asked in cases_in(group) for line in asked]
    # SPOP takes what it likes, BLPOP might wait, and redis-server removes a key later that is SET
    # with a deadline in the past.
    lines = [line for line in lines if line[0] not in ("SPOP", "SET") and line[0][0] != "B"]
    ours, theirs = both
    told = []
    for _ in range(ROUNDS):
        told.append(chance.choice(lines))
        one, other = ours.effects(told[-1:]), theirs.effects(told[-1:])
        assert one == other, shown(told[-12:])


@pytest.mark.parametrize(
    ("waits", "given"),
    [
        ("BLPOP a 0", "RPUSH a x y z"),
        ("BRPOP a 0", "RPUSH a x"),
        ("BLMOVE a b LEFT RIGHT 0", "RPUSH a x y"),
        ("BLMOVE a a LEFT RIGHT 0", "RPUSH a x y"),
        ("BRPOPLPUSH a b 0", "RPUSH a x"),
        ("BLMPOP 0 1 a LEFT COUNT 2", "RPUSH a x y z"),
        ("BZPOPMIN a 0", "ZADD a 1 x 2 y"),
        ("BZPOPMAX a 0", "ZADD a 1 x"),
        ("BZMPOP 0 1 a MIN COUNT 2", "ZADD a 1 x 2 y 3 z"),
        ("XREAD BLOCK 0 STREAMS a $", "XADD a 1 f v"),
        ("XREADGROUP GROUP g x BLOCK 0 STREAMS a >", "XADD a 4 f v"),
        ("XREADGROUP GROUP g y BLOCK 0 STREAMS a >", "XADD a 4 f v"),
        ("XREADGROUP GROUP g y NOACK BLOCK 0 STREAMS a >", "XADD a 4 f v"),
        ("XREADGROUP GROUP g x BLOCK 0 STREAMS a >", "XGROUP DESTROY a g"),
        ("XREADGROUP GROUP g x BLOCK 0 STREAMS a >", "DEL a"),
    ],
)
def test_the_same_count_for_who_waits(both, waits, given):
    """What a client takes that had to wait counts the same on both servers."""
    ours, theirs = [one.effects_on_who_waits(waits.split(), given.split()) for one in both]
    assert ours == theirs


def test_the_same_look_ups(both):
    """Each command that reads counts as many hits and misses on both: without its key, and with it."""
    ours, theirs = both
    differ = []
    for group in READS.split("\n\n"):
        setup, _, lines = group.partition(">")
        for asked in re.split(r"[|\n]", lines.strip()):
            for there in ("", setup):
                words = commands(there), commands(asked)
                one, other = ours.looked_up(*words), theirs.looked_up(*words)
                if one != other:
                    differ.append(f"{there} > {asked}: ours {one}, redis {other}")
    assert not differ, "\n" + "\n".join(differ)


def test_every_command_that_reads_has_a_case(server):
    """A command that is added later needs its case here."""
    known = server("s10").client().ask("COMMAND")
    reading = {entry[0].decode().upper() for entry in known if b"readonly" in entry[2] and entry[3]}
    asked = {line.split()[0] for line in re.split(r"[|>\n]", READS) if line.split()}
    assert reading - asked - {"XINFO", "OBJECT", "MEMORY"} == set()


def test_flushall_saves_where_there_are_rules(server, redis_server, tmp_path):
    """With rules for saving, what FLUSHALL has removed does not come back after a crash."""
    starts = [
        lambda *words: server("s10", *words),
        lambda *words: server("s07", *words),
        redis_server,
    ]
    for number, start in enumerate(starts):
        folder = tmp_path / str(number)
        folder.mkdir()
        one = start("--dir", folder, "--save", "900 100")
        flushed = [
            "SET k v",
            "SAVE",
            "SET l v",
            "FLUSHDB",
            "SET m v",
            "SAVE",
            "SET n v",
            "FLUSHALL",
        ]
        assert one.client().ask("SET", "k", "v") == b"OK"
        replies = at_once(one.client(), *[line.split() for line in flushed])
        assert replies == [b"OK"] * len(flushed)
        if number != 1:  # step 7 has no INFO
            assert b"rdb_changes_since_last_save:0\r" in one.client().ask("INFO", "persistence")
        one.kill()
        assert start("--dir", folder).client().ask("DBSIZE") == 0


def test_every_command_that_writes_has_a_case(server):
    """A command that is added later needs its cases here."""
    known = server("s10").client().ask("COMMAND")
    known += [member for entry in known for member in entry[9]]
    writing = {entry[0].decode().upper() for entry in known if b"write" in entry[2]}
    asked = {
        name
        for _, lines in cases()
        for words in lines
        for name in (words[0], "|".join(map(str, words[:2])))
    }
    assert writing - asked == set()
