"""What holds for the text of every notebook: its parts, its length, its imports, and no noise."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from itertools import pairwise

import pytest

from workbook import catalogue, notebooks
from workbook.catalogue import ROOT

BEGINNING = """\
import sys

sys.path.insert(0, "..")  # the repository, whose folder notebooks/ this is
%load_ext workbook
from workbook import lesson"""

FIRST, LAST = "Where we are", ("Exercises", "What Redis does", "Quiz", "Further reading")
EXPERIMENT = "The experiment"

CODE, PROSE = 30, 70
"""Lines that a cell may have."""

FILES = notebooks.files(ROOT)
LESSONS = [file for file in FILES if file.stem[0].isdigit()]
"""Those of the steps. Those of the challenges are shorter."""
CHALLENGES = [file for file in FILES if file not in LESSONS]
STEPS = {step.number: step for step in catalogue.steps(ROOT)}


@pytest.fixture(params=FILES, ids=lambda file: file.stem)
def file(request):
    return request.param


of_a_step = pytest.mark.parametrize("file", LESSONS, indirect=True, ids=lambda file: file.stem)
of_a_challenge = pytest.mark.parametrize(
    "file", CHALLENGES, indirect=True, ids=lambda file: file.stem
)


@pytest.fixture
def cells(file):
    return notebooks.read(file).cells


@pytest.fixture
def step(file):
    return STEPS[int(file.name[:2])]


def code(cells) -> Iterator:
    """The cells that run."""
    return (cell for cell in cells if cell.cell_type == "code")


def prose(cells) -> str:
    """All that is there to read."""
    return "\n\n".join(cell.source for cell in cells if cell.cell_type == "markdown")


def sections(cells) -> dict[str, list]:
    """The cells by the section that they stand in; a heading may share a cell with text."""
    found: dict[str, list] = {"": []}
    for cell in cells:
        heading = re.match(r"## (.+)", cell.source) if cell.cell_type == "markdown" else None
        if heading:
            assert heading[1] not in found, f"two sections called {heading[1]}"
            found[heading[1]] = []
        found[list(found)[-1]].append(cell)
    return found


# ---------------------------------------------------------------- all of them


def test_every_step_has_a_notebook_named_like_it():
    assert [file.stem for file in LESSONS] == [step.package[1:] for step in STEPS.values()]


def test_the_others_are_named_like_challenges():
    names = {challenge.name for challenge in catalogue.challenges(ROOT)}
    assert {file.stem for file in CHALLENGES} <= names


# ---------------------------------------------------------------- no noise


def test_nothing_is_in_it_that_an_editor_has_left(file):
    text = file.read_text("utf-8")
    tidy = notebooks.written(notebooks.tidied(notebooks.read(file)))
    assert text == tidy, f"run python -m workbook.notebooks --tidy {file.stem}"


def test_each_cell_has_an_id_of_its_own_that_says_what_it_is(cells):
    ids = [cell.id for cell in cells]
    assert len(set(ids)) == len(ids)
    assert [one for one in ids if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", one)] == []


def test_no_cell_is_long(cells):
    for cell in cells:
        most = CODE if cell.cell_type == "code" else PROSE
        assert len(cell.source.splitlines()) <= most, cell.id


def test_what_varies_is_tagged_and_says_why(cells):
    for cell in code(cells):
        tags = cell.metadata.get("tags", [])
        assert tags in ([], [notebooks.VARIES]), cell.id
        says = re.match(r"# varies: \S.{3,}", cell.source) is not None
        tagged = bool(tags) and notebooks.EXPECTED not in cell.metadata
        assert says >= tagged, f"{cell.id}: a tag and `# varies: why` go together"
        assert says <= bool(tags), f"{cell.id}: a tag and `# varies: why` go together"


def test_no_failure_and_nothing_of_one_machine_is_stored(cells):
    machine = (
        (re.escape(str(ROOT)), "the repository's folder"),
        (r"/(?:home|root|Users|tmp|work|var)/\w", "a path"),
        (r"(?:127\.0\.0\.1|localhost):[1-9]\d{2,}", "a port"),
        (r"\b0x[0-9a-f]{8,}", "an address"),
    )
    for cell in code(cells):
        for output in cell.outputs:
            assert output.output_type != "error", f"{cell.id} has failed"
            assert output.get("name") != "stderr", f"{cell.id} has printed to stderr: {output.text}"
            data = {"": output.get("text", ""), **output.get("data", {})}
            shown = "\n".join(str(one) for kind, one in data.items() if "image/png" not in kind)
            for pattern, what in machine:
                assert not (found := re.search(pattern, shown)), f"{cell.id}: {what}, {found[0]}"


# ---------------------------------------------------------------- the parts


@of_a_challenge
def test_the_lesson_of_a_challenge_has_its_parts(file, cells):
    """The idea, an experiment, and what Redis does; the reader predicts, and the stages are named."""
    [challenge] = [one for one in catalogue.challenges(ROOT) if one.name == file.stem]
    assert cells[0].source.partition("\n")[0] == f"# Challenge · {challenge.title}"
    assert next(code(cells)).source == BEGINNING
    names = list(sections(cells))[1:]
    assert (names[0], names[-1]) == ("The idea", "What Redis does")
    assert EXPERIMENT in names
    assert 10 <= len(cells) <= 25
    assert f"`{challenge.stages[0].file.relative_to(ROOT).as_posix()}`" in prose(cells)


@of_a_step
def test_it_begins_with_its_name_and_with_what_it_has_at_hand(cells, step):
    first = cells[0].source.partition("\n")[0]
    number = f"Step {step.number} · " if step.number else ""
    assert first == f"# {number}{step.title}"
    assert next(code(cells)).source == BEGINNING


@of_a_step
def test_its_sections_are_those_of_all_notebooks(cells):
    names = list(sections(cells))[1:]
    assert names[0] == FIRST
    assert tuple(names[-4:]) == LAST
    assert EXPERIMENT in names[2:-4], "an idea comes first, then the experiment"
    assert any("lesson.place(" in cell.source for cell in sections(cells)[FIRST])


@of_a_step
def test_the_reader_predicts_five_times(cells):
    assert sum(notebooks.PREDICT in cell.source for cell in cells) >= 5


def test_the_reader_predicts_and_then_sees(cells):
    asked = [at for at, cell in enumerate(cells) if notebooks.PREDICT in cell.source]
    assert asked
    for at, after in pairwise([*asked, len(cells)]):
        rest = cells[at + 1 : after + 1]
        assert rest[0].cell_type == "code", f"{cells[at].id}: what is predicted is run next"
        answers = [number for number, cell in enumerate(rest) if notebooks.ANSWER in cell.source]
        assert answers, f"{cells[at].id}: the answer is folded, below what is run"
        for cell in code(rest[: answers[0]]):
            assert cell.metadata[notebooks.EXPECTED], f"{cell.id}: what comes out is kept"
            assert not cell.outputs, f"{cell.id}: no answer before the run"


@of_a_step
def test_the_quiz_has_five_questions_with_folded_answers(cells):
    quiz = prose(sections(cells)["Quiz"])
    assert quiz.count(notebooks.ANSWER) == 5
    assert prose(cells).count("<details>") == prose(cells).count("</details>")


@of_a_step
def test_each_exercise_has_its_brief_its_place_and_its_check(cells, step):
    """In the section of the exercises, or after the idea that an exercise belongs to."""
    checks = re.findall(
        r"^%check (\d+\.\d+)$", "\n".join(cell.source for cell in code(cells)), re.M
    )
    assert checks == [exercise.id for exercise in step.exercises]
    text = prose(cells)
    for exercise in step.exercises:
        assert f"### {exercise.id} {exercise.title}\n" in text, exercise.id
        _, _, brief = text.partition(f"### {exercise.id} {exercise.title}\n")
        brief = re.split(r"\n##", brief, maxsplit=1)[0]
        assert f"`{exercise.file.relative_to(ROOT).as_posix()}`" in brief, exercise.id
        assert exercise.whole or f"`{exercise.qualname}`" in brief, exercise.id
        assert len(re.findall(r"[.?:!](?:\s|$)", brief)) >= 2, f"{exercise.id}: a brief says more"


def test_each_plot_is_followed_by_what_to_see_in_it(cells):
    for at, cell in enumerate(cells):
        if "lesson.plot(" in cell.source:
            given = re.search(r"lesson\.plot\(.*?\bx=.*?\by=", cell.source, re.DOTALL)
            assert given, f"{cell.id}: both axes have names, with their units"
            rest = cells[at + 1 :]
            if notebooks.EXPECTED in cell.metadata:  # what to see is part of the answer
                rest = [one for one in rest if notebooks.EXPECTED not in one.metadata]
            assert rest[0].cell_type == "markdown", f"{cell.id}: one sentence says what to see"


def test_its_words_are_those_of_the_workbook(cells):
    text = re.sub(r"```.*?```|`[^`\n]*`", "", prose(cells), flags=re.DOTALL)
    found = re.findall(r"(?i)\b(?:simply|just|obviously)\b", text)
    assert not found, "no reader is helped by these words"
    assert not re.findall(r"https?://\S+", prose(cells)), "links rot: a title and where to find it"


# ---------------------------------------------------------------- its code


def test_it_imports_the_steps_and_no_package_but_matplotlib(cells):
    known = {*sys.stdlib_module_names, "steps", "workbook", "matplotlib"}
    for cell in code(cells):
        for node in ast.walk(notebooks.python(cell)):
            names = [one.name for one in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert {name.partition(".")[0] for name in names} <= known, cell.id


@of_a_step
def test_it_defines_nothing_that_a_step_defines(cells, step):
    """The code is in `steps/`; a notebook runs it. It neither repeats it nor patches it."""
    own = {exercise.qualname.partition(".")[0] for exercise in step.exercises}
    for cell in code(cells):
        tree = notebooks.python(cell)
        made = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
        names = {node.name for node in ast.walk(tree) if isinstance(node, made)}
        assert not names & own, f"{cell.id} defines what stands in steps/"
        for node in ast.walk(tree):
            targets = node.targets if isinstance(node, ast.Assign) else []
            patched = [ast.unparse(one) for one in targets if isinstance(one, ast.Attribute)]
            assert not [one for one in patched if one.startswith("steps.")], cell.id
