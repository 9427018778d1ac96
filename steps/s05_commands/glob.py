"""Patterns as Redis reads them: KEYS, SCAN MATCH, PSUBSCRIBE, CONFIG GET.

    *       any bytes, or none            [abc]   one of these bytes
    ?       any one byte                   [^abc]  one byte, but none of these
    \\x      the byte x itself              [a-z]   one byte of the range

Not quite the patterns of a shell, nor Python's `fnmatch`: `^` negates and `!` does not, `\\`
quotes, a range may be written backwards, and a class that is not closed ends with the pattern.
https://redis.io/docs/latest/commands/keys/

A pattern becomes a regular expression once, and is kept. Each `*` takes as little as it can up to
the next piece that matches, and never more (`(?>...)`): if the earliest match fails, a later one
fails too. So the time is limited by pattern times text; with a plain `.*`, `*a*a*a*a*b` would
explode.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

ANY_BYTE = frozenset(range(256))


def matches(pattern: bytes, text: bytes, *, ignore_case: bool = False) -> bool:
    """Whether `pattern` fits the whole of `text`."""
    return compiled(pattern, ignore_case).fullmatch(text) is not None


@lru_cache(maxsize=256)
def compiled(pattern: bytes, ignore_case: bool = False) -> re.Pattern[bytes]:
    """The regular expression for `pattern`: to match against many texts, with `fullmatch`."""
    flags = re.DOTALL | (re.IGNORECASE if ignore_case else 0)
    first, *others = _runs(pattern)
    if not others:
        return re.compile(first, flags)
    *between, last = others
    skips = b"".join(b"(?>.*?%b)" % run for run in between if run)
    return re.compile(first + skips + b".*" + last, flags)


def _runs(pattern: bytes) -> list[bytes]:
    """The expressions for the parts before, between and after the stars."""
    runs = [b""]
    for piece in _pieces(pattern):
        if piece is None:
            runs.append(b"")
        else:
            runs[-1] += piece
    return runs


def _pieces(pattern: bytes) -> Iterator[bytes | None]:
    """The expression for one byte at a time, None for a star."""
    at = 0
    while at < len(pattern):
        char = pattern[at : at + 1]
        at += 1
        if char == b"*":
            yield None
        elif char == b"?":
            yield b"."
        elif char == b"[":
            members, at = _members(pattern, at)
            yield _one_of(members)
        else:
            if char == b"\\" and at < len(pattern):
                char = pattern[at : at + 1]
                at += 1
            yield re.escape(char)


def _members(pattern: bytes, at: int) -> tuple[frozenset[int], int]:
    """The bytes that a class takes, and where it ends."""
    negated = pattern[at : at + 1] == b"^"
    at += negated
    members: set[int] = set()
    while at < len(pattern) and pattern[at : at + 1] != b"]":
        if pattern[at : at + 1] == b"\\" and at + 1 < len(pattern):
            members.add(pattern[at + 1])
            at += 2
        elif pattern[at + 1 : at + 2] == b"-" and at + 2 < len(pattern):
            members |= _range(pattern[at], pattern[at + 2])
            at += 3
        else:
            members.add(pattern[at])
            at += 1
    return (ANY_BYTE - members if negated else frozenset(members)), at + 1


def _range(one: int, other: int) -> set[int]:
    """The bytes from one to the other. C compares signed chars: 0x80 is the least."""
    low, high = sorted((one ^ 0x80, other ^ 0x80))
    return {number ^ 0x80 for number in range(low, high + 1)}


def _one_of(members: frozenset[int]) -> bytes:
    if not members:
        return rb"(?!)"  # matches nothing
    return b"[%b]" % b"".join(rb"\x%02x" % member for member in sorted(members))
