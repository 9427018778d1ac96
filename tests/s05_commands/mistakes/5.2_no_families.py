"""Calls CONFIG NOPE an unknown command, though CONFIG is known.

Caught by: test_an_unknown_subcommand
"""

from __future__ import annotations

from steps.s02_resp.values import CommandError, Request
from steps.s05_commands import registry
from steps.s05_commands.registry import CommandClass, quote, shown


class Registry(registry.Registry):
    def find(self, request: Request) -> CommandClass:
        command = self.lookup(request)
        if command is None:
            name, arguments = shown(request[0]), quote(request[1:])
            raise CommandError(
                f"ERR unknown command '{name}', with args beginning with: {arguments}"
            )
        arity = command.arity
        if len(request) != arity if arity > 0 else len(request) < -arity:
            raise command.wrong_arity()
        return command
