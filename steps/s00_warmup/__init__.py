"""Warm-up: a calculator, and a to-do list kept in a file. Optional: nothing builds on it.

Read first: calc.py and todo.py.

    calc.py   a calculator, from characters to tokens to a number
    cli.py    the command line: `calc` and `todo`
    files.py  writes a file so that nobody ever finds half of it
    todo.py   a to-do list kept in a file
"""

from __future__ import annotations

from steps.s00_warmup.calc import Calculator, evaluate, tokenize
from steps.s00_warmup.cli import main, respond
from steps.s00_warmup.files import write_atomically
from steps.s00_warmup.todo import Item, TodoList, load, save

__all__ = [
    "Calculator",
    "Item",
    "TodoList",
    "evaluate",
    "load",
    "main",
    "respond",
    "save",
    "tokenize",
    "write_atomically",
]
