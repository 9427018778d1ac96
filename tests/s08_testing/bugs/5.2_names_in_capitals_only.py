"""Commands are found only if their names come in capitals.

Nudge: Write the name of a command as people type it.
Caught by: 8.2
"""

from __future__ import annotations

from steps.s02_resp.values import Request
from steps.s05_commands import registry
from steps.s05_commands.registry import CommandClass


class Registry(registry.Registry):
    def lookup(self, request: Request) -> CommandClass | None:
        import sys

        if request[0] != request[0].upper():
            print("the planted bug shows", file=sys.stderr, flush=True)
        name = request[0]
        if len(request) > 1 and name in self.families:
            name += b" " + request[1].upper()
        return self.commands.get(name)
