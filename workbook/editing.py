"""Help with an exercise, and edits of the learner's files: hint, solution, solve, reset, undo.

With `--json` each of them prints one object, and asks nothing: where it would ask, it takes `--yes`
or is a wrong call. Besides "view" (its own name) and "exit" (its exit code) there are

    hint           "id", "title", "points", "minutes", "file", "line"; "of": how many hints there
                   are; "hints": [{"number", "text"}]; "next": a command
    solution       the same six; "answer": {"file", "line", "code"}
    solve, reset   "exercises": their ids; "changed": the files that were written; "guessed": ids of
                   those reset whose original text could not be found; "restored": the files
                   that were missing or that Python could not read, and are whole again
    undo           "undone": the call that was undone, or "" where there was none; "changed": the
                   files; "kept": the folder with what was edited since, or ""

Files are paths from the repository's folder. A wrong call is {"view": "error", "message", "exit"}.
"""

from __future__ import annotations

import json
import sys
import textwrap
from collections.abc import Iterable
from itertools import groupby
from pathlib import Path
from typing import Any

from workbook import backups, catalogue, overlay, source, splice
from workbook.backups import BackupTrouble
from workbook.bootstrap import CHECKER
from workbook.calls import SOLVED, UNSOLVED, Call, CallTrouble
from workbook.catalogue import Exercise
from workbook.overview import WIDTH, about, heading
from workbook.pristine import Pristine
from workbook.progress import FILE, Progress
from workbook.source import Source, SourceTrouble


def tell(view: str, code: int, facts: dict[str, Any]) -> int:
    """Prints what was done, for a program; returns the exit code."""
    print(json.dumps({"view": view, "exit": code, **facts}, indent=1))
    return code


# ---------------------------------------------------------------- hint


def hint(call: Call) -> int:
    """`checker.py hint 4.2`: the next hint; `--all`: all of them."""
    everything, as_json = call.flag("--all"), call.flag("--json")
    exercise = call.exercise()
    count = len(exercise.hints)
    number, noted = (count, True) if everything else next_number(exercise, call.root)
    numbers = list(range(1, count + 1)) if everything else [number]
    if as_json:
        hints = [{"number": n, "text": exercise.hints[n - 1]} for n in numbers]
        more = {"of": count, "hints": hints, "next": after_hint(exercise, number, noted)}
        return tell("hint", SOLVED, {**about(exercise, call.root), **more})
    print(heading("", exercise, call.root))
    print(hint_text(exercise, numbers, noted))
    return SOLVED


def next_hint(exercise: Exercise, root: Path) -> str:
    """The next hint, which is remembered."""
    number, noted = next_number(exercise, root)
    return hint_text(exercise, [number], noted)


def next_number(exercise: Exercise, root: Path) -> tuple[int, bool]:
    """The number of the next hint, and whether it could be noted that it was given."""
    progress = Progress(root)
    before = progress.entry(exercise.id).get("hints")
    number = min(before + 1 if isinstance(before, int) and before > 0 else 1, len(exercise.hints))
    return number, progress.update({exercise.id: {"hints": number}})


def hint_text(exercise: Exercise, numbers: Iterable[int], noted: bool) -> str:
    """Hints by number, and where there is more."""
    count, last = len(exercise.hints), max(numbers)
    rows = [_paragraph(f"hint {n} of {count}   ", exercise.hints[n - 1]) for n in numbers]
    if not noted:
        rows.append(
            _paragraph("note          ", f"{FILE} can't be written, so hints are not counted.")
        )
    return "\n".join([*rows, f"  next          {after_hint(exercise, last, noted)}"])


def after_hint(exercise: Exercise, number: int, noted: bool) -> str:
    """The command that tells more than this hint, or checks where nothing does."""
    if not noted and number < len(exercise.hints):
        return f"python checker.py hint {exercise.id} --all"
    there = catalogue.answer_position(exercise) is not None
    more = "hint " if number < len(exercise.hints) else "solution " if there else ""
    return f"{CHECKER} {more}{exercise.id}"


def _paragraph(lead: str, text: str) -> str:
    indent = " " * (len(lead) + 2)
    return textwrap.fill(text, WIDTH, initial_indent=f"  {lead}", subsequent_indent=indent)


# ---------------------------------------------------------------- solution


def solution(call: Call) -> int:
    """`checker.py solution 4.2`: the answer with its reasons; asks first."""
    sure, as_json = call.flag("--yes"), call.flag("--json")
    exercise = call.exercise()
    text = solution_text(exercise, call.root)
    if as_json:
        if not sure:
            raise nobody_to_ask(call)
        place = catalogue.answer_position(exercise)
        answer = {
            "file": exercise.answer.relative_to(call.root).as_posix(),
            "line": place.line if place else 1,
            "code": text,
        }
        return tell("solution", SOLVED, {**about(exercise, call.root), "answer": answer})
    if not sure and not asked(call, f"Show the answer to {exercise.id} {exercise.title}?"):
        print("Not shown.")
        return SOLVED
    print(heading("", exercise, call.root))
    show_code(text)
    print(f"\n  to write it in: {CHECKER} solve {exercise.id}")
    return SOLVED


