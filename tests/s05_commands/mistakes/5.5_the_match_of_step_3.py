"""Asks the `match` of the steps below first, and knows only the commands that stand in it.

Caught by: test_a_command_that_is_defined_elsewhere_runs
"""

from __future__ import annotations

from steps.s02_resp.values import Reply, Request
from steps.s05_commands import session


class Session(session.Session):
    def dispatch(self, request: Request) -> Reply:
        from steps.s02_resp.values import CommandError

        try:
            return super().dispatch(request)
        except CommandError:
            return self.run(self.state.registry.find(request).parse(request), request)
