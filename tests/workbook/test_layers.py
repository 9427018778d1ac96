"""Imports point one way: a step imports lower steps, and the standard library."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parents[2]


class Import(NamedTuple):
    """An import of a file: ``name`` is a module, or a module and one of its names."""

    line: int
    name: str


def imports(path: Path, root: Path) -> Iterator[Import]:
    """Each import, wherever it stands in the file; relative ones with their full names."""
    package = path.relative_to(root).parent.parts
    for node in ast.walk(ast.parse(path.read_bytes(), str(path))):
        if isinstance(node, ast.Import):
            yield from (Import(node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else ()
            module = ".".join([*above, *([node.module] if node.module else [])])
            yield from (Import(node.lineno, f"{module}.{alias.name}") for alias in node.names)


def step_of(name: str) -> int | None:
    """The step that a module like ``steps.s04_threads.pool`` or ``steps.s04`` belongs to."""
    found = re.match(r"steps\.s(\d\d)(_\w+)?(\.|$)", name)
    return int(found[1]) if found else None


def wrong_arrows(root: Path) -> list[str]:
    """A line for each import under ``steps/`` that may not be there."""
    wrong = []
    for path in sorted((root / "steps").rglob("*.py")):
        here = path.relative_to(root)
        step = step_of(".".join(here.with_suffix("").parts))
        for one in imports(path, root):
            top = one.name.partition(".")[0]
            target = step_of(one.name)
            if top == "workbook":
                fine = here == Path("steps/__init__.py")
            elif top == "steps":
                # `from steps import whose` is open to all, a step to itself and to those above it.
                fine = target is None or (step is not None and target <= step)
            else:
                fine = top in sys.stdlib_module_names
            if not fine:
                wrong.append(f"{here.as_posix()}:{one.line} imports {one.name}")
    return wrong


def optional(lines: list[str]) -> list[str]:
    """Without what the last step uses where it is present: the package of an extra."""
    extra = re.compile(r"steps/s10_.* imports lupa\b.*")
    return [line for line in lines if not extra.fullmatch(line)]


def test_every_import_of_a_step_points_down_or_to_the_standard_library() -> None:
    assert optional(wrong_arrows(ROOT)) == []


@pytest.mark.parametrize(
    ("path", "text", "wrong"),
    [
        ("steps/s02_b/m.py", "from steps.s01_a import m", ""),
        ("steps/s02_b/m.py", "from steps.s02_b.other import x", ""),
        ("steps/s02_b/m.py", "from .other import x\nfrom . import y\nimport os.path", ""),
        ("steps/s02_b/m.py", "from steps import whose", ""),
        ("steps/s02_b/m.py", "from steps.s03_c import m", "steps.s03_c.m"),
        ("steps/s02_b/m.py", "from steps import s03_c", "steps.s03_c"),
        ("steps/s02_b/m.py", "import steps.s03", "steps.s03"),
        ("steps/s02_b/m.py", "from ..s03_c import m", "steps.s03_c.m"),
        ("steps/s02_b/m.py", "from .. import s03_c", "steps.s03_c"),
        ("steps/s02_b/deep/m.py", "from ...s03_c import m", "steps.s03_c.m"),
        ("steps/s02_b/m.py", "import redis", "redis"),
        ("steps/s02_b/m.py", "import lupa", "lupa"),
        ("steps/s02_b/m.py", "from workbook import overlay", "workbook.overlay"),
        ("steps/s02_b/m.py", "from solutions.s02_b import m", "solutions.s02_b.m"),
        ("steps/s02_b/m.py", "def f():\n    import tests", "tests"),
        ("steps/__init__.py", "from workbook import overlay", ""),
        ("steps/__init__.py", "import redis", "redis"),
        ("steps/__init__.py", "from steps import s01_a", "steps.s01_a"),
        ("steps/s10_z/m.py", "try:\n    import lupa\nexcept ImportError:\n    pass", ""),
        ("steps/s10_z/m.py", "import redis", "redis"),
    ],
)
def test_the_rule_itself(tmp_path: Path, path: str, text: str, wrong: str) -> None:
    file = tmp_path / path
    file.parent.mkdir(parents=True)
    file.write_text(text, encoding="utf-8")
    found = [line.partition(" imports ")[2] for line in optional(wrong_arrows(tmp_path))]
    assert found == ([wrong] if wrong else [])
