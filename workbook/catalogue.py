"""What steps, exercises and challenges there are, and where.

Reads ``steps/sNN_*/exercises.toml`` and ``steps/sNN_*/challenges/*.toml``. A challenge is a whole
module for the learner to write, in stages. A stage is an exercise like the others, except that all
stages of a challenge share one hole: the file.
"""

from __future__ import annotations

import ast
import os
import re
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from workbook import overlay, splice

ROOT = Path(__file__).resolve().parent.parent
MANIFEST = "exercises.toml"
CHALLENGES = "challenges"
FOLDER = re.compile(r"s(\d\d)_\w+")
FUNCTION = re.compile(r"(?:\w+/)*\w+\.py(?::[^\W\d]\w*(?:\.[^\W\d]\w*)*)?")


class CatalogueError(Exception):
    """A manifest is wrong, or there is no such exercise. The message is one sentence."""


class Position(NamedTuple):
    """Where a function stands: the line of its ``def``, or 1 where there is no such function."""

    file: Path
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True)
class Exercise:
    """One hole in the server: a function, or a whole module, for the learner to write."""

    id: str
    title: str
    file: Path  # absolute, as all paths here
    qualname: str  # "" for a whole module
    points: int
    minutes: int
    hints: tuple[str, ...]

    @property
    def key(self) -> tuple[int, str, int]:
        """Sorts exercises: 10.2 after 10.1 and after 9.3, and challenges last."""
        return id_key(self.id)

    @property
    def whole(self) -> bool:
        """Whether the learner writes the whole module."""
        return not self.qualname

    @property
    def challenge(self) -> str:
        """The challenge that it is a stage of; "" for an exercise of a step."""
        name = self.id.partition(".")[0]
        return "" if name.isdigit() else name

    @property
    def hole(self) -> str:
        """What `Overlay` knows it by: the stages of a challenge are one hole."""
        return self.challenge or self.id

    @property
    def stub_text(self) -> str:
        """The text of the exception that it raises while it is empty."""
        return splice.stub_text(self.hole)

    @property
    def step(self) -> int:
        """The number of the step to which it belongs."""
        return int(self.package[1:3])

    @property
    def group(self) -> int | str:
        """What it is listed under: the number of its step, or the name of its challenge."""
        return self.challenge or self.step

    @property
    def tests(self) -> Path:
        """The folder of its tests."""
        folder = self.root / "tests" / self.package
        return folder / CHALLENGES / self.challenge if self.challenge else folder

    @property
    def package(self) -> str:
        """The name of the step's package, such as ``s02_resp``."""
        return self._folder.name

    @property
    def root(self) -> Path:
        return self._folder.parent.parent

    @property
    def answer(self) -> Path:
        """The answer file (which may be missing: an instructor may delete ``solutions/``)."""
        return self.root / "solutions" / self.file.relative_to(self.root / "steps")

    @cached_property
    def _folder(self) -> Path:
        return next(parent for parent in self.file.parents if FOLDER.fullmatch(parent.name))


@dataclass(frozen=True)
class Challenge:
    """A module that the learner writes whole, from its specification. It is optional."""

    name: str
    title: str
    idea: str
    stages: tuple[Exercise, ...]

    @property
    def group(self) -> str:
        """What its stages are listed under."""
        return self.name

    @property
    def exercises(self) -> tuple[Exercise, ...]:
        """Its stages."""
        return self.stages

    @property
    def heading(self) -> str:
        """What stands above its stages."""
        return f"Challenge {self.name}: {self.title}"


