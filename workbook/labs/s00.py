"""Tools for experiments and tests with the warm-up: errors as values, and a disk to watch."""

from __future__ import annotations

import gc
import os
import warnings
from pathlib import Path
from typing import Any

from steps.s00_warmup.calc import CalcError, Calculator
from steps.s00_warmup.files import write_atomically
from steps.s00_warmup.todo import TodoError, TodoList
from workbook.labs.audit import Watcher, watching
from workbook.labs.raising import raised


class TersestCalculator(Calculator):
    """A calculator that can be tried out before exercise 0.2 is written: its errors say one word."""

    def expected(self, what: str) -> CalcError:
        return CalcError(what)


def where_it_ends(text: str) -> tuple[str, str]:
    """What `expression` misses in `text`, "" for nothing; and the token that it leaves as the next.

    >>> where_it_ends("2 + * 3")
    ('a number', '*')
    """
    calculator = TersestCalculator(text)
    try:
        calculator.expression()
    except CalcError as error:
        return str(error), calculator.peek().text
    return "", calculator.peek().text


def complaint(text: str, taken: int, what: str) -> str:
    """The error about `what` that a calculator makes after it took the first tokens of `text`."""
    calculator = Calculator(text)
    for _ in range(taken):
        calculator.take()
    return str(calculator.expected(what))


def after_the_complaint(text: str, taken: int) -> list[str]:
    """The kind of error made about a number after `taken` tokens, and the token that is then next."""
    calculator = Calculator(text)
    for _ in range(taken):
        calculator.take()
    return [type(calculator.expected("a number")).__name__, calculator.peek().text]


def refusal(todo: TodoList, words: list[str]) -> str:
    """The sentence with which `run` refuses these words; "" where it carries them out."""
    try:
        todo.run(words)
    except TodoError as error:
        return str(error)
    return ""


def failure(path: str, text: str) -> str:
    """The name of the error with which `write_atomically` fails; "" where it does not."""
    return raised(lambda: write_atomically(path, text), OSError, UnicodeError, KeyboardInterrupt)


def left_open(path: str, text: str) -> int:
    """How many files `write_atomically` leaves for the garbage collector to close."""
    gc.collect()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", ResourceWarning)
        failure(path, text)
        gc.collect()
    return sum(issubclass(one.category, ResourceWarning) for one in caught)


# --- a disk to watch ---


def _watched(path: str, text: str, watcher: Watcher) -> str:
    """The same as `failure`, while `watcher` hears what happens to files, and may refuse it."""
    with watching(watcher):
        return failure(path, text)


def replacement(path: str, text: str) -> list[tuple[str, str]]:
    """Of each file that `write_atomically` renames: its folder, and what the disk has of it then."""
    seen: list[tuple[str, str]] = []

    def watcher(event: str, details: tuple[Any, ...]) -> None:
        if event == "os.rename":
            source = os.path.abspath(os.fspath(details[0]))
            seen.append((os.path.dirname(source), Path(source).read_text("utf-8")))

    _watched(path, text, watcher)
    return seen


def written_after_a_kill(path: str, text: str) -> str:
    """What `path` holds when a process was killed before its rename, and another one wrote `text`.

    The name of the error instead, if the other one fails.
    """
    left: dict[str, bytes] = {}

    def watcher(event: str, details: tuple[Any, ...]) -> None:
        if event == "os.rename":
            source = os.fspath(details[0])
            left[source] = Path(source).read_bytes()

    _watched(path, "half of it", watcher)
    for name, content in left.items():
        Path(name).write_bytes(content)
    return failure(path, text) or Path(path).read_text("utf-8")


def failure_at(step: str, kind: str, path: str, text: str) -> str:
    """The name of the error that comes out where a step fails with one of kind `kind`.

    The steps are "open" (a file for writing) and "os.rename" (`os.replace` is that too).
    """
    trouble = {"KeyboardInterrupt": KeyboardInterrupt, "PermissionError": PermissionError}[kind]

    def watcher(event: str, details: tuple[Any, ...]) -> None:
        writes = event != "open" or details[2] & (os.O_WRONLY | os.O_RDWR)
        if event == step and writes:
            raise trouble(f"{step} fails in this experiment")

    return _watched(path, text, watcher)
