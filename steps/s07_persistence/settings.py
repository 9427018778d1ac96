"""What a server with files can be told, under Redis' own names."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

FSYNC_POLICIES = ("always", "everysec", "no")


@dataclass
class Settings:
    """The settings of step 7. Times are in seconds."""

    dir: str = "."
    dbfilename: str = "dump.rdb"
    save: tuple[tuple[int, int], ...] = ()
    """Rules (seconds, changes): save when so many seconds have gone by with so many changes."""
    appendonly: bool = False
    appendfsync: str = "everysec"
    appenddirname: str = "appendonlydir"
    appendfilename: str = "appendonly.aof"

    @property
    def snapshot(self) -> Path:
        """The file of the snapshot."""
        return Path(self.dir, self.dbfilename)


def save_rules(text: str) -> tuple[tuple[int, int], ...]:
    """The rules that `"900 1 300 10"` spells: pairs of seconds and changes. Raises ValueError."""
    words = text.split()
    if len(words) % 2 or not all(word.isascii() and word.isdigit() and int(word) for word in words):
        raise ValueError(text)
    numbers = [int(word) for word in words]
    return tuple(zip(numbers[::2], numbers[1::2], strict=True))


def add_options(parser: argparse.ArgumentParser) -> None:
    """Redis' options for its files."""
    default = Settings()
    parser.add_argument("--dir", type=folder, default=default.dir, help="where the files are")
    parser.add_argument(
        "--dbfilename", type=file_name, default=default.dbfilename, help="the snapshot"
    )
    parser.add_argument(
        "--save", type=_rules, default="", help='when to save: "900 1 300 10", "" never'
    )
    parser.add_argument(
        "--appendonly", type=yes_or_no, default="no", help="keep a journal: yes, no"
    )
    parser.add_argument(
        "--appendfsync", choices=FSYNC_POLICIES, default=default.appendfsync, help="when to fsync"
    )
    parser.add_argument(
        "--appenddirname",
        type=file_name,
        default=default.appenddirname,
        help="the journal's folder",
    )
    parser.add_argument(
        "--appendfilename",
        type=file_name,
        default=default.appendfilename,
        help="how the journal's files begin",
    )


def folder(text: str) -> str:
    """An argparse type: a folder that is there."""
    if not Path(text).is_dir():
        raise argparse.ArgumentTypeError(f"{text!r} is no folder; make it first, or name another")
    return text


def file_name(text: str) -> str:
    """An argparse type: the name of a file, without a path."""
    if text in ("", "..") or Path(text).name != text:
        raise argparse.ArgumentTypeError(f"{text!r} is no file name; give one without a path")
    return text


def yes_or_no(text: str) -> bool:
    """An argparse type: Redis writes its switches yes and no."""
    if text.lower() not in ("yes", "no"):
        raise argparse.ArgumentTypeError(f"{text!r} is neither yes nor no")
    return text.lower() == "yes"


def _rules(text: str) -> tuple[tuple[int, int], ...]:
    try:
        return save_rules(text)
    except ValueError:
        raise argparse.ArgumentTypeError(
            f'{text!r} is no list of seconds and changes; write it like "900 1 300 10"'
        ) from None