@dataclass(frozen=True)
class Step:
    """One layer of the server."""

    number: int
    package: str
    title: str
    idea: str
    tool: str
    rust: str
    exercises: tuple[Exercise, ...]
    folder: Path
    rests: tuple[str, ...] = ()
    """Exercises up to this step that its server never runs: a step has something else in their place,
    or they are tools beside the server."""

    @cached_property
    def challenges(self) -> tuple[Challenge, ...]:
        """Its challenges, by name. (A server that starts has no use for them.)"""
        return tuple(map(_challenge, _challenge_manifests(self.folder)))

    @property
    def group(self) -> int:
        """What its exercises are listed under."""
        return self.number

    @property
    def heading(self) -> str:
        """What stands above its exercises."""
        return f"Step {self.number}: {self.title}"

    @property
    def every(self) -> tuple[Exercise, ...]:
        """Its exercises, and the stages of its challenges."""
        return (*self.exercises, *(stage for one in self.challenges for stage in one.stages))


LAST = 1000


def id_key(exercise: str) -> tuple[int, str, int]:
    """Sorts ids: those with two numbers by these, and stages of challenges after them."""
    step, _, number = exercise.partition(".")
    return (int(step), "", int(number)) if step.isdigit() else (LAST, step, int(number))


# --- reading ---


def steps(root: Path = ROOT) -> tuple[Step, ...]:
    """All steps that have a manifest, from step 0 on, with their exercises in its order."""
    folders = sorted(path for path in (root / "steps").glob("s[0-9][0-9]_*") if path.is_dir())
    return tuple(read_step(folder) for folder in folders if (folder / MANIFEST).is_file())


def step(number: int, root: Path = ROOT) -> Step:
    """The step with this number."""
    known = steps(root)
    for one in known:
        if one.number == number:
            return one
    raise CatalogueError(
        f"There is no step {number}; the workbook has {_list(str(s.number) for s in known)}."
    )


def running(steps: Sequence[Step]) -> tuple[list[Exercise], list[Exercise]]:
    """The exercises that the server of the last of these steps runs, and those at rest in it.

    The warm-up is not part of any server.
    """
    rests = steps[-1].rests if steps else ()
    parts: tuple[list[Exercise], list[Exercise]] = [], []
    for one in steps:
        for exercise in one.exercises if one.number else ():
            parts[exercise.id in rests].append(exercise)
    return parts


def exercises(root: Path = ROOT) -> tuple[Exercise, ...]:
    """The exercises of all steps."""
    return tuple(exercise for one in steps(root) for exercise in one.exercises)


def challenges(root: Path = ROOT) -> tuple[Challenge, ...]:
    """The challenges of all steps."""
    return tuple(challenge for one in steps(root) for challenge in one.challenges)


def groups(root: Path = ROOT) -> tuple[Step | Challenge, ...]:
    """The steps, and after them the challenges: all that exercises are listed under."""
    return (*steps(root), *challenges(root))


def every(root: Path = ROOT) -> tuple[Exercise, ...]:
    """The exercises of all steps, and the stages of all challenges."""
    return (*exercises(root), *(stage for one in challenges(root) for stage in one.stages))


def find(exercise: str, root: Path = ROOT) -> Exercise:
    """The exercise with this id, such as "2.5", or the stage "streams.3"."""
    known = every(root)
    for one in known:
        if one.id == exercise:
            return one
    group = exercise.partition(".")[0]
    what = "exercise" if group.isdigit() else "stage"
    near = [one.id for one in known if one.id.partition(".")[0] == group]
    if near:
        owner = f"step {group}" if group.isdigit() else group
        raise CatalogueError(f"There is no {what} {exercise}; {owner} has {_list(near)}.")
    listed = _list(one.id for one in known if bool(one.challenge) is (what == "stage"))
    raise CatalogueError(f"There is no {what} {exercise}; the workbook has {listed}.")


def _list(names: Iterable[str]) -> str:
    return ", ".join(names) or "none"


def read_step(folder: str | Path) -> Step:
    """Read the manifests of a step; what has been read, and is as it was then, is not read again."""
    paths = [Path(folder) / MANIFEST, *_challenge_manifests(Path(folder))]
    try:
        facts = [os.stat(path) for path in paths]
    except OSError:
        return _read_step(Path(folder))
    stamps = [
        (path.name, one.st_mtime_ns, one.st_size, one.st_ino)
        for path, one in zip(paths, facts, strict=True)
    ]
    return _read_step_once(Path(folder), *stamps)


