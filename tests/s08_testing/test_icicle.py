"""The icicle of a profile, which is given."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import pytest


@pytest.fixture
def blocks(code):
    """The blocks of step 2's parser at work."""
    parser = code.s02.RequestParser()
    data = b"*2\r\n$3\r\nGET\r\n$1\r\nk\r\n" * 500
    return code.labs.s08.icicle(lambda: parser.feed(data))


def test_the_first_block_is_the_whole(blocks):
    """The first block is the call that was profiled, and none reaches beyond it."""
    path, start, whole = blocks[0]
    assert path == ("<lambda>",)
    assert start == 0.0
    assert all(block.start >= 0 for block in blocks)
    assert all(block.start + block.seconds <= whole * 1.001 for block in blocks)


def test_what_hangs_below_is_no_wider(blocks):
    """All that a function calls takes no longer than the function."""
    widths, below = Counter(), Counter()
    for path, _, seconds in blocks:
        widths[path] += seconds
        below[path[:-1]] += seconds
    assert all(below[path] <= widths[path] * 1.001 for path in widths)


def test_a_way_down_is_named_by_its_functions(blocks):
    """The parser's methods hang below each other as they call each other, each once on a way."""
    paths = [block.path for block in blocks]
    assert ("<lambda>", "feed", "next_request", "read_bulk", "read_header") in paths
    assert not any(one == other for path in paths for one, other in pairwise(path))
