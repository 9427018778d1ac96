"""The map: the steps, what is done, and what is next. Needs nothing but Python, and runs nothing."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from workbook import catalogue, finished
from workbook.bootstrap import CHECKER
from workbook.calls import SOLVED, Call
from workbook.catalogue import Challenge, Exercise, Step
from workbook.page import NARROW, Page
from workbook.progress import Progress

WIDTH = NARROW

SIGNS = {
    "solved": ("●", "green"),
    "waiting": ("◕", "green"),
    "stale": ("◐", "yellow"),
    "written": ("○", "yellow"),
    "empty": ("·", "dim"),
}
"""By state; whatever else a state is, something is wrong."""

BAD = ("✗", "red")

DONE = ("solved", "waiting", "stale")
"""The states in which there is nothing to write any more."""

LEGEND = {
    "solved": "solved",
    "waiting": "solved as far as it goes: some tests wait for an exercise not written yet",
    "bad": "wrong",
    "stale": "solved before, but something below or beside it has changed since",
    "written": "written, not checked in its present form",
}


def run(call: Call) -> int:
    """`checker.py`: prints the map."""
    as_json = call.flag("--json")
    call.nothing_more()
    return show_map(call.root, as_json)


def show_map(root: Path, as_json: bool = False) -> int:
    """Prints the map, for people or for programs."""
    overview = Overview(root)
    if as_json:
        print(json.dumps(overview.facts(), indent=1))
    else:
        overview.show(Page())
    return SOLVED


class Overview:
    """What the files and the notes say about each exercise."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.steps = catalogue.steps(root)
        progress = Progress(root)
        self.every = [exercise for step in self.steps for exercise in step.exercises]
        self.challenges = [one for step in self.steps for one in step.challenges]
        self.stages = [stage for one in self.challenges for stage in one.stages]
        self.states = {one.id: progress.state(one) for one in (*self.every, *self.stages)}

    def count(self, *states: str) -> int:
        """How many exercises are in one of these states."""
        return sum(self.states[one.id] in states for one in self.every)

    def is_done(self, step: Step) -> bool:
        """Whether each of its exercises is solved."""
        return all(self.states[one.id] == "solved" for one in step.exercises)

    @property
    def following(self) -> Exercise | None:
        """The first exercise that is not solved; the warm-up comes last, for it is optional."""
        left = [one for one in self.every if self.states[one.id] not in DONE]
        return min(left, key=lambda one: (one.key[0] == 0, one.key), default=None)

    def points(self, exercises: Sequence[Exercise]) -> tuple[int, int]:
        """Points earned with these, and points possible."""
        earned = sum(one.points for one in exercises if self.states[one.id] == "solved")
        return earned, sum(one.points for one in exercises)

    @property
    def minutes_left(self) -> int:
        """Minutes that what is not solved takes, by the manifests."""
        return sum(one.minutes for one in self.every if self.states[one.id] not in DONE)

    @property
    def server(self) -> dict[str, int]:
        """The authors of the functions that the complete server runs."""
        chosen, _ = catalogue.running(self.steps)
        yours = sum(self.states[one.id] != "empty" for one in chosen)
        empty = [one for one in chosen if self.states[one.id] == "empty"]
        answers = sum(one.answer.is_file() for one in empty)
        return {"yours": yours, "answers": answers, "missing": len(empty) - answers}

    # ------------------------------------------------------------ for programs

    def facts(self) -> dict[str, Any]:
        """The map as JSON.

        {"view": "map", "steps": [{"step", "title", "exercises": [{"id", "title", "state", "points",
        "minutes", "file", "line"}]}], "solved", "of", "points": {"earned", "possible"},
        "minutes_left", "server": {"yours", "answers", "missing"}, "next": "2.5" or null,
        "challenges": [{"challenge", "title", "stages": [like exercises]}]}

        A state is "empty", "written", "stale", "waiting", or a verdict that still holds.
        """
        earned, possible = self.points(self.every)
        following = self.following
        return {
            "view": "map",
            "steps": [self.step_facts(step) for step in self.steps],
            "solved": self.count("solved"),
            "of": len(self.every),
            "points": {"earned": earned, "possible": possible},
            "minutes_left": self.minutes_left,
            "server": self.server,
            "next": following.id if following else None,
            "challenges": [self.challenge_facts(one) for one in self.challenges],
        }

    def challenge_facts(self, challenge: Challenge) -> dict[str, Any]:
        """One challenge of it."""
        stages = self.facts_of(challenge.stages)
        return {"challenge": challenge.name, "title": challenge.title, "stages": stages}

    def step_facts(self, step: Step) -> dict[str, Any]:
        """One step of it."""
        exercises = self.facts_of(step.exercises)
        return {"step": step.number, "title": step.title, "exercises": exercises}

    def facts_of(self, exercises: Sequence[Exercise]) -> list[dict[str, Any]]:
        """Exercises, or stages."""
        return [{**about(one, self.root), "state": self.states[one.id]} for one in exercises]

    # ------------------------------------------------------------ for people

    def show(self, page: Page) -> None:
        """Prints it."""
        page.put(page.paint("A Redis server in ten steps", "bold") + "\n")
        for step in self.steps:
            page.put(self.line(step, page))
        page.put()
        if self.challenges:
            page.put(page.paint("Challenges: whole modules, when the ten steps are done", "bold"))
            for challenge in self.challenges:
                page.put(self.challenge_line(challenge, page))
            page.put()
        for text in self.legend(page):
            page.put(text)
        earned, possible = self.points(self.every)
        again = f", {stale} to check again" if (stale := self.count("stale")) else ""
        left = f"; about {hours(self.minutes_left)} left" if self.minutes_left else ""
        page.put(
            f"{self.count('solved')} of {len(self.every)} exercises solved{again}, {earned} of "
            f"{possible} points{left}."
        )
        if self.challenges:
            page.put(self.of_challenges())
        page.put(f"In the complete server: {self.shares()}.")
        if self.count("written", "stale"):
            page.put(f"To check all that is written: {CHECKER} all")
        if following := self.following:
            page.put("\n" + heading("Next:", following, self.root))
            page.put(f"      {CHECKER} {following.id}")
        if finished.is_whole(self.steps, self.is_done):
            page.put(f"\n{finished.WHOLE}")

    def line(self, step: Step, page: Page) -> str:
        """One step: its name, a sign for each exercise, and how many are solved."""
        title = step.title if step.number else f"{step.title} (optional)"
        solved = self.is_done(step) and bool(step.exercises)
        done = "solved" if solved else self.solved_of(step.exercises)
        here = self.following is not None and self.following.package == step.package
        arrow = page.paint("→", "bold") if here else " "
        return f"{arrow} {step.number:>2}  {title[:46]:<46}  {self.bar(step.exercises, page)}{done}"

    def challenge_line(self, challenge: Challenge, page: Page) -> str:
        """One challenge: its name and title, a sign for each stage, and how many are solved."""
        name = f"{challenge.name:<12} {challenge.title}"
        bar, done = self.bar(challenge.stages, page), self.solved_of(challenge.stages)
        return f"      {name[:46]:<46}  {bar}{done}"

    def bar(self, exercises: Sequence[Exercise], page: Page) -> str:
        """A sign for each exercise or stage, and blanks up to the next column."""
        states = (self.states[one.id] for one in exercises)
        signs = "".join(page.paint(*SIGNS.get(state, BAD)) for state in states)
        return signs + " " * max(1, 14 - len(exercises))

    def solved_of(self, exercises: Sequence[Exercise]) -> str:
        """How many of them are solved: `2 of 6`."""
        solved = sum(self.states[one.id] == "solved" for one in exercises)
        return f"{solved} of {len(exercises)}"

    def legend(self, page: Page) -> list[str]:
        """What the signs mean, for those that are there."""
        there = {state if state in SIGNS else "bad" for state in self.states.values()}
        told = [state for state in LEGEND if state in there]
        rows = [f"  {page.paint(*SIGNS.get(state, BAD))} {LEGEND[state]}" for state in told]
        return [*rows, ""] if told else []

    def of_challenges(self) -> str:
        """How much of the challenges is solved: a total of its own."""
        earned, possible = self.points(self.stages)
        return (
            f"Of the challenges, {self.solved_of(self.stages)} stages are solved, "
            f"{earned} of {possible} points."
        )

    def shares(self) -> str:
        """How much of the running server is whose."""
        server = self.server
        parts = [f"{server['yours']} yours"]
        if server["answers"]:
            parts.append(f"{server['answers']} from solutions/")
        if server["missing"]:
            parts.append(f"{server['missing']} not written yet")
        return f"{sum(server.values())} exercises: {', '.join(parts)}"


def about(exercise: Exercise, root: Path) -> dict[str, Any]:
    """What the manifest says of an exercise, and where it is."""
    position = catalogue.position(exercise)
    return {
        "id": exercise.id,
        "title": exercise.title,
        "points": exercise.points,
        "minutes": exercise.minutes,
        "file": position.file.relative_to(root).as_posix(),
        "line": position.line,
    }


def hours(minutes: int) -> str:
    """A time as people say it."""
    if minutes < 90:
        return f"{minutes} minutes"
    whole, half = divmod(round(minutes / 30), 2)
    return f"{whole}{'½' if half else ''} hours"


def heading(lead: str, exercise: Exercise, root: Path) -> str:
    """Id, title, and where the code is; on two lines where one is too short."""
    position = catalogue.position(exercise)
    where = f"{position.file.relative_to(root).as_posix()}:{position.line}"
    left = f"{lead} {exercise.id} {exercise.title}".lstrip()
    gap = WIDTH - len(left) - len(where)
    return f"{left}{' ' * gap}{where}" if gap > 1 else f"{left}\n      {where}"
