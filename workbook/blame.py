"""Whose fault a failing test is, where the answers can tell.

A test of one exercise runs through others, and fails for a mistake in any of them. So each test that
has failed is run once more, with this exercise alone as the learner has written it, over the answers
to all others. If it passes now, the fault lies elsewhere: the exercise at fault is the one with which
it fails again.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from pathlib import Path

from workbook import catalogue, judging, running
from workbook.catalogue import Exercise
from workbook.judging import Verdict
from workbook.overlay import ALL, Overlay
from workbook.running import Launch, Result


class Blame:
    """The runs over the answers."""

    def __init__(
        self, root: Path, options: Sequence[str], stop: threading.Event, launch: Launch
    ) -> None:
        self.root = root
        self.options = options
        self.stop = stop
        self.launch = launch
        self.known: list[Exercise] = []
        """Those that were found to be at fault."""
        self.written = [
            one
            for one in catalogue.exercises(root)
            if one.answer.is_file() and not catalogue.is_empty(one)
        ]

    def settle(self, verdicts: Sequence[Verdict]) -> None:
        """Takes from each verdict the tests that fail through another exercise, and says which."""
        found = [one for one in verdicts if one.word in judging.WORDS.values()]
        suspects = [one.exercise for one in found if one.exercise in self.written]
        for verdict in found:
            if verdict.exercise in suspects and len(self.written) > 1 and not self.stop.is_set():
                self.acquit(verdict, suspects)
        by_id = {verdict.exercise.id: verdict for verdict in verdicts}
        for verdict in verdicts:
            # One that passes all of its own tests and breaks another's is not solved.
            culprit = by_id.get(verdict.blamed)
            if culprit and culprit.word == judging.SOLVED and not culprit.spoiled:
                culprit.bad = list(verdict.spoiled)
                culprit.word = judging.WORDS[culprit.bad[0].outcome]

    def acquit(self, verdict: Verdict, suspects: Sequence[Exercise]) -> None:
        """Takes from a verdict what fails through another exercise."""
        exercise = verdict.exercise
        hung = [one for one in verdict.bad if one.outcome == "hung"]
        asked = [one for one in verdict.bad if one not in hung[1:]]  # one of them takes long enough
        failed = self.failed(exercise, asked, [exercise])
        free = [one for one in asked if one.id not in failed]
        if not free:
            return
        if not failed:
            free = list(verdict.bad)
        verdict.spoiled = free
        verdict.bad = [one for one in verdict.bad if one not in free]
        verdict.word = judging.WORDS[verdict.bad[0].outcome] if verdict.bad else judging.SOLVED
        verdict.blamed = self.culprit(exercise, free[0], suspects)

    def culprit(self, exercise: Exercise, result: Result, suspects: Sequence[Exercise]) -> str:
        """The id of the exercise with which this test fails; "" where it takes several together."""
        others = [one for one in self.written if one != exercise]
        first = [one for one in others if one in suspects]
        # One mistake turns many tests red, so who was to blame before is asked first.
        for some in (self.known, first, [one for one in others if one not in first]):
            if some and self.failed(exercise, [result], [exercise, *some]):
                return self.narrowed(exercise, result, some)
        return ""

    def narrowed(self, exercise: Exercise, result: Result, some: Sequence[Exercise]) -> str:
        """The one of `some` with which this test fails, found by halving."""
        while len(some) > 1:
            half = some[: len(some) // 2]
            some = half if self.failed(exercise, [result], [exercise, *half]) else some[len(half) :]
        if not self.failed(exercise, [result], [exercise, *some]):
            return ""
        self.known = list(dict.fromkeys([*self.known, some[0]]))
        return some[0].id

    def failed(
        self, exercise: Exercise, results: Iterable[Result], own: Sequence[Exercise]
    ) -> set[str]:
        """Which of these tests do not pass where only the exercises in `own` are the learner's."""
        ids = {one.id for one in results}
        overlay = Overlay(reference=frozenset([ALL]), own=frozenset(one.id for one in own))
        done = running.run(
            self.root,
            judging.files_of(self.root / "tests" / exercise.package, [exercise.id]),
            exercises=[exercise.id],
            names=sorted({running.plain_name(id) for id in ids}),
            overlay=overlay,
            options=self.options,
            seconds=judging.SECONDS,
            stop=self.stop,
            launch=self.launch,
        )
        return ids - {one.id for one in done.results if one.passed}
