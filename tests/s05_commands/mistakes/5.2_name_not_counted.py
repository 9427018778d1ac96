"""Counts the arguments and forgets that arity counts the name as well.

Caught by: test_an_exact_number_of_words
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
            name, arguments = shown(request[0]), quote(request[1:])
            raise CommandError(
                f"ERR unknown command '{name}', with args beginning with: {arguments}"
            )
        count, arity = len(request) - 1, command.arity
        if count != arity if arity > 0 else count < -arity:
            raise command.wrong_arity()
        return command
