"""Has given the locks back when the command runs.

Caught by: test_no_increment_is_lost
"""

from __future__ import annotations

from steps.s02_resp.values import Reply, Request
from steps.s04_threads import session


class SharedSession(session.SharedSession):
    def execute(self, request: Request) -> Reply:
        with self.state.locks.holding(*self.keys(request)):
            command = request
        return self.dispatch(command)
