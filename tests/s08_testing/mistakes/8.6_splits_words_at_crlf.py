"""Counts lines and looks at no length: a word with CRLF inside becomes two.

Caught by: test_a_word_with_crlf_inside_is_left
"""

from __future__ import annotations

from steps.s02_resp.values import Request
from steps.s08_testing.fast_parser import COUNTS, CRLF


def split_requests(data: bytes) -> tuple[list[Request], int]:
    lines = data.split(CRLF)
    last = len(lines) - 1
    requests: list[Request] = []
    line = 0
    while line < last:
        count = COUNTS.get(lines[line])
        if count is None:
            break
        end = line + 1 + 2 * count
        if end > last:
            break
        words = lines[line + 2 : end : 2]
        requests.append(words)
        line = end
    return requests, sum(map(len, lines[:line])) + 2 * line
