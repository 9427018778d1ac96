"""Takes 0 for the last item, since items[-1] exists.

Caught by: test_a_number_that_no_item_has
"""

from __future__ import annotations

from steps.s00_warmup import todo
from steps.s00_warmup.todo import Item, TodoError


class TodoList(todo.TodoList):
    def run(self, words: list[str]) -> list[str]:
        match words:
            case ["add", *rest] if " ".join(rest).strip():
                self.items.append(Item(" ".join(rest)))
                return [self.line(len(self.items))]
            case ["list"]:
                return [self.line(number) for number in range(1, len(self.items) + 1)]
            case ["done", number]:
                try:
                    item = self.items[int(number) - 1]
                except (ValueError, IndexError):
                    raise TodoError(f"there is no item {number!r}") from None
                item.done = True
                return [self.line(int(number))]
            case _:
                raise TodoError("only add TEXT, list and done NUMBER are known")
