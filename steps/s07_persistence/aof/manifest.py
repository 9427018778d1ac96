"""The manifest of an append-only file: which files belong to it, and in which order.

Since Redis 7 an append-only file is a folder. A base holds the databases as they once were, files
of increments hold the changes since then, and the manifest says which of the files count:

    file appendonly.aof.2.base.rdb seq 2 type b
    file appendonly.aof.3.incr.aof seq 3 type i

A rewrite adds new files, and renaming the manifest puts them in force; a crash at any moment
leaves either the old set or the new one. Type h (history) marks files that may be removed.

Source: aof.c of Redis 7.0 (aofLoadManifestFromFile).
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field, replace
from typing import Final

from steps.s02_resp.inline import split_inline
from steps.s02_resp.values import ProtocolError, parse_int64
from steps.s07_persistence.damage import DamagedJournal
from steps.s07_persistence.disk import DISK, Disk, open_file, replace_file

BASE: Final = "b"
INCREMENT: Final = "i"
HISTORY: Final = "h"

MAX_SIZE: Final = 1024 * 1024
"""Bytes in a manifest, which has a line of under a hundred bytes for each file."""


@dataclass(frozen=True)
class Part:
    """One file of an append-only file."""

    name: str
    number: int
    kind: str

    def line(self) -> str:
        """The line of the manifest that names this file."""
        name = self.name
        if not re.fullmatch(r"[^\s\"'\\#]+", name):
            name = '"' + re.sub(r'(["\\])', r"\\\1", name) + '"'
        return f"file {name} seq {self.number} type {self.kind}\n"


@dataclass(frozen=True)
class Manifest:
    """The files of an append-only file that is called `name`."""

    name: str
    base: Part | None = None
    increments: tuple[Part, ...] = ()
    history: tuple[Part, ...] = field(default=())

    @property
    def parts(self) -> list[Part]:
        """The files to be loaded, in order."""
        return [*filter(None, [self.base]), *self.increments]

    def with_increment(self) -> Manifest:
        """With one more file of increments, after the others."""
        number = self.increments[-1].number + 1 if self.increments else 1
        part = Part(f"{self.name}.{number}.incr.aof", number, INCREMENT)
        return replace(self, increments=(*self.increments, part))

    def next_base(self, form: str = "rdb") -> Part:
        """The base that would follow this one: a snapshot, or requests (`aof`)."""
        number = self.base.number + 1 if self.base else 1
        return Part(f"{self.name}.{number}.base.{form}", number, BASE)

    def with_base(self, base: Part, first: int) -> Manifest:
        """With a new base, which holds everything before increment `first`."""
        kept = tuple(part for part in self.increments if part.number >= first)
        gone = [part for part in self.parts if part not in kept]
        history = (*self.history, *(replace(part, kind=HISTORY) for part in gone))
        return Manifest(self.name, base, kept, history)

    def text(self) -> str:
        """The text of the manifest's file."""
        return "".join(part.line() for part in [*self.parts[:1], *self.history, *self.parts[1:]])


def manifest_path(folder: str, name: str) -> str:
    """The path of the manifest."""
    return os.path.join(folder, f"{name}.manifest")


def write_manifest(folder: str, manifest: Manifest, disk: Disk = DISK) -> None:
    """Puts `manifest` in force, in one step."""
    replace_file(manifest_path(folder, manifest.name), [os.fsencode(manifest.text())], disk)


def read_manifest(folder: str, name: str) -> Manifest | None:
    """The manifest in `folder`; None if it is missing. Raises DamagedJournal."""
    path = manifest_path(folder, name)
    try:
        with open_file(path) as file:
            data = file.read(MAX_SIZE)
    except FileNotFoundError:
        return None
    manifest = Manifest(name)
    offset = 0
    for line in data.splitlines(keepends=True):
        try:
            if line.strip() and not line.startswith(b"#"):
                manifest = _with_part(manifest, _part(line.rstrip(b"\r\n")))
        except ValueError as error:
            raise DamagedJournal(path, offset, str(error)) from error
        offset += len(line)
    if not manifest.parts:
        raise DamagedJournal(path, 0, "the manifest names no file")
    return manifest


def _part(line: bytes) -> Part:
    """The file that a line names. Raises ValueError."""
    try:
        words = [os.fsdecode(word) for word in split_inline(line)]
    except ProtocolError as error:
        raise ValueError("a quote is not closed") from error
    facts = dict(zip(words[::2], words[1::2], strict=False))
    if len(words) % 2 or not {"file", "seq", "type"} <= facts.keys():
        raise ValueError("a line is not 'file NAME seq NUMBER type LETTER'")
    name, number = facts["file"], parse_int64(os.fsencode(facts["seq"]))
    if name in ("", ".", "..") or re.search(r"[/\\\0]", name):
        raise ValueError(f"the name {name!r} leads out of the folder")
    if number is None or number < 1:
        raise ValueError(f"{facts['seq']!r} is not a number")
    return Part(name, number, facts["type"])


def _with_part(manifest: Manifest, part: Part) -> Manifest:
    """The manifest with one more line. Raises ValueError if the lines contradict each other."""
    match part.kind:
        case "b" if manifest.base is None:
            return replace(manifest, base=part)
        case "b":
            raise ValueError("there are two bases")
        case "i" if all(part.number > other.number for other in manifest.increments):
            return replace(manifest, increments=(*manifest.increments, part))
        case "i":
            raise ValueError("the increments are not in order")
        case "h":
            return replace(manifest, history=(*manifest.history, part))
    raise ValueError(f"the type {part.kind!r} is not b, i or h")
