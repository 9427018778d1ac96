"""Answers to steps/s02_resp/inline.py."""

from __future__ import annotations

import re

from steps.s02_resp.inline import UNBALANCED, unescape
from steps.s02_resp.values import ProtocolError, Request


def split_inline(line: bytes) -> Request:
    # Most lines have no quotes, and for these one call is enough.
    if b'"' not in line and b"'" not in line:
        return line.split()
    # A word is a plain part, then at most one quoted part, which must end the word, as `(?=\s|$)`
    # requires. `*+` does not give back what it took; with `*` the pattern would try again with a
    # shorter part and take an escaped quote mark for its end. `shlex.split` knows quotes too, but
    # it takes text and follows the shell's rules: there the quoted part need not end the word, and
    # a backslash escapes outside of quotes as well.
    word = re.compile(
        rb"""\s*([^\s"']*)(?:"((?:\\.|[^"\\])*+)"(?=\s|$)|'((?:\\'|[^'])*+)'(?=\s|$))?""",
        re.DOTALL,
    )
    words: Request = []
    position = 0
    line = line.rstrip()
    while position < len(line):
        match = word.match(line, position)
        if match is None or line[match.end() : match.end() + 1].strip():
            raise ProtocolError(UNBALANCED)
        plain, double, single = match.groups(b"")
        words.append(plain + unescape(double) + single.replace(rb"\'", b"'"))
        position = match.end()
    return words
