"""Reads counts with int, which takes +1 and blanks, and raises for the rest.

Caught by: test_whatever_is_no_request_is_left
"""

from __future__ import annotations

from steps.s02_resp.values import Request
from steps.s08_testing.fast_parser import CRLF, LENGTHS


def split_requests(data: bytes) -> tuple[list[Request], int]:
    lines = data.split(CRLF)
    last = len(lines) - 1
    requests: list[Request] = []
    line = 0
    while line < last:
        if not lines[line].startswith(b"*"):
            break
        count = int(lines[line][1:])
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
