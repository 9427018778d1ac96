"""A generator of positions, from which as many are taken as are wanted."""

from __future__ import annotations

from collections import deque
from itertools import islice

from steps.s05_commands.command import READ
from steps.s05_commands.fields import Bulk, Integer, Key, Option
from steps.s06_types.commands.lists import ListCommand, Rank


def walk(items, element, backwards, most):
    last = len(items) - 1
    for at, item in enumerate(reversed(items) if backwards else items):
        if most and at >= most:
            return
        if item == element:
            yield last - at if backwards else at


class PositionInList(ListCommand, name="LPOS", flags=READ):
    key = Key()
    element = Bulk()
    rank = Option("RANK", Rank(), default=1)
    count = Option("COUNT", Integer(low=0, error="ERR COUNT can't be negative"), default=None)
    maxlen = Option("MAXLEN", Integer(low=0, error="ERR MAXLEN can't be negative"), default=0)

    def execute(self, session):
        items = session.store.lookup(self.key, deque)
        if not items:
            return None if self.count is None else []
        first = min(abs(self.rank) - 1, len(items))
        most = 1 if self.count is None else min(self.count or len(items), len(items))
        found = list(
            islice(walk(items, self.element, self.rank < 0, self.maxlen), first, first + most)
        )
        if self.count is None:
            return found[0] if found else None
        return found
