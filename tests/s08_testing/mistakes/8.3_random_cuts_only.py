"""Leaves it to chance to cut inside CRLF, and behind the length of an empty word.

Caught by: test_bugs_in_the_parser_are_caught
"""

from __future__ import annotations

from random import Random

from steps.s02_resp.encode import encode
from steps.s08_testing.properties import Parse


def check_any_cut(parse: Parse, dice: Random) -> None:
    for _ in range(20):
        requests = [
            [dice.randbytes(dice.randint(1, 30)) for _ in range(dice.randint(1, 15))]
            for _ in range(dice.randint(1, 4))
        ]
        data = b"".join(encode(list(words)) for words in requests)
        middle = dice.randrange(len(data))
        pieces = [data[:middle], data[middle:]]
        got = parse(pieces)
        assert got == requests