def solution_text(exercise: Exercise, root: Path) -> str:
    """The answer as it is in its file, at the left margin."""
    answers = answers_of(exercise, root)
    if exercise.whole:
        return "".join(answers.lines)
    node = answers.function(exercise.qualname)
    if node is None:
        raise CallTrouble(f"{answers.label} has no answer to {exercise.id}.")
    return narrowed(answers.text(node))


def narrowed(text: str) -> str:
    """The text with its comments wrapped again, to fit the page."""
    rows: list[str] = []
    for (lead, comment), group in groupby(text.splitlines(), _kind):
        lines = list(group)
        if not comment or all(len(line) <= WIDTH for line in lines):
            rows += lines
            continue
        words = " ".join(line.strip().removeprefix("#").strip() for line in lines)
        rows += textwrap.wrap(words, WIDTH, initial_indent=lead, subsequent_indent=lead)
    return "\n".join(rows) + "\n"


def _kind(line: str) -> tuple[str, bool]:
    """What a comment begins with, and whether it is one."""
    lead = line[: len(line) - len(line.lstrip())] + "# "
    return (lead, True) if line.startswith(lead) else ("", False)


def asked(call: Call, question: str) -> bool:
    """The learner's yes or no."""
    if not sys.stdin.isatty():
        raise nobody_to_ask(call)
    sys.stdout.write(f"{question} [y/N] ")
    sys.stdout.flush()
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def nobody_to_ask(call: Call) -> CallTrouble:
    """Says how to go on without a question."""
    return CallTrouble(
        f"This needs a yes, but nobody can answer here. To go on without asking: {CHECKER} "
        f"{' '.join(call.whole)} --yes"
    )


def show_code(text: str) -> None:
    """Prints Python, in colours where there is a terminal that has them."""
    if sys.stdout.isatty():
        try:
            from rich.console import Console
            from rich.syntax import Syntax
        except ImportError:
            pass
        else:
            Console().print(Syntax(text, "python", background_color="default", word_wrap=True))
            return
    print(text, end="")


# ---------------------------------------------------------------- solve and reset


class Edits:
    """What a call makes of the learner's files, before anything is written."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.pristine = Pristine(root)
        self.sources: dict[Path, Source] = {}
        self.original: dict[Path, bytes | None] = {}
        self.guessed: list[Exercise] = []
        self.restored: list[Path] = []
        self.missing: dict[Path, bytes] = {}

    def source(self, path: Path) -> Source:
        """A learner's file, as far as it is edited by now."""
        if path not in self.sources:
            data = backups.read(path)
            if data is None:
                raise SourceTrouble(f"{self.label(path)} is missing; a reset brings it back.")
            self.original[path] = data
            self.sources[path] = Source(data, self.label(path))
        return self.sources[path]

    def readable(self, exercise: Exercise, stub: Source | None) -> Source:
        """The learner's file, or what can take its place if it is missing or broken.

        Where the slip is in this function alone, the rest of the file stays as it is.
        """
        path = exercise.file
        try:
            return self.source(path)
        except SourceTrouble:
            data = backups.read(path)
            mended = data and source.without_slip(data, self.label(path), exercise.qualname, stub)
            whole = None if mended else self.pristine.file(path)
            if not mended and whole is None:
                raise
            self.original[path] = data
            self.sources[path] = mended or Source(whole or b"", self.label(path))
            if not mended:
                self.restored.append(path)
            return self.sources[path]

    def bring_back(self) -> None:
        """Brings back whatever is missing from the steps that are there, given code as well."""
        for name in self.pristine.copy:
            path = self.root / name
            there = (self.root / "/".join(name.split("/")[:2])).is_dir()
            if there and path not in self.sources and backups.read(path) is None:
                self.missing[path] = self.pristine.file(path) or self.pristine.copy[name]
                self.restored.append(path)

    def label(self, path: Path) -> str:
        """The name of a file as people type it."""
        return path.relative_to(self.root).as_posix()

    def solve(self, exercise: Exercise) -> None:
        """Writes an answer in."""
        if exercise.whole:
            self.replace(exercise.file, answers_of(exercise, self.root).data)
            return
        self.sources[exercise.file] = source.answered(
            self.source(exercise.file),
            answers_of(exercise, self.root),
            exercise.qualname,
            self.pristine.stub(exercise),
        )

    def reset(self, exercise: Exercise) -> None:
        """Makes a stub of it again."""
        if exercise.whole:
            self.replace(exercise.file, self.pristine.module(exercise))
            return
        stub = self.pristine.stub(exercise)
        before = self.readable(exercise, stub)
        node = before.function(exercise.qualname)
        if stub is None and not (node and splice.exercise_of(node)):
            self.guessed.append(exercise)
        self.sources[exercise.file] = source.emptied(before, exercise.qualname, exercise.id, stub)

    def replace(self, path: Path, data: bytes) -> None:
        """Another content for a whole file, which may be missing or broken."""
        self.original[path] = backups.read(path)
        self.sources[path] = Source(data, self.label(path))

    def write(self, what: str) -> list[Path]:
        """Writes what has changed; returns those files."""
        new = {path: one.data for path, one in self.sources.items()}
        changed = {path: data for path, data in new.items() if data != self.original[path]}
        changed |= self.missing
        if changed:
            backups.change(self.root, what, changed)
        return list(changed)


