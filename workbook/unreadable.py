"""A file that Python cannot read, for a missing colon: the first thing to say, and the only one.

No module that imports it can be imported, so every test of its step, and of those above, would fail
with the same SyntaxError, and every server would end before it starts. Nothing of that is run. The
exercise in which the slip is counts as wrong, and the others are not checked until it is mended.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path

from workbook import catalogue, evidence, judging, overlay, splice
from workbook.catalogue import Exercise
from workbook.judging import Verdict
from workbook.pristine import Pristine
from workbook.running import Result
from workbook.source import without_slip
from workbook.surroundings import is_in_reach

LATE = ("commands", catalogue.CHALLENGES)
"""Folders of commands: a whole module there is imported when a client asks for the command."""


def verdicts(root: Path, chosen: Sequence[Exercise]) -> dict[Exercise, Verdict]:
    """The verdicts on those of these exercises that a slip keeps from being checked."""
    slips = list(found(root, chosen))
    judged: dict[Exercise, Verdict] = {}
    for exercise in chosen:
        met = [slip for slip in slips if slip.stops(exercise)]
        if any(slip.exercise == exercise for slip in met) or (
            met and not catalogue.is_empty(exercise)
        ):
            judged[exercise] = verdict(exercise, met)
    for one in judged.values():  # where the slip itself is shown, it need not be told again
        if all(catalogue.find(id, root) in judged for id in one.awaited):
            one.trouble = ""
    return judged


def verdict(exercise: Exercise, slips: Sequence[Slip]) -> Verdict:
    """What there is to say of an exercise that cannot be imported for these slips."""
    own = [slip.result for slip in slips if slip.exercise == exercise]
    if own:
        return Verdict(exercise, judging.WRONG, bad=own)
    told = " ".join(slip.sentence for slip in slips)
    awaited = [slip.exercise.id for slip in slips]
    return Verdict(exercise, judging.NOT_CHECKED, trouble=told, awaited=awaited)


class Slip:
    """A file that Python cannot read."""

    def __init__(
        self, root: Path, path: Path, error: SyntaxError, chosen: Sequence[Exercise]
    ) -> None:
        self.root = root
        self.chosen = chosen
        self.path = path
        self.error = error
        self.name = path.relative_to(root).as_posix()

    def stops(self, exercise: Exercise) -> bool:
        """Whether it cannot be checked: what a server needs is in the way of all that follows."""
        own = self.exercise
        if exercise.file == self.path:
            return True
        late = own.file.parent.name in LATE or own.id in catalogue.step(own.step, self.root).rests
        return is_in_reach(self.name, exercise.step) and not (own.whole and late)

    @property
    def place(self) -> str:
        """File and line, as an editor takes them."""
        return f"{self.name}:{self.error.lineno or 1}"

    @property
    def sentence(self) -> str:
        """What is wrong, and where."""
        return f"Python cannot read {self.place}: {evidence.raised(self.error)}."

    @property
    def result(self) -> Result:
        """The slip, as if a test had found it."""
        told = evidence.raised(self.error)
        line = f"{self.place}: {(self.error.text or '').strip()}".rstrip(": ")
        return Result(
            self.name,
            self.exercise.id,
            f"Python can read {self.name}.",
            "",
            "failed",
            f"{line}\n{told}",
            facts={"raised": told, "got": told, "at": [line]},
        )

    @cached_property
    def exercise(self) -> Exercise:
        """The exercise that it is in, or the nearest one, where it is between two."""
        known = [*self.chosen, *catalogue.every(self.root)]  # any stage can stand for a challenge
        here = [one for one in known if one.file == self.path]
        data = overlay.read(str(self.path)) or b""
        pristine = Pristine(self.root)
        for one in here:
            if one.whole or without_slip(data, self.name, one.qualname, pristine.stub(one)):
                return one
        lines = data.decode("utf-8", "replace").splitlines()
        starts = {one: catalogue.line_by_text(lines, one.qualname) for one in here}
        above = [one for one in here if 0 < starts[one] <= (self.error.lineno or 1)]
        return max(above, key=starts.__getitem__, default=here[0])


def found(root: Path, chosen: Sequence[Exercise]) -> Iterator[Slip]:
    """The files with exercises up to the highest step of these that Python cannot read."""
    step = max((one.step for one in chosen), default=-1)
    for path in dict.fromkeys(one.file for one in catalogue.every(root) if one.step <= step):
        data = overlay.read(str(path)) or b""
        try:
            with warnings.catch_warnings(action="ignore"):
                splice.require_no_zero(data, str(path))
                compile(data, str(path), "exec", dont_inherit=True)
                splice.require_utf8(data, str(path))
        except SyntaxError as error:
            yield Slip(root, path, error, chosen)
        except (ValueError, RecursionError, MemoryError):
            pass  # depth without end: the tests say what comes of it
