"""LPOS: the positions of an item.

Each step is an iterator, which reads no item before somebody asks for it: the list is walked through
from the right end, up to MAXLEN items, and left as soon as enough is found.
"""

from __future__ import annotations

from collections import deque
from itertools import islice

from steps.s02_resp.values import Reply
from steps.s05_commands.command import READ
from steps.s05_commands.fields import Bulk, Integer, Key, Option
from steps.s06_types.commands.lists import ListCommand, Rank
from steps.s06_types.session import TypesSession


class LPos(ListCommand, flags=READ):
    """The position of element in the list; with COUNT an array of positions (0: all of them)."""

    key = Key()
    element = Bulk()
    rank = Option("RANK", Rank(), default=1)
    count = Option("COUNT", Integer(low=0, error="ERR COUNT can't be negative"))
    maxlen = Option("MAXLEN", Integer(low=0, error="ERR MAXLEN can't be negative"), default=0)

    def execute(self, session: TypesSession) -> Reply:
        items = session.store.lookup(self.key, deque)
        found = self.positions(items or deque())
        if self.count is None:
            return next(iter(found), None)
        return found

    def positions(self, items: deque[bytes]) -> list[int]:
        """The requested positions, in the order in which they are found."""
        # A number beyond the length may be too large for islice.
        length = len(items)
        numbered = enumerate(items) if self.rank > 0 else enumerate(reversed(items))
        met = (at for at, item in islice(numbered, self.maxlen or None) if item == self.element)
        skip = min(abs(self.rank) - 1, length)
        most = 1 if self.count is None else min(self.count or length, length)
        wanted = islice(met, skip, skip + most)
        return [at if self.rank > 0 else length - 1 - at for at in wanted]
