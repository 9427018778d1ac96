"""Holds the stripe of every word of the request, its name and values too.

Caught by: test_a_command_holds_its_keys_only
"""

from __future__ import annotations

from steps.s02_resp.values import Reply, Request
from steps.s04_threads import session


class SharedSession(session.SharedSession):
    def execute(self, request: Request) -> Reply:
        with self.state.locks.holding(*request):
            return self.dispatch(request)
