"""Counts columns from 0.

Caught by: test_where_the_text_ends_too_early
"""

from __future__ import annotations

from steps.s00_warmup import calc
from steps.s00_warmup.calc import CalcError


class Calculator(calc.Calculator):
    def expected(self, what: str) -> CalcError:
        token = self.peek()
        found = f"found {token.text!r}" if token.text else "the text ends"
        return CalcError(f"at column {token.column - 1}: expected {what}, but {found}")
