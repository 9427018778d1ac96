"""The results of checks, kept in `.progress.json`: readable, and never more than was checked.

    {"about": "...", "exercises": {"2.5": {"verdict": "solved", "code": "9f…", "around": "3b…",
                                           "beside": ["2.7 c4…"],
                                           "checked": "2025-03-01T12:00:00+00:00", "hints": 1}}}

`code` is a hash over the function that earned the verdict (over its syntax tree, so that comments
and layout do not count), `around` one over the given code that may have had a part in it (see
`workbook.surroundings`). Other exercises of its step and of the steps below may have had one, too:
`beside` has those that were written, and not known to be right, with their codes. A verdict holds
while `code` and `around` are as they were, and no exercise is written but not known to be right that
was not so in the same form. Where the code is the same and the rest is not, the exercise has been
solved before and has to be checked again. `solved` is the `code` with which all of its tests passed
last, also where it has failed since. `waits` names the exercises, then
neither written nor answered, for which some of its tests had to wait: it is solved as far as it
could be seen, until one of them is there. Ids and keys that are not known here stay as they are.
"""

from __future__ import annotations

import ast
import contextlib
import hashlib
import json
import os
import tempfile
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from workbook import catalogue, overlay, splice
from workbook.catalogue import Exercise
from workbook.surroundings import Surroundings

FILE = ".progress.json"

ABOUT = (
    "Written by checker.py. Hashes show which code a verdict was for; delete this to start again."
)


