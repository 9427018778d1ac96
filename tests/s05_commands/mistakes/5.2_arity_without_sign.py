"""Takes a negative arity for an exact number of words: MSET takes one pair, never two.

Caught by: test_at_least_so_many_words
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
        if len(request) != abs(command.arity):
            raise command.wrong_arity()
        return command
