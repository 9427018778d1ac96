"""Exercise 5.6: what COMMAND tells of each command."""

from __future__ import annotations

import pytest

WALK = (
    "The positions follow from command.fields: walk over them with a counter that begins after the "
    "name and moves on by field.least."
)


@pytest.mark.exercise(
    "5.6",
    why="The name is bytes in small letters, `box|open` for a subcommand: "
    "command.full_name().encode(). str(name) would write b'GET'.",
)
def test_the_name(code):
    """The name in small letters."""
    described = code.labs.s05.described
    assert described(b"SETRANGE")[0] == b"setrange"
    assert described(b"BOX OPEN")[0] == b"box|open"
    assert described(b"COMMAND COUNT")[0] == b"command|count"


@pytest.mark.exercise(
    "5.6", why="Seven items in this order; flags_of and categories_of write two of them."
)
def test_get_and_set(code):
    """GET and SET as Redis 7.0 describes them."""
    described = code.labs.s05.described
    reading = ["readonly", "fast"]
    assert described(b"GET") == [b"get", 2, reading, 1, 1, 1, ["@read", "@string", "@fast"]]
    writing = ["write", "denyoom"]
    assert described(b"SET") == [b"set", -3, writing, 1, 1, 1, ["@write", "@string", "@slow"]]


@pytest.mark.exercise("5.6", why=WALK + " No field with keys: all three are 0.")
@pytest.mark.parametrize("name", [b"PING", b"ECHO", b"DBSIZE", b"COMMAND", b"SUM", b"HELLO"])
def test_no_keys(code, name):
    """A command without keys has zeros for positions."""
    assert code.labs.s05.described(name)[3:6] == [0, 0, 0]


@pytest.mark.exercise("5.6", why=WALK + " RENAME has two fields with keys, and 1 to 2 are keys.")
@pytest.mark.parametrize(
    ("name", "positions"),
    [
        (b"APPEND", [1, 1, 1]),
        (b"SPAN", [1, 1, 1]),
        (b"RENAME", [1, 2, 1]),
        (b"COPY", [1, 2, 1]),
        (b"KEEP", [1, 1, 1]),
        (b"TAKE", [1, 1, 1]),
    ],
)
def test_keys_at_fixed_places(code, name, positions):
    """First and last key of commands whose keys have fixed places."""
    assert code.labs.s05.described(name)[3:6] == positions


@pytest.mark.exercise(
    "5.6",
    why="Only the request says how many keys DEL has. A field that is variable goes on to the "
    "end, and the last key is counted from there: -1.",
)
@pytest.mark.parametrize("name", [b"DEL", b"EXISTS", b"MGET", b"UNLINK", b"TOUCH"])
def test_keys_up_to_the_end(code, name):
    """Keys that go on to the end: the last is -1."""
    assert code.labs.s05.described(name)[3:6] == [1, -1, 1]


@pytest.mark.exercise(
    "5.6",
    why="After the keys of AWAIT comes a timeout, which is not a key: field.tail says how many "
    "words the following fields need, and the last key is that much further from the end.",
)
def test_a_word_behind_the_keys(code):
    """Keys that go on up to the last word but one: the last is -2."""
    assert code.labs.s05.described(b"AWAIT")[1] == -3
    assert code.labs.s05.described(b"AWAIT")[3:6] == [1, -2, 1]


@pytest.mark.exercise(
    "5.6", why="Of the words of MSET every second is a key: field.key_step is 2, and is the step."
)
@pytest.mark.parametrize("name", [b"MSET", b"MSETNX"])
def test_every_second_word_is_a_key(code, name):
    """Keys and values in turn: the step is 2."""
    assert code.labs.s05.described(name)[3:6] == [1, -1, 2]


@pytest.mark.exercise(
    "5.6",
    why="The name of a subcommand takes words 0 and 1, so its key is word 2: start counting at "
    "command.name.count(b' ') + 1.",
)
def test_the_key_of_a_subcommand(code):
    """The key of a subcommand comes after two words."""
    assert code.labs.s05.described(b"BOX OPEN")[1] == 3
    assert code.labs.s05.described(b"BOX OPEN")[3:6] == [2, 2, 1]


@pytest.mark.exercise(
    "5.6",
    why="Keys that a number counts have no fixed place; their field has key_step 0. What is left is "
    "the target, and the flag movablekeys says that there may be more.",
)
def test_counted_keys_have_no_place(code):
    """Keys after a number have no fixed positions."""
    name, arity, flags, *positions, _ = code.labs.s05.described(b"MERGE")
    assert (name, arity, flags) == (b"merge", -4, ["write", "movablekeys"])
    assert positions == [1, 1, 1]


@pytest.mark.exercise(
    "5.6",
    why="A field may take two words, or none: move on by field.least. To count the fields is "
    "right only as long as each takes one.",
)
def test_a_key_after_a_field_of_two_words(code):
    """A key after a field of two words is word 3."""
    assert code.labs.s05.described(b"BRIDGE")[1] == 4
    assert code.labs.s05.described(b"BRIDGE")[3:6] == [3, 3, 1]


@pytest.mark.exercise(
    "5.6",
    why="Ask a field for its key_step, not for its class: somebody may define a field of their own "
    "tomorrow, whose words are keys, too.",
)
def test_a_field_that_is_defined_tomorrow(code):
    """A field of another class may hold a key as well."""
    assert code.labs.s05.described(b"UNLOCK")[3:6] == [1, 1, 1]


@pytest.mark.exercise(
    "5.6", why="COMMAND GETKEYS cuts the request at the positions that describe gives."
)
def test_command_getkeys(server):
    """COMMAND GETKEYS finds the keys in a request."""
    client = server("s05").client()
    assert client.ask("COMMAND", "GETKEYS", "MSET", "a", "1", "b", "2") == [b"a", b"b"]
    assert client.ask("COMMAND", "GETKEYS", "RENAME", "a", "b") == [b"a", b"b"]
    assert client.ask("COMMAND", "GETKEYS", "DEL", "a", "b", "c") == [b"a", b"b", b"c"]
    assert client.ask("COMMAND", "GETKEYS", "GET", "a") == [b"a"]
