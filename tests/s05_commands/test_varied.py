"""Commands with words that nobody knows beforehand."""

from __future__ import annotations

import random

import pytest


def name(chance, size=8):
    """A name such as a class may have."""
    return "".join(chance.choices("ABCDEFGHIJKLMNOPQRSTUVWXYZ", k=1)) + "".join(
        chance.choices("abcdefghijklmnopqrstuvwxyz", k=size)
    )


def word(chance):
    """Any word."""
    return b"%x" % chance.randrange(1 << 40)


@pytest.mark.exercise(
    "5.1", why="The name comes from the class' own name, or from the one it states."
)
def test_any_name(code, seed):
    """A class of any name registers its command, under its own name or a stated one."""
    chance = random.Random(seed)
    layers = code.labs.s05.Layers()
    plain, other, stated = name(chance), name(chance, 9), f"{name(chance)} {name(chance)}"
    assert layers.define(plain) == plain.upper().encode()
    assert layers.define(other, stated) == stated.upper().encode()
    assert layers.names() == sorted([plain.upper().encode(), stated.upper().encode()])


@pytest.mark.exercise("5.2", why="The unknown name is quoted as it came, with the words after it.")
def test_any_unknown_command(code, seed):
    """Any unknown name is quoted in the error; any case of a known one is found."""
    chance = random.Random(seed)
    found = code.labs.s05.found
    for _ in range(5):
        unknown = b"no" + word(chance)
        assert found([unknown, word(chance)]).startswith(
            f"-ERR unknown command '{unknown.decode()}'"
        )
        mixed = bytes(chance.choice([byte, byte | 32]) for byte in b"SPAN")
        assert found([mixed, b"k", b"0", b"1"]) == b"SPAN"


@pytest.mark.exercise("5.3", why="Each field has the word in its place, converted to its type.")
def test_any_words_become_fields(code, seed):
    """Any words become the fields, each of its type."""
    chance = random.Random(seed)
    parsed = code.labs.s05.parsed
    for _ in range(5):
        key, start, stop = word(chance), chance.randint(-(10**9), 10**9), chance.randrange(10**9)
        request = [b"SPAN", key, b"%d" % start, b"%d" % stop]
        assert parsed(request) == {"key": key, "start": start, "stop": stop}


@pytest.mark.exercise(
    "5.4", why="Options may come in any order; the first word that is not an option ends them."
)
def test_any_order_of_options(code, seed):
    """Options in any order and case are taken, up to any word that is not an option."""
    chance = random.Random(seed)
    for _ in range(5):
        condition, rest = chance.choice(["NX", "XX"]), [word(chance) for _ in range(3)]
        options = [condition.lower().encode(), chance.choice([b"GET", b"gEt"])]
        chance.shuffle(options)
        values, left = code.labs.s05.taken(b"KEEP", [*options, *rest])
        assert (values, left) == ({"condition": condition, "get": True}, rest)


@pytest.mark.exercise("5.5", why="The words of the request reach the command, whatever they are.")
def test_any_words_are_dispatched(code, seed):
    """Commands run with whatever words come."""
    chance = random.Random(seed)
    session = code.s05.CommandSession(code.s05.State())
    for _ in range(5):
        key, value = word(chance), word(chance)
        assert session.reply([b"SET", key, value]) == b"+OK\r\n"
        assert session.reply([b"STRLEN", key]) == b":%d\r\n" % len(value)


@pytest.mark.exercise(
    "5.6", why="The numbers follow from the fields of the command, whatever its name is."
)
def test_any_commands(code, seed):
    """Commands are described by their fields, also those that nobody has seen before."""
    chance = random.Random(seed)
    for _ in range(8):
        words = chance.randint(1, 2)
        kinds = chance.choices(["word", "key", "ends"], k=chance.randrange(5))
        end = chance.choice([[], ["keys"], ["pairs"]])
        places = [at for at, kind in enumerate(kinds) if kind == "key"]
        starts = [words + sum(1 + (one == "ends") for one in kinds[:at]) for at in range(5)]
        keys = [starts[at] for at in places]
        expected = [keys[0], keys[-1], 1] if keys else [0, 0, 0]
        if end:
            first = keys[0] if keys else starts[len(kinds)]
            expected = [first, -1, 2 if end == ["pairs"] else 1]
        made = " ".join(name(chance) for _ in range(words))
        assert code.labs.s05.positions_in(made, [*kinds, *end]) == expected