@lru_cache(maxsize=100)
def _read_step_once(folder: Path, *stamps: tuple[str, int, int, int]) -> Step:
    return _read_step(folder)


def manifest_of(folder: str | Path, challenge: str) -> str:
    """The manifest of a challenge, if it belongs to the step in this folder."""
    return os.path.join(folder, CHALLENGES, challenge + ".toml")


def _challenge_manifests(folder: Path) -> list[Path]:
    return sorted((folder / CHALLENGES).glob("*.toml"))


def _table_of(path: Path) -> _Table:
    try:
        facts = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise CatalogueError(f"{path}: can't be read: {error.strerror}.") from error
    except ValueError as error:
        raise CatalogueError(f"{path}: is not TOML: {error}.") from error
    return _Table(facts, str(path))


def _read_step(folder: Path) -> Step:
    path = folder / MANIFEST
    table = _table_of(path)
    found = FOLDER.fullmatch(folder.name)
    if found is None:
        raise CatalogueError(f"{folder}: the name of a step is like s02_resp.")
    made = Step(
        number=int(found[1]),
        package=folder.name,
        title=table.text("title"),
        idea=table.text("idea"),
        tool=table.text("tool"),
        rust=table.text("rust"),
        exercises=tuple(_exercise(one, folder, int(found[1])) for one in table.tables("exercise")),
        folder=folder,
        rests=table.texts("rests", 1, LAST) if table.has("rests") else (),
    )
    table.done()
    _check_unique(made.exercises, path)
    return made


def _challenge(path: Path) -> Challenge:
    table = _table_of(path)
    name = path.stem
    if not re.fullmatch("[a-z]+", name):
        raise CatalogueError(f"{path}: the name of a challenge is one word, in small letters.")
    stages = []
    for number, one in enumerate(table.tables("stage"), 1):
        if (id := one.text("id")) != f"{name}.{number}":
            raise one.error("id", f"is {id!r}, and stage {number} is {name}.{number}")
        stages.append(_made(one, id, path.with_suffix(".py"), ""))
    made = Challenge(name, table.text("title"), table.text("idea"), tuple(stages))
    table.done()
    _check_unique(made.stages, path)
    return made


def _exercise(table: _Table, folder: Path, step: int) -> Exercise:
    exercise = table.text("id")
    if not re.fullmatch(rf"{step}\.[1-9]\d*", exercise):
        raise table.error("id", f"is {exercise!r}, but ids of this step are like {step}.1")
    table.where += f", exercise {exercise}"
    function = table.text("function")
    if not FUNCTION.fullmatch(function):
        raise table.error(
            "function", f"is {function!r}, but must be like parser.py:RequestParser.feed"
        )
    file, _, qualname = function.partition(":")
    return _made(table, exercise, folder / file, qualname)


def _made(table: _Table, id: str, file: Path, qualname: str) -> Exercise:
    made = Exercise(
        id=id,
        title=table.text("title"),
        file=file,
        qualname=qualname,
        points=table.number("points"),
        minutes=table.number("minutes"),
        hints=table.texts("hints", 2, 4),
    )
    table.done()
    return made


def _check_unique(exercises: Sequence[Exercise], path: Path) -> None:
    for what in ("id", "title"):
        values = [getattr(one, what) for one in exercises]
        for value in values:
            if values.count(value) > 1:
                raise CatalogueError(f"{path}: {what}: {value!r} appears twice.")


