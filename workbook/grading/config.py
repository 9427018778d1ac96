"""`grading.toml`: which parts of the workbook count in this class, how much, and until when.

    title = "Systems programming, spring"    # of the class page
    steps = "1-6"                            # that count; also [1, 2, 4, "streams"]
    due = 2027-02-01T23:59:00+01:00          # with its offset from UTC
    hidden = ["mine/test_more.py"]           # tests of your own that students do not see
    isolation = "sealed"                     # refuse to run where submissions cannot be sealed
    seed = 4711                              # one for all, instead of one per submission

    [points]                                 # of an exercise, instead of those in its manifest
    "2.5" = 5

    [weights]                                # of a step or an exercise; 0: it does not count
    3 = 2
    "6.9" = 0

    [late]
    grace_minutes = 15                       # this much is not late
    percent_per_day = 10                     # off the points, for each day that has begun
    at_most_percent = 50                     # off at most
    zero_after_days = 7                      # after this many days nothing counts any more

    [limits]                                 # of one submission; see workbook/grading/limits.py
    wall = 900                               # seconds
    memory = 512                             # MB; also for file, disk and output

Every key may be left out. An error is reported with its key, and with the possible values.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

from workbook import catalogue
from workbook.grading.confine import KINDS, OPEN
from workbook.grading.limits import MB, Limits

NAME = "grading.toml"


ONE = Decimal(1)

MOST = Decimal(1_000_000)
"""The largest number that stands for anything here."""

IN_MB = ("memory", "file", "disk", "output")
"""The limits that are given in MB."""


class ConfigTrouble(ValueError):  # noqa: N818 - it is what it says
    """Something in the file is wrong. The message is a sentence for each thing that is."""


@dataclass(frozen=True)
class Late:
    """What comes off the points of what is handed in after the due date."""

    grace_minutes: Decimal = Decimal(0)
    percent_per_day: Decimal = Decimal(0)
    at_most_percent: Decimal = Decimal(100)
    zero_after_days: Decimal | None = None


@dataclass(frozen=True)
class Config:
    """What an instructor has set. Without a file everything counts as the workbook has it."""

    title: str = ""
    steps: tuple[int | str, ...] = tuple(range(1, 11))
    """The steps that count, by number, and the challenges, by name."""
    due: datetime | None = None
    late: Late = Late()
    points: Mapping[str, Decimal] = field(default_factory=dict)
    weights: Mapping[str, Decimal] = field(default_factory=dict)
    hidden: tuple[Path, ...] = ()
    isolation: str = OPEN
    """The least kind of confinement."""
    seed: int | None = None
    limits: Mapping[str, int | float] = field(default_factory=dict)
    """What `Limits` takes, in its own units."""

    def worth(self, id: str, points: int | Decimal) -> Decimal:
        """The points of an exercise that has that many in the workbook."""
        step = id.partition(".")[0]
        weight = self.weights.get(id, self.weights.get(step, ONE))
        return self.points.get(id, Decimal(points)) * weight


def load(path: Path, root: Path = catalogue.ROOT) -> Config:
    """Reads the file. Raises ConfigTrouble."""
    try:
        facts = tomllib.loads(path.read_text("utf-8-sig"), parse_float=Decimal)
    except OSError as error:
        raise ConfigTrouble(f"{path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise ConfigTrouble(f"{path} is not UTF-8 text.") from error
    except ValueError as error:
        raise ConfigTrouble(f"{path} is not TOML: {error}.") from error
    return Reader(path, root).config(facts)


class Reader:
    """Turns what stands in the file into a `Config`, and notes what it does not understand."""

    def __init__(self, path: Path, root: Path) -> None:
        self.path = path
        self.known = {one.group: one for one in catalogue.groups(root)}
        self.exercises = [one.id for step in self.known.values() for one in step.exercises]
        self.wrong: list[str] = []

    def config(self, facts: dict[str, Any]) -> Config:
        """All of it."""
        self.check_keys("", facts, [one.name for one in fields(Config)])
        made = Config(
            title=self.text(facts),
            steps=self.steps(facts.get("steps", "1-10")),
            due=self.due(facts.get("due")),
            late=self.late(self.table(facts, "late")),
            points=self.numbers("points", self.table(facts, "points"), self.exercises),
            weights=self.numbers(
                "weights",
                self.table(facts, "weights"),
                [*map(str, self.known), *self.exercises],
            ),
            hidden=self.hidden(facts.get("hidden", [])),
            isolation=self.isolation(facts.get("isolation", OPEN)),
            seed=self.seed(facts.get("seed")),
            limits=self.limits(self.table(facts, "limits")),
        )
        if self.wrong:
            raise ConfigTrouble("\n".join(f"{self.path}: {one}" for one in self.wrong))
        return made

    # ------------------------------------------------------------ what is wrong

    def refuse(self, key: str, value: object, allowed: str) -> None:
        """Notes a value that cannot stand there."""
        self.wrong.append(f"{key} is {shown(value)}; it takes {allowed}.")

    def check_keys(self, table: str, facts: Iterable[str], allowed: Iterable[str]) -> None:
        """Notes keys that nobody knows."""
        names = list(allowed)
        where = f"[{table}] has" if table else "there is"
        for key in facts:
            if key not in names:
                self.wrong.append(f"{where} no key {key!r}; the keys are {', '.join(names)}.")

    def table(self, facts: Mapping[str, Any], key: str) -> dict[str, Any]:
        """A table of the file, or an empty one."""
        found = facts.get(key, {})
        if isinstance(found, dict):
            return found
        self.wrong.append(
            f"{key} is {shown(found)}; it must be a table, which begins with [{key}]."
        )
        return {}

    def number(self, key: str, value: object, least: int = 0, most: Decimal = MOST) -> Decimal:
        """A number within its bounds."""
        good = isinstance(value, int | Decimal) and not isinstance(value, bool)
        made = Decimal(value) if good else Decimal("nan")  # type: ignore[arg-type]
        if made.is_finite() and least <= made <= most:
            return made
        self.refuse(key, value, f"a number from {least} to {most}")
        return Decimal(least)

    # ------------------------------------------------------------ key by key

    def text(self, facts: Mapping[str, Any]) -> str:
        """The title."""
        value = facts.get("title", "")
        if isinstance(value, str) and len(value) <= 200:
            return value
        self.refuse("title", value, 'a string of at most 200 characters, such as "Spring"')
        return ""

    def steps(self, value: object) -> tuple[int | str, ...]:
        """The steps and challenges that count."""
        found = groups_of(value)
        if found and set(found) <= self.known.keys():
            return tuple(one for one in self.known if one in found)
        self.refuse("steps", value, f'{listed(self.known)}, such as "1-6", "1,3-5" or [1, 2, 3]')
        return ()

    def due(self, value: object) -> datetime | None:
        """The time that is due."""
        if value is None or (isinstance(value, datetime) and value.tzinfo):
            return value
        allowed = "a time with its offset from UTC, without quotes: 2027-02-01T23:59:00+01:00"
        self.refuse("due", value, allowed)
        return None

    def late(self, facts: Mapping[str, Any]) -> Late:
        """What comes off."""
        self.check_keys("late", facts, [one.name for one in fields(Late)])
        known = {one.name for one in fields(Late)}
        most = {key: Decimal(100) if "percent" in key else MOST for key in known}
        given = {
            key: self.number(f"late.{key}", value, most=most[key])
            for key, value in facts.items()
            if key in known
        }
        return Late(**given)

    def numbers(
        self, table: str, facts: Mapping[str, Any], allowed: Iterable[str]
    ) -> dict[str, Decimal]:
        """Numbers by step or exercise. TOML reads 2.5 without quotes as 5 in a table 2."""
        flat: dict[str, Any] = {}
        for key, value in facts.items():
            inner = value if isinstance(value, dict) else {}
            flat.update({f"{key}.{number}": one for number, one in inner.items()})
            if not isinstance(value, dict):
                flat[key] = value
        names = set(allowed)
        what = f"{'' if table == 'points' else 'steps such as 2, and '}exercises such as "
        for key in flat:
            if key not in names:
                self.wrong.append(
                    f'[{table}] has {key!r}, which is not in the workbook; it takes {what}"2.5".'
                )
        return {
            key: self.number(f'{table}."{key}"', value)
            for key, value in flat.items()
            if key in names
        }

    def hidden(self, value: object) -> tuple[Path, ...]:
        """Files with tests, beside this file if they are not named in full."""
        names = [value] if isinstance(value, str) else value
        if not isinstance(names, list) or not all(isinstance(one, str) for one in names):
            self.refuse("hidden", value, 'names of test files, such as ["test_mine.py"]')
            return ()
        found = [self.path.parent / one for one in names]
        for name, path in zip(names, found, strict=True):
            if not (path.is_file() and re.fullmatch(r"test_\w+\.py", path.name)):
                self.refuse("hidden", name, f"files named test_....py, and {path} is not one")
        if len({path.name for path in found}) < len(found):
            self.refuse("hidden", value, "files with different names")
        return tuple(found)

    def isolation(self, value: object) -> str:
        """The least kind of confinement."""
        if value in KINDS:
            return str(value)
        self.refuse("isolation", value, '"sealed" or "open"')
        return OPEN

    def seed(self, value: object) -> int | None:
        """The number behind all that is random."""
        if value is None or (type(value) is int and 0 <= value < 10**9):
            return value
        self.refuse("seed", value, "a whole number, at least 0, such as 4711")
        return None

    def limits(self, facts: Mapping[str, Any]) -> dict[str, int | float]:
        """What `Limits` takes, in its own units."""
        names = [one.name for one in fields(Limits)]
        self.check_keys("limits", facts, names)
        made: dict[str, int | float] = {}
        for key in names:
            if key in facts:
                value = self.number(f"limits.{key}", facts[key], least=1)
                made[key] = float(value) if key == "wall" else int(value)
                if key in IN_MB:
                    made[key] = int(value * MB)
        return made


def groups_of(value: object) -> list[int | str]:
    """What "1-6", "1,3-5,streams" or [1, 2] stand for; nothing where they stand for none."""
    if type(value) is int:
        return [value]
    if isinstance(value, list):
        return value if all(type(one) in (int, str) for one in value) else []
    found: list[int | str] = []
    for part in value.split(",") if isinstance(value, str) else ():
        match = re.fullmatch(r"\s*(?:(\d{1,2})\s*(?:-\s*(\d{1,2})\s*)?|([a-z]+)\s*)", part)
        if match is None:
            return []
        found += [match[3]] if match[3] else range(int(match[1]), int(match[2] or match[1]) + 1)
    return found


def listed(known: Iterable[int | str]) -> str:
    """The steps and challenges that there are: "steps from 0 to 10 and streams"."""
    every = list(known)
    numbers = [one for one in every if isinstance(one, int)]
    names = [one for one in every if isinstance(one, str)]
    steps = f"steps from {min(numbers, default=0)} to {max(numbers, default=0)}"
    return " and ".join(filter(None, [steps, ", ".join(names)]))


def shown(value: object) -> str:
    """A value of the file, not too long."""
    text = str(value) if isinstance(value, Decimal | date | time) else repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
