"""Adds up the bytes of all lines so far, anew for each request: quadratic.

Caught by: test_it_is_fast
"""

from __future__ import annotations

from steps.s02_resp.values import Request
from steps.s08_testing.fast_parser import COUNTS, CRLF, LENGTHS


def split_requests(data: bytes) -> tuple[list[Request], int]:
    lines = data.split(CRLF)
    last = len(lines) - 1
    requests: list[Request] = []
    line = used = 0
    while line < last:
        count = COUNTS.get(lines[line])
        if count is None:
            break
        end = line + 1 + 2 * count
        if end > last:
            break
        words = lines[line + 2 : end : 2]
        try:
            if lines[line + 1 : end : 2] != [LENGTHS[len(word)] for word in words]:
                break
        except IndexError:
            break
        requests.append(words)
        line = end
        used = sum(map(len, lines[:line])) + 2 * line
    return requests, used
