"""The command line of the warm-up: `calc` and `todo`."""

from __future__ import annotations

import argparse
import os
import sys
from typing import TextIO

from steps.s00_warmup.calc import CalcError, evaluate, show
from steps.s00_warmup.todo import TodoError, load, save
from steps.unwritten import Unwritten

FILE = "todo.json"


def main(argv: list[str] | None = None) -> int:
    """Carry out one command line, print the result, return the exit code."""
    words = sys.argv[1:] if argv is None else argv
    if not words:
        command_line().print_help(sys.stderr)
        return 2
    code, text = respond(words)
    if text:
        say(sys.stderr if code else sys.stdout, f"error: {text}\n" if code else f"{text}\n")
    return code


def respond(words: list[str]) -> tuple[int, str]:
    """The exit code for a command line, and the text to print.

    >>> respond(["calc", "2 + 3 * 4"])
    (0, '14')
    """
    options = command_line().parse_args(guarded(words))
    try:
        return 0, "\n".join(calc(options) if options.command == "calc" else todo(options))
    except (CalcError, TodoError) as error:
        return 2, str(error)
    except Unwritten as error:
        return 1, error.not_written


def calc(options: argparse.Namespace) -> list[str]:
    """The line that `calc` prints."""
    return [show(evaluate(" ".join(options.text)))]


def todo(options: argparse.Namespace) -> list[str]:
    """The lines that `todo` prints; the file is written only if something changed."""
    # Split again, even what the shell kept together: an item is one line.
    words = [options.action, *" ".join(getattr(options, "words", [])).split()]
    todos = load(options.file)
    lines = todos.run(words)
    if words != ["list"]:
        save(todos, options.file)
    return lines


def guarded(words: list[str]) -> list[str]:
    """`words` with a `--` after `calc`: a minus sign there begins a number, not an option."""
    if words[:1] == ["calc"] and words[1:] not in ([], ["-h"], ["--help"]):
        return ["calc", "--", *words[1:]]
    return words


def command_line() -> argparse.ArgumentParser:
    """The parser for `python -m steps.s00`."""
    parser = argparse.ArgumentParser(prog="python -m steps.s00", allow_abbrev=False)
    commands = parser.add_subparsers(
        title="commands", metavar="COMMAND", dest="command", required=True
    )
    calculator = commands.add_parser("calc", help='calculate, like calc "2 + 3 * 4"')
    calculator.add_argument("text", nargs="+", help="numbers, + - * / and parentheses")
    keeper = commands.add_parser("todo", help="keep a to-do list", allow_abbrev=False)
    keeper.add_argument("--file", default=FILE, help=f"where it is kept (default: {FILE})")
    actions = keeper.add_subparsers(title="actions", metavar="ACTION", dest="action", required=True)
    actions.add_parser("add", help="add an item").add_argument("words", nargs="+", metavar="TEXT")
    actions.add_parser("list", help="show all items")
    actions.add_parser("done", help="mark an item").add_argument("words", nargs=1, metavar="NUMBER")
    return parser


def say(stream: TextIO | None, text: str) -> None:
    """Print `text`. A reader that has gone away, such as `head`, causes no traceback."""
    if stream is None:  # Python sets it so when the process starts with the stream closed
        return
    # A terminal that cannot show é gets \xe9.
    encoding = stream.encoding or "utf-8"
    text = text.encode(encoding, "backslashreplace").decode(encoding)
    try:
        print(text, end="", file=stream, flush=True)
    except OSError:
        # What is left in the buffer goes nowhere, or Python fails on it at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
