"""From the front deque.index finds each match; from the end the same is done item by item."""

from __future__ import annotations

from collections import deque

from steps.s05_commands.command import READ
from steps.s05_commands.fields import Bulk, Integer, Key, Option
from steps.s06_types.commands.lists import ListCommand, Rank


class Forwards:
    def __init__(self, items, most):
        self.items, self.at, self.end = items, 0, min(most or len(items), len(items))

    def next(self, element):
        try:
            found = self.items.index(element, self.at, self.end)
        except ValueError:
            return None
        self.at = found + 1
        return found


class Backwards:
    def __init__(self, items, most):
        self.walk = reversed(items)
        self.at = len(items)
        self.end = max(self.at - most, 0) if most else 0

    def next(self, element):
        while self.at > self.end:
            self.at -= 1
            if next(self.walk) == element:
                return self.at
        return None


class LPos(ListCommand, flags=READ):
    key = Key()
    element = Bulk()
    rank = Option("RANK", Rank(), default=1)
    count = Option("COUNT", Integer(low=0, error="ERR COUNT can't be negative"))
    maxlen = Option("MAXLEN", Integer(low=0, error="ERR MAXLEN can't be negative"), default=0)

    def execute(self, session):
        items = session.store.lookup(self.key, deque) or deque()
        search = (Forwards if self.rank > 0 else Backwards)(items, self.maxlen)
        wanted = 1 if self.count is None else self.count or len(items)
        found = []
        for number in range(1, len(items) + 1):
            at = search.next(self.element)
            if at is None:
                break
            if number >= abs(self.rank):
                found.append(at)
                if len(found) >= wanted:
                    break
        if self.count is None:
            return found[0] if found else None
        return found
