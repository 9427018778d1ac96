"""Answers to steps/s08_testing/properties.py."""

from __future__ import annotations

from random import Random

from steps.s02_resp.encode import encode
from steps.s08_testing.properties import Parse


def check_any_cut(parse: Parse, dice: Random) -> None:
    # The dice are loaded on purpose: 20 random bytes hardly ever contain CRLF, and a random cut
    # hardly ever falls between CR and LF. So some words are drawn from the awkward ones, and every
    # third round cuts at every byte. The expected result is what went in, so a property needs no
    # second parser to compare with.
    awkward = [b"", b"\r\n", b"\r", b"$5\r\nhello\r\n", b"caf\xc3\xa9", bytes(range(256))]
    for number in range(200):
        requests = [
            [
                dice.choice([*awkward, dice.randbytes(dice.randrange(30))])
                for _ in range(dice.randint(1, 20))
            ]
            for _ in range(dice.randint(1, 4))
        ]
        data = b"".join(encode(list(words)) for words in requests)
        marks = [
            range(1, len(data)),
            sorted(dice.randrange(len(data)) for _ in range(5)),
            [],
        ][number % 3]
        pieces = [data[a:b] for a, b in zip([0, *marks], [*marks, len(data)], strict=True)]
        got = parse(pieces)
        assert got == requests, f"{pieces} gave {got}"
