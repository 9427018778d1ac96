"""The classic mistakes, written as edits of the answers: reads ``tests/sNN_*/mistakes/<id>.diff``.

Such a file holds the mistakes of one exercise. Each has a name, the sentence that explains it, the
test that must catch it, and what it changes in the body of the answer's function::

    @@ reads_after_writing @@
    Reads the old value after writing the new one.
    Caught by: test_the_old_value_is_returned
      store = self.store
    - old = store.get(key)
      store.put(key, value)
    + old = store.get(key)
    ...
    - return old

A line of an edit begins with ``- `` (the answer has it, the mistake does not), with ``+ `` (the
other way round) or with two blanks (both have it). The rest is the line as it is in the body,
whose first level begins at the left margin. Comments and empty lines of the answer don't count.
What stands between two lines ``...``, as the answer has it, is one place, and the answer must have it
exactly once. An edit of nothing but ``+`` lines is a whole body, for a mistake that is a different
algorithm.

``build`` makes of a mistake a Python file for ``workbook.overlay`` to plant.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from workbook import catalogue, splice
from workbook.catalogue import Exercise

HEADING = re.compile(r"@@ (\w+) @@")
CAUGHT_BY = "Caught by: "
ELSEWHERE = "..."


class MistakeError(Exception):
    """A file of mistakes is wrong. The message names the file and the line, and says what to do."""


class Place(NamedTuple):
    """Lines that stand together in the answer, and what the mistake has instead of them."""

    line: int  # in the file of mistakes
    old: list[str]
    new: list[str]


class Mistake(NamedTuple):
    """One wrong answer to an exercise."""

    exercise: Exercise
    name: str
    says: str
    caught_by: str
    edit: tuple[Place, ...]
    path: Path
    line: int

    @property
    def whole(self) -> bool:
        """Whether it gives a body of its own, and not an edit of the answer's."""
        return len(self.edit) == 1 and not self.edit[0].old

    def error(self, what: str, line: int = 0) -> MistakeError:
        return MistakeError(f"{self.path}:{line or self.line}: {what}")


# --- reading ---


def of(exercise: Exercise) -> list[Mistake]:
    """The mistakes of an exercise, if there is a file of them."""
    path = exercise.tests / "mistakes" / f"{exercise.id}.diff"
    if not path.is_file():
        return []
    found: dict[str, Mistake] = {}
    for mistake in _read(exercise, path):
        if mistake.name in found:
            first = found[mistake.name].line
            raise mistake.error(f"{mistake.name} is in line {first}, too: rename one of them.")
        found[mistake.name] = mistake
    return list(found.values())


def all_of(root: Path) -> list[Mistake]:
    """The mistakes of every exercise, in the order of the exercises."""
    known = catalogue.every(root)
    ids = {(exercise.tests, exercise.id) for exercise in known}
    for path in sorted((root / "tests").glob("**/mistakes/*")):
        if path.suffix != ".diff" or (path.parent.parent, path.stem) not in ids:
            raise MistakeError(
                f"{path}: belongs to no exercise of its step: name it like 2.5.diff."
            )
    return [mistake for exercise in known for mistake in of(exercise)]


def _read(exercise: Exercise, path: Path) -> Iterator[Mistake]:
    lines = path.read_text("utf-8").splitlines()
    starts = [number for number, line in enumerate(lines) if line.startswith("@@")]
    if any(line.strip() for line in lines[: starts[0] if starts else None]):
        raise MistakeError(f"{path}:1: begin with a heading: @@ name_of_the_mistake @@")
    for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
        yield _read_one(exercise, path, start + 1, lines[start:end])


def _read_one(exercise: Exercise, path: Path, first: int, lines: list[str]) -> Mistake:
    heading = HEADING.fullmatch(lines[0])
    mistake = Mistake(exercise, heading[1] if heading else "", "", "", (), path, first)
    if not heading:
        raise mistake.error("write the heading like this: @@ name_of_the_mistake @@")
    caught = [index for index, line in enumerate(lines) if line.startswith(CAUGHT_BY)]
    if len(caught) != 1:
        raise mistake.error(f"{mistake.name} needs one line `{CAUGHT_BY}test_function_name`.")
    says = " ".join(lines[1 : caught[0]]).strip()
    if not says:
        raise mistake.error(f"explain {mistake.name} in a sentence below its name.")
    mistake = mistake._replace(says=says, caught_by=lines[caught[0]].removeprefix(CAUGHT_BY))
    return mistake._replace(edit=tuple(_places(mistake, caught[0] + 1, lines)))


