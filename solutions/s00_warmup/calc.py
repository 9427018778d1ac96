from __future__ import annotations

from steps.s00_warmup import calc
from steps.s00_warmup.calc import BINDING, SIGN, CalcError, Number


class Calculator(calc.Calculator):
    def expression(self, floor: int = 0) -> Number:
        # Precedence climbing. The other classic, one function for each level (sum, product,
        # operand), does the same with more functions: a new level is a new function there, and a
        # new number here.
        value: Number
        token = self.peek()
        if token.number is not None:
            value = self.take().number or 0
        elif token.text == "-":
            self.take()
            # Only the operand behind it, so that -2 + 3 is 1. A plain self.expression() would
            # negate all that follows and give -5.
            value = -self.expression(SIGN)
        elif token.text == "(":
            self.take()
            value = self.expression()
            if self.peek().text != ")":
                raise self.expected("')'")
            self.take()
        else:
            raise self.expected("a number")
        # `>` and not `>=`: the right side of an operator must not swallow one that binds alike, or
        # 10 - 3 - 2 would be 10 - (3 - 2).
        while BINDING.get(self.peek().text, 0) > floor:
            operator = self.take()
            value = self.apply(operator, value, self.expression(BINDING[operator.text]))
        return value

    def expected(self, what: str) -> CalcError:
        # The next token, not the one taken last: that one was still right. Who reads "at column 4"
        # looks there, so the end has a column too, the one behind the last character.
        token = self.peek()
        found = f"found {token.text!r}" if token.text else "the text ends"
        return CalcError(f"at column {token.column}: expected {what}, but {found}")
