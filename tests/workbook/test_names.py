"""No answer needs a name that the file of its stub lacks, or that means something else there."""

from __future__ import annotations

import ast
import builtins
import dis
import importlib
import runpy
from collections.abc import Iterator
from types import CodeType

import pytest

from workbook import catalogue, splice
from workbook.catalogue import Exercise


@pytest.mark.parametrize(
    "exercise", [one for one in catalogue.exercises() if not one.whole], ids=lambda one: one.id
)
def test_an_answer_finds_its_names_in_the_file_of_its_stub(exercise: Exercise) -> None:
    name = ".".join(exercise.file.relative_to(exercise.root).with_suffix("").parts)
    module = importlib.import_module(name)
    answers = runpy.run_path(str(exercise.answer))
    for needed in names_of(exercise) - vars(builtins).keys():
        own = getattr(answers[needed], "__module__", "") == "<run_path>"  # defined by both
        assert hasattr(module, needed), needed
        assert own or answers[needed] is getattr(module, needed), needed


def names_of(exercise: Exercise) -> set[str]:
    """The names that the answer looks up in its module, as it is defined and as it runs."""
    data = exercise.answer.read_bytes()
    places = splice.functions(ast.parse(data))
    node = places[splice.Key(exercise.qualname, "")].node
    evaluated = [*node.decorator_list, *node.args.defaults, *filter(None, node.args.kw_defaults)]
    names = {part.id for one in evaluated for part in ast.walk(one) if isinstance(part, ast.Name)}
    for code in codes(compile(data, str(exercise.answer), "exec")):
        if f"{code.co_qualname}.".startswith(f"{exercise.qualname}."):
            names |= {
                one.argval for one in dis.get_instructions(code) if one.opname == "LOAD_GLOBAL"
            }
    return names


def codes(code: CodeType) -> Iterator[CodeType]:
    """The code object, and all that are in it."""
    yield code
    for const in code.co_consts:
        if isinstance(const, CodeType):
            yield from codes(const)
