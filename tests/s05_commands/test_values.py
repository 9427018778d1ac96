"""What the commands reckon with: patterns, and numbers as C's long double has them."""

from __future__ import annotations

import random
import time

import pytest


@pytest.mark.parametrize(
    ("pattern", "text", "fits"),
    [
        (b"*", b"any", True),
        (b"h*o", b"hello", True),
        (b"h*o", b"hell", False),
        (b"h?llo", b"h\nllo", True),
        (b"h[a-e]llo", b"hello", True),
        (b"h[e-a]llo", b"hello", True),
        (b"h[^e]llo", b"hello", False),
        (b"h[!e]llo", b"hello", True),
        (b"h[!e]llo", b"hallo", False),
        (b"\\*", b"*", True),
        (b"\\*", b"a", False),
        (b"[\\]]", b"]", True),
        (b"[]", b"]", False),
        (b"[^]", b"x", True),
        (b"[a", b"a", True),
        (b"a\\", b"a\\", True),
        (b"a.c", b"abc", False),
        (b"", b"", True),
        (b"HELLO", b"hello", False),
    ],
)
def test_patterns(code, pattern, text, fits):
    """Patterns as Redis reads them, which is not quite how a shell does."""
    assert code.s05.matches(pattern, text) is fits


def test_patterns_that_ignore_case(code):
    """For names of options, upper and lower case make no difference."""
    assert code.s05.matches(b"MAX*", b"maxmemory", ignore_case=True)


def test_a_pattern_of_many_stars_takes_no_time(code):
    """A pattern with many stars is decided at once, on a long text too."""
    begin = time.perf_counter()
    assert not code.s05.matches(b"*a" * 30 + b"b", b"a" * 5000)
    assert time.perf_counter() - begin < 1


def test_patterns_mean_what_they_mean_to_redis(code, redis_server, seed):
    """Random patterns pick the same keys as in redis-server."""
    chance = random.Random(seed)
    client = redis_server().client()

    def word(letters, longest):
        return bytes(chance.choice(letters) for _ in range(chance.randint(1, longest)))

    keys = {word(b"abc-]^\\[*?\n\x80", 7) for _ in range(100)}
    client.ask("MSET", *(word for key in keys for word in (key, "")))
    for _ in range(500):
        pattern = word(b"abc*?[]^-\\**[\x80", 9)
        expected = set(client.ask("KEYS", pattern))
        assert {key for key in keys if code.s05.matches(pattern, key)} == expected, pattern


@pytest.mark.parametrize(
    ("one", "other", "total"),
    [
        (b"0.1", b"0.2", b"0.3"),
        (b"10.50", b"0.1", b"10.6"),
        (b"5.0e3", b"2.0e2", b"5200"),
        (b"0", b"1e-18", b"0"),
        (b"0", b"-1e-18", b"0"),
        (b"1e30", b"0", b"1000000000000000000024696061952"),
        (b"0x10", b"0.5", b"16.5"),
        (b"9007199254740993", b"0", b"9007199254740993"),
    ],
)
def test_long_doubles(code, one, other, total):
    """Sums have the digits that redis-server on x86 writes."""
    assert code.s05.add_long_doubles(one, other) == total


# fmt: off
EDGES = [
    "inf", "-inf", "infinity", "nan", "1e4932", "1.2e4932", "1e5000", "1e-4950", "1e-5000",
    "0x10", "0x1p-3", "-0x.8", "0x", "0x1p999999", "1e999999999999", "0e-999999999", "-0", "-0.0",
    "0.", "5.", ".5", ".", "+5", "+", "-", "e5", "1e", "1_0", "000123", "1,5",
]
# fmt: on


def test_long_doubles_are_those_of_redis(server, redis_server, seed):
    """Random sums, and numbers at the edges, are the same as in redis-server, errors included."""
    chance = random.Random(seed)

    def number():
        if chance.random() < 0.2:
            return chance.choice(EDGES)
        digits = "".join(chance.choice("0123456789") for _ in range(chance.randint(1, 25)))
        point = chance.randint(0, len(digits))
        power = f"e{chance.randint(-30, 30)}" if chance.random() < 0.3 else ""
        return f"{chance.choice(['', '-'])}{digits[:point]}.{digits[point:]}{power}"

    ours, real = server("s05").client(), redis_server().client()
    for _ in range(300):
        start, amount = number(), number()
        for client in (ours, real):
            client.ask("SET", "n", start)
        expected = real.ask("INCRBYFLOAT", "n", amount)
        assert ours.ask("INCRBYFLOAT", "n", amount) == expected, (start, amount)
        assert ours.ask("GET", "n") == real.ask("GET", "n")
