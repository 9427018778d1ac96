"""The files as they were handed out: where `reset` gets a stub from, docstring and all.

Git has them. The newest commit counts in which the function is a stub, so that committed work does
not hide it: HEAD first, then older commits of that file. Without git (the workbook came as a zip
file) each call that edits keeps the stubs that are still there in `.workbook/stubs.json`.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
from functools import cached_property
from pathlib import Path

from workbook import backups, splice
from workbook.catalogue import Exercise
from workbook.source import Source, SourceTrouble

DEPTH = 200
"""Commits of a file that are looked at."""

STUBS = "stubs.json"


class Pristine:
    """Finds stubs. Made once for a call, for it remembers what git has said."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._texts: dict[tuple[str, str], bytes | None] = {}

    def stub(self, exercise: Exercise) -> Source | None:
        """A file in which the exercise is still a stub; None if none is known."""
        name = exercise.file.relative_to(self.root).as_posix()
        if self.has_git:
            for commit in ["HEAD", *self.commits(name)]:
                if found := stub_in(self.text(commit, name), exercise):
                    return found
        kept = self.kept.get(exercise.id)
        return stub_in(kept.encode(), exercise) if isinstance(kept, str) else None

    @cached_property
    def has_git(self) -> bool:
        """Whether git can be asked."""
        return git(self.root, "rev-parse", "HEAD") is not None

    @cached_property
    def kept(self) -> dict[str, object]:
        """What was kept without git: by exercise, the text of a file with its stub in it."""
        return backups.read_json(self.root, STUBS)

    def commits(self, name: str) -> list[str]:
        """The commits that changed a file, newest first."""
        out = git(self.root, "log", f"-{DEPTH}", "--format=%H", "--", name) or b""
        return out.decode().split()

    def text(self, commit: str, name: str) -> bytes | None:
        """A file in a commit."""
        key = commit, name
        if key not in self._texts:
            self._texts[key] = git(self.root, "show", f"{commit}:./{name}")
        return self._texts[key]

    def keep(self, exercises: tuple[Exercise, ...]) -> None:
        """Without git: keeps those stubs that are still there, for a later reset."""
        if self.has_git:
            return
        new = dict(self.kept)
        for exercise in exercises:
            data = None if exercise.id in new else backups.read(exercise.file)
            if data is not None and stub_in(data, exercise):
                with contextlib.suppress(UnicodeDecodeError):
                    new[exercise.id] = data.decode()
        if new != self.kept:
            with contextlib.suppress(backups.BackupTrouble):
                backups.write(self.root / backups.FOLDER / STUBS, backups.as_json(new))
            self.kept = new


def stub_in(data: bytes | None, exercise: Exercise) -> Source | None:
    """The file, if the exercise is a stub in it."""
    if data is None:
        return None
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
            env={**os.environ, "GIT_OPTIONAL_LOCKS": "0"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=20,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None
