"""Makes submissions with known scores: some exercises answered, some answered wrongly, some empty."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path

from workbook import catalogue, editing, splice
from workbook.grading import intake, job

ROOT = Path(__file__).resolve().parents[2]


@lru_cache(maxsize=1)
def pristine() -> Mapping[str, bytes]:
    """The workbook's own steps."""
    return intake.pristine_files(ROOT)


def written(ids: Iterable[str], wrong: Iterable[str] = ()) -> dict[str, bytes]:
    """The files of a submission that answers these exercises; those in `wrong` return None."""
    wrong = set(wrong)
    edits = editing.Edits(ROOT)
    chosen = [one for one in catalogue.exercises(ROOT) if one.id in {*ids, *wrong}]
    for exercise in chosen:
        edits.solve(exercise)
    files = {path: source.data for path, source in edits.sources.items()}
    for exercise in chosen:
        if exercise.id in wrong:
            files[exercise.file] = spoiled(files[exercise.file], exercise.qualname)
    return {path.relative_to(ROOT).as_posix(): data for path, data in files.items()}


def spoiled(data: bytes, qualname: str, line: str = "return None") -> bytes:
    """The file with one more line at the beginning of a function."""
    places = splice.functions(ast.parse(data))
    node = next(place.node for key, place in places.items() if key.qualname == qualname)
    body = node.body[1:] if ast.get_docstring(node, clean=False) is not None else node.body
    lines = data.decode().splitlines(True)
    at = body[0].lineno - 1
    return "".join([*lines[:at], " " * body[0].col_offset + line + "\n", *lines[at:]]).encode()


def put(folder: Path, files: Mapping[str, bytes]) -> Path:
    """A submission as a folder; what it does not change is not in it."""
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    (folder / "steps").mkdir(parents=True, exist_ok=True)
    return folder


def points(ids: Iterable[str]) -> int:
    """What these exercises are worth."""
    wanted = set(ids)
    return sum(one.points for one in catalogue.exercises(ROOT) if one.id in wanted)


def order(files: Mapping[str, bytes], *steps: int, **more: object) -> dict[str, object]:
    """A job for these files."""
    return {"id": "ada", "seed": 4711, "files": job.encoded(files), "steps": list(steps), **more}


def verdicts(result: Mapping[str, object]) -> dict[str, str]:
    """The verdicts of a result, by exercise."""
    exercises = result["exercises"]
    assert isinstance(exercises, list)
    return {one["id"]: one["verdict"] for one in exercises}