def _places(mistake: Mistake, start: int, lines: list[str]) -> Iterator[Place]:
    place = Place(mistake.line + start, [], [])
    for number, line in enumerate([*lines[start:], ELSEWHERE], mistake.line + start):
        mark, text = line[:2], line[2:]
        if line == ELSEWHERE:
            if place.old == place.new:
                raise mistake.error(
                    "this changes nothing: add lines that begin with - or +.", number
                )
            yield place
            place = Place(number + 1, [], [])
        elif line and mark.strip() not in ("", "-", "+"):
            raise mistake.error(f"begin the line with '- ', '+ ' or two blanks: {line}", number)
        elif text:
            if mark != "+ ":
                place.old.append(text)
            if mark != "- ":
                place.new.append(text)


# --- building ---


class Answer:
    """The answer to an exercise, without comments, and where the function's body is in it.

    The body of a whole module is all of it.
    """

    def __init__(self, exercise: Exercise, text: str) -> None:
        if exercise.whole:
            self._lines, self._start, self._margin = _without_comments(text), 0, ""
            self._end = len(self._lines)
            self.body = [line for line in self._lines if line]
            return
        tree = ast.parse(text)
        found = splice.functions(tree)
        node = found[splice.Key(exercise.qualname, "")].node
        first = node.body[0]
        heads = [first, *getattr(first, "decorator_list", [])]
        self._lines = _without_comments(text)
        self._start = min(head.lineno for head in heads) - 1
        self._end = _end(node)
        self._margin = " " * first.col_offset
        for other in [*(place.node for place in found.values()), *splice.classes(tree).values()]:
            if not other.lineno <= node.lineno <= _end(other):
                _blank(self._lines, other)
        lines = self._lines[self._start : self._end]
        self.body = [line.removeprefix(self._margin) for line in lines if line]

    def with_body(self, body: list[str]) -> str:
        """The answer file with this body, and without the answers to other exercises."""
        lines = [self._margin + line for line in body]
        return "\n".join([*self._lines[: self._start], *lines, *self._lines[self._end :], ""])


def answer_to(exercise: Exercise) -> Answer:
    """The answer as it stands in its file now."""
    return _answer(exercise, exercise.answer.read_text("utf-8"))


_answer = lru_cache(maxsize=32)(Answer)  # the mistakes of an exercise come one after the other


def _end(node: ast.stmt) -> int:
    assert node.end_lineno is not None
    return node.end_lineno


def _blank(lines: list[str], node: splice.Function | ast.ClassDef) -> None:
    first = min(head.lineno for head in [node, *node.decorator_list]) - 1
    lines[first : _end(node)] = [""] * (_end(node) - first)


def _without_comments(text: str) -> list[str]:
    lines = text.splitlines()
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            row, column = token.start
            lines[row - 1] = lines[row - 1][:column].rstrip()
    return lines


def wrong_body(mistake: Mistake, body: list[str]) -> list[str]:
    """The body of the answer, with the mistake made in it."""
    if mistake.whole:
        return mistake.edit[0].new
    wrong: list[str] = []
    done = 0
    for place in mistake.edit:
        start = _find(mistake, place, body)
        if start < done:
            raise mistake.error(
                "give the places in the answer's order, none over another.", place.line
            )
        wrong += [*body[done:start], *place.new]
        done = start + len(place.old)
    return [*wrong, *body[done:]]


def _find(mistake: Mistake, place: Place, body: list[str]) -> int:
    length = len(place.old)
    if not place.old:
        raise mistake.error("say where this goes in: add a line of the answer to it.", place.line)
    found = [at for at in range(len(body)) if body[at : at + length] == place.old]
    answer = mistake.exercise.answer
    if len(found) > 1:
        raise mistake.error(f"{answer} has this {len(found)} times: add a line to it.", place.line)
    if not found:
        strange = [line for line in place.old if line not in body]
        what = f"has no line `{strange[0].strip()}`" if strange else "has no such lines together"
        raise mistake.error(f"{answer} {what}: copy the lines from there.", place.line)
    return found[0]


def build(mistake: Mistake, into: Path) -> Path:
    """Write the wrong function as a Python file, which the overlay can plant."""
    answer = answer_to(mistake.exercise)
    text = answer.with_body(wrong_body(mistake, answer.body))
    try:
        ast.parse(text)
    except SyntaxError as error:
        raise mistake.error(f"{mistake.name} is not Python: {error.msg}: {error.text}") from None
    into.mkdir(parents=True, exist_ok=True)
    path = into / f"{mistake.exercise.hole}_{mistake.name}.py"
    path.write_text(text, "utf-8")
    return path
