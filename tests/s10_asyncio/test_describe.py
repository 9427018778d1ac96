"""What COMMAND tells of the complete server, against redis-server."""

from __future__ import annotations

import pytest


@pytest.fixture
def described(server, redis_server):
    """Name and entry of each command and subcommand of ours, as we and as redis-server describe it."""
    ours, real = server("s10").client(), redis_server().client()
    names = ours.ask("COMMAND", "LIST")
    mine, theirs = (client.ask("COMMAND", "INFO", *names) for client in (ours, real))
    return list(zip(names, mine, theirs, strict=True))


def test_about_as_many_commands_as_promised(server):
    """There are more than 150 commands, and COMMAND COUNT knows how many."""
    client = server("s10").client()
    count = client.ask("COMMAND", "COUNT")
    assert count == len(client.ask("COMMAND")) > 150


def test_command_info_is_what_redis_says(described):
    """Name, arity, flags, positions of keys, categories and tips of each are those of Redis."""
    differ = {name: (ours[:8], theirs[:8]) for name, ours, theirs in described if theirs != ours}
    assert [name for name, (ours, theirs) in differ.items() if ours != theirs] == []


def test_every_key_stands_where_redis_has_it(described):
    """The key specifications begin and end where those of redis-server do.

    Redis adds an entry that says `unknown` where a key may follow from the value (SORT … BY). Of two
    single keys each has an entry of its own (RENAME), except in LCS. The keys after STORE and STOREDIST
    of the old commands on places have entries there, and none here.
    """

    def places(entry):
        specs = [dict(zip(spec[::2], spec[1::2], strict=True)) for spec in entry[8]]
        found = [(spec[b"begin_search"], spec[b"find_keys"]) for spec in specs]
        return [place for place in found if b"unknown" not in place[0]]

    differ = [name for name, ours, theirs in described if places(ours) != places(theirs)]
    assert sorted(differ) == [b"georadius", b"georadiusbymember", b"lcs"]


FAMILIES = ["CLIENT", "COMMAND", "CONFIG", "LATENCY", "MEMORY", "OBJECT", "PUBSUB", "SLOWLOG"]


@pytest.mark.parametrize("family", FAMILIES)
def test_help_names_each_member(server, family):
    """HELP of a family lists each of its members, with a line about it."""
    client = server("s10").client()
    lines = client.ask(family, "HELP")
    names = client.ask("COMMAND", "LIST", "FILTERBY", "PATTERN", f"{family}|*")
    assert lines[0].startswith(family.encode() + b" <subcommand>")
    members = [name.partition(b"|")[2].upper() for name in names]
    assert sorted(lines[1::2]) == sorted(members)
    assert all(line.startswith(b"    ") and len(line) > 10 for line in lines[2::2])


def test_every_command_is_documented(server):
    """COMMAND DOCS has a summary for each command, and none is empty."""
    client = server("s10").client()
    docs = client.ask("COMMAND", "DOCS")
    for name, entry in zip(docs[::2], docs[1::2], strict=True):
        facts = dict(zip(entry[::2], entry[1::2], strict=True))
        assert len(facts[b"summary"]) >= 10, name
        assert facts[b"group"], name
