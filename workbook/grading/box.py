"""The box: what a submission's processes can read, set up again for each exercise that is judged.

An exercise is judged alone: the submission's function over the answers to all other holes. So the box
holds the steps with the submission's files over them, and `solutions/` without the one answer that is
asked for. While that exercise runs, its answer is nowhere in the box.

What learners add belongs to their function: helpers, imports, files, and changes to the given code. But
if they change a *given* file outside the exercise, a slip in there would cost them exercises that have
nothing to do with it. So `alone` has a second form, in which the other files are as they were handed
out.

Boxes differ in few files. What they have in common is written and compiled once, and linked into each
box that its submission cannot write (see `base`).

The files of a submission are read by a process of its own, within limits (`python -m
workbook.grading.box`): parsing takes work, and their authors know how to make it hard. None of them is
run. The process finds out what is written, and compiles all modules, since the box is read-only later.
"""

from __future__ import annotations

import ast
import compileall
import contextlib
import functools
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from workbook import catalogue, overlay, splice
from workbook.catalogue import Exercise
from workbook.overlay import ALL, Overlay

NEEDED = (
    *("__init__", "hidden", "overlay", "splice", "catalogue", "leftovers", "patience"),
    *("layers", "picture"),  # for the pictures of the labs
    *("trial_check", "trial_subject"),
    *("grading/__init__", "grading/far", "grading/genuine", "grading/packing", "labs/__init__"),
)
"""The modules of the workbook that the steps and the submission's side of the proxy need."""

SECONDS = 60.0
"""Seconds to read a submission."""

MEMORY = 768 << 20
"""Bytes of addresses for that."""

OVERLAY = Overlay(reference=frozenset([ALL]))
"""How the submission's processes import the steps: the answers that are in the box win."""


@dataclass(frozen=True)
class Found:
    """What is known of an exercise in a submission."""

    empty: bool
    """Whether it is left as it was handed out. What Python cannot even read is not empty."""
    exists: bool
    line: int


@functools.cache
def base(root: Path) -> tempfile.TemporaryDirectory[str]:
    """What every box begins with; it is gone with this process."""
    folder = tempfile.TemporaryDirectory(prefix="workbook-box-")
    place = Path(folder.name)
    ignored = shutil.ignore_patterns("__pycache__", ".*")
    for tree in ("steps", "solutions"):
        shutil.copytree(root / tree, place / tree, ignore=ignored)
    needed = [root / f"workbook/{name}.py" for name in NEEDED]
    for path in [*needed, *(root / "workbook/labs").rglob("*.py")]:
        target = place / path.relative_to(root)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, target)
    compileall.compile_dir(place / "workbook", quiet=2)
    return folder


