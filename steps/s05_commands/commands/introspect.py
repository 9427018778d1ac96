"""COMMAND and its family: what the server can do, as described by the commands themselves.

https://redis.io/docs/latest/commands/command/
"""

from __future__ import annotations

from collections.abc import Callable

from steps.s02_resp.values import CommandError, Reply, Request, SimpleString, text_of
from steps.s05_commands import glob
from steps.s05_commands.command import ANYTIME, Command, Flags
from steps.s05_commands.describe import categories_of, describe, info
from steps.s05_commands.docs import docs, summary
from steps.s05_commands.fields import Bulk, OneOf, PairOption, Rest
from steps.s05_commands.registry import Registry
from steps.s05_commands.session import CommandSession

ANY_ORDER = ("nondeterministic_output_order",)


class Introspection(Command, abstract=True, flags=ANYTIME):
    """A command of the family COMMAND."""

    group = "server"
    categories = ("connection",)


class CommandCommand(Introspection, name="COMMAND"):
    """What COMMAND INFO says, of all commands."""

    tips = ANY_ORDER
    ignored = Rest(Bulk(), least=0)

    def execute(self, session: CommandSession) -> Reply:
        registry = session.state.registry
        return [info(command, registry) for command in commands(registry)]


class CommandCount(Introspection, name="COMMAND COUNT"):
    """How many commands there are; a family counts once."""

    def execute(self, session: CommandSession) -> Reply:
        return len(commands(session.state.registry))


class CommandInfo(Introspection, name="COMMAND INFO"):
    """Name, arity, flags and key positions of the commands; of all, if no name is given."""

    tips = ANY_ORDER
    names = Rest(Bulk(), least=0)

    def execute(self, session: CommandSession) -> Reply:
        registry = session.state.registry
        found = [named(name, registry) for name in self.names] or commands(registry)
        return [info(command, registry) if command else None for command in found]


class CommandDocs(Introspection, name="COMMAND DOCS"):
    """Summary and arguments of the commands; of all, if no name is given."""

    tips = ANY_ORDER
    names = Rest(Bulk(), least=0)

    def execute(self, session: CommandSession) -> Reply:
        registry = session.state.registry
        found = [named(name, registry) for name in self.names] or commands(registry)
        return {
            command.full_name().encode(): docs(command, registry) for command in found if command
        }


class CommandList(Introspection, name="COMMAND LIST"):
    """The names of all commands, or of those in a category or that fit a pattern."""

    tips = ANY_ORDER
    filterby = PairOption("FILTERBY", OneOf("MODULE", "ACLCAT", "PATTERN"), Bulk(), once=True)

    def execute(self, session: CommandSession) -> Reply:
        registry = session.state.registry
        family = [[one, *registry.subcommands(one.name)] for one in commands(registry)]
        known = [command for members in family for command in members]
        fits = filter_of(*self.filterby) if self.filterby else None
        return [command.full_name().encode() for command in known if not fits or fits(command)]


class CommandGetKeys(Introspection, name="COMMAND GETKEYS"):
    """The keys that the request names."""

    asked = Rest(Bulk(), least=2)

    def execute(self, session: CommandSession) -> Reply:
        registry = session.state.registry
        command = registry.lookup(self.asked)
        if command is None:
            raise CommandError("ERR Invalid command specified")
        channels = Flags.PUBSUB in command.flags  # they stand where keys would, and are none
        if channels or not any(field.key_step or field.movable for field in command.fields):
            raise CommandError("ERR The command has no key arguments")
        try:
            registry.find(self.asked)
            return list(keys_of(command, self.asked))
        except CommandError as error:
            what = "number of arguments" if error == command.wrong_arity() else "arguments"
            raise CommandError(f"ERR Invalid {what} specified for command") from error


class CommandHelp(Introspection, name="COMMAND HELP"):
    """Says which subcommands there are."""

    def execute(self, session: CommandSession) -> Reply:
        return help_of(b"COMMAND", session.state.registry)


def commands(registry: Registry) -> list[type[Command]]:
    """All commands without the members of families."""
    registry.load()
    return [command for name, command in registry.commands.items() if b" " not in name]


def named(name: bytes, registry: Registry) -> type[Command] | None:
    """The command of that name: `get`, `command|count`."""
    return registry.get(name.upper().replace(b"|", b" "))


def keys_of(command: type[Command], request: Request) -> Request:
    """The keys of a request, by their positions; parsed only if these are not known."""
    if Flags.MOVABLEKEYS in command.flags:
        return command.parse(request).keys()
    first, last, step = describe(command)[3:6]
    return request[first : (len(request) if last < 0 else 0) + last + 1 : step]


def filter_of(kind: str, value: bytes) -> Callable[[type[Command]], bool]:
    """What COMMAND LIST FILTERBY lets through. There are no modules here."""
    if kind == "ACLCAT":
        category = "@" + text_of(value.lower())
        return lambda command: category in categories_of(command)
    if kind == "PATTERN":
        fits = glob.compiled(value, ignore_case=True).fullmatch
        return lambda command: fits(command.full_name().encode()) is not None
    return lambda command: False


def help_of(family: bytes, registry: Registry) -> Reply:
    """The reply of a HELP subcommand: each member of the family with its summary."""
    title = f"{family.decode()} <subcommand> [<arg> [value] [opt] ...]. Subcommands are:"
    members = sorted(registry.subcommands(family), key=lambda member: member.name)
    names = [(member.name.decode().partition(" ")[2], summary(member)) for member in members]
    lines = [title, *(line for name, text in names for line in (name, f"    {text}"))]
    return [SimpleString(line) for line in lines]
