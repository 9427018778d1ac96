"""What COMMAND says about a command. All of it follows from the class: its name, flags and fields.

https://redis.io/docs/latest/commands/command/ describes the reply, item by item.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from steps.s02_resp.values import Reply, SimpleString
from steps.s05_commands.command import Command, Flags
from steps.s05_commands.fields import Counted, Field, Optional
from steps.s05_commands.registry import Registry

CATEGORY_OF_GROUP = {
    "generic": "keyspace",
    "server": "",
    "sorted-set": "sortedset",
    "transactions": "transaction",
}
"""The category for access control, if its name is not that of the group."""

CATEGORIES_OF_FLAG = {
    Flags.READONLY: ["read"],
    Flags.WRITE: ["write"],
    Flags.ADMIN: ["admin", "dangerous"],
    Flags.PUBSUB: ["pubsub"],
    Flags.FAST: ["fast"],
    Flags.BLOCKING: ["blocking"],
}

# fmt: off
CATEGORIES = (
    "keyspace", "read", "write", "set", "sortedset", "list", "hash", "string", "bitmap",
    "hyperloglog", "geo", "stream", "pubsub", "admin", "fast", "slow", "blocking", "dangerous",
    "connection", "transaction", "scripting",
)
# fmt: on
"""All categories, in the order in which Redis lists them."""


def describe(command: type[Command]) -> list[Any]:
    """What COMMAND INFO says of a command first: seven items.

    Name (in small letters, as bytes), arity, flags, position of the first key, position of the last
    key, step from one key to the next, categories.

    The name is word 0; a subcommand's name is words 0 and 1. If the keys go on to the end of the
    request, the last key is counted from there: -1 is the last word, and -2 the one before it
    (BLPOP has a timeout after its keys). If only every second word is a key (MSET), the step is 2.
    Without keys, all three numbers are 0. If two fields have keys (RENAME), the range goes from the
    first to the second.

    All of it follows from `command.fields` (see `Field`: `key_step`, `least`, `variable`, `tail`),
    so a command that is defined tomorrow is described without a change here.

    >>> describe(Get)
    [b'get', 2, ['readonly', 'fast'], 1, 1, 1, ['@read', '@string', '@fast']]
    >>> describe(MSet)[3:6]
    [1, -1, 2]
    """
    raise NotImplementedError("exercise 5.6")


def flags_of(command: type[Command]) -> list[Reply]:
    """The names of the flags, as Redis writes them."""
    flags = (flag for flag in Flags if flag in command.flags)
    return [SimpleString((flag.name or "").lower()) for flag in flags]


def categories_of(command: type[Command]) -> list[Reply]:
    """The categories for access control, in Redis' order: from the flags and the group."""
    found = set(own_categories(command))
    for flag, names in CATEGORIES_OF_FLAG.items():
        if flag in command.flags and not (flag is Flags.READONLY and command.group == "scripting"):
            found.update(names)
    if Flags.FAST not in command.flags:
        found.add("slow")
    return [SimpleString(f"@{name}") for name in CATEGORIES if name in found]


def own_categories(command: type[Command]) -> tuple[str, ...]:
    """The categories that no flag implies."""
    if command.categories is not None:
        return command.categories
    return (CATEGORY_OF_GROUP.get(command.group, command.group),)


def info(command: type[Command], registry: Registry) -> list[Reply]:
    """The whole entry of COMMAND INFO: ten items."""
    tips = [tip.encode() for tip in command.tips]
    members = [info(member, registry) for member in registry.subcommands(command.name)]
    return [*describe(command), tips, list(key_specs(command)), members]


def key_specs(command: type[Command]) -> Iterator[dict[bytes, Reply]]:
    """Where the keys are, once more in other words: one entry for each field that has keys."""
    access = SimpleString("RO" if Flags.READONLY in command.flags else "RW")
    position = command.name.count(b" ") + 1
    for field in command.fields:
        if field.key_step or (field.movable and not isinstance(field, Optional)):
            yield {
                b"flags": [access],
                b"begin_search": begin_search(field, position),
                b"find_keys": find_keys(field),
            }
        position += field.least


def begin_search(field: Field[Any], position: int) -> dict[bytes, Reply]:
    """Where the keys begin: at a position, or after a word that is looked for from there on."""
    if field.keyword:
        spec: dict[bytes, Reply] = {b"keyword": field.keyword, b"startfrom": position}
        return {b"type": b"keyword", b"spec": spec}
    return {b"type": b"index", b"spec": {b"index": position}}


def find_keys(field: Field[Any]) -> dict[bytes, Reply]:
    """How many words from there on are keys."""
    if isinstance(field, Counted):
        return {b"type": b"keynum", b"spec": {b"keynumidx": 0, b"firstkey": 1, b"keystep": 1}}
    if field.keyword:
        return {b"type": b"range", b"spec": {b"lastkey": -1, b"keystep": 1, b"limit": 2}}
    last = -1 - field.tail if field.variable else 0
    spec: dict[bytes, Reply] = {b"lastkey": last, b"keystep": field.key_step, b"limit": 0}
    return {b"type": b"range", b"spec": spec}