class Box:
    """The box of one submission, which cannot write it if it is `sealed`."""

    def __init__(
        self, root: Path, place: Path, files: Mapping[str, bytes], sealed: bool = False
    ) -> None:
        self.root, self.place = root, place
        self.exercises = [_moved(one, root, place) for one in catalogue.every(root)]
        known = {path.name for path in (root / "steps").iterdir()}
        self.changed = {
            name: data for name, data in files.items() if is_taken(name, known, root / name, data)
        }
        shutil.copytree(base(root).name, place, copy_function=os.link if sealed else shutil.copy2)
        for name, data in self.changed.items():
            self.write(name, data)
        self.kept: dict[str, dict[str, bytes]] = {}
        """By exercise: the files that differ while it is judged."""
        self.given: list[str] = []
        """The submission's files in which code is changed that was given, if they were given."""

    def write(self, name: str, data: bytes) -> None:
        """Writes a file, and what is above it."""
        path = self.place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        put(path, data)

    def change(self, files: Mapping[str, bytes | None]) -> None:
        """Writes these files, and deletes those that are None."""
        for name, data in files.items():
            if data is None:
                (self.place / name).unlink(missing_ok=True)
            else:
                self.write(name, data)

    def read(self, steps: Sequence[int | str]) -> dict[str, Found]:
        """What is written of the exercises of these steps; compiles all that they need."""
        chosen = [one for one in self.exercises if one.group in steps]
        order = {"root": str(self.root), "place": str(self.place), "steps": list(steps)}
        order["changed"] = sorted(self.changed)
        facts = apart(order)
        self.given = [name for name in facts.get("given", self.changed) if name in self.changed]
        known = facts.get("exercises", {})
        return {
            one.id: Found(*known[one.id]) if one.id in known else self.by_text(one)
            for one in chosen
        }

    def by_text(self, exercise: Exercise) -> Found:
        """Where nobody could read the files."""
        return Found(bool(catalogue.line_of_stub(exercise)), True, 1)

    def others_changed(self, exercise: Exercise) -> bool:
        """Whether given code is changed in files that the exercise is not in."""
        return any(name != self.name(exercise.file) for name in self.given)

    def name(self, path: Path) -> str:
        """A path in the box as a name."""
        return path.relative_to(self.place).as_posix()

    @contextlib.contextmanager
    def alone(self, exercise: Exercise, as_given: bool = False) -> Iterator[Path]:
        """The box for one exercise; with `as_given`, other files are as they were handed out."""
        differs: dict[str, bytes | None]
        differs = {self.name(exercise.answer): without(exercise, self.answers(exercise))}
        # compiled code goes as well: with the answer in it, it may be in a file of another name
        differs |= dict.fromkeys(map(self.name, caches(exercise.file)))
        for path in (self.place.parent / "kept" / exercise.id).glob("*"):
            differs[self.name(exercise.file.parent / "__pycache__" / path.name)] = path.read_bytes()
        if as_given:
            others = [name for name in self.given if name != self.name(exercise.file)]
            differs |= {name: (self.root / name).read_bytes() for name in others}
        before = {name: overlay.read(os.fspath(self.place / name)) for name in differs}
        try:
            self.change(differs)
            yield self.place
        finally:
            self.change(before)

    def answers(self, exercise: Exercise) -> bytes:
        """The answers to all that stands in the exercise's file."""
        return (self.root / self.name(exercise.answer)).read_bytes()


def put(path: Path, data: bytes) -> None:
    """Replaces a file. To write into it would change it in other boxes, too."""
    path.unlink(missing_ok=True)
    path.write_bytes(data)


def _moved(exercise: Exercise, root: Path, place: Path) -> Exercise:
    """The workbook's exercise, in the box: the manifests of a submission are nobody's business."""
    return replace(exercise, file=place / exercise.file.relative_to(root))


def is_taken(name: str, known: set[str], original: Path, data: bytes) -> bool:
    """Whether a file of the submission goes into the box: no manifests, and no steps of its own."""
    step = name.split("/")[1:2]
    foreign = bool(step) and bool(re.fullmatch(r"s\d\d(_.*)?", step[0])) and step[0] not in known
    if foreign or name.endswith(f"/{catalogue.MANIFEST}"):
        return False
    return overlay.read(os.fspath(original)) != data


def without(exercise: Exercise, answers: bytes) -> bytes:
    """The file of answers without this one; all others keep their lines."""
    if exercise.whole:
        return b""
    lines = answers.decode("utf-8").splitlines(True)
    for key, place in splice.functions(ast.parse(answers)).items():
        if key.qualname == exercise.qualname:
            node = place.node
            first = min([node.lineno, *(one.lineno for one in node.decorator_list)])
            assert node.end_lineno
            lines[first - 1 : node.end_lineno] = [
                " " * node.col_offset + "pass\n",
                *["\n"] * (node.end_lineno - first),
            ]
    return "".join(lines).encode()


# ---------------------------------------------------------------- in a process of its own


