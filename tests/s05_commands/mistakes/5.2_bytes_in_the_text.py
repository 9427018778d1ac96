"""Puts the bytes of the name into the text as they print: unknown command 'b'nope''.

Caught by: test_an_unknown_command_in_redis_words
"""

from __future__ import annotations

from steps.s02_resp.values import CommandError, Request
from steps.s05_commands import registry
from steps.s05_commands.registry import CommandClass, quote, shown


class Registry(registry.Registry):
    def find(self, request: Request) -> CommandClass:
        command = self.lookup(request)
        if command is None and len(request) > 1 and self.subcommands(request[0]):
            family, member = shown(request[0]).upper(), shown(request[1])
            raise CommandError(f"ERR unknown subcommand '{member}'. Try {family} HELP.")
        if command is None:
            arguments = quote(request[1:])
            raise CommandError(
                f"ERR unknown command '{request[0]!r}', with args beginning with: {arguments}"
            )
        arity = command.arity
        if len(request) != arity if arity > 0 else len(request) < -arity:
            raise command.wrong_arity()
        return command
