"""Writes files so that nothing is lost: each write is atomic, and can be undone.

What a write replaces is kept in `.workbook/backups/`: a numbered folder for each write, with one copy
of each file. The oldest are deleted first. `.workbook/` is the learner's own and not in git.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOLDER = ".workbook"
KEPT = 40
"""Writes that can be undone."""

INDEX = "index.json"


class BackupTrouble(Exception):  # noqa: N818 - it is what it says
    """A file can't be written or brought back. The message is one sentence."""


def write(path: Path, data: bytes, safe: bool = False) -> None:
    """Replaces a file at once: a reader sees the old text or the new one, nothing in between.

    A link stays a link, and the file keeps its mode. `safe` waits until the disk has it.
    """
    path = Path(os.path.realpath(path))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists() and not os.access(path, os.W_OK):
            raise PermissionError(13, "it is write-protected")
        number, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        try:
            with open(number, "wb") as file:
                file.write(data)
                if safe:
                    file.flush()
                    os.fsync(number)
            mode = path.stat().st_mode & 0o7777 if path.exists() else 0o644
            os.chmod(name, mode)
            os.replace(name, path)
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(name)
            raise
    except OSError as error:
        raise BackupTrouble(f"{path} can't be written: {error.strerror or error}.") from error


def read_json(root: Path, name: str) -> dict[str, Any]:
    """One of the files of `.workbook/`; empty if it is missing or cannot be read."""
    with contextlib.suppress(OSError, ValueError):
        facts = json.loads((root / FOLDER / name).read_text("utf-8"))
        if isinstance(facts, dict):
            return facts
    return {}


def as_json(facts: Mapping[str, Any]) -> bytes:
    """The bytes of such a file."""
    return (json.dumps(facts, indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode()


def digest(data: bytes | None) -> str:
    """Tells whether a file is still as it was."""
    return "" if data is None else hashlib.sha256(data).hexdigest()


def read(path: Path) -> bytes | None:
    """A file's bytes, None if there is no file."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise BackupTrouble(f"{path} can't be read: {error.strerror or error}.") from error


def change(root: Path, what: str, files: Mapping[Path, bytes]) -> None:
    """Writes files, after a backup of them all; all of them or none."""
    before = {path: read(path) for path in files}
    folder = keep(root, what, before, files)
    done = []
    try:
        for path, data in files.items():
            done.append(path)
            write(path, data, safe=len(files) < 10)
    except BaseException:
        with contextlib.suppress(BackupTrouble):
            restore({path: before[path] for path in done})
            shutil.rmtree(folder, ignore_errors=True)
        raise


def keep(
    root: Path, what: str, before: Mapping[Path, bytes | None], after: Mapping[Path, bytes]
) -> Path:
    """Makes a backup; drops the oldest if there are many."""
    place = root / FOLDER / "backups"
    numbers = all_numbers(root)
    folder = place / f"{max(numbers, default=0) + 1:05}"
    index = {
        "what": what,
        "files": [
            {
                "path": path.relative_to(root).as_posix(),
                "was": data is not None,
                "now": digest(after[path]),
            }
            for path, data in before.items()
        ],
    }
    for number, data in enumerate(before.values()):
        if data is not None:
            write(folder / str(number), data)
    write(folder / INDEX, as_json(index))  # last: a backup without its index counts for nothing
    for number in numbers[: max(0, len(numbers) + 1 - KEPT)]:
        shutil.rmtree(place / f"{number:05}", ignore_errors=True)
    return folder


def all_numbers(root: Path) -> list[int]:
    """The numbers of all backups, oldest first."""
    place = root / FOLDER / "backups"
    found = place.glob("[0-9][0-9][0-9][0-9][0-9]*") if place.is_dir() else ()
    return sorted(int(path.name) for path in found if path.name.isdigit())


@dataclass(frozen=True)
class Backup:
    """What one write replaced."""

    folder: Path
    what: str
    before: dict[Path, bytes | None]
    after: dict[Path, str]  # the digest of what was written

    def edited_since(self) -> list[Path]:
        """The files that are not any more what was written then."""
        return [path for path, known in self.after.items() if digest(read(path)) != known]


def newest(root: Path) -> Backup | None:
    """The backup that `undo` brings back."""
    for number in reversed(all_numbers(root)):
        folder = root / FOLDER / "backups" / f"{number:05}"
        try:
            facts = json.loads((folder / INDEX).read_text("utf-8"))
            files = [(root / one["path"], one) for one in facts["files"]]
            before = {
                path: (folder / str(at)).read_bytes() if one["was"] else None
                for at, (path, one) in enumerate(files)
            }
            return Backup(folder, facts["what"], before, {path: one["now"] for path, one in files})
        except (OSError, ValueError, KeyError, TypeError):
            continue  # a write that was cut off
    return None


def restore(files: Mapping[Path, bytes | None]) -> None:
    """Brings files back as they were; those that were not there go."""
    for path, data in files.items():
        if data is None:
            path.unlink(missing_ok=True)
        else:
            write(path, data)


def undo(root: Path, backup: Backup) -> Path:
    """Brings a backup back; what the files had until now is put aside, in the folder returned."""
    aside = root / FOLDER / "undone"
    for path in backup.edited_since():
        if (data := read(path)) is not None:
            write(aside / path.relative_to(root), data)
    restore(backup.before)
    shutil.rmtree(backup.folder, ignore_errors=True)
    return aside
