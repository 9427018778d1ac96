"""Takes the last piece of the split for a line, though no CRLF stands behind it.

Caught by: test_a_half_request_is_left
"""

from __future__ import annotations

from steps.s02_resp.values import Request
from steps.s08_testing.fast_parser import COUNTS, CRLF, LENGTHS


def split_requests(data: bytes) -> tuple[list[Request], int]:
    lines = data.split(CRLF)
    last = len(lines)
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
        try:
            if lines[line + 1 : end : 2] != [LENGTHS[len(word)] for word in words]:
                break
        except IndexError:
            break
        requests.append(words)
        line = end
    return requests, sum(map(len, lines[:line])) + 2 * line