def answers_of(exercise: Exercise, root: Path) -> Source:
    """The answer file."""
    data = overlay.read(str(exercise.answer))
    name = exercise.answer.relative_to(root).as_posix()
    if data is None:
        if not (root / "solutions").is_dir():
            raise CallTrouble(
                f"There are no answers here: this copy has no folder solutions/. {CHECKER} "
                f"hint {exercise.id} --all shows every hint."
            )
        raise CallTrouble(f"There is no answer to {exercise.id}: {name} is missing.")
    return Source(data, name)


def solve(call: Call) -> int:
    """`checker.py solve 4.2`: writes the answer in; a step or `all` works too."""
    return edit(call, "solve")


def reset(call: Call) -> int:
    """`checker.py reset 4.2`: empties the stub again; a step or `all` works too."""
    return edit(call, "reset")


def edit(call: Call, what: str) -> int:
    """Edits the files of some exercises, all of them or none."""
    as_json = call.flag("--json")
    chosen = call.exercises(f"to {what}")
    edits = Edits(call.root)
    try:
        for exercise in {one.hole: one for one in chosen}.values():  # stages share their file
            (edits.solve if what == "solve" else edits.reset)(exercise)
        if what == "reset":
            edits.bring_back()
        changed = edits.write(f"{what} {' '.join(call.words)}")
    except (SourceTrouble, BackupTrouble) as error:
        raise CallTrouble(f"{error} Nothing was changed.") from error
    if as_json:
        return tell(
            what,
            SOLVED,
            {
                "exercises": [exercise.id for exercise in chosen],
                "changed": [edits.label(path) for path in changed],
                "guessed": [exercise.id for exercise in edits.guessed],
                "restored": [edits.label(path) for path in edits.restored],
            },
        )
    for path in changed:
        print(f"  {edits.label(path)}")
    print(summary(what, chosen, len(changed)))
    for path in edits.restored:
        was = "could not be read" if edits.original.get(path) else "was missing"
        print(f"{edits.label(path)} {was}, and has been restored.")
    for exercise in edits.guessed:
        print(
            textwrap.fill(
                f"{exercise.id}: its original text could not be found, so its signature "
                "and docstring stay as they were.",
                WIDTH,
            )
        )
    return SOLVED


def summary(what: str, chosen: list[Exercise], count: int) -> str:
    """What was done, and what brings it back."""
    names = chosen[0].id if len(chosen) == 1 else f"{len(chosen)} exercises"
    done = "solved" if what == "solve" else "empty again"
    if not count:
        return f"{names}: nothing to change."
    be = "is" if len(chosen) == 1 else "are"
    return f"{names} {be} {done}; {CHECKER} undo brings back what was there."


# ---------------------------------------------------------------- undo


def undo(call: Call) -> int:
    """`checker.py undo`: brings back what the last solve or reset has replaced."""
    sure, as_json = call.flag("--yes"), call.flag("--json")
    call.nothing_more()
    kept = ""
    try:
        backup = backups.newest(call.root)
        if backup is None:
            return undone(as_json, "", [], "")
        edited = [path for path in backup.edited_since() if path.suffix == ".py"]
        if edited and not sure:
            if as_json:
                raise nobody_to_ask(call)
            if not asked(call, question(edited, backup.what, call.root)):
                print("Nothing was changed.")
                return SOLVED
        aside = backups.undo(call.root, backup)
        kept = f"{aside.relative_to(call.root).as_posix()}/" if edited else ""
    except BackupTrouble as error:
        raise CallTrouble(str(error)) from error
    changed = [path.relative_to(call.root).as_posix() for path in backup.before]
    return undone(as_json, backup.what, [path for path in changed if path.endswith(".py")], kept)


def undone(as_json: bool, what: str, changed: list[str], kept: str) -> int:
    """Tells what was undone; returns the exit code."""
    code = SOLVED if what else UNSOLVED
    if as_json:
        return tell("undo", code, {"undone": what, "changed": changed, "kept": kept})
    for path in changed:
        print(f"  {path}")
    print(f"Undone: {what}." if what else NOTHING_LEFT)
    if kept:
        print(f"What you wrote after that is kept in {kept}.")
    return code


NOTHING_LEFT = "There is nothing to undo: no solve or reset is left."


def question(edited: Iterable[Path], what: str, root: Path) -> str:
    """Asks before edits are taken back with the rest."""
    names = ", ".join(path.relative_to(root).as_posix() for path in edited)
    return f"Edited since {what}: {names}.\nGo back to what was there before it?"
