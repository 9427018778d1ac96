"""What COMMAND DOCS says about a command. You may skip this file.

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
    ManyOption,
    Maybe,
    OneOf,
    Option,
    Optional,
    PairOption,
    Pairs,
    Rest,
    Weights,
)
from steps.s05_commands.registry import Registry

Entry: TypeAlias = "dict[bytes, Reply]"


def docs(command: type[Command], registry: Registry) -> Entry:
    """The entry of COMMAND DOCS for one command, with those of its subcommands."""
    entry: Entry = {b"summary": summary(command).encode(), b"group": command.group.encode()}
    if arguments := [item for field in command.fields for item in documented(field, field.name)]:
        entry[b"arguments"] = arguments
    if members := registry.subcommands(command.name):
        entry[b"subcommands"] = {
            member.full_name().encode(): docs(member, registry) for member in members
        }
    return entry


def summary(command: type[Command]) -> str:
    """The first line of the docstring."""
    return (getdoc(command) or "").partition("\n")[0]


def documented(field: Field[Any], name: str) -> Iterator[Entry]:
    """The entries of one field: one, or two for a number and the words that it counts."""
    # `keys` is taken as the name of a field, and people know the argument as `key`
    name = "key" if name == "names" and field.kind == "key" else name.replace("_", "-")
    flags = ["optional"] * (field.least == 0)
    many = [*flags, "multiple"]
    token = field.words[0] if isinstance(field, Optional) else ""
    match field:
        case Choice(words=words):
            yield argument(name, "oneof", flags, parts=[pure(word) for word in words])
        case ChoiceOf(fields=fields):
            parts = [valued(word, part) if part else pure(word) for word, part in fields.items()]
            yield argument(name, "oneof", flags, parts=parts)
        case PairOption(first=first, second=second):
            yield argument(name, "block", flags, token, pair(first, second))
        case Pairs(first=first, second=second):
            yield argument(name, "block", many, parts=pair(first, second))
        case Counted(item=item):
            yield argument("numkeys", "integer")
            yield argument(name, field.kind, many, parts=choices(item))
        case Rest(item=item) | ManyOption(item=item) | Weights(item=item):
            yield argument(name, field.kind, many, token, choices(item))
        case Maybe(field=item) | Option(field=item):
            yield argument(name, field.kind, flags, token, choices(item))
        case _:
            yield argument(name, field.kind, flags, token, choices(field))


def pair(first: Field[Any], second: Field[Any]) -> list[Entry]:
    """The two fields of a pair, which have no names of their own: they are named by their kind."""
    names = {"string": "value"}
    parts = [(part, names.get(part.kind, part.kind)) for part in (first, second)]
    return [item for part, name in parts for item in documented(part, name)]


def choices(field: Field[Any]) -> list[Entry]:
    """The words to choose from. redis-cli fails on a `oneof` without them."""
    return [pure(word) for word in field.choices] if isinstance(field, OneOf) else []


def valued(word: str, field: Field[Any]) -> Entry:
    """A word with a value after it."""
    return argument(field.kind, field.kind, token=word, parts=choices(field))


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
