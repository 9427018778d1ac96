"""Keeps the locks when the command raises.

Caught by: test_an_error_gives_the_locks_back
"""

from __future__ import annotations

from steps.s02_resp.values import Reply, Request
from steps.s04_threads import session


class SharedSession(session.SharedSession):
    def execute(self, request: Request) -> Reply:
        hold = self.state.locks.holding(*self.keys(request))
        hold.__enter__()
        reply = self.dispatch(request)
        hold.__exit__(None, None, None)
        return reply
