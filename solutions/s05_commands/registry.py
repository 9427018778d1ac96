"""Answers to steps/s05_commands/registry.py."""

from __future__ import annotations

from steps.s02_resp.values import CommandError, Request
from steps.s05_commands import registry
from steps.s05_commands.registry import CommandClass, quote


class Registry(registry.Registry):
    def add(self, command: CommandClass) -> None:
        # Asking `name in self.commands` would refuse a name from a step below: the ChainMap looks
        # through all layers, and only writes to its own. Letting the later one win silently would
        # turn a copied class with a forgotten name into a puzzle.
        command.name = (command.name or command.__name__.encode()).upper()
        if command.name in self.own:
            raise ValueError(f"there are two commands named {command.name.decode()}")
        self.commands[command.name] = command

    def find(self, request: Request) -> CommandClass:
        # Name before arity: with a wrong name there is no arity to compare with. A name may hold any
        # bytes, so it is decoded with "replace": an error about bad input must not fail on it.
        command = self.lookup(request)
        if command is None:
            first = request[0].decode("utf-8", "replace")
            if len(request) > 1 and self.subcommands(request[0]):
                second = request[1].decode("utf-8", "replace")
                raise CommandError(f"ERR unknown subcommand '{second}'. Try {first.upper()} HELP.")
            raise CommandError(
                f"ERR unknown command '{first}', with args beginning with: {quote(request[1:])}"
            )
        arity = command.arity
        if len(request) != arity if arity > 0 else len(request) < -arity:
            name = command.name.decode().lower().replace(" ", "|")
            raise CommandError(f"ERR wrong number of arguments for '{name}' command")
        return command
