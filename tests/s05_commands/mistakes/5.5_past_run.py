"""Executes the command itself: what belongs around every command is passed by.

Caught by: test_every_command_goes_through_run
"""

from __future__ import annotations

from steps.s02_resp.values import Reply, Request
from steps.s05_commands import session


class Session(session.Session):
    def dispatch(self, request: Request) -> Reply:
        return self.state.registry.find(request).parse(request).execute(self)