def apart(order: Mapping[str, Any]) -> dict[str, Any]:
    """Has the submission read; {} where that cannot be done within the limits."""
    with contextlib.suppress(subprocess.TimeoutExpired, OSError, ValueError):
        done = subprocess.run(
            [sys.executable, "-m", __name__],
            cwd=order["root"],
            env={"PYTHONPATH": order["root"], "PYTHONSAFEPATH": "1", "PATH": os.defpath},
            input=json.dumps(order).encode(),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=SECONDS,
            check=False,
        )
        facts = json.loads(done.stdout)
        return facts if isinstance(facts, dict) else {}
    return {}


def main() -> None:
    """Reads the order, and reports what it has found: what is compiled lies in the box."""
    order = json.load(sys.stdin)
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource  # not on Windows

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    sys.setrecursionlimit(10_000)
    reader = Reader(Path(order["root"]), Path(order["place"]), order["steps"])
    found = {one.id: reader.found(one) for one in reader.exercises}
    given = [name for name in order["changed"] if reader.changes_given(name)]
    reader.compile_all([one for one in reader.exercises if not found[one.id][0]])
    print(json.dumps({"exercises": found, "given": given}))


class Reader:
    """Reads a box."""

    def __init__(self, root: Path, place: Path, steps: Sequence[int | str]) -> None:
        self.root, self.place = root, place
        self.every = [_moved(one, root, place) for one in catalogue.every(root)]
        self.exercises = [one for one in self.every if one.group in steps]
        self.files = overlay.Files(str(place), OVERLAY)

    def found(self, exercise: Exercise) -> tuple[bool, bool, int]:
        """The facts of a `Found`."""
        try:
            empty = catalogue.is_empty(exercise)
            return empty, catalogue.exists(exercise), catalogue.position(exercise).line
        except (RecursionError, MemoryError):
            return False, True, 1

    def changes_given(self, name: str) -> bool:
        """Whether more than the exercises differs from the file as it was handed out."""
        here, there = self.place / name, self.root / name
        if not there.is_file() or not name.endswith(".py"):
            return False
        holes = {one.qualname for one in self.every if one.file == here}
        if "" in holes:  # all of it is one
            return False
        try:
            return _without_holes(here, holes) != _without_holes(there, holes)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return True

    def compile_all(self, written: Sequence[Exercise]) -> None:
        """Compiles what these exercises need, and for each of them its own file."""
        last = max((one.step for one in written), default=-1)
        for path in sorted(self.place.glob("steps/s*/**/*.py")):
            if int(path.relative_to(self.place).parts[1][1:3]) <= last:
                self.compile(path)
        compileall.compile_file(self.place / "steps" / "__init__.py", quiet=2)
        self.compile(self.place / "steps" / "unwritten.py")
        for exercise in written:
            whole = exercise.answer.read_bytes()
            usual = [(path, path.read_bytes()) for path in caches(exercise.file)]
            for path, _ in usual:
                path.unlink()
            put(exercise.answer, without(exercise, whole))
            self.compile(exercise.file)
            kept = self.place.parent / "kept" / exercise.id
            kept.mkdir(parents=True)
            for path in caches(exercise.file):
                path.rename(kept / path.name)
            put(exercise.answer, whole)
            for path, data in usual:
                put(path, data)

    def compile(self, path: Path) -> None:
        """Compiles a module. A slip in it shows when it is imported."""
        name = ".".join(path.relative_to(self.place).with_suffix("").parts)
        name = name.removesuffix(".__init__")
        with contextlib.suppress(Exception):
            overlay.OverlayLoader(name, str(path), self.files).get_code(name)


def caches(file: Path) -> list[Path]:
    """The compiled code of a module, whatever it was compiled for."""
    stem = Path(importlib.util.cache_from_source(os.fspath(file))).stem
    return sorted((file.parent / "__pycache__").glob(f"{stem}.*"))


def _without_holes(path: Path, holes: set[str]) -> str:
    """The file as Python reads it, without these functions."""
    tree = ast.parse(path.read_bytes())
    for key, place in splice.functions(tree).items():
        if key.qualname in holes:
            place.body.remove(place.node)
    return ast.dump(tree)


if __name__ == "__main__":
    main()
