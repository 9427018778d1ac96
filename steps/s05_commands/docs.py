"""What COMMAND DOCS tells of a command: for people, and for redis-cli, which shows it as you type.

The summary is the first line of the class' docstring, the arguments are its fields.
https://redis.io/docs/latest/commands/command-docs/
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from inspect import getdoc
from typing import Any, TypeAlias

from steps.s02_resp.values import Reply, SimpleString
from steps.s05_commands.command import Command
from steps.s05_commands.fields import (
    Choice,
    ChoiceOf,
    Counted,
    Field,
    Flag,
    ManyOption,
    OneOf,
    Option,
    Optional,
    PairOption,
    Pairs,
    Rest,
    Weights,
)
from steps.s05_commands.registry import CommandClass, Registry

Entry: TypeAlias = "dict[bytes, Reply]"


def docs(command: CommandClass, registry: Registry) -> Entry:
    """The entry of COMMAND DOCS for one command, with those of its subcommands."""
    entry: Entry = {b"summary": summary(command).encode(), b"group": command.group.encode()}
    if arguments := [item for field in command.fields for item in documented(field)]:
        entry[b"arguments"] = arguments
    if members := registry.subcommands(command.name):
        entry[b"subcommands"] = {
            member.full_name().encode(): docs(member, registry) for member in members
        }
    return entry


def summary(command: type[Command]) -> str:
    """The first line of the docstring."""
    return (getdoc(command) or "").partition("\n")[0]


def documented(field: Field[Any]) -> Iterator[Entry]:
    """The entries of one field: one, or two for a number and the words that it counts."""
    name = field.name.replace("_", "-")
    flags = ["optional"] * (field.least == 0)
    many = [*flags, "multiple"]
    token = field.words[0] if isinstance(field, Optional) else ""
    match field:
        case Flag():
            yield argument(name, "pure-token", flags, token)
        case Choice(words=words) | OneOf(choices=words):
            yield argument(name, "oneof", flags, parts=[pure(word) for word in words])
        case ChoiceOf(fields=fields):
            parts = [
                argument(part.kind, part.kind, token=word) if part else pure(word)
                for word, part in fields.items()
            ]
            yield argument(name, "oneof", flags, parts=parts)
        case PairOption(first=first, second=second):
            yield argument(name, "block", flags, token, parts=pair(first, second))
        case Pairs(first=first, second=second):
            yield argument(name, "block", many, parts=pair(first, second))
        case Counted():
            yield argument("numkeys", "integer")
            yield argument(name, field.kind, many)
        case Rest():
            yield argument(name, field.kind, many)
        case ManyOption() | Weights():
            yield argument(name, field.kind, many, token)
        case _:
            yield argument(name, field.kind, flags, token)


def pair(first: Field[Any], second: Field[Any]) -> list[Entry]:
    """The two fields of a pair, which have no names of their own."""
    return [argument(part.kind, part.kind) for part in (first, second)]


def pure(word: str) -> Entry:
    """A word that stands for itself."""
    return argument(word.lower(), "pure-token", token=word)


def argument(
    name: str,
    kind: str,
    flags: Sequence[str] = (),
    token: str = "",
    parts: Sequence[Entry] = (),
) -> Entry:
    """One entry of `arguments`; what is empty is left out."""
    entry: Entry = {b"name": name.encode(), b"type": kind.encode()}
    if token:
        entry[b"token"] = token.encode()
    if flags:
        entry[b"flags"] = [SimpleString(flag) for flag in flags]
    if parts:
        entry[b"arguments"] = parts
    return entry
