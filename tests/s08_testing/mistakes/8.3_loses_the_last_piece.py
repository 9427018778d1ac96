"""Cuts the bytes and forgets what stands behind the last cut.

Caught by: test_good_parsers_pass
"""

from __future__ import annotations

from random import Random

from steps.s02_resp.encode import encode
from steps.s08_testing.properties import Parse


def check_any_cut(parse: Parse, dice: Random) -> None:
    from itertools import pairwise

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
        marks = [0, *sorted(dice.randrange(len(data)) for _ in range(5))]
        pieces = [data[a:b] for a, b in pairwise(marks)]
        got = parse(pieces)
        assert got == requests
