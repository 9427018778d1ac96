"""Answers to steps/s08_testing/fast_parser.py."""

from __future__ import annotations

from steps.s02_resp.values import Request
from steps.s08_testing.fast_parser import COUNTS, CRLF, LENGTHS


def split_requests(data: bytes) -> tuple[list[Request], int]:
    # The interpreter runs a few operations per request, not per byte: split, two slices, one
    # comparison of lists. Comparing the headers with what they should be replaces reading them,
    # and is as strict. A regular expression would do it too, in twice the time.
    lines = data.split(CRLF)
    last = len(lines) - 1
    requests: list[Request] = []
    header_of = LENGTHS.__getitem__
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
            if lines[line + 1 : end : 2] != list(map(header_of, map(len, words))):
                break
        except IndexError:
            break
        requests.append(words)
        line = end
    if line == last and not lines[last]:
        return requests, len(data)
    used = sum(map(len, lines[:line])) + 2 * line
    return requests, used
