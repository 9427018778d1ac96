"""One loop that counts everything itself."""

from __future__ import annotations

from collections import deque

from steps.s05_commands.command import Flags
from steps.s05_commands.fields import Bulk, Integer, Key, Option
from steps.s06_types.commands.lists import ListCommand, Rank


class LPos(ListCommand, flags=Flags.READONLY):
    key = Key()
    element = Bulk()
    rank = Option("RANK", Rank(), default=1)
    count = Option("COUNT", Integer(low=0, error="ERR COUNT can't be negative"))
    maxlen = Option("MAXLEN", Integer(low=0, error="ERR MAXLEN can't be negative"), default=0)

    def execute(self, session):
        items = session.store.lookup(self.key, deque) or ()
        step = 1 if self.rank > 0 else -1
        at = 0 if step > 0 else len(items) - 1
        matches = 0
        found = []
        for looked, item in enumerate(items if step > 0 else reversed(items), 1):
            if item == self.element:
                matches += 1
                if matches >= abs(self.rank):
                    found.append(at)
                    if self.count is None:
                        return at
                    if len(found) == self.count:
                        break
            if looked == self.maxlen:
                break
            at += step
        return None if self.count is None else found
