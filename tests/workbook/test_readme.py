"""README.md says what the manifests say, and every command in it exists."""

from __future__ import annotations

import re
import subprocess
import sys

from workbook import catalogue, readme

TEXT = (catalogue.ROOT / "README.md").read_text(encoding="utf-8")


def test_the_table_of_steps_is_what_the_manifests_say():
    assert readme.rewritten(TEXT, catalogue.ROOT) == TEXT, "run python -m workbook.readme"


def test_each_folder_that_the_layout_names_exists():
    named = re.findall(r"^\| `([\w./]+)` \|", TEXT, flags=re.MULTILINE)
    assert len(named) >= 5
    missing = [name for name in named if not (catalogue.ROOT / name).exists()]
    assert not missing


def test_each_step_that_the_text_runs_can_be_asked_for_help():
    modules = set(re.findall(r"python3? -m (steps\.s\d\d)", TEXT))
    assert "steps.s10" in modules
    for module in modules:
        done = subprocess.run(
            [sys.executable, "-m", module, "--help"],
            cwd=catalogue.ROOT,
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
        assert done.returncode == 0, done.stderr


def test_it_begins_with_two_commands_of_which_one_serves_and_one_tests():
    block = re.search(r"```console\n(.*?)```", TEXT, flags=re.DOTALL)
    assert block
    commands = [line.partition("#")[0].strip() for line in block[1].splitlines()]
    assert commands == ["$ python3 -m steps.s10 serve", "$ python3 checker.py test"]
    assert TEXT.index("**Start here**") < TEXT.index("\n## ")
    assert len(TEXT[: block.start()].splitlines()) <= 3
