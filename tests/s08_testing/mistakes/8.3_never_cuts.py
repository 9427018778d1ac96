"""Feeds the bytes in one piece, so no cut is ever tried.

Caught by: test_bugs_in_the_parser_are_caught
"""

from __future__ import annotations

from random import Random

from steps.s02_resp.encode import encode
from steps.s08_testing.properties import Parse


def check_any_cut(parse: Parse, dice: Random) -> None:
    awkward = [b"", b"\r\n", b"$5\r\nhello\r\n", bytes(range(256))]
    for _ in range(200):
        requests = [
            [
                dice.choice([*awkward, dice.randbytes(dice.randrange(30))])
                for _ in range(dice.randint(1, 15))
            ]
            for _ in range(dice.randint(1, 4))
        ]
        data = b"".join(encode(list(words)) for words in requests)
        pieces = [data]
        got = parse(pieces)
        assert got == requests
