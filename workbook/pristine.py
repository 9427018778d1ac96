"""The files as they were handed out: where `reset` gets a stub from, docstring and all.

Git has them. What counts is the newest commit in which the function is a stub, so that committed work
does not hide it: HEAD first, then older commits of that file. Where git does not help (the workbook
came as a zip file), there is a copy of all of `steps/` in `workbook/pristine.zip`:

python -m workbook.pristine     writes that copy, after a change of the exercises
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

from workbook import splice
from workbook.catalogue import ROOT, Exercise
from workbook.machine import usual
from workbook.source import Source, SourceTrouble

DEPTH = 200
"""Commits of a file that are looked at."""

COPY = "workbook/pristine.zip"


class Pristine:
    """Finds stubs and files. Made once for a call, for it remembers what git has said."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._texts: dict[tuple[str, str], bytes | None] = {}

    def stub(self, exercise: Exercise) -> Source | None:
        """A file in which the exercise is still a stub; None if none is known."""
        for data in self.versions(exercise.file):
            if found := stub_in(data, exercise):
                return found
        return None

    def module(self, exercise: Exercise) -> bytes:
        """A whole module as it was handed out: its specification."""
        for data in self.versions(exercise.file):
            with contextlib.suppress(SyntaxError, ValueError):
                if splice.hole_of(splice.parse(data, exercise.file.name)) == exercise.hole:
                    return data
        name = exercise.file.relative_to(self.root).as_posix()
        raise SourceTrouble(f"The original text of {name} could not be found.")

    def file(self, path: Path) -> bytes | None:
        """A file as it was last known whole: committed, or handed out; None if it never was."""
        for data in self.versions(path):
            try:
                Source(data, path.name)
            except SourceTrouble:
                continue
            return data
        return None

    def versions(self, path: Path) -> Iterator[bytes]:
        """What is known of a file, newest first; last comes the copy."""
        name = path.relative_to(self.root).as_posix()
        if self.has_git:
            for commit in self.commits(name):
                if (data := self.text(commit, name)) is not None:
                    yield data
        if name in self.copy:
            yield self.copy[name]

    @cached_property
    def has_git(self) -> bool:
        """Whether git can be asked."""
        return git(self.root, "rev-parse", "HEAD") is not None

    @cached_property
    def copy(self) -> dict[str, bytes]:
        """The copy of `steps/`, by name; empty where it is missing or damaged."""
        try:
            with zipfile.ZipFile(self.root / COPY) as archive:
                return {name: archive.read(name) for name in archive.namelist()}
        except (OSError, ValueError, zipfile.BadZipFile):
            return {}

    def commits(self, name: str) -> Iterator[str]:
        """The commits that a file may have in another form, newest first; HEAD is mostly enough."""
        yield "HEAD"
        out = git(self.root, "log", f"-{DEPTH}", "--format=%H", "--", name) or b""
        yield from out.decode().split()

    def text(self, commit: str, name: str) -> bytes | None:
        """A file in a commit."""
        key = commit, name
        if key not in self._texts:
            self._texts[key] = git(self.root, "show", f"{commit}:./{name}")
        return self._texts[key]


def stub_in(data: bytes, exercise: Exercise) -> Source | None:
    """The file, if the exercise is a stub in it."""
    try:
        source = Source(data, exercise.file.name)
    except SourceTrouble:
        return None
    node = source.function(exercise.qualname)
    return source if node and splice.exercise_of(node) == exercise.id else None


def git(root: Path, *words: str) -> bytes | None:
    """What git says; None where it fails, or is not there."""
    try:
        done = subprocess.run(
            ["git", *words],
            cwd=root,
            env={**usual(os.environ), "GIT_OPTIONAL_LOCKS": "0"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=20,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None


# ---------------------------------------------------------------- the copy


def handed_out(root: Path) -> dict[str, bytes]:
    """The files of `steps/`, by name."""
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for pattern in ("*.py", "*.toml")
        for path in sorted((root / "steps").rglob(pattern))
    }


def write_copy(root: Path) -> None:
    """Writes the copy: the same files give the same bytes, not compressed, as git packs it better."""
    with zipfile.ZipFile(root / COPY, "w") as archive:
        for name, data in handed_out(root).items():
            archive.writestr(zipfile.ZipInfo(name), data)


if __name__ == "__main__":
    write_copy(ROOT)
    sys.exit(0)