class _Table:
    """A table of a manifest, from which each key is taken once and checked."""

    def __init__(self, facts: dict[str, Any], where: str) -> None:
        self.where = where
        self._left = dict(facts)

    def error(self, key: str, what: str) -> CatalogueError:
        return CatalogueError(f"{self.where}: {key}: {what}.")

    def has(self, key: str) -> bool:
        return key in self._left

    def _take(self, key: str) -> Any:
        if key not in self._left:
            raise self.error(key, "is missing")
        return self._left.pop(key)

    def text(self, key: str) -> str:
        value = self._take(key)
        if not isinstance(value, str) or not value.strip():
            raise self.error(key, f"is {value!r}, not a string")
        return value

    def number(self, key: str) -> int:
        value = self._take(key)
        if type(value) is not int or value < 1:
            raise self.error(key, f"is {value!r}, not a whole number of at least 1")
        return value

    def texts(self, key: str, least: int, most: int) -> tuple[str, ...]:
        values = self._take(key)
        if not isinstance(values, list) or not all(isinstance(one, str) and one for one in values):
            raise self.error(key, "is not a list of strings")
        if not least <= len(values) <= most:
            raise self.error(key, f"has {len(values)} entries, not {least} to {most}")
        return tuple(values)

    def tables(self, key: str) -> list[_Table]:
        values = self._left.pop(key, [])
        if not isinstance(values, list) or not all(isinstance(one, dict) for one in values):
            raise self.error(key, f"is written [[{key}]]")
        return [_Table(one, f"{self.where}, {key} {n}") for n, one in enumerate(values, 1)]

    def done(self) -> None:
        if self._left:
            raise self.error(next(iter(self._left)), "is not a known key")


# --- the learner's files ---


def position(exercise: Exercise) -> Position:
    """Where the learner writes it."""
    line = 1 if exercise.whole else _line(exercise.file, exercise.qualname)
    return Position(exercise.file, line)


def answer_position(exercise: Exercise) -> Position | None:
    """Where its answer stands; None without one."""
    if overlay.read(os.fspath(exercise.answer)) is None:
        return None
    if exercise.whole:
        return Position(exercise.answer, 1)
    line = _line(exercise.answer, exercise.qualname, missing=0)
    return Position(exercise.answer, line) if line else None


def exists(exercise: Exercise) -> bool:
    """Whether the learner's file has the function at all (or has a slip, and so may have it)."""
    data = overlay.read(os.fspath(exercise.file))
    if exercise.whole:
        return data is not None
    try:
        return exercise.qualname in _outline(data or b"").functions
    except (SyntaxError, ValueError):
        return True


def function_of(exercise: Exercise) -> splice.Function | None:
    """The learner's function, if it is there and Python can read its file."""
    try:
        places = splice.functions(ast.parse(overlay.read(os.fspath(exercise.file)) or b""))
    except (SyntaxError, ValueError):
        return None
    found = (place.node for key, place in places.items() if key.qualname == exercise.qualname)
    return next(found, None)


def is_empty(exercise: Exercise) -> bool:
    """Is it still to be written: is there nothing in it but its ``raise NotImplementedError``?"""
    data = overlay.read(os.fspath(exercise.file)) or b""
    try:
        outline = _outline(data)
    except (SyntaxError, ValueError):
        # Python can't read the file at the moment. Go by the text, so that a slip in one function
        # does not seem to complete the others.
        return not exercise.whole and stub_line(exercise) in data
    if exercise.whole:
        return outline.hole == exercise.hole
    return any(lines.stub for lines in outline.functions.get(exercise.qualname, ()))


def exercise_at(root: Path, file: Path, line: int) -> Exercise | None:
    """The exercise in whose function this line of a learner's file stands, if there is one."""
    here = [one for one in every(root) if one.file == file]
    if here and here[0].whole:
        return here[0]
    try:
        functions = _outline(overlay.read(os.fspath(file)) or b"").functions if here else {}
    except (SyntaxError, ValueError):
        return None
    names = {
        name
        for name, places in functions.items()
        if any(lines.first <= line <= lines.last for lines in places)
    }
    return next((one for one in here if one.qualname in names), None)


def is_open(exercise: Exercise) -> bool:
    """Does a call of it end in its NotImplementedError: is it empty, and nothing stands in for it?

    What is begun, and still has its `raise` in it, gets no answer either.
    """
    if is_empty(exercise):
        return answer_position(exercise) is None
    return line_of_stub(exercise) > 0


