"""The settings as CONFIG shows them: each is a name, and a text that can be read back.

The table follows from the fields of `Settings`: `slowlog_max_len: int` is the parameter
`slowlog-max-len`, a number. Only what its type does not tell stands here: bounds, choices, and which
may not be changed while the server runs.

https://redis.io/docs/latest/commands/config-set/
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any, Final

from steps.s02_resp.values import INT64_MAX, parse_int64
from steps.s07_persistence.settings import save_rules
from steps.s09_logging.levels import LEVELS
from steps.s09_logging.settings import MOST_ENTRIES, MOST_SECONDS
from steps.s10_asyncio.settings import Settings

INT_MAX: Final = 2**31 - 1
IMMUTABLE: Final = "can't set immutable config"
PROTECTED: Final = "can't set protected config"

Read = Callable[[str], Any]
"""The value that a text spells. Raises ValueError, with Redis' words for what is wrong."""


@dataclass
class Parameter:
    """One setting under its name in CONFIG."""

    name: str
    read: Read
    write: Callable[[Any], str]
    fixed: bool = False
    """Whether it can be set at the start only."""
    protected: bool = False
    """Whether it can be set only where `enable-protected-configs` allows it."""

    @property
    def attribute(self) -> str:
        """Its name among the fields of Settings."""
        return self.name.replace("-", "_")

    def get(self, settings: Settings) -> bytes:
        """Its value as CONFIG GET shows it."""
        return os.fsencode(self.write(getattr(settings, self.attribute)))


# --- reading -------------------------------------------------------------------------------------


def number(low: int, high: int) -> Read:
    """Reads a number from `low` to `high`."""

    def read(text: str) -> int:
        value = parse_int64(os.fsencode(text))
        if value is None:
            raise ValueError("argument couldn't be parsed into an integer")
        if not low <= value <= high:
            raise ValueError(f"argument must be between {low} and {high} inclusive")
        return value

    return read


def word(*words: str) -> Read:
    """Reads one of some words, in any case."""

    def read(text: str) -> str:
        if text.lower() not in words:
            raise ValueError(f"argument(s) must be one of the following: {', '.join(words)}")
        return text.lower()

    return read


def switch(text: str) -> bool:
    """Reads yes or no."""
    if text.lower() not in ("yes", "no"):
        raise ValueError("argument must be 'yes' or 'no'")
    return text.lower() == "yes"


def rules(text: str) -> tuple[tuple[int, int], ...]:
    """Reads when to save: `900 1 300 10`."""
    try:
        return save_rules(text)
    except ValueError:
        raise ValueError("Invalid save parameters") from None


def folder(text: str) -> str:
    """Reads a folder, which must be there and open to us."""
    try:
        os.stat(os.path.join(text, "."))
    except OSError as error:
        raise ValueError(error.strerror) from None
    return text


def file_name(text: str) -> str:
    """Reads the name of a file in the folder."""
    if os.path.basename(text) != text:
        raise ValueError("dbfilename can't be a path, just a filename")
    return text


# --- writing -------------------------------------------------------------------------------------


def yes_or_no(value: bool) -> str:
    """A switch as text."""
    return "yes" if value else "no"


def spelled(value: tuple[tuple[int, int], ...]) -> str:
    """The rules when to save, as text."""
    return " ".join(f"{seconds} {changes}" for seconds, changes in value)


def for_each_class(limit: int) -> str:
    """A limit for subscribers, in the form of Redis: hard limit, soft limit, seconds for the soft."""
    limits = {"normal": 0, "slave": 0, "pubsub": limit}
    return " ".join(f"{kind} {hard} 0 0" for kind, hard in limits.items())


# --- the table -----------------------------------------------------------------------------------

READ_BY_TYPE: Final[dict[type, Read]] = {str: str, int: number(0, INT64_MAX), bool: switch}

READ: Final[dict[str, Read]] = {
    "dir": folder,
    "dbfilename": file_name,
    "save": rules,
    "appendfsync": word("everysec", "always", "no"),
    "loglevel": word(*LEVELS),
    "slowlog-log-slower-than": number(-1, INT64_MAX),
    "slowlog-max-len": number(0, MOST_ENTRIES),
    "shutdown-timeout": number(0, MOST_SECONDS),
    "maxclients": number(1, 2**32 - 1),
    "timeout": number(0, INT_MAX),
}
"""What is read in another way than others of its type."""

WRITE: Final[dict[str, Callable[[Any], str]]] = {
    "dir": os.path.abspath,
    "save": spelled,
    "client-output-buffer-limit": for_each_class,
}

FIXED: Final = {
    *("bind", "port", "databases", "logfile", "log-format", "appenddirname", "appendfilename"),
    *("client-output-buffer-limit", "enable-debug-command", "enable-protected-configs"),
}
PROTECTED_NAMES: Final = {"dir", "dbfilename"}
"""Who may set these can have a file of any name written into any folder."""


def parameter(name: str, kind: type) -> Parameter:
    """The parameter for a field of Settings."""
    read = READ.get(name) or READ_BY_TYPE.get(kind, str)
    write = WRITE.get(name) or (yes_or_no if kind is bool else str)
    return Parameter(name, read, write, name in FIXED, name in PROTECTED_NAMES)


PARAMETERS: Final[dict[str, Parameter]] = {
    name: parameter(name, type(field.default))
    for field in fields(Settings)
    for name in [field.name.replace("_", "-")]
}
"""All parameters by name."""
