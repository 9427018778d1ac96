"""Makes a lock for this command, which nobody else has.

Caught by: test_no_increment_is_lost
"""

from __future__ import annotations

from steps.s02_resp.values import Reply, Request
from steps.s04_threads import session


class SharedSession(session.SharedSession):
    def execute(self, request: Request) -> Reply:
        import threading

        with threading.Lock():
            return self.dispatch(request)
