"""Takes submissions in: folders, zip and tar files, git clones. Nothing in them is run or believed.

Only the regular files in a submission's `steps/` count; everything else is the workbook's own.
`choosing.py` decides where those are. The result says what was not taken, and why, and whatever
else is wrong with the submission; no submission can end the grading of the class.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from workbook.grading import choosing, clones, sources
from workbook.grading.choosing import Choice, Seen
from workbook.grading.sources import ARCHIVES, FILE, INNER, UNOPENED, Entry, Listing, Unreadable
from workbook.grading.submissions import RESERVED, STEPS, Refusal, shown

TOTAL = 8 << 20
"""Bytes of all files of a submission."""

COUNT = 2000
"""Files that are taken of one submission."""

TOLD = 100
"""Refusals that are listed one by one."""

WITHIN = 2
"""Archives within archives that are opened."""

EVERY_STEP = range(100)

NAME = re.compile(r"(?:[A-Za-z0-9_][A-Za-z0-9_.-]*/)*[A-Za-z0-9_][A-Za-z0-9_.-]*")
OURS = re.compile(r"__init__\.py|\w+/exercises\.toml")
"""Files below `steps/` that belong to the tests: the root of the package, and the manifests."""

SKIPPED = re.compile(r"(^|/)(\.[^/]*|__pycache__)(/|$)|\.(pyc|pyo|overlay)$")
"""What editors, Python and git leave behind: left out without a word."""


@dataclass
class Taken:
    """What was taken of one submission, by names such as `steps/s02_resp/parser.py`."""

    files: dict[str, bytes] = field(default_factory=dict)
    refused: list[Refusal] = field(default_factory=list)
    more: int = 0
    """Refusals beyond those that are listed."""
    used: list[str] = field(default_factory=list)
    """What was taken for something else than it is called, in sentences."""
    damaged: str = ""
    """What could not be read, of all that was to be read; a sentence."""
    trouble: str = ""
    """Why there is nothing to grade; a sentence. "" if there is something."""
    submitted: datetime | None = None
    shapes: dict[str, list[int]] = field(default_factory=dict)
    """The pieces of its code, for hints at others that are built alike."""

    def refuse(self, name: str, why: str) -> None:
        """Notes a refusal."""
        if len(self.refused) < TOLD:
            self.refused.append(Refusal(shown(name), why))
        else:
            self.more += 1

    def told(self) -> list[dict[str, str]]:
        """The refusals as they stand in a result."""
        rows = [{"name": one.name, "why": one.why} for one in self.refused]
        more = {"name": f"{self.more} more", "why": "not listed here"}
        return [*rows, more] if self.more else rows


# ---------------------------------------------------------------- taking one in


def when(path: Path) -> datetime | None:
    """When it was handed in: the time of the newest commit of a clone, or that of the archive."""
    if (path / ".git").is_dir():
        return clones.committed(path)
    if path.is_file():
        with contextlib.suppress(OverflowError, ValueError, OSError):
            return datetime.fromtimestamp(path.stat().st_mtime, UTC)
    return None


def take(
    source: Path, pristine: Mapping[str, bytes], steps: Collection[int | str] = EVERY_STEP
) -> Taken:
    """What counts of a submission, what was refused, and what is wrong with it.

    `pristine` are the workbook's files. One that is the same, byte for byte, need not travel.
    """
    taken = Taken()
    ending = sources.ends_with(source.name, ARCHIVES + UNOPENED)
    if source.is_file() and ending in UNOPENED:
        taken.trouble = f"{shown(source.name)} {choosing.CANNOT_OPEN}"
        return taken
    try:
        known = list(choosing.graded(pristine, steps))
        _Taking(taken, pristine, known).take(source.name, partial(sources.of_path, source), 0)
    except Exception as error:  # whatever it is: it is this submission's, and not the class's
        taken.damaged = f"{shown(source.name)} cannot be read: {sources.reason(error)}."
    if taken.damaged and not taken.files:
        taken.trouble = taken.trouble or taken.damaged
    return taken


def take_one(
    places: Collection[Path],
    pristine: Mapping[str, bytes],
    steps: Collection[int | str] = EVERY_STEP,
) -> Taken:
    """What counts of a submission that may lie in several places, if all of them say the same."""
    each = {place: take(place, pristine, steps) for place in places}
    names = choosing.listed([place.name for place in each])
    taken = next(iter(each.values()))
    for other in list(each.values())[1:]:
        if (other.files, other.trouble) != (taken.files, taken.trouble):
            return Taken(
                trouble=f"Several submissions have the same id: {names}. Keep one of them."
            )
    if len(each) > 1:
        taken.used.append(f"{names} have the same content.")
    taken.submitted = min(filter(None, map(when, places)), default=None)
    return taken


class _Taking:
    """Takes one submission in."""

    def __init__(self, taken: Taken, pristine: Mapping[str, bytes], known: Collection[str]) -> None:
        self.taken = taken
        self.pristine = pristine
        self.known = known

    def take(self, label: str, listing: Listing, depth: int) -> None:
        """Takes what there is in a folder or an archive of this name."""
        found, broken = self.names(label, listing)
        choice = choosing.choose(found, self.known)
        for one in choice.refused:
            self.taken.refuse(*one)
        if choice.inner and depth < WITHIN:
            self.taken.used.append(f"{shown(choice.inner)} was opened.")
            self.inner(choice.inner, listing, depth)
        elif choice.loose:
            for name, target in choice.loose.items():
                self.taken.used.append(f"{shown(name)} was used as {target}.")
            self.read(listing, choice.loose, self.taken)
        elif choice.roots:
            self.roots(choice, found, listing)
        else:
            archives = f"{shown(choice.inner)} is inside too many other archives."
            self.taken.trouble = broken or choice.trouble or archives

    def names(self, label: str, listing: Listing) -> tuple[list[Seen], str]:
        """The names that there are, and why those are not all."""
        found: list[Seen] = []
        try:
            for entry in listing():
                if choosing.leads_out(entry.name):
                    self.taken.refuse(entry.name, "the name leads out of the submission")
                else:
                    found.append(Seen(entry.name, entry.kind))
        except Exception as error:
            why = f"cannot be read to the end: {sources.reason(error)}"
            if isinstance(error, Unreadable):
                why = str(error)
            self.taken.refuse(label, why)
            self.taken.damaged = f"{shown(label)} {why}."
        return found, self.taken.damaged

    def inner(self, name: str, listing: Listing, depth: int) -> None:
        """Takes what there is in an archive within the submission."""
        for entry in listing():
            if entry.name == name:
                data = entry.read(INNER)
                break
        if len(data) > INNER:
            self.taken.trouble = f"{shown(name)} is larger than {INNER >> 20} MB."
        else:
            self.take(name, partial(sources.of_bytes, data), depth + 1)

    def roots(self, choice: Choice, found: list[Seen], listing: Listing) -> None:
        """Takes what there is in a folder of steps; one of several, if only one says something."""
        each = []
        for root in choice.roots:
            alone = Taken()
            chosen, refused = choosing.targets(root, found, self.pristine, self.known)
            self.read(listing, chosen, alone)
            for one in refused:
                if not SKIPPED.search(one.name):
                    alone.refuse(*one)
            alone.used = list(_moved(root, chosen, alone.files))
            each.append((alone, "/".join(root)))
        written = [row for row in each if row[0].files] or each[:1]
        if any(alone.files != written[0][0].files for alone, _ in written):
            names = choosing.listed([name for _, name in written])
            self.taken.trouble = f"Several folders hold steps, and they differ: {names}."
            return
        alone, used = written[0]
        self.taken.files = alone.files
        self.taken.used += alone.used
        self.taken.damaged = self.taken.damaged or alone.damaged
        for one in alone.refused:
            self.taken.refuse(*one)
        self.taken.more += alone.more
        for _, name in each:
            if name != used:
                self.taken.refuse(f"{name}/", f"it holds nothing that {used} does not")

    def read(self, listing: Listing, chosen: Mapping[str, str], taken: Taken) -> None:
        """Takes the files that are chosen, as they stand for others."""
        with contextlib.suppress(Exception):  # which was reported when the names were read
            for entry in listing():
                if entry.name in chosen:
                    consider(entry, chosen[entry.name], taken, self.pristine)


def _moved(root: choosing.Root, chosen: Mapping[str, str], files: Collection[str]) -> Iterator[str]:
    """What is not called as it should be."""
    if root[-1:] != (STEPS,):
        yield f"{shown('/'.join(root)) or 'The top folder'} was used as {STEPS}."
    for name, target in chosen.items():
        if target in files and not f"/{name}".replace("\\", "/").endswith(target[len(STEPS) :]):
            yield f"{shown(name)} was used as {target}."


def consider(entry: Entry, name: str, taken: Taken, pristine: Mapping[str, bytes]) -> None:
    """Takes one entry for the file of this name, or refuses it, or leaves it out."""
    if entry.kind == "folder" or SKIPPED.search(name):
        return
    if why := trouble(entry, name, taken):
        taken.refuse(entry.name, why)
        return
    try:
        data = entry.read(FILE)
    except Exception as error:
        taken.refuse(entry.name, f"it cannot be read: {sources.reason(error)}")
        taken.damaged = taken.damaged or f"{shown(entry.name)} cannot be read."
        return
    if len(data) > FILE:
        taken.refuse(entry.name, f"it is larger than {FILE >> 20} MB")
    elif pristine.get(name) == data:
        return
    elif name in pristine and OURS.fullmatch(name.removeprefix("steps/")):
        taken.refuse(entry.name, "it belongs to the tests; the workbook's own copy was used")
    elif why := binary(name, data):
        taken.refuse(entry.name, why)
    else:
        taken.files[name] = data


def trouble(entry: Entry, name: str, taken: Taken) -> str:
    """Why it is not taken, as far as that shows before it is read; "" if it does not."""
    last = name.rpartition("/")[2]
    if entry.kind != "file":
        return f"it is {entry.kind}, not a regular file"
    if not NAME.fullmatch(name) or len(name) > 200 or any(map(RESERVED.fullmatch, name.split("/"))):
        return "the name is not all plain letters, digits, _, - and ."
    if last == "conftest.py":
        return "it would change how pytest runs"
    if last.endswith(".pth") or last in ("sitecustomize.py", "usercustomize.py"):
        return "it would change how Python starts"
    if name in taken.files:
        return "another file has the same name"
    if name.casefold() in {one.casefold() for one in taken.files}:
        return "another file's name differs only in upper and lower case"
    if len(taken.files) >= COUNT:
        return f"only {COUNT} files are taken"
    if entry.size > FILE:
        return f"it is larger than {FILE >> 20} MB"
    if sum(map(len, taken.files.values())) + entry.size > TOTAL:
        return f"all files together are larger than {TOTAL >> 20} MB"
    return ""


def binary(name: str, data: bytes) -> str:
    """Whether it is something else than text: only Python, TOML and text belong in the steps."""
    if b"\0" in data:
        return "it is not text"
    if name.endswith(".py") and len(data) > 0:
        with contextlib.suppress(UnicodeDecodeError):
            data.decode("utf-8")
            return ""
        if not re.search(rb"coding[:=]", b"\n".join(data.split(b"\n")[:2])):
            return "it is not text"
    return ""


# ---------------------------------------------------------------- the workbook's own files


def pristine_files(root: Path) -> dict[str, bytes]:
    """The files of the workbook's own steps, by name."""
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in sorted((root / STEPS).rglob("*"))
        if path.is_file() and not SKIPPED.search(path.relative_to(root).as_posix())
    }
