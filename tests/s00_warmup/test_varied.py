"""The warm-up with values that nobody knows beforehand."""

from __future__ import annotations

import random

import pytest


@pytest.mark.exercise(
    "0.1",
    why="The numbers and operators are drawn: whatever they are, the result is what precedence says. "
    "Python's own rules for +, - and * are the same.",
)
def test_any_calculation(code, seed):
    """A calculation of any numbers has the result that Python gives."""
    chance = random.Random(seed)
    for _ in range(20):
        text = str(chance.randrange(100))
        for _ in range(chance.randint(2, 6)):
            term = str(chance.randrange(100))
            if chance.random() < 0.3:
                term = f"({term} {chance.choice('+-')} {chance.randrange(100)})"
            text += f" {chance.choice('+-*')} {term}"
        assert code.s00.respond(["calc", text]) == (0, str(eval(text))), text


@pytest.mark.exercise(
    "0.2",
    why="The column counts from 1, and is that of the token in the wrong place; the token is "
    "shown as it is in the text.",
)
def test_any_wrong_place(code, seed):
    """Wherever a token is in the wrong place, the error names it and its column."""
    chance = random.Random(seed)
    for _ in range(10):
        lead = " ".join(f"{chance.randrange(1000)} +" for _ in range(chance.randint(1, 5)))
        sign = chance.choice("*/)")
        said = f"at column {len(lead) + 2}: expected a number, but found '{sign}'"
        taken = len(lead.split())
        assert code.labs.s00.complaint(f"{lead} {sign} 1", taken, "a number") == said


@pytest.mark.exercise(
    "0.3",
    why="Any words make an item, and any number of an item marks that one. Go by the words, not "
    "by the examples.",
)
def test_any_items(code, seed):
    """Items of any words are added, marked and listed under their numbers."""
    chance = random.Random(seed)
    todo = code.s00.TodoList([])
    texts = [f"item {chance.randrange(10**6)}" for _ in range(chance.randint(3, 9))]
    for number, text in enumerate(texts, 1):
        assert todo.run(["add", *text.split()]) == [f"{number}. [ ] {text}"]
    done = chance.randrange(len(texts))
    assert todo.run(["done", str(done + 1)]) == [f"{done + 1}. [x] {texts[done]}"]
    marks = ["x" if number == done else " " for number in range(len(texts))]
    assert todo.run(["list"]) == [
        f"{number}. [{mark}] {text}"
        for number, (mark, text) in enumerate(zip(marks, texts, strict=True), 1)
    ]


@pytest.mark.exercise("0.4", why="The file holds the text that was given, whatever it is.")
def test_any_text(code, tmp_path, seed):
    """Any text is what the file holds afterwards."""
    chance = random.Random(seed)
    path = tmp_path / "list.json"
    for _ in range(3):
        text = "".join(chr(chance.randrange(32, 0x2000)) for _ in range(chance.randrange(500)))
        code.s00.write_atomically(str(path), text)
        assert path.read_text("utf-8") == text
