"""A good server: it gives the members of a set in ascending order, and nobody promised another.

Good for: 8.2
"""

from __future__ import annotations

from steps.s02_resp.values import Reply
from steps.s06_types.commands import sets
from steps.s06_types.session import Session


class SMembers(sets.SMembers):
    def execute(self, session: Session) -> Reply:
        return sorted(session.store.lookup(self.key, set) or ())
