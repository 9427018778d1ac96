"""Decodes the name strictly: bytes that are no text are a UnicodeDecodeError, a bug of the server.

Caught by: test_a_name_that_is_no_text
"""

from __future__ import annotations

from steps.s02_resp.values import CommandError, Request
from steps.s05_commands import registry
from steps.s05_commands.registry import CommandClass, quote


class Registry(registry.Registry):
    def find(self, request: Request) -> CommandClass:
        command = self.lookup(request)
        if command is None and len(request) > 1 and self.subcommands(request[0]):
            family, member = request[0].decode().upper(), request[1].decode()
            raise CommandError(f"ERR unknown subcommand '{member}'. Try {family} HELP.")
        if command is None:
            name, arguments = request[0].decode(), quote(request[1:])
            raise CommandError(
                f"ERR unknown command '{name}', with args beginning with: {arguments}"
            )
        arity = command.arity
        if len(request) != arity if arity > 0 else len(request) < -arity:
            raise command.wrong_arity()
        return command
