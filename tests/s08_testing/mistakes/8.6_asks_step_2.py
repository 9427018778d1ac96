"""Lets step 2 do the work, and is as fast as that.

Caught by: test_it_is_fast
"""

from __future__ import annotations

from steps.s02_resp.parser import RequestParser
from steps.s02_resp.values import Request


def split_requests(data: bytes) -> tuple[list[Request], int]:
    parser = RequestParser()
    requests = parser.feed(data)
    return requests, len(data) - len(parser.buffer)
