"""Blames the token that was taken last, which was right.

Caught by: test_what_stands_in_the_wrong_place
"""

from __future__ import annotations

from steps.s00_warmup import calc
from steps.s00_warmup.calc import CalcError


class Calculator(calc.Calculator):
    def expected(self, what: str) -> CalcError:
        token = self.tokens[max(self.position - 1, 0)]
        found = f"found {token.text!r}" if self.peek().text else "the text ends"
        return CalcError(f"at column {token.column}: expected {what}, but {found}")
