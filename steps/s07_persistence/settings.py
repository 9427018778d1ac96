"""The settings of a server with files, and how settings are declared, under Redis' own names.

`Settings` is a table with one entry for each setting: its default, its kind and a line of help. The
command line and CONFIG (step 10) both read that table, so a new setting is one new entry. Later
steps derive from the class and add their own.

A kind says how a value is read from text and written as text. Its errors are in Redis' words, for
CONFIG SET; the command line says what to give instead.
"""

from __future__ import annotations

import argparse
import os
import re
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Final, Generic, NamedTuple, TypeVar

from steps.s02_resp.values import INT64_MAX, parse_int64

T = TypeVar("T")

# --- kinds ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Kind(Generic[T]):
    """How the values of a setting are read and written."""

    wanted: str
    """What to give, for the command line."""
    read: Callable[[str], T]
    """The value that a text stands for. Raises ValueError with Redis' words for what is wrong."""
    write: Callable[[T], str] = str
    """The text of a value; `read` takes it back."""
    metavar: str | None = None
    until_zero: bool = False
    """Whether a word ends at a zero byte. Redis reads some settings as C reads a string."""

    def option(self, text: str) -> T:
        """An argparse type."""
        try:
            return self.read(text)
        except ValueError:
            raise argparse.ArgumentTypeError(
                f"{text!r} can't be used; give {self.wanted}"
            ) from None


class WordsKind(Kind[T]):
    """A kind whose values are several words: on the command line, any blanks stand between them."""

    def option(self, text: str) -> T:
        return super().option(" ".join(text.split()))


def number(low: int, high: int, unit: str = "NUMBER") -> Kind[int]:
    """A number from `low` to `high`; `unit` is what it counts."""

    def read(text: str) -> int:
        value = parse_int64(os.fsencode(text))
        if value is None:
            raise ValueError("argument couldn't be parsed into an integer")
        if not low <= value <= high:
            raise ValueError(f"argument must be between {low} and {high} inclusive")
        return value

    return Kind(f"a number from {low} to {high}", read, metavar=unit)


_UNITS: Final = {
    "": 1,
    "b": 1,
    "k": 1000,
    "kb": 1 << 10,
    "m": 1000**2,
    "mb": 1 << 20,
    "g": 1000**3,
    "gb": 1 << 30,
}


def memory(high: int = INT64_MAX) -> Kind[int]:
    """A number of bytes up to `high`; it may have a unit: `1k` is 1000 bytes, `1kb` 1024."""

    def read(text: str) -> int:
        digits = text.rstrip("bBkKmMgG")
        unit = _UNITS.get(text[len(digits) :].lower())
        if unit is None or re.fullmatch("[0-9]*", digits) is None:
            raise ValueError("argument must be a memory value")
        if (value := int(digits or "0") * unit) > high:
            raise ValueError(f"argument must be between 0 and {high} inclusive")
        return value

    return Kind(f"a number of bytes up to {high}", read, metavar="BYTES")


def one_of(*words: str) -> Kind[str]:
    """One of some words, in upper or lower case."""
    listed = ", ".join(words)

    def read(text: str) -> str:
        if text.lower() not in words:
            raise ValueError(f"argument(s) must be one of the following: {listed}")
        return text.lower()

    return Kind(f"one of {listed}", read, metavar=f"{{{','.join(words)}}}", until_zero=True)


def file_name(setting: str) -> Kind[str]:
    """The name of a file or folder, without a path; the error names the setting."""

    def read(text: str) -> str:
        if text in ("", "..") or Path(text).name != text:
            raise ValueError(f"{setting} can't be a path, just a filename")
        return text

    return Kind("a name without a path", read)


def _read_switch(text: str) -> bool:
    if text.lower() not in ("yes", "no"):
        raise ValueError("argument must be 'yes' or 'no'")
    return text.lower() == "yes"


def _read_folder(text: str) -> str:
    try:
        os.stat(os.path.join(text, "."))
    except OSError as error:
        raise ValueError(error.strerror) from None
    return text


