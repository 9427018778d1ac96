"""The files of a step: few to a folder, no two of one name, all on the map, no circle of imports."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

from workbook import catalogue

ROOT = catalogue.ROOT
STEPS = sorted((ROOT / "steps").glob("s*_*"))
MOST_FILES = 15


def called(path: Path) -> str:
    """The path as it is written in the repository."""
    return path.relative_to(ROOT).as_posix()


def files(step: Path) -> list[Path]:
    """The Python files of a step."""
    return sorted(step.rglob("*.py"))


def modules(step: Path) -> list[Path]:
    """The Python files that are neither the front of a package nor a command line."""
    return [path for path in files(step) if path.stem not in ("__init__", "__main__")]


def tree(path: Path) -> ast.Module:
    """The syntax tree of a file."""
    return ast.parse(path.read_bytes(), str(path))


def constants(path: Path) -> Iterator[str]:
    """The names in capitals that a module assigns at its top level."""
    for node in tree(path).body:
        targets = node.targets if isinstance(node, ast.Assign) else []
        if isinstance(node, ast.AnnAssign):
            targets = [node.target]
        for target in targets:
            for part in ast.walk(target):
                if isinstance(part, ast.Name) and part.id.isupper():
                    yield part.id


def classes(path: Path) -> Iterator[str]:
    """The names of the classes in a file."""
    return (node.name for node in ast.walk(tree(path)) if isinstance(node, ast.ClassDef))


def shared(names: Iterator[tuple[str, Path]]) -> list[str]:
    """A line for each name that stands in several places."""
    places: dict[str, list[str]] = defaultdict(list)
    for name, path in names:
        places[name].append(called(path))
    return [f"{name}: {', '.join(where)}" for name, where in places.items() if len(where) > 1]


def test_no_folder_holds_more_files_than_a_reader_can_survey():
    folders = {path.parent for path in (ROOT / "steps").rglob("*.py")}
    counts = {called(folder): len(list(folder.glob("*.py"))) for folder in folders}
    assert {name: count for name, count in counts.items() if count > MOST_FILES} == {}


@pytest.mark.parametrize("step", STEPS, ids=called)
def test_no_two_files_of_a_step_share_a_name(step):
    assert shared((path.stem, path) for path in modules(step)) == []


@pytest.mark.parametrize("step", STEPS, ids=called)
def test_no_two_classes_of_a_step_share_a_name(step):
    assert shared((name, path) for path in files(step) for name in classes(path)) == []


@pytest.mark.parametrize("step", STEPS, ids=called)
def test_no_two_constants_of_a_step_share_a_name(step):
    assert shared((name, path) for path in files(step) for name in constants(path)) == []


# ---------------------------------------------------------------- imports


def imported(path: Path, known: dict[str, Path]) -> set[str]:
    """The modules among `known` that a file imports, also those imported for their types only."""
    found = set()
    for node in ast.walk(tree(path)):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom):
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        for name in names:
            found |= {one for one in (name, name.rpartition(".")[0]) if one in known}
    return found


def reachable(start: str, arrows: dict[str, set[str]]) -> set[str]:
    """The modules that `start` imports, and those that they import."""
    found: set[str] = set()
    waiting = [start]
    while waiting:
        new = arrows[waiting.pop()] - found
        found |= new
        waiting += new
    return found


@pytest.mark.parametrize("step", STEPS, ids=called)
def test_no_module_of_a_step_imports_itself_by_way_of_others(step):
    known = {called(path).removesuffix(".py").replace("/", "."): path for path in modules(step)}
    arrows = {name: imported(path, known) for name, path in known.items()}
    assert any(arrows.values())
    assert [name for name in known if name in reachable(name, arrows)] == []


# ---------------------------------------------------------------- maps

ENTRY = re.compile(r"^ {4}([\w/.]+) {2,}(\S.*)$", re.MULTILINE)
MAY_BE_SKIPPED = "(may be skipped)"


def docstring(path: Path) -> str:
    """The text at the beginning of a file."""
    return ast.get_docstring(tree(path), clean=False) or ""


def mapped(step: Path) -> dict[str, str]:
    """What the map of a step says of each of its files and folders."""
    entries = ENTRY.findall(docstring(step / "__init__.py"))
    assert len(dict(entries)) == len(entries)
    return dict(entries)


@pytest.mark.parametrize("step", STEPS, ids=called)
def test_the_map_of_a_step_names_its_files_and_folders_and_nothing_else(step):
    there = [path.relative_to(step) for path in modules(step)]
    folders = {f"{path.parent.as_posix()}/" for path in there} - {"./"}
    assert set(mapped(step)) == {path.as_posix() for path in there} | folders


@pytest.mark.parametrize("step", STEPS, ids=called)
def test_the_map_of_a_step_says_which_files_to_read_first(step):
    found = re.search(r"^Read first: (.*)\.$", docstring(step / "__init__.py"), re.MULTILINE)
    assert found
    first = re.split(", | and ", found[1])
    assert len(first) in (2, 3)
    assert set(first) <= set(mapped(step))


@pytest.mark.parametrize("step", STEPS, ids=called)
def test_a_file_that_may_be_skipped_says_so_in_its_first_line(step):
    on_the_map = {name for name, text in mapped(step).items() if text.endswith(MAY_BE_SKIPPED)}
    say_so = {
        path.relative_to(step).as_posix()
        for path in modules(step)
        if docstring(path).partition("\n")[0].endswith("You may skip this file.")
    }
    assert on_the_map == say_so
