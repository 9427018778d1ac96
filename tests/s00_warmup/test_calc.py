"""Exercises 0.1 and 0.2: a calculator that knows precedence, and says what is wrong."""

from __future__ import annotations

import pytest


def calc(code, text):
    """What `calc` prints for `text`; the test fails where it is an error."""
    exit_code, printed = code.s00.respond(["calc", text])
    assert exit_code == 0, printed
    return printed


def error(code, text):
    """The sentence with which `calc` refuses `text`."""
    exit_code, printed = code.s00.respond(["calc", text])
    assert exit_code == 2, printed
    return printed


@pytest.mark.exercise(
    "0.1",
    why="Of two operators that bind equally tightly, the left one comes first: 10 - 3 - 2 is 5. "
    "If the right side of the minus takes everything that follows, it becomes 10 - (3 - 2).",
)
@pytest.mark.parametrize(
    ("text", "value"),
    [("10 - 3 - 2", "5"), ("10 - 3 + 2", "9"), ("64 / 4 / 2", "8"), ("8 / 4 * 2", "4")],
)
def test_the_left_one_comes_first(code, text, value):
    """Of two operators that bind equally tightly, the left one comes first."""
    assert calc(code, text) == value


@pytest.mark.exercise(
    "0.1",
    why="* and / bind tighter than + and -, wherever they are. Reading from left to right without "
    "looking at the next operator gives 20 for 2 + 3 * 4.",
)
@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2 + 3 * 4", "14"),
        ("2 * 3 + 4", "10"),
        ("2 * 3 + 4 * 5", "26"),
        ("1 + 2 * 3 - 8 / 4", "5"),
        ("10 - 2 * 3 - 1", "3"),
    ],
)
def test_multiplication_comes_first(code, text, value):
    """Multiplication and division come before addition and subtraction."""
    assert calc(code, text) == value


@pytest.mark.exercise(
    "0.1",
    why="In parentheses there is a whole expression. Read it with the floor at 0 again, and then "
    "take the `)` after it.",
)
@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("(2 + 3) * 4", "20"),
        ("2 * (3 + 4) * 5", "70"),
        ("((((7))))", "7"),
        ("(1 + 2) * (3 + 4)", "21"),
        ("10 - (3 - 2)", "9"),
    ],
)
def test_parentheses(code, text, value):
    """An expression in parentheses is one value."""
    assert calc(code, text) == value


@pytest.mark.exercise(
    "0.1",
    why="The minus sign belongs to the operand after it and to nothing else: -2 + 3 is 1. It may "
    "come wherever an operand begins, also after an operator or another sign.",
)
@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("-2", "-2"),
        ("-2 + 3", "1"),
        ("2 - -3", "5"),
        ("--2", "2"),
        ("-(2 + 3) * 2", "-10"),
        ("2 * -3 + 1", "-5"),
    ],
)
def test_the_minus_sign(code, text, value):
    """A minus sign negates the operand after it, and only that."""
    assert calc(code, text) == value


@pytest.mark.exercise(
    "0.1",
    why="Zero is a number, and it is false. A token is a number if its `number` is not None.",
)
@pytest.mark.parametrize(
    ("text", "value"), [("0", "0"), ("0 + 1", "1"), ("2 - 0.0", "2"), ("-0", "0")]
)
def test_zero_is_a_number(code, text, value):
    """Zero may be used wherever a number may."""
    assert calc(code, text) == value


@pytest.mark.exercise("0.1", why="`self.apply` does the arithmetic; / gives 3.5 for 7 / 2.")
def test_fractions(code):
    """Numbers may have a fraction, and a division may give one."""
    assert calc(code, "7 / 2") == "3.5"
    assert calc(code, "1.5 * 4") == "6"
    assert calc(code, "6/3") == "2"


@pytest.mark.exercise(
    "0.1",
    why="A float has 53 bits, so whole numbers beyond that lose their last digits in one. "
    "`token.number` is an int already where the text has no fraction.",
)
def test_whole_numbers_stay_exact(code):
    """Whole numbers of any size lose no digit."""
    assert calc(code, "9007199254740993") == "9007199254740993"
    assert calc(code, "9007199254740993 * 3 - 1") == "27021597764222978"


@pytest.mark.exercise(
    "0.1",
    why="`self.apply` also knows what has no result, and says so in a CalcError. A `/` of your own "
    "raises ZeroDivisionError, which the command line takes for a bug, with a traceback.",
)
def test_what_has_no_result(code):
    """A division by zero, and a result that is too large, are errors at the operator."""
    assert error(code, "1 / (2 - 2)") == "at column 3: nothing can be divided by zero"
    assert error(code, "2 * -1 / 0.0") == "at column 8: nothing can be divided by zero"
    large = "9" * 300
    assert error(code, f"1 + {large} * {large}") == "at column 306: the result is too large"