def _read_rules(text: str) -> tuple[tuple[int, int], ...]:
    words = text.split(" ") if text else []
    # As in C, nothing is 0: with "60 ", no change is enough.
    numbers = [int(word or 0) for word in words if re.fullmatch(r"\+?[0-9]+|-0+|", word)]
    if len(numbers) < len(words) or len(words) % 2 or 0 in numbers[::2]:
        raise ValueError("Invalid save parameters")
    return tuple(zip(numbers[::2], numbers[1::2], strict=True))


def _write_rules(rules: tuple[tuple[int, int], ...]) -> str:
    return " ".join(f"{seconds} {changes}" for seconds, changes in rules)


TEXT: Final = Kind[str]("a text", str)
SWITCH: Final = Kind(
    "yes or no", _read_switch, lambda on: "yes" if on else "no", "{yes,no}", until_zero=True
)
FOLDER: Final = Kind[str]("a folder that exists", _read_folder, os.path.abspath)
RULES: Final = WordsKind(
    'pairs of seconds and changes, like "900 1 300 10"',
    _read_rules,
    _write_rules,
    until_zero=True,
)

# --- the table -----------------------------------------------------------------------------------


class Setting(NamedTuple):
    """Everything about a setting except its name and its value."""

    kind: Kind[Any]
    help: str
    """A line for `--help`. Without it, the setting is not an option of the command line."""
    fixed: bool
    """Whether it can be set only at the start."""
    protected: bool
    """Whether CONFIG SET may change it only if `enable-protected-configs` allows that."""


def setting(
    default: T, kind: Kind[T], help: str = "", *, fixed: bool = False, protected: bool = False
) -> T:
    """Declares an entry of the table."""
    return field(default=default, metadata={"setting": Setting(kind, help, fixed, protected)})


@dataclass
class Settings:
    """The settings of step 7."""

    dir: str = setting(".", FOLDER, "where the files are", protected=True)
    dbfilename: str = setting("dump.rdb", file_name("dbfilename"), "the snapshot", protected=True)
    save: tuple[tuple[int, int], ...] = setting(
        (), RULES, 'after how many seconds and changes to save: "900 1 300 10", "" never'
    )
    appendonly: bool = setting(False, SWITCH, "whether to keep a journal")
    appendfsync: str = setting("everysec", one_of("everysec", "always", "no"), "when to fsync")
    aof_use_rdb_preamble: bool = setting(
        True, SWITCH, "whether a journal begins with a snapshot, or is all requests"
    )
    appenddirname: str = setting(
        "appendonlydir", file_name("appenddirname"), "the journal's folder", fixed=True
    )
    appendfilename: str = setting(
        "appendonly.aof",
        file_name("appendfilename"),
        "how the journal's files begin",
        fixed=True,
    )

    @property
    def snapshot(self) -> Path:
        """The file of the snapshot."""
        return Path(self.dir, self.dbfilename)


S = TypeVar("S", bound=Settings)


def table(kind: type[Settings]) -> dict[str, Setting]:
    """The entries by their names in Redis: `slowlog-max-len` is the field `slowlog_max_len`."""
    return {one.name.replace("_", "-"): one.metadata["setting"] for one in fields(kind)}


def attribute(name: str) -> str:
    """The field that holds the setting of this name."""
    return name.replace("-", "_")


def add_options(parser: argparse.ArgumentParser, kind: type[Settings] = Settings) -> None:
    """An option for each setting that has help."""
    for name, one in table(kind).items():
        if one.help:
            default = getattr(kind, attribute(name))
            parser.add_argument(
                f"--{name}",
                type=one.kind.option,
                default=default if isinstance(default, str) else one.kind.write(default),
                metavar=one.kind.metavar,
                help=one.help,
            )


def settings_from(kind: type[S], options: argparse.Namespace) -> S:
    """The settings of `kind`, as far as they are among the parsed options."""
    given = vars(options)
    return kind(**{one.name: given[one.name] for one in fields(kind) if one.name in given})
