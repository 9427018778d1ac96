"""Makes words of letters, in which nothing can go wrong.

Caught by: test_bugs_in_the_parser_are_caught
"""

from __future__ import annotations

from random import Random

from steps.s02_resp.encode import encode
from steps.s08_testing.properties import Parse


def check_any_cut(parse: Parse, dice: Random) -> None:
    for number in range(200):
        requests = [
            [
                bytes(dice.choices(b"abcdef", k=dice.randrange(30)))
                for _ in range(dice.randint(1, 15))
            ]
            for _ in range(dice.randint(1, 4))
        ]
        data = b"".join(encode(list(words)) for words in requests)
        few = sorted(dice.randrange(len(data)) for _ in range(5))
        marks = [range(1, len(data)), few, []][number % 3]
        pieces = [data[a:b] for a, b in zip([0, *marks], [*marks, len(data)], strict=True)]
        got = parse(pieces)
        assert got == requests