class Progress:
    """The file, and what of it still holds."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.path = root / FILE
        self.known = _read(self.path)
        self._surroundings = Surroundings(root)
        self._codes: dict[str, str | None] = {}
        self._doubtful: list[tuple[Exercise, str]] | None = None

    # ------------------------------------------------------------ what it says

    def entry(self, exercise: str) -> dict[str, Any]:
        """What is noted of an exercise; an empty dict if nothing is."""
        found = self.known.get("exercises", {}).get(exercise)
        return found if isinstance(found, dict) else {}

    def state(self, exercise: Exercise) -> str:
        """`empty`, `written`, or the verdict, where it still holds.

        One that was solved is `stale` if something around it has changed since, and `waiting` if
        some of its tests wait for an exercise that is still empty.
        """
        code = self.code(exercise)
        if code is None:
            return "empty"
        entry = self.entry(exercise.id)
        if entry.get("code") != code:
            return "written"
        verdict = str(entry.get("verdict", "written"))
        if self._is_as_it_was(entry, exercise):
            return self._waiting(entry) if verdict == "solved" else verdict
        return "stale" if verdict == "solved" else "written"

    def _is_as_it_was(self, entry: Mapping[str, Any], exercise: Exercise) -> bool:
        """Whether what a verdict was found among is still so, as far as it matters."""
        if entry.get("around") != self.around(exercise):
            return False
        known = entry.get("beside")
        return set(self.beside(exercise)) <= set(known if isinstance(known, list) else ())

    def was_solved(self, exercise: Exercise) -> bool:
        """Whether all of its tests passed once with the code that it has now, and none had to wait."""
        code = self.code(exercise)
        return code is not None and self.entry(exercise.id).get("solved") == code

    def _waiting(self, entry: Mapping[str, Any]) -> str:
        """`solved`; `waiting`, or `stale` where what some tests have waited for is there by now."""
        waits = entry.get("waits")
        if not isinstance(waits, list) or not waits:
            return "solved"
        awaited = [one for one in catalogue.every(self.root) if one.id in waits]
        there = not awaited or any(not catalogue.is_open(one) for one in awaited)
        return "stale" if there else "waiting"

    # ------------------------------------------------------------ what is noted

    def note(
        self,
        verdicts: Mapping[Exercise, str],
        waits: Mapping[Exercise, Sequence[str]] | None = None,
    ) -> None:
        """Notes verdicts, each with the code that it is for, and writes the file.

        `waits` names the exercises for which tests of an exercise had to wait.
        """
        when = datetime.now(UTC).isoformat(timespec="seconds")
        facts = {
            exercise.id: {
                "verdict": verdict,
                "code": self.code(exercise),
                "solved": self._solved(exercise, verdict, waited),
                "around": self.around(exercise),
                "beside": self.beside(exercise),
                "waits": waited,
                "checked": when,
            }
            for exercise, verdict in verdicts.items()
            for waited in [list((waits or {}).get(exercise, ()))]
        }
        self.update(facts)

    def _solved(self, exercise: Exercise, verdict: str, waited: Sequence[str]) -> str | None:
        """The code with which all of its tests passed last."""
        if verdict == "solved" and not waited:
            return self.code(exercise)
        found = self.entry(exercise.id).get("solved")
        return found if isinstance(found, str) else None

    def update(self, facts: Mapping[str, Mapping[str, Any]]) -> bool:
        """Adds to the entries of exercises, and writes the file; other entries stay.

        False where the folder is read-only: that is no reason to fail.
        """
        self.known = _read(self.path)  # another call may have written meanwhile
        self._doubtful = None
        entries = self.known.setdefault("exercises", {})
        for exercise, more in facts.items():
            entries[exercise] = {**self.entry(exercise), **more}
        self.known = {"about": ABOUT, **self.known}
        try:
            _write(self.path, self.known)
        except OSError:
            return False
        return True

    # ------------------------------------------------------------ hashes

    def code(self, exercise: Exercise) -> str | None:
        """The hash of the learner's function or module; None while it is still empty."""
        if exercise.id not in self._codes:
            self._codes[exercise.id] = self._code(exercise)
        return self._codes[exercise.id]

    def _code(self, exercise: Exercise) -> str | None:
        if catalogue.is_empty(exercise):
            return None
        data = overlay.read(os.fspath(exercise.file)) or b""
        if code := _code_in(data, exercise.qualname):
            return code
        missed = catalogue.stub_line(exercise) in data and not exercise.whole
        return None if missed else _hash(data)

    def around(self, exercise: Exercise) -> str:
        """The hash of the given code that the function runs among."""
        return self._surroundings.of(exercise.step)

    def beside(self, exercise: Exercise) -> list[str]:
        """The other exercises that it may run through, written and not known to be right: with codes."""
        if self._doubtful is None:
            codes = ((one, self.code(one)) for one in catalogue.exercises(self.root))
            self._doubtful = [
                (one, code) for one, code in codes if code and self._doubts(one, code)
            ]
        step = exercise.step
        return [
            f"{one.id} {code}"
            for one, code in self._doubtful
            if one.id != exercise.id and (one.step == step or 0 < one.step < step)
        ]

    def _doubts(self, exercise: Exercise, code: str) -> bool:
        entry = self.entry(exercise.id)
        return entry.get("verdict") != "solved" or entry.get("code") != code


@lru_cache(maxsize=512)
def _code_in(data: bytes, qualname: str) -> str | None:
    """The hash of the function in a file with this content ("": of all of it); None without it."""
    if (tree := _tree(data)) is None:
        return None
    if not qualname:
        return _hash(ast.dump(tree).encode())
    for key, place in splice.functions(tree).items():
        if key.qualname == qualname:
            return _hash(ast.dump(place.node).encode())
    return None


@lru_cache(maxsize=1)
def _tree(data: bytes) -> ast.Module | None:
    """The syntax of a file, of which several functions are asked for one after the other."""
    try:
        return ast.parse(data)
    except (SyntaxError, ValueError):
        return None


def _hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:16]


# ---------------------------------------------------------------- the file


def _read(path: Path) -> dict[str, Any]:
    """The file's content; one that cannot be understood is put aside, and not overwritten."""
    try:
        facts = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError):
        facts = None
    if isinstance(facts, dict) and isinstance(facts.get("exercises", {}), dict):
        return facts
    with contextlib.suppress(OSError):
        path.replace(path.with_suffix(".json.broken"))
    return {}


def _write(path: Path, facts: Mapping[str, Any]) -> None:
    """Writes it whole, or not at all."""
    text = json.dumps(facts, indent=1, ensure_ascii=False) + "\n"
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".progress-", suffix=".tmp")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise
