"""Which submissions a folder holds, what they are called, and what else is in it.

A submission is a folder, a git clone or an archive. Its id is its name, as far as a file name can
safely hold it. Whatever else is there is reported, with the reason it was left alone.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from workbook.grading import sources
from workbook.grading.sources import ARCHIVES, UNOPENED, ends_with

STEPS = "steps"

PACKAGE = re.compile(r"s\d\d_\w+")
"""What the folder of a step is called."""

RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\..*)?")

LONGEST = 100
"""Bytes of an id: files are called by it, with endings, and a name may have 255."""

MOODLE = re.compile(r"_assignsubmission_(file|onlinetext)_?$")
"""What Moodle adds to the name of a student's folder."""

OWN = ("grading.toml", "roster.csv")
"""Files in the folder that are the instructor's."""

DROPPINGS = re.compile(
    r"(?i)\.ds_store|thumbs\.db|desktop\.ini|__macosx|__pycache__|\._.*|\.git.*|\.~lock.*"
)
"""What systems and programs leave in a folder: nobody hands that in."""


class IntakeTrouble(Exception):  # noqa: N818 - it is what it says
    """There is nothing to grade there. The message is one sentence."""


@dataclass(frozen=True)
class Submission:
    """A submission where it lies."""

    id: str
    source: Path
    others: tuple[Path, ...] = ()
    """What else has the same id."""

    @property
    def sources(self) -> tuple[Path, ...]:
        """All that was handed in under this id."""
        return (self.source, *self.others)


class Refusal(NamedTuple):
    """Something that was not taken, and why."""

    name: str
    why: str


def shown(name: str) -> str:
    """A name that can be printed anywhere."""
    return "".join(one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in name)[:200]


# ---------------------------------------------------------------- which there are


def find(source: Path, aside: Collection[Path] = ()) -> list[Submission]:
    """The submissions in a folder, or the one that this is, in the order of their ids.

    What is `aside` is the instructor's. Names that are one when case and the way of writing accents
    do not count are one submission, in several places.
    """
    if not source.exists():
        raise IntakeTrouble(f"There is no {source}.")
    if is_single(source):
        return [Submission(id_of(source.resolve()), source)]
    found = [path for path in sorted(source.iterdir()) if _may_be_one(path, aside)]
    if not found:
        raise IntakeTrouble(f"There is no submission in {source}: no folder, zip or tar file.")
    places: dict[str, list[Path]] = {}
    for path in found:
        places.setdefault(id_of(path).casefold(), []).append(path)
    made = [Submission(id_of(paths[0]), paths[0], tuple(paths[1:])) for paths in places.values()]
    return sorted(made, key=lambda one: one.id)


def left_over(source: Path, aside: Collection[Path] = ()) -> list[Refusal]:
    """What is in the folder but is not a submission, and why."""
    if is_single(source):
        return []
    return [
        Refusal(shown(path.name), _why_none(path))
        for path in sorted(source.iterdir())
        if not _may_be_one(path, aside)
        and not _is_in(path, aside)
        and path.name not in OWN
        and not DROPPINGS.fullmatch(path.name)
    ]


def is_single(source: Path) -> bool:
    """Whether this is one submission, and not a folder of many.

    A clone may be called `steps`; then it holds such a folder, instead of the steps, or stands
    beside other submissions.
    """
    if source.is_file():
        return True
    steps = source / STEPS
    if not steps.is_dir():
        return False
    inside = [one.name for one in steps.iterdir()]
    if any(map(PACKAGE.fullmatch, inside)):
        return True
    if {STEPS, ".git"} & set(inside):
        return False
    return not any(is_archive(one) or (one / STEPS).is_dir() for one in source.iterdir())


def is_archive(path: Path) -> bool:
    """Whether its name is that of an archive, which may be one that cannot be opened."""
    return bool(ends_with(path.name, ARCHIVES + UNOPENED)) and path.is_file()


def _may_be_one(path: Path, aside: Collection[Path]) -> bool:
    if path.name.startswith(".") or path.is_symlink() or DROPPINGS.fullmatch(path.name):
        return False
    return (path.is_dir() or is_archive(path)) and not _is_in(path, aside)


def _is_in(path: Path, paths: Collection[Path]) -> bool:
    return path.resolve() in {one.resolve() for one in paths}


def _why_none(path: Path) -> str:
    if path.is_symlink():
        return "a link, and links are not followed"
    if path.is_dir() or path.is_file():
        if path.name.startswith("."):
            return "its name begins with a dot"
        return "a single file: put it into a folder named after the student's id"
    return sources.kind_of(path.stat().st_mode)


# ---------------------------------------------------------------- what they are called


def id_of(path: Path) -> str:
    """The id of a submission."""
    ending = ends_with(path.name, ARCHIVES + UNOPENED)
    if ending and path.is_file():
        return clean_id(path.name[: -len(ending)])
    return clean_id(path.name)


def clean_id(name: str) -> str:
    """A name, composed, as far as a file name can safely hold it."""
    composed = MOODLE.sub("", unicodedata.normalize("NFC", name))
    clean = re.sub(r"[^\w.@+-]+", "_", composed).strip("._") or "submission"
    if RESERVED.fullmatch(clean):
        clean = f"{clean}_"
    data = clean.encode()
    if len(data) <= LONGEST:
        return clean
    digest = hashlib.sha256(data).hexdigest()[:8]
    return f"{data[: LONGEST - 9].decode('utf-8', 'ignore')}-{digest}"
