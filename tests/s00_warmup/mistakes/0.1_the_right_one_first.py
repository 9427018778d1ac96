"""Lets the right side of an operator swallow operators that bind alike.

Caught by: test_the_left_one_comes_first
"""

from __future__ import annotations

from steps.s00_warmup import calc
from steps.s00_warmup.calc import BINDING, SIGN, Number


class Calculator(calc.Calculator):
    def expression(self, floor: int = 0) -> Number:
        value: Number
        token = self.peek()
        if token.number is not None:
            value = self.take().number or 0
        elif token.text == "-":
            self.take()
            value = -self.expression(SIGN)
        elif token.text == "(":
            self.take()
            value = self.expression()
            if self.peek().text != ")":
                raise self.expected("')'")
            self.take()
        else:
            raise self.expected("a number")
        while BINDING.get(self.peek().text, 0) > floor:
            operator = self.take()
            value = self.apply(operator, value, self.expression(BINDING[operator.text] - 1))
        return value
