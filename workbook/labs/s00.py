"""Tools for experiments and tests with the warm-up: errors as values."""

from __future__ import annotations

from steps.s00_warmup.files import write_atomically
from steps.s00_warmup.todo import TodoError, TodoList


def refusal(todo: TodoList, words: list[str]) -> str:
    """The sentence with which `run` refuses these words; "" where it carries them out."""
    try:
        todo.run(words)
    except TodoError as error:
        return str(error)
    return ""


def failure(path: str, text: str) -> str:
    """The name of the error with which `write_atomically` fails; "" where it does not."""
    try:
        write_atomically(path, text)
    except (OSError, UnicodeError) as error:
        return type(error).__name__
    return ""
