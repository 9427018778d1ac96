from __future__ import annotations

from steps.s00_warmup import todo
from steps.s00_warmup.todo import Item, TodoError


class TodoList(todo.TodoList):
    def run(self, words: list[str]) -> list[str]:
        # `match` takes the words apart and checks their number in the same line. With `if words[0]
        # == "add"` every branch would have to check for missing words by itself.
        match words:
            case ["add", *rest] if " ".join(rest).strip():
                self.items.append(Item(" ".join(rest)))
                return [self.line(len(self.items))]
            case ["list"]:
                return [self.line(number) for number in range(1, len(self.items) + 1)]
            case ["done", number]:
                # Looked up among the numbers that exist. items[int(number) - 1] would take 0 for
                # the last item, since Python counts -1 from the end.
                numbers = {str(known): known for known in range(1, len(self.items) + 1)}
                if number not in numbers:
                    raise TodoError(f"there is no item {number!r}; see the numbers with: todo list")
                self.items[numbers[number] - 1].done = True
                return [self.line(numbers[number])]
            case ["add", *_]:
                raise TodoError("the text is empty; say what is to do: todo add buy milk")
            case _:
                raise TodoError("only add TEXT, list and done NUMBER are known")
