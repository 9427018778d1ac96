"""COMMAND INFO says of each command what redis-server says: those of step 6, and of the challenges."""

from __future__ import annotations

import pytest

from workbook import wire

ITEMS = ("name", "arity", "flags", "first key", "last key", "key step", "categories", "tips")


@pytest.fixture(scope="module")
def names(code):
    """The commands that step 6 defines."""
    code.s06.REGISTRY.load()
    return sorted(code.s06.REGISTRY.own)


def test_command_info(code, redis_server, names):
    """Arity, flags, positions of the keys, categories and tips are those of redis-server."""
    theirs = redis_server().client().ask("COMMAND", "INFO", *names)
    session = code.s06.CommandSession(code.s06.State())
    ours = wire.decode(session.receive(wire.encode(["COMMAND", "INFO", *names])))[0]
    assert len(ours) == len(theirs) == len(names) > 80
    for one, other in zip(ours, theirs, strict=True):
        assert described(one) == described(other)


def test_command_info_of_the_complete_server(code, redis_server):
    """The same for all commands of step 10, with the subcommands of families."""
    registry = code.s10.State.registry
    registry.load()
    names = sorted(registry.commands)
    words = ["COMMAND", "INFO", *(name.replace(b" ", b"|") for name in names)]
    theirs = redis_server().client().ask(*words)
    session = code.s10.ClientSession(
        code.s10.State(), code.s10.session.Client("", ""), lambda data: None
    )
    ours = wire.decode(session.receive(wire.encode(words)))[0]
    assert len(ours) == len(theirs) == len(names) > 300
    for one, other in zip(ours, theirs, strict=True):
        assert described(one) == described(other)


def test_flags_of_keys(code, redis_server):
    """What COMMAND GETKEYSANDFLAGS says of keys is what redis-server says of every command with keys."""
    registry = code.s10.State.registry
    registry.load()
    ours = code.s10.commands.key_flags.FLAGS
    taking = {one.full_name() for one in registry.commands.values() if one.key_fields}
    channels = {"ssubscribe", "sunsubscribe", "spublish"}
    assert taking - channels == ours.keys()
    names = sorted(ours)
    for name, entry in zip(
        names, redis_server().client().ask("COMMAND", "INFO", *names), strict=True
    ):
        # the last of three is where SORT and GEORADIUS keep a result
        specs = [
            sorted(set(one[one.index(b"flags") + 1]) - {b"variable_flags"}) for one in entry[8]
        ]
        first, others = (sorted(flags.encode().split()) for flags in ours[name])
        assert (specs[0], specs[-1]) == (first, others), name


KEYS = """
GEORADIUS k 1 2 3 m | GEORADIUS k 1 2 3 m STORE d | GEORADIUS k 1 2 3 m WITHDIST storedist d
GEORADIUS k 1 2 3 m STORE d STOREDIST e | GEORADIUS k 1 2 3 m STOREDIST e ASC STORE d
GEORADIUS k 1 2 3 m COUNT 3 ANY ASC STORE d | GEORADIUS k 1 2 3 m STORE
GEORADIUSBYMEMBER k m 3 m STORE d | GEORADIUSBYMEMBER k STORE 3 m STORE d
GEORADIUSBYMEMBER k STORE 3 m | GEORADIUSBYMEMBER k m 3 m STOREDIST d COUNT 4
GEORADIUSBYMEMBER k m 3 m STOREDIST d STORE d | GEORADIUSBYMEMBER_RO k 1 3 m
GEOSEARCHSTORE d k FROMMEMBER m BYRADIUS 1 m STOREDIST | SORT k STORE d | SORT k STORE d STORE e
SORT k BY STORE GET STORE STORE d | SORT k ALPHA store d | SORT_RO k GET x
XREAD COUNT 1 BLOCK 0 STREAMS a b 0 0 | XREADGROUP GROUP STREAMS c STREAMS a 0
ZUNIONSTORE d 2 a b WEIGHTS 1 2 | ZRANGESTORE a b 0 1 | EVAL x 2 a b c | FCALL_RO f 1 a b
BLMPOP 0 2 a b LEFT | ZMPOP 1 a MIN | SINTERCARD 2 a b LIMIT 1 | MSET a 1 b 2 | MSET a
PFMERGE a b c | BITOP AND a b c | COPY a b DB 2 | LCS a b | OBJECT HELP | SWAPDB 0 1 | PUBLISH a b
"""


def test_keys_of_requests(code, redis_server):
    """COMMAND GETKEYS and GETKEYSANDFLAGS where the keys are in different places."""
    client = redis_server().client()
    session = code.s10.ClientSession(
        code.s10.State(), code.s10.session.Client("", ""), lambda data: None
    )
    for line in KEYS.replace("\n", "|").split("|"):
        for how in ("GETKEYS", "GETKEYSANDFLAGS"):
            words = ["COMMAND", how, *line.split()]
            if line.strip():
                ours = wire.decode(session.receive(wire.encode(words)))[0]
                assert ours == client.ask(*words), words


def described(entry):
    """The items that are compared; lists of words have no order."""
    values = [sorted(item) if isinstance(item, list) else item for item in entry[: len(ITEMS)]]
    return dict(zip(ITEMS, values, strict=True))
