"""The interpreter for scripts, by itself."""

from __future__ import annotations


def test_a_script_is_looked_at_now_and_then_only(code):
    """Also after one that was ended, for which it was looked at with each line."""
    assert code.labs.s10.scripts.looks_after_an_end() <= 2
