"""A property: not "this request gives that reply", but what holds for every request and every cut.

An example finds the bug that you thought of. A property, tried with a few hundred random inputs,
finds the one that you did not think of: bytes that nobody types, cut where nobody would cut.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random
from typing import TypeAlias

from steps.s02_resp.encode import encode
from steps.s02_resp.parser import RequestParser
from steps.s02_resp.values import Request

Parse: TypeAlias = Callable[[Sequence[bytes]], list[Request]]
"""From the pieces in which bytes arrive to the requests in them. A word of a request is `bytes`."""


def parse(pieces: Sequence[bytes]) -> list[Request]:
    """The requests that step 2's parser, a new one, returns for these pieces."""
    parser = RequestParser()
    return [request for piece in pieces for request in parser.feed(piece)]


def check_any_cut(parse: Parse, dice: Random) -> None:
    """Tests a parser: whatever the requests are and however their bytes are cut, they come out.

    Some 200 times over:

    - Make a few requests at random: lists of one to some twenty words, words of random bytes. All
      256 values of a byte, empty words, words with CRLF inside and words of more than 9 bytes must
      all come up often enough.
    - Encode them one after the other (`encode` writes a list of bytes as a request).
    - Cut the bytes: some rounds in one piece, some in a few pieces at random places, some in
      single bytes.
    - `parse(pieces)` feeds the pieces to a new parser, one after another, and returns the requests
      that it gave. `assert` that they are what you made, and say in the assertion's message which
      pieces they came from.

    All randomness comes from `dice` (`dice.randrange(9)`, `dice.randbytes(5)`,
    `dice.choice(...)`), so that a failure can be repeated.

    >>> check_any_cut(parse, Random(4711))
    """
    raise NotImplementedError("exercise 8.3")
