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


def described(entry):
    """The items that are compared; lists of words have no order."""
    values = [sorted(item) if isinstance(item, list) else item for item in entry[: len(ITEMS)]]
    return dict(zip(ITEMS, values, strict=True))
