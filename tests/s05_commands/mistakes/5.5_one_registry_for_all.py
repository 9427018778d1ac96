"""Looks in the registry of step 5, whichever the server has.

Caught by: test_a_command_that_is_defined_elsewhere_runs
"""

from __future__ import annotations

from steps.s02_resp.values import Reply, Request
from steps.s05_commands import session


class Session(session.Session):
    def dispatch(self, request: Request) -> Reply:
        from steps.s05_commands.command import REGISTRY

        return self.run(REGISTRY.find(request).parse(request), request)
