"""Adds an item although there is no text for it.

Caught by: test_words_that_make_no_command
"""

from __future__ import annotations

from steps.s00_warmup import todo
from steps.s00_warmup.todo import Item, TodoError


class TodoList(todo.TodoList):
    def run(self, words: list[str]) -> list[str]:
        match words:
            case ["add", *rest]:
                self.items.append(Item(" ".join(rest)))
                return [self.line(len(self.items))]
            case ["list"]:
                return [self.line(number) for number in range(1, len(self.items) + 1)]
            case ["done", number]:
                try:
                    item = {i + 1: item for i, item in enumerate(self.items)}[int(number)]
                except (ValueError, KeyError):
                    raise TodoError(f"there is no item {number!r}") from None
                item.done = True
                return [self.line(int(number))]
            case _:
                raise TodoError("only add TEXT, list and done NUMBER are known")
