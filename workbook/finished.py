"""What the checker says when a step is done, and when the last one is."""

from __future__ import annotations

from collections.abc import Callable, Collection
from pathlib import Path

from workbook import catalogue, layers
from workbook.bootstrap import CHECKER
from workbook.catalogue import Step
from workbook.progress import Progress

PYTHON = CHECKER.partition(" ")[0]

WHOLE = f"""The whole server is yours now, from the socket to the event loop.

  {PYTHON} -m steps.s10 serve             starts it, for redis-cli and any other client
  {PYTHON} -m steps.s10 bench             measures it beside redis-server
  {CHECKER} trace 10 'SET k v'   shows how a request passes through it

Three things to add next: a challenge, which is a whole module of your own design (the
map shows them); a command that only you have (a class in steps/s06_types/commands/ is
all it takes); a second server that follows the first by reading its journal."""


def text(root: Path, solved: Collection[str]) -> str:
    """What to say if a step is done by these exercises, which a check has just found solved; or ""."""
    progress = Progress(root)
    steps = [step for step in catalogue.steps(root) if step.exercises]

    def is_done(step: Step) -> bool:
        return all(one.id in solved or progress.state(one) == "solved" for one in step.exercises)

    now = [
        step for step in steps if any(one.id in solved for one in step.exercises) and is_done(step)
    ]
    if not now:
        return ""
    return WHOLE if is_whole(steps, is_done) else step_text(now[-1], steps)


def is_whole(steps: Collection[Step], is_done: Callable[[Step], bool]) -> bool:
    """Whether all steps are there and done, but perhaps for the warm-up."""
    by_number = {step.number: step for step in steps}
    return all(layer.step in by_number and is_done(by_number[layer.step]) for layer in layers.TABLE)


def step_text(step: Step, steps: Collection[Step]) -> str:
    """What a step has brought, how to see it, and where to go on."""
    rows = [f"Step {step.number} is done."]
    new = [layer.adds for layer in layers.TABLE if layer.step == step.number]
    if new:
        rows[0] += f" New in your server: {new[0]}."
        rows.append(f"Start it:  {PYTHON} -m steps.s{step.number:02} serve")
    following = [one for one in steps if one.number > step.number]
    if following:
        rows.append(f"Next:      {CHECKER} notebook {following[0].number}")
    else:
        rows.append(f"The rest:  {CHECKER}")
    return "\n".join(rows)
