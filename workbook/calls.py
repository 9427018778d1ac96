"""One call of `checker.py`: its words, taken one by one, with an error for each that makes no sense."""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from workbook import bootstrap, catalogue
from workbook.catalogue import Exercise

SOLVED, UNSOLVED, WRONG_CALL, FAILED = 0, 1, 2, 3
"""Exit codes: all that was asked for is solved; something is not; the call or the environment is
wrong; the checker itself failed."""

EXERCISE = r"\d{1,3}\.\d{1,3}|[a-z]+\.\d{1,3}"
"""How people write the id of an exercise or of a stage."""

INTERRUPTED = 130  # as shells have it for Ctrl-C


class CallTrouble(Exception):  # noqa: N818 - it is what it says
    """The call is wrong. The message is one sentence that says what there is instead."""


class Command(NamedTuple):
    """A sub-command: how it is called, what it does in a line, and the function that does it.

    The function (`"workbook.editing:hint"`) takes a `Call` and returns an exit code. Its module is
    imported when it is called, and not before: the map must not wait for what a check needs.
    """

    usage: str
    what: str
    run: str

    def function(self) -> Callable[[Call], int]:
        """What does it."""
        module, _, name = self.run.partition(":")
        found: Callable[[Call], int] = getattr(importlib.import_module(module), name)
        return found


@dataclass
class Call:
    """What a sub-command is given. What it has understood it takes out of `words`."""

    root: Path
    words: list[str]  # behind the sub-command's name
    whole: list[str]  # from the beginning, to start the same call again

    def flag(self, name: str) -> bool:
        """Whether the flag stands there; takes it out."""
        there = name in self.words
        self.words = [word for word in self.words if word != name]
        return there

    def number(self, name: str) -> int | None:
        """The number behind an option such as `--seed 4711`; takes both out."""
        if name not in self.words:
            return None
        at = self.words.index(name)
        value = "".join(self.words[at + 1 : at + 2])
        if not (value.isascii() and value.isdigit()):
            raise CallTrouble(f"{name} takes a number, such as {name} 4711.")
        del self.words[at : at + 2]
        return int(value)

    def option(self, name: str, example: str) -> str | None:
        """The word behind an option such as `--out FOLDER`; takes both out."""
        given = self.options(name, example)
        if len(given) > 1:
            raise CallTrouble(f"{name} is given twice.")
        return given[0] if given else None

    def options(self, name: str, example: str) -> list[str]:
        """The words behind an option that may be given several times; takes all out."""
        found = []
        while name in self.words:
            at = self.words.index(name)
            value = "".join(self.words[at + 1 : at + 2])
            if not value or value.startswith("--"):
                raise CallTrouble(f"{name} takes a word, such as {name} {example}.")
            found.append(value)
            del self.words[at : at + 2]
        return found

    def exercises(self, what: str = "to check") -> list[Exercise]:
        """The exercises that the words left stand for, in order and once each."""
        if not self.words:
            raise CallTrouble(f"Say what {what}: a step, an exercise such as 4.2, or all.")
        chosen = {one.id: one for word in self.words for one in self.asked(word)}
        return sorted(chosen.values(), key=lambda exercise: exercise.key)

    def exercise(self) -> Exercise:
        """The one exercise that the words left name."""
        if len(self.words) == 1 and re.fullmatch(EXERCISE, self.words[0]):
            return catalogue.find(self.words[0], self.root)
        raise CallTrouble(f"Say which exercise, such as {self.whole[0]} 4.2.")

    def asked(self, word: str) -> Iterable[Exercise]:
        """The exercises, or the stages of challenges, that one word stands for."""
        challenges = {one.name: one.stages for one in catalogue.challenges(self.root)}
        if word == "all":
            return catalogue.exercises(self.root)
        if word == "challenges":
            return [stage for stages in challenges.values() for stage in stages]
        if word in challenges:
            return challenges[word]
        if re.fullmatch(r"\d{1,3}", word):
            return catalogue.step(int(word), self.root).exercises
        if re.fullmatch(EXERCISE, word):
            return [catalogue.find(word, self.root)]
        numbers = [step.number for step in catalogue.steps(self.root)]
        names = f"a challenge ({', '.join(challenges)}), " if challenges else ""
        raise CallTrouble(
            f"checker.py does not know {word!r}; it takes a step ({min(numbers)} to "
            f"{max(numbers)}), an exercise such as 4.2, {names}all, or what --help lists."
        )

    def nothing_more(self) -> None:
        """Refuses words that nobody has understood."""
        if self.words:
            raise CallTrouble(f"{' '.join(self.whole)}: {self.words[0]!r} is not understood here.")

    def prepare(self, *groups: str, only: Iterable[str] = ()) -> None:
        """Makes sure of packages; restarts this call if it has to make `.venv` first."""
        bootstrap.prepare(self.root, groups or ["learn"], self.whole, only=only)
