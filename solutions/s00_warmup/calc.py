from __future__ import annotations

from steps.s00_warmup import calc
from steps.s00_warmup.calc import BINDING, SIGN, CalcError, Number


class Calculator(calc.Calculator):
    def expression(self, floor: int = 0) -> Number:
        # Precedence climbing. The other classic way, one function for each level (sum, product,
        # operand), needs more functions: a new level is a new function there, and a new number
        # here.
        value: Number
        token = self.peek()
        if token.number is not None:
            value = self.take().number or 0
        elif token.text == "-":
            self.take()
            # Only the operand after it, so that -2 + 3 is 1. A plain self.expression() would
            # negate everything that follows and give -5.
            value = -self.expression(SIGN)
        elif token.text == "(":
            self.take()
            value = self.expression()
            if self.peek().text != ")":
                raise self.expected("')'")
            self.take()
        else:
            raise self.expected("a number")
        # `>` and not `>=`: the right side of an operator must not swallow an operator that binds
        # as tightly, or 10 - 3 - 2 would be 10 - (3 - 2).
        while BINDING.get(self.peek().text, 0) > floor:
            operator = self.take()
            value = self.apply(operator, value, self.expression(BINDING[operator.text]))
        return value

    def expected(self, what: str) -> CalcError:
        # The next token, not the last one taken, which was still right. A user who reads "at
        # column 4" looks there, so the end has a column too, the one after the last character.
        token = self.peek()
        found = f"found {token.text!r}" if token.text else "the text ends"
        return CalcError(f"at column {token.column}: expected {what}, but {found}")
