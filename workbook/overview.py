"""The map: the steps, what is written, and what is next. Needs nothing but Python."""

from __future__ import annotations

from pathlib import Path

from workbook import catalogue
from workbook.calls import SOLVED, Call
from workbook.catalogue import Exercise, Step

WIDTH = 80


def run(call: Call) -> int:
    """`checker.py`: prints the map."""
    call.nothing_more()
    return show_map(call.root)


def show_map(root: Path) -> int:
    """Prints what is written and what is next. Reads the files only; nothing is run."""
    steps = catalogue.steps(root)
    empty = {one.id for step in steps for one in step.exercises if catalogue.is_empty(one)}
    print("A Redis server in ten steps\n")
    for step in steps:
        print(map_line(step, empty))
    every = [exercise for step in steps for exercise in step.exercises]
    written = len(every) - len(empty)
    print(f"\n{written} of {len(every)} exercises are written by you.")
    if written:
        print("To see which of them are right: python checker.py all")
    if following := next_one(every, empty):
        print(f"\n{heading('Next:', following, root)}\n      python checker.py {following.id}")
    return SOLVED


def map_line(step: Step, empty: set[str]) -> str:
    """One step: its name, and how many of its exercises are written."""
    done = [exercise.id not in empty for exercise in step.exercises]
    bar = "".join("#" if one else "." for one in done)
    title = step.title if step.number else f"{step.title} (optional)"
    state = "all written" if all(done) else f"{sum(done)} of {len(done)}" if any(done) else "-"
    return f"  {step.number:>2}  {title[:44]:<44}  {bar:<12}  {state}".rstrip()


def next_one(every: list[Exercise], empty: set[str]) -> Exercise | None:
    """The first exercise to write; the warm-up comes last, for it is optional."""
    left = [exercise for exercise in every if exercise.id in empty]
    return min(left, key=lambda exercise: (exercise.key[0] == 0, exercise.key), default=None)


def heading(lead: str, exercise: Exercise, root: Path) -> str:
    """Id, title, and where the code is; on two lines where one is too short."""
    where = place(exercise, root)
    left = f"{lead} {exercise.id} {exercise.title}".lstrip()
    gap = WIDTH - len(left) - len(where)
    return f"{left}{' ' * gap}{where}" if gap > 1 else f"{left}\n      {where}"


def place(exercise: Exercise, root: Path) -> str:
    """File and line of the learner's function, as an editor takes it."""
    position = catalogue.position(exercise)
    return f"{position.file.relative_to(root).as_posix()}:{position.line}"