@pytest.mark.exercise(
    "0.1",
    why="An expression ends before the first token that does not belong to it, and leaves that "
    "one to its caller: only the caller knows whether it is allowed there.",
)
@pytest.mark.parametrize(("text", "left"), [("2 3", "3"), ("2 * 3)", ")"), ("(1) (2)", "(")])
def test_what_follows_is_left(code, text, left):
    """What does not belong to the expression is left where it is."""
    assert code.labs.s00.where_it_ends(text) == ("", left)


@pytest.mark.exercise(
    "0.1",
    why="Look at a token with `self.peek()` and judge it; take it only when it is the right one. "
    "If you take it first, it is gone, and the error names the token after it, which is not at "
    "fault.",
)
@pytest.mark.parametrize(
    ("text", "missed", "left"),
    [
        ("2 + * 3", "a number", "*"),
        ("2 +", "a number", ""),
        ("()", "a number", ")"),
        ("-/ 2", "a number", "/"),
        ("", "a number", ""),
        ("2 * + 3", "a number", "+"),
        ("(1 2)", "')'", "2"),
        ("(2 + 3", "')'", ""),
        ("((1) * 2 4", "')'", "4"),
    ],
)
def test_a_wrong_token_is_not_taken(code, text, missed, left):
    """When an error is raised, the wrong token is still the next one."""
    assert code.labs.s00.where_it_ends(text) == (missed, left)


@pytest.mark.exercise(
    "0.2",
    why="Return the error: the caller raises it, as `raise self.expected(...)` says. It is a CalcError, "
    "which the command line prints as one sentence. Any other exception ends in a traceback.",
)
def test_the_error_is_one_that_is_printed(code):
    """A CalcError is returned, and nothing is raised."""
    assert code.labs.s00.after_the_complaint("2 +", 2)[0] == "CalcError"


@pytest.mark.exercise(
    "0.2",
    why="The column is that of the token that should have been something else, counted from 1. "
    "At the end of the text it is the column after the last character.",
)
def test_where_the_text_ends_too_early(code):
    """`2 +` misses a number at column 4."""
    complaint = code.labs.s00.complaint
    assert complaint("2 +", 2, "a number") == "at column 4: expected a number, but the text ends"
    assert complaint("", 0, "a number") == "at column 1: expected a number, but the text ends"
    assert complaint("(2 + 3", 4, "')'") == "at column 7: expected ')', but the text ends"


@pytest.mark.exercise(
    "0.2",
    why="The error is about the next token, which is not taken yet: `self.peek()`. It names that "
    "token and its column.",
)
def test_what_stands_in_the_wrong_place(code):
    """The error names the token in the wrong place, and its column."""
    complaint = code.labs.s00.complaint
    assert complaint("2 + * 3", 2, "a number") == "at column 5: expected a number, but found '*'"
    assert complaint("()", 1, "a number") == "at column 2: expected a number, but found ')'"
    assert complaint("(1 2)", 2, "')'") == "at column 4: expected ')', but found '2'"
    assert complaint("2  3", 1, "an end") == "at column 4: expected an end, but found '3'"
    assert complaint("1 2.50", 1, "an end") == "at column 3: expected an end, but found '2.50'"


@pytest.mark.exercise(
    "0.2",
    why="`expected` only looks, with `self.peek()`. If it takes the token, nobody who goes on from here "
    "finds it any more.",
)
def test_the_token_is_left(code):
    """After the error was made, its token is still the next one."""
    assert code.labs.s00.after_the_complaint("2 + * 3", 2)[1] == "*"


def test_errors_as_they_are_printed(code):
    """Both exercises together: the sentence that `calc` prints."""
    assert error(code, "2 +") == "at column 4: expected a number, but the text ends"
    assert error(code, "(2 + 3") == "at column 7: expected ')', but the text ends"
    assert error(code, "2 + * 3") == "at column 5: expected a number, but found '*'"
    assert error(code, "2 3") == "at column 3: expected an operator or the end, but found '3'"
    assert error(code, "2)") == "at column 2: expected an operator or the end, but found ')'"


def test_errors_that_are_no_exercise(code):
    """Characters, sizes and depths that the calculator refuses."""
    assert error(code, "2 + x") == "at column 5: 'x' cannot be part of a calculation"
    assert error(code, "1.") == "at column 2: '.' cannot be part of a calculation"
    assert error(code, "2 + \u0663") == "at column 5: '\u0663' cannot be part of a calculation"
    assert error(code, "9" * 5000) == "at column 1: the number has too many digits"
    assert error(code, "(" * 5000 + "1") == "the parentheses are nested too deeply"
