"""The manifests, the stubs and the answers agree with each other; and the catalogue reads them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from workbook import catalogue, splice
from workbook.catalogue import CatalogueError, Exercise

ROOT = Path(__file__).resolve().parents[2]


# --- this repository: manifests, stubs and answers ---


def python_files(tree: str) -> list[Path]:
    return sorted(path for path in (ROOT / tree).rglob("*.py"))


def functions(path: Path) -> dict[str, list[splice.Function]]:
    """The functions of a file by qualified name (a property's getter and setter share one)."""
    found: dict[str, list[splice.Function]] = {}
    for key, place in splice.functions(ast.parse(path.read_bytes(), str(path))).items():
        found.setdefault(key.qualname, []).append(place.node)
    return found


def where(path: Path, name: str) -> str:
    return f"{path.relative_to(ROOT).as_posix()}:{name}"


def stubs() -> Iterator[tuple[Path, str, str]]:
    """File, qualified name and exercise of everything under steps/ that is a stub."""
    for path in python_files("steps"):
        for name, nodes in functions(path).items():
            for node in nodes:
                if exercise := splice.exercise_of(node):
                    yield path, name, exercise


def by_function() -> dict[tuple[Path, str], Exercise]:
    return {(one.file, one.qualname): one for one in catalogue.exercises()}


def whole_answers() -> set[Path]:
    """The answers that are modules as a whole."""
    return {one.answer for one in catalogue.every() if one.whole}


def parts() -> list[Path]:
    """The other answer files: they hold functions for the files of the same name."""
    return [path for path in python_files("solutions") if path not in whole_answers()]


def test_the_manifests_can_be_read_and_ids_are_unique() -> None:
    ids = [one.id for one in catalogue.every()]
    assert ids
    assert len(ids) == len(set(ids))


def test_each_function_of_a_manifest_exists_and_stands_there_once() -> None:
    all_of_them = catalogue.exercises()
    missing = [
        f"{one.id} {one.file.name}:{one.qualname}"
        for one in all_of_them
        if not one.file.is_file() or not (one.whole or one.qualname in functions(one.file))
    ]
    assert missing == []
    assert len(by_function()) == len(all_of_them)


def test_each_stub_is_in_its_manifest_under_its_id() -> None:
    known = by_function()
    wrong = [
        f"{where(path, name)} says exercise {exercise}"
        for path, name, exercise in stubs()
        if (path, name) not in known or known[path, name].id != exercise
    ]
    assert wrong == []


def test_each_whole_module_is_a_specification_alone() -> None:
    """It is told by its docstring, and by nothing else in it."""
    wrong = [
        one.id
        for one in catalogue.every()
        if one.whole and not (one.file.is_file() and catalogue.is_empty(one))
    ]
    assert wrong == []


def test_each_specification_is_in_a_manifest() -> None:
    holes = {path: splice.hole_of(ast.parse(path.read_bytes())) for path in python_files("steps")}
    known = {(one.file, one.hole) for one in catalogue.every() if one.whole}
    assert {item for item in holes.items() if item[1]} == known


def test_each_exercise_has_an_answer() -> None:
    missing = [
        one.id
        for one in catalogue.every()
        if not one.answer.is_file() or not (one.whole or one.qualname in functions(one.answer))
    ]
    assert missing == []


def test_each_answer_answers_an_exercise() -> None:
    known = {(one.answer, one.qualname) for one in catalogue.exercises()}
    orphans = [
        where(path, name)
        for path in parts()
        for name in functions(path)
        if (path, name) not in known
    ]
    assert orphans == []


def test_no_answer_is_a_stub_or_repeats_the_docstring() -> None:
    wrong = [
        where(path, name)
        for path in parts()
        for name, nodes in functions(path).items()
        for node in nodes
        if splice.exercise_of(node) or splice.docstring(node)
    ]
    assert wrong == []


def test_the_text_of_a_stub_stands_in_stubs_only() -> None:
    """With more in it than its `raise` a function is neither filled nor counted as empty."""
    pure = {(path, exercise) for path, _, exercise in stubs()}
    wrong = []
    for path in python_files("steps"):
        for node in ast.walk(ast.parse(path.read_bytes())):
            found = exercise_raised(node)
            if found and (path, found) not in pure:
                wrong.append(where(path, f"exercise {found}"))
    assert wrong == []


def exercise_raised(node: ast.AST) -> str | None:
    match node:
        case ast.Raise(exc=ast.Call(args=[ast.Constant(value=str(text))])):
            found = splice.STUB_TEXT.fullmatch(text)
            return found[1] if found else None
    return None


def test_each_stub_has_its_specification_in_a_docstring() -> None:
    bare = [
        where(path, name)
        for path in python_files("steps")
        for name, nodes in functions(path).items()
        for node in nodes
        if splice.exercise_of(node) and not splice.docstring(node)
    ]
    assert bare == []


def test_a_stub_and_its_answer_have_one_signature() -> None:
    differ = []
    for one in catalogue.exercises():
        theirs = functions(one.answer).get(one.qualname, []) if one.answer.is_file() else []
        for mine, answer in zip(functions(one.file).get(one.qualname, []), theirs, strict=False):
            if signature(mine) != signature(answer):
                differ.append(f"{one.id} {signature(mine)} != {signature(answer)}")
    assert differ == []


def signature(node: splice.Function) -> str:
    """Parameters and their defaults, and what kind of function it is."""
    kind = type(node).__name__
    args = node.args
    names = [arg.arg for arg in (*args.posonlyargs, *args.args, *args.kwonlyargs)]
    stars = [arg.arg if arg else "" for arg in (args.vararg, args.kwarg)]
    defaults = [ast.unparse(d) if d else "" for d in (*args.defaults, *args.kw_defaults)]
    return f"{kind} {names} {stars} {defaults}"


def test_a_file_of_answers_holds_imports_and_answers_only() -> None:
    other = [
        where(path, f"{node.lineno} {type(node).__name__}")
        for path in parts()
        for node in ast.parse(path.read_bytes()).body
        for node in misplaced(node)
    ]
    assert other == []


def misplaced(node: ast.stmt, inside: bool = False) -> Iterator[ast.stmt]:
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            return
        case ast.ClassDef():
            for inner in node.body:
                yield from misplaced(inner, inside=True)
        case ast.Expr(value=ast.Constant(value=str())) if not inside:
            return  # what the file is
        case ast.Import() | ast.ImportFrom(level=0) if not inside:
            return
        case ast.If(test=ast.Name(id="TYPE_CHECKING")) if not inside:
            for inner in node.body:
                yield from misplaced(inner)
        case _:
            yield node


def test_no_file_of_answers_is_an_orphan() -> None:
    answered = {one.answer for one in catalogue.every()}
    others = [path for path in (ROOT / "solutions").rglob("*") if path.is_file()]
    orphans = [path for path in others if path not in answered and "__pycache__" not in path.parts]
    assert [path.relative_to(ROOT).as_posix() for path in orphans] == []


# --- reading a manifest ---

STEP = 'title = "RESP"\nidea = "i"\ntool = "t"\nrust = "r"\n'
EXERCISE = """
[[exercise]]
id = "2.1"
title = "Half a command"
function = "parser.py:Parser.feed"
points = 3
minutes = 30
hints = ["a", "b"]
"""
PARSER = '''
class Parser:
    @property
    def feed(self):
        """Doc."""
        raise NotImplementedError("exercise 2.1")
'''


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A repository whose step 2 has one exercise."""
    write(tmp_path, "steps/s02_resp/exercises.toml", STEP + EXERCISE)
    write(tmp_path, "steps/s02_resp/parser.py", PARSER)
    return tmp_path


def write(root: Path, path: str, text: str) -> Path:
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return file


def test_a_step_and_its_exercise(root: Path) -> None:
    (step,) = catalogue.steps(root)
    assert step == catalogue.step(2, root)
    assert (step.number, step.package, step.title, step.rust) == (2, "s02_resp", "RESP", "r")
    exercise = catalogue.find("2.1", root)
    assert step.exercises == (exercise,)
    assert (exercise.file, exercise.qualname) == (
        root / "steps/s02_resp/parser.py",
        "Parser.feed",
    )
    assert (exercise.points, exercise.minutes, exercise.hints) == (3, 30, ("a", "b"))
    assert exercise.package == "s02_resp"
    assert exercise.root == root
    assert exercise.answer == root / "solutions/s02_resp/parser.py"


def test_steps_and_ids_are_sorted_as_numbers(root: Path) -> None:
    rows = [
        EXERCISE.replace("2.1", f"10.{n}").replace("Half a command", f"T{n}") for n in range(1, 12)
    ]
    write(root, "steps/s10_asyncio/exercises.toml", STEP + "".join(rows))
    write(root, "steps/s00_warmup/exercises.toml", STEP)
    (root / "steps/s03_without_a_manifest").mkdir()
    assert [step.number for step in catalogue.steps(root)] == [0, 2, 10]
    ids = [one.id for one in catalogue.exercises(root)]
    assert ids[-2:] == ["10.10", "10.11"]
    by_text = sorted(ids)  # 10.10 before 10.2
    assert sorted(by_text, key=catalogue.id_key) == ids
    assert catalogue.find("10.10", root).key > catalogue.find("10.2", root).key


def test_an_unknown_id_lists_what_there_is(root: Path) -> None:
    with pytest.raises(CatalogueError, match=r"^There is no exercise 2\.9; step 2 has 2\.1\.$"):
        catalogue.find("2.9", root)
    with pytest.raises(
        CatalogueError, match=r"^There is no exercise 7\.1; the workbook has 2\.1\.$"
    ):
        catalogue.find("7.1", root)
    with pytest.raises(CatalogueError, match=r"^There is no step 7; the workbook has 2\.$"):
        catalogue.step(7, root)
    with pytest.raises(CatalogueError, match=r"^There is no step 7; the workbook has none\.$"):
        catalogue.step(7, root / "steps")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("title", "titel", "title: is missing."),
        ('rust = "r"', "rust = 1", "rust: is 1, not a string."),
        ('idea = "i"', 'idea = " "', "idea: is ' ', not a string."),
        ('tool = "t"', 'tool = "t"\nextra = 1', "extra: is not a known key."),
        ('id = "2.1"', "", ", exercise 1: id: is missing."),
        ('id = "2.1"', 'id = "3.1"', "id: is '3.1', but ids of this step are like 2.1."),
        ('id = "2.1"', 'id = "2.01"', "id: is '2.01', but ids of this step are like 2.1."),
        ("points = 3", "", ", exercise 2.1: points: is missing."),
        ("points = 3", "points = 0", "points: is 0, not a whole number of at least 1."),
        ("points = 3", "points = true", "points: is True, not a whole number of at least 1."),
        ("minutes = 30", 'minutes = "30"', "minutes: is '30', not a whole number of at least 1."),
        ("hints = [", "hints = []#", "hints: has 0 entries, not 2 to 4."),
        ('"a", "b"', '"a"', "hints: has 1 entries, not 2 to 4."),
        ('"a", "b"', '"a", "b", "c", "d", "e"', "hints: has 5 entries, not 2 to 4."),
        ('"a", "b"', '"a", 1', "hints: is not a list of strings."),
        ("minutes", "minuets = 1\nminutes", "minuets: is not a known key."),
        ("parser.py:", "parser:", "is 'parser:Parser.feed', but must be like parser.py:Req"),
        ("parser.py:", "../parser.py:", "but must be like parser.py:RequestParser.feed."),
        ("[[exercise]]", "[exercise]", "exercise: is written [[exercise]]."),
        (EXERCISE, EXERCISE * 2, "id: '2.1' appears twice."),
        (EXERCISE, EXERCISE + EXERCISE.replace("2.1", "2.2"), "'Half a command' appears twice"),
        ("[[exercise]]", "[[exercise", "is not TOML: "),
    ],
)
def test_a_wrong_manifest_is_one_sentence(root: Path, old: str, new: str, said: str) -> None:
    text = STEP + EXERCISE
    assert old in text
    path = write(root, "steps/s02_resp/exercises.toml", text.replace(old, new, 1))
    with pytest.raises(CatalogueError) as caught:
        catalogue.steps(root)
    sentence = str(caught.value)
    assert said in sentence
    assert sentence.startswith(str(path))
    assert "\n" not in sentence


def test_a_manifest_that_is_no_text(root: Path) -> None:
    (root / "steps/s02_resp/exercises.toml").write_bytes(b'title = "\xff"')
    with pytest.raises(CatalogueError, match="is not TOML: "):
        catalogue.steps(root)


# --- where, and whether it is written ---


def test_the_position_of_a_stub_and_of_its_answer(root: Path) -> None:
    exercise = catalogue.find("2.1", root)
    assert str(catalogue.position(exercise)) == f"{exercise.file}:4"
    assert catalogue.answer_position(exercise) is None
    write(root, "solutions/s02_resp/parser.py", "\nclass Parser:\n    def feed(self): ...\n")
    assert catalogue.answer_position(exercise) == (exercise.answer, 3)
    write(root, "solutions/s02_resp/parser.py", "\nclass Parser:\n    def food(self): ...\n")
    assert catalogue.answer_position(exercise) is None


@pytest.mark.parametrize(
    ("old", "new", "empty", "line"),
    [
        ("", "", True, 4),
        ('"""Doc."""', "", True, 4),
        ('raise NotImplementedError("exercise 2.1")', "return 1", False, 4),
        ('"""Doc."""', "x = 1", False, 4),
        ("def feed", "async def feed", True, 4),
        ("def feed", "def food", False, 1),
        ("class Parser:", "class Parser(:", True, 4),
        ("raise NotImplementedError(", "return (((", False, 4),
        ("class Parser:", "class Other:", False, 1),
        ("    def feed", "  def feed", True, 4),
        ("class Parser:", "class Other(:", True, 1),
    ],
)
def test_what_became_of_a_stub(root: Path, old: str, new: str, empty: bool, line: int) -> None:
    write(root, "steps/s02_resp/parser.py", PARSER.replace(old, new, 1) if old else PARSER)
    exercise = catalogue.find("2.1", root)
    assert catalogue.is_empty(exercise) is empty
    assert catalogue.position(exercise).line == line


def test_a_file_that_is_gone(root: Path) -> None:
    exercise = catalogue.find("2.1", root)
    exercise.file.unlink()
    assert not catalogue.is_empty(exercise)
    assert catalogue.position(exercise) == (exercise.file, 1)


def test_the_setter_of_a_property_is_the_one_to_write(root: Path) -> None:
    getter = "class Parser:\n    @property\n    def feed(self): return 1\n    @feed.setter\n"
    setter = '    def feed(self, value):\n        raise NotImplementedError("exercise 2.1")\n'
    write(root, "steps/s02_resp/parser.py", getter + setter)
    exercise = catalogue.find("2.1", root)
    assert catalogue.is_empty(exercise)
    assert catalogue.position(exercise).line == 5
