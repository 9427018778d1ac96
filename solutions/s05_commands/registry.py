"""Answers to steps/s05_commands/registry.py."""

from __future__ import annotations

from steps.s02_resp.values import CommandError, Request
from steps.s05_commands import registry
from steps.s05_commands.registry import CommandClass, quote, shown


class Registry(registry.Registry):
    def add(self, command: CommandClass) -> None:
        # Testing `name in self.commands` would refuse a name from a step below, whose commands are
        # in there as well. If the later one silently won, a copied class whose name was not
        # changed would be a puzzle.
        command.name = (command.name or command.__name__.encode()).upper()
        if command.name in self.own:
            raise ValueError(f"there are two commands named {command.name.decode()}")
        self.commands[command.name] = command

    def find(self, request: Request) -> CommandClass:
        # The name comes before the arity: with a wrong name there is no arity to compare with.
        # `len(request) < 3` for an arity of -3 must not become `!=`, since a negative arity is a
        # minimum.
        command = self.lookup(request)
        if command is None and len(request) > 1 and self.subcommands(request[0]):
            family, member = shown(request[0]).upper(), shown(request[1])
            raise CommandError(f"ERR unknown subcommand '{member}'. Try {family} HELP.")
        if command is None:
            name, arguments = shown(request[0]), quote(request[1:])
            raise CommandError(
                f"ERR unknown command '{name}', with args beginning with: {arguments}"
            )
        arity = command.arity
        if len(request) != arity if arity > 0 else len(request) < -arity:
            raise command.wrong_arity()
        return command