def line_of_stub(exercise: Exercise) -> int:
    """The line of its NotImplementedError in the learner's file, 0 where that is gone."""
    data = overlay.read(os.fspath(exercise.file)) or b""
    before, stub, _ = data.partition(stub_line(exercise))
    return len((before + b"x").splitlines()) if stub else 0


def stub_line(exercise: Exercise) -> bytes:
    """What stands in an exercise that is still to be written."""
    return f'raise NotImplementedError("{exercise.stub_text}")'.encode()


def _line(file: Path, qualname: str, missing: int = 1) -> int:
    data = overlay.read(os.fspath(file)) or b""
    try:
        places = _outline(data).functions.get(qualname, ())
    except (SyntaxError, ValueError):
        return line_by_text(data.decode("utf-8", "replace").splitlines(), qualname) or missing
    stubs = [lines.first for lines in places if lines.stub]
    return min(stubs or [lines.first for lines in places], default=missing)


class _Lines(NamedTuple):
    """The lines of a function, and whether it is a stub."""

    first: int
    last: int
    stub: bool


class _Outline(NamedTuple):
    """What is asked of a file again and again: its hole, if it is one as a whole, and its functions.

    A property's getter and setter have the same name.
    """

    hole: str | None
    functions: dict[str, list[_Lines]]


@lru_cache(maxsize=256)
def _outline(data: bytes) -> _Outline:
    """Parses a file with this content, once."""
    tree = ast.parse(data)
    functions: dict[str, list[_Lines]] = {}
    for key, (_, node) in splice.functions(tree).items():
        lines = _Lines(node.lineno, node.end_lineno or node.lineno, bool(splice.exercise_of(node)))
        functions.setdefault(key.qualname, []).append(lines)
    return _Outline(splice.hole_of(tree), functions)


def line_by_text(lines: Sequence[str], qualname: str) -> int:
    """Where a file with a slip has the ``def`` of the name, behind its classes; 0 if it has none."""
    *owners, name = qualname.split(".")
    wanted = [rf"\s*class\s+{owner}\b" for owner in owners] + [rf"\s*(async\s+)?def\s+{name}\b"]
    for number, line in enumerate(lines, 1):
        if re.match(wanted[0], line):
            wanted.pop(0)
            if not wanted:
                return number
    return 0


# --- whose the server is ---


def whose(step: int, files: overlay.Files) -> str:
    """Whose the server of a step is: "38 exercises: 12 yours, 26 from solutions/ (2 more rest here)"."""
    chosen, rest = running([one for one in steps(Path(files.root)) if one.number <= step])
    origins = [_origin(exercise, files) for exercise in chosen]
    total = f"{len(chosen)} exercise{'' if len(chosen) == 1 else 's'}"
    resting = f" ({len(rest)} more rest here)" if rest else ""
    if origins and set(origins) == {"yours"}:
        return f"{total}: all yours{resting}"
    parts = [f"{origins.count('yours')} yours"]
    for origin in ("from solutions/", "not written yet"):
        if count := origins.count(origin):
            parts.append(f"{count} {origin}")
    return f"{total}: {', '.join(parts)}{resting}" if chosen else "no exercises"


def _origin(exercise: Exercise, files: overlay.Files) -> str:
    """Goes by what this process has loaded, which is what runs; by the files where it has not."""
    built = files.built.get(os.fspath(exercise.file))
    mode = files.mode(os.fspath(exercise.file))
    if built:
        stub, answer = exercise.qualname in built.stubs, exercise.qualname in built.answered
    else:
        stub = is_empty(exercise)
        answer = (stub or mode.reference) and answer_position(exercise) is not None
    if exercise.id in mode.empty and (stub or mode.reference):
        return "not written yet"
    if answer:
        return "from solutions/"
    return "not written yet" if stub else "yours"
