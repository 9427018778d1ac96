"""Whose fault a failing test is: it may run through other exercises, and a mistake in any fails it.

If the answers are available, `Blame` uses them: each test that has failed is run once more, with only
its own exercise as the learner has written it, over the answers to all others. If it passes now, the
fault lies elsewhere: the exercise at fault is the one with which it fails again.

Without them (`Waiting`) a test says nothing as long as it runs through another exercise whose own
tests fail, or which was changed when its own exercise was not. Each test that has failed is run once
more, with those exercises as stubs: a test that reaches one of them waits for it.
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cached_property
from pathlib import Path

from workbook import catalogue, judging, running
from workbook.catalogue import Exercise
from workbook.judging import Verdict
from workbook.overlay import ALL, Overlay
from workbook.progress import Progress
from workbook.running import Launch, Result

BRIEFLY = 4.0
"""Seconds for a test that has hung before, to see whether it does so again."""


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

    @cached_property
    def written(self) -> list[Exercise]:
        """The exercises that an answer can stand in for."""
        every = catalogue.every(self.root)
        return [one for one in every if one.answer.is_file() and not catalogue.is_empty(one)]

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
        if not verdict.bad:
            self.make_up(verdict)

    def make_up(self, verdict: Verdict) -> None:
        """Runs what was left out for tests that hung or crashed through another exercise."""
        left, verdict.unrun = verdict.unrun, []
        if not left:
            return
        alone = Overlay.alone(verdict.exercise.hole)
        done = self.again(verdict.exercise, left, alone)
        passed = [one for one in done if one.passed]
        verdict.passed += len(passed)
        verdict.bad = [one for one in done if one.outcome in judging.WORDS]
        if verdict.bad:
            verdict.word = judging.WORDS[verdict.bad[0].outcome]
        elif len(passed) < len(left):
            verdict.word = judging.NOT_CHECKED

    def culprit(self, exercise: Exercise, result: Result, suspects: Sequence[Exercise]) -> str:
        """The id of the exercise with which this test fails; "" where it takes several together."""
        others = [one for one in self.written if one.hole != exercise.hole]
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
        overlay = Overlay(reference=frozenset([ALL]), own=frozenset(one.hole for one in own))
        chosen = list(results)
        done = self.again(exercise, chosen, overlay)
        return {one.id for one in chosen} - {one.id for one in done if one.passed}

    def again(
        self, exercise: Exercise, results: Sequence[Result], overlay: Overlay
    ) -> list[Result]:
        """Runs these tests of an exercise, or of one that calls it, once more."""
        ids = {one.id for one in results}
        hung = any(one.outcome == "hung" for one in results)
        owners = sorted({one.exercise or exercise.id for one in results})
        done = running.run(
            self.root,
            judging.files_of(exercise.tests, owners),
            exercises=owners,
            names=sorted({running.plain_name(id) for id in ids}),
            overlay=overlay,
            options=self.options,
            seconds=BRIEFLY if hung else judging.SECONDS,
            stop=self.stop,
            launch=self.launch,
        )
        return [one for one in done.results if one.id in ids]


class Waiting:
    """Which tests wait for another exercise, where no answer can tell whose fault a failure is."""

    def __init__(self, blame: Blame, progress: Progress, written: Sequence[Exercise]) -> None:
        self.blame = blame
        self.written = written
        self.unchanged = {one.id for one in written if progress.was_solved(one)}
        """The exercises whose text has not changed since all of their tests passed."""

    def settle(self, verdicts: Sequence[Verdict]) -> None:
        """Has the tests that run through a wrong exercise wait for it."""
        self.return_hangs(verdicts)
        wrong = [one for one in verdicts if one.word in judging.WORDS.values() and not one.missing]
        if not wrong or len(self.written) < 2:
            return
        checked = {one.exercise.id for one in verdicts}
        right = {one.exercise.id for one in verdicts if one.word == judging.SOLVED}
        found = {one.exercise.id for one in wrong}
        ids = {one.id for one in self.written}
        steps = {one.exercise.package for one in verdicts}
        unknown = {one.id for one in self.written if one.package in steps} - checked
        unknown -= self.unchanged
        through: dict[str, dict[str, set[str]]] = {}
        while not self.blame.stop.is_set():
            for one in wrong:
                own = one.exercise.id
                if not all(through.get(own, {"": True}).values()):
                    continue
                fresh = (right - self.unchanged if own in self.unchanged else set()) & ids
                through[own] = self.through(one, found - {own}, unknown | fresh)
            # one with a test that comes to none of them is wrong, whatever else is
            unsure = [tests.values() for tests in through.values() if all(tests.values())]
            met = {id for tests in unsure for some in tests for id in some} & unknown
            if not met:
                break
            unknown -= met
            found |= self.failing(met)
        self.look_past(wrong, through)
        changed = right - self.unchanged
        for own, tests in through.items():
            through[own] = {id: some & (found | changed) for id, some in tests.items()}
        failing = {one.exercise.id: len(one.bad) / one.tests for one in wrong}
        guilty = find_guilty(through, failing, self.unchanged)
        for one in wrong:
            self.hold_back(one, through[one.exercise.id], guilty)
        self.accuse(verdicts)

    def return_hangs(self, verdicts: Sequence[Verdict]) -> None:
        """Clears an exercise in which others' tests hang, and none of its own: it was called too often.

        What hung counts against the one that it tests. What else waited for this exercise, a stub
        after the first hang, is left out, as it is after two hangs of one's own.
        """
        for verdict in verdicts:
            id = verdict.exercise.id
            if any(one.exercise == id for one in verdict.bad) or verdict.missing:
                continue
            if not verdict.bad or self.failing({id}):
                continue
            hung, verdict.bad, verdict.word = verdict.bad, [], judging.SOLVED
            for owner in verdicts:
                own = [one for one in hung if one.exercise == owner.exercise.id]
                if own:
                    owner.bad = [*own, *owner.bad]
                    owner.word = judging.WORDS[own[0].outcome]
                    owner.waiting = [one for one in owner.waiting if not waits_for(one, id)]
                    owner.awaited = [one for one in owner.awaited if one != id]

    def look_past(self, wrong: Sequence[Verdict], through: dict[str, dict[str, set[str]]]) -> None:
        """Adds which tests come to one that is wrong by itself, if not first of all.

        Whatever a test comes to first is a stub, and hides those after it. One whose failures all come
        to those that are wrong by themselves has nothing against it, so no other waits for it.
        """
        sure: set[str] = set()
        while not self.blame.stop.is_set():
            known, sure = sure, {id for id, tests in through.items() if not all(tests.values())}
            if sure == known:
                return
            explained = set[str]()
            for one in wrong:
                tests = through[one.exercise.id]
                if one.exercise.id not in sure:
                    met = self.through(one, sure, set())
                    explained |= {one.exercise.id} if all(met.values()) else set()
                    for id, some in met.items():
                        tests[id] = tests[id] | some
            for id in through.keys() - sure - explained:
                through[id] = {test: some - explained for test, some in through[id].items()}

    def through(self, verdict: Verdict, wrong: set[str], doubtful: set[str]) -> dict[str, set[str]]:
        """For each of its tests that failed: which of these exercises it comes to first.

        A test that passes now, as a server goes on without what is a stub, failed for one of them;
        and one that takes its process along tells nothing of what it came to.
        """
        own = verdict.exercise.id
        others = (wrong | doubtful) - {own}
        met: dict[str, set[str]] = {one.id: set() for one in verdict.bad}
        asked = [one for one in verdict.bad if one.facts.get("hangs") != own]
        if others and asked:
            held = Overlay(held=frozenset(others))
            for one in self.blame.again(verdict.exercise, asked, held):
                notes = {*map(str, one.facts.get("unwritten", ()))} & others
                met[one.id] = notes if notes or one.outcome == "failed" else wrong or others
        return met

    def failing(self, ids: Collection[str]) -> set[str]:
        """Those of these exercises whose own tests fail."""
        chosen = [one for one in self.written if one.id in ids]
        blame = self.blame
        verdicts = judging.judge_all(
            blame.root, chosen, blame.options, stop=blame.stop, launch=blame.launch
        )
        return {one.exercise.id for one in verdicts if one.word in judging.WORDS.values()}

    def hold_back(
        self, verdict: Verdict, met: Mapping[str, set[str]], guilty: Collection[str]
    ) -> None:
        """Takes from a verdict the tests that wait."""
        waiting = [one for one in verdict.bad if met.get(one.id)]
        if verdict.exercise.id in guilty and len(waiting) == len(verdict.bad):
            return
        verdict.waiting += waiting
        verdict.bad = [one for one in verdict.bad if one not in waiting]
        if not verdict.bad:  # what was left out for them waits, too
            verdict.waiting += verdict.unrun
        awaited = set[str]().union(*(met[one.id] for one in waiting))
        wrong = awaited.intersection(guilty) or awaited
        verdict.awaited = sorted({*verdict.awaited, *wrong}, key=catalogue.id_key)
        if verdict.bad:
            verdict.word = judging.WORDS[verdict.bad[0].outcome]
        elif verdict.passed:
            verdict.word = judging.SOLVED
        else:
            verdict.word = judging.NOT_CHECKED
            verdict.trouble = judging.needs(self.blame.root, verdict.awaited)

    def accuse(self, verdicts: Sequence[Verdict]) -> None:
        """One that passes all of its own tests, and without which another's would pass, is wrong."""
        for culprit in verdicts:
            id = culprit.exercise.id
            if culprit.word == judging.SOLVED and not culprit.waiting:
                broken = [
                    result
                    for verdict in verdicts
                    if verdict.exercise.id in self.unchanged and id in verdict.awaited
                    for result in verdict.waiting
                ]
                if broken and id not in self.unchanged:
                    culprit.bad = broken
                    culprit.word = judging.WORDS[broken[0].outcome]


def waits_for(result: Result, id: str) -> bool:
    """Whether this test came to that exercise: hung in it, or called it while it was a stub."""
    return id in (result.facts.get("hangs"), *map(str, result.facts.get("unwritten", ())))


def find_guilty(
    through: Mapping[str, Mapping[str, set[str]]],
    failing: Mapping[str, float],
    unchanged: Collection[str],
) -> set[str]:
    """The exercises that fail by themselves, or that have to count as such.

    `through` says of each exercise, and of each test of it that failed, which others that comes to.
    Where several wait for each other and for nothing else, it is those that have changed, and of
    these the one of whose own tests the largest part is `failing`: a right one fails only in the few of
    its tests that go on into another.
    """
    guilty = {id for id, tests in through.items() if not all(tests.values())}
    met = {id: set[str]().union(*tests.values()) for id, tests in through.items()}
    while True:
        excused = {id for id, some in met.items() if some & guilty or some - met.keys()}
        while more := {id for id, some in met.items() if some & excused} - excused:
            excused |= more
        left = met.keys() - guilty - excused
        if not left:
            return guilty
        doubtful = left.difference(unchanged) or left
        most = max(failing[id] for id in doubtful)
        guilty |= {id for id in doubtful if failing[id] == most}
