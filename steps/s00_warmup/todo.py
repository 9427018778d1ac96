"""A to-do list that is kept in a file.

`TodoList` knows nothing of files and prints nothing: words in, lines out. `load` and `save` move
it between memory and a JSON file. The server is divided in the same way: a core without I/O,
and a shell around it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from steps.s00_warmup.files import write_atomically


class TodoError(Exception):
    """What can't be done and what to do instead, in one sentence."""


@dataclass
class Item:
    """One thing to do."""

    text: str
    done: bool = False


class TodoList:
    """Things to do, numbered from 1 in the order in which they were added."""

    def __init__(self, items: list[Item]) -> None:
        self.items = items

    def run(self, words: list[str]) -> list[str]:
        """Carry out one command and return the lines to print.

        - `["add", "buy", "milk"]` appends an item; its text is the words after `add`, joined by
          one space each. Returns its line.
        - `["list"]` returns the lines of all items in order.
        - `["done", "2"]` marks item 2 as done and returns its line.

        `self.line(number)` is the line of an item. TodoError, with a sentence, for an item without
        text, for a number that no item has (such as 0 and -1), for anything that is not a number,
        and for any other words. The list then stays as it was.

        >>> TodoList([]).run(["add", "buy", "milk"])
        ['1. [ ] buy milk']
        """
        raise NotImplementedError("exercise 0.3")

    def line(self, number: int) -> str:
        """The line of item `number`, like `2. [x] call Ada`."""
        item = self.items[number - 1]
        return f"{number}. [{'x' if item.done else ' '}] {item.text}"


def load(path: str) -> TodoList:
    """The list in the file `path`; an empty list if there is no such file."""
    try:
        with open(path, encoding="utf-8") as file:
            return TodoList([_item(entry) for entry in json.load(file)])
    except FileNotFoundError:
        return TodoList([])
    except OSError as error:
        raise TodoError(
            f"cannot read {path!r}: {error.strerror}; choose another with --file"
        ) from error
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise TodoError(
            f"{path!r} does not hold a to-do list; move it away or choose another with --file"
        ) from error


def _item(entry: dict[str, object]) -> Item:
    text, done = entry["text"], entry["done"]
    if not isinstance(text, str) or not isinstance(done, bool):
        raise TypeError
    return Item(text, done)


def save(todo: TodoList, path: str) -> None:
    """Write the list to the file `path`; if that fails, the file stays as it was."""
    entries = [{"text": item.text, "done": item.done} for item in todo.items]
    try:
        write_atomically(path, json.dumps(entries, ensure_ascii=False, indent=1) + "\n")
    except UnicodeError as error:
        raise TodoError("the text is not valid Unicode; nothing was saved") from error
    except OSError as error:
        raise TodoError(
            f"cannot write {path!r}: {error.strerror}; choose another with --file"
        ) from error
