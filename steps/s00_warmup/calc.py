"""A calculator for one line of text: numbers, + - * /, parentheses and the minus sign.

The text is cut into tokens first; `Calculator` then walks over them once, from left to right. It
never goes back: the next token alone decides what to do. A RESP parser works the same way, two
steps from here.
"""

from __future__ import annotations

import re
from typing import NamedTuple

Number = int | float

# How tightly an operator binds. Of two that bind alike, the left one comes first: 10 - 3 - 2 is 5.
BINDING = {"+": 1, "-": 1, "*": 2, "/": 2}
# The sign in front of a number or a parenthesis binds tighter than any of them.
SIGN = 3
# A result beyond this would overflow a float. It limits the digits of a number, too.
LARGEST = 10**300

PIECE = re.compile(r"\s*(?:(?P<number>\d+(?:\.\d+)?)|(?P<symbol>[-+*/()]))", re.ASCII)


class CalcError(Exception):
    """What is wrong with the text, in one sentence."""


class Token(NamedTuple):
    """A piece of the text. The last token is the end: its text is empty."""

    text: str
    column: int  # of its first character, counted from 1
    number: Number | None = None  # its value, if it is a number


def tokenize(text: str) -> list[Token]:
    """The tokens of `text`; CalcError for a character that cannot be part of one."""
    tokens, position, end = [], 0, len(text.rstrip())
    while position < end:
        piece = PIECE.match(text, position)
        if piece is None:
            column = end - len(text[position:end].lstrip()) + 1
            raise CalcError(
                f"at column {column}: {text[column - 1]!r} cannot be part of a calculation"
            )
        tokens.append(_token(piece))
        position = piece.end()
    return [*tokens, Token("", end + 1)]


def _token(piece: re.Match[str]) -> Token:
    digits = piece["number"]
    if digits is None:
        return Token(piece["symbol"], piece.start("symbol") + 1)
    column = piece.start("number") + 1
    if len(digits) >= len(str(LARGEST)):
        raise CalcError(f"at column {column}: the number has too many digits")
    return Token(digits, column, float(digits) if "." in digits else int(digits))


class Calculator:
    """A text, and how far it has been read."""

    def __init__(self, text: str) -> None:
        self.tokens = tokenize(text)
        self.position = 0

    def peek(self) -> Token:
        """The next token, without taking it."""
        return self.tokens[self.position]

    def take(self) -> Token:
        """Return the next token and move past it. The end is never passed."""
        token = self.peek()
        if token.text:
            self.position += 1
        return token

    def expression(self, floor: int = 0) -> Number:
        """Read one expression from here on and return its value.

        It ends before the first token that does not belong to it: the end, a `)`, or an operator
        that does not bind tighter than `floor` (see BINDING). With that rule one function is
        enough for all operators: the right side of `*` is an expression too, with the floor raised
        to that of `*`.

        An operand is a number, a minus sign with an operand after it, or an expression in
        parentheses. `self.apply(operator, left, right)` does the arithmetic for two values and an
        operator's token.

        If an operand is missing, `raise self.expected("a number")`. If a parenthesis is not
        closed, `raise self.expected("')'")`. Both before the wrong token is taken.

        >>> Calculator("2 + 3 * 4").expression()
        14
        """
        raise NotImplementedError("exercise 0.1")

    def expected(self, what: str) -> CalcError:
        """The error that says what was expected in place of the next token.

        It names the column, what was expected, and what is there. Returns the error; raises
        nothing.

        >>> str(Calculator("* 3").expected("a number"))
        "at column 1: expected a number, but found '*'"
        >>> str(Calculator("").expected("a number"))
        'at column 1: expected a number, but the text ends'
        """
        raise NotImplementedError("exercise 0.2")

    def apply(self, operator: Token, left: Number, right: Number) -> Number:
        """The value of `left operator right`; CalcError if it has none."""
        value: Number
        match operator.text:
            case "+":
                value = left + right
            case "-":
                value = left - right
            case "*":
                value = left * right
            case _:
                if right == 0:
                    raise CalcError(f"at column {operator.column}: nothing can be divided by zero")
                value = left / right
        if abs(value) > LARGEST:
            raise CalcError(f"at column {operator.column}: the result is too large")
        return value


def evaluate(text: str) -> Number:
    """The value of `text`; CalcError says what is wrong with it."""
    calculator = Calculator(text)
    try:
        value = calculator.expression()
    except RecursionError:
        raise CalcError("the parentheses are nested too deeply") from None
    if calculator.peek().text:
        raise calculator.expected("an operator or the end")
    return value


def show(value: Number) -> str:
    """`value` as it is printed: 6 / 3 gives 2, not 2.0."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        value = int(value)
    return str(value)
