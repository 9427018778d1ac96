"""Files of the learner's that hide a module, and Pythons that are too old: what each start says."""

from __future__ import annotations

import ast
import os
import sys
import textwrap
from pathlib import Path

import pytest

from workbook import hidden

ROOT = Path(__file__).resolve().parents[2]

STARTS = {
    "the map": ("checker.py",),
    "a check": ("checker.py", "1.1"),
    "the server": ("-m", "steps.s01_mini"),
    "a tool of the workbook's": ("-m", "workbook.keeping"),
    "an import": ("-c", "import steps.s01_mini"),
}

AT_A_PROMPT = """\
import sys
sys.ps1 = "> "
try:
    import steps
except ImportError as error:
    print("said:", error)
"""


@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize("name", ["socket", "queue", "random", "selectors"])
def test_a_file_that_hides_a_module_is_named(mini, start, name):
    mini.write(f"{name}.py", "raise SystemError('this ran in its place')")
    done = mini.python(*STARTS[start])
    folder = "this folder" if start == "an import" else mini.root
    said = (
        f"{name}.py in {folder} hides Python's own module {name}, which this workbook needs. "
        f"Rename it, for example to my_{name}.py, and run this again.\n"
    )
    assert (done.returncode, done.stdout, done.stderr) == (2, "", said)


def test_every_module_that_can_be_hidden_is_found(mini, tmp_path):
    """Each is imported with a file of its name in the way, which says whether that was run."""
    code = """
        import importlib, sys
        sys.path.insert(0, sys.argv[1])
        for name in sys.argv[2:]:
            sys.modules.pop(name, None)
            try:
                importlib.import_module(name)
            except BaseException as error:
                if error.args == ("ran", name):
                    print(name)
    """
    names = sorted(sys.stdlib_module_names - {"sys", "importlib", "builtins"} - hidden.UNUSED)
    for name in names:
        (tmp_path / f"{name}.py").write_text("raise SystemError('ran', __name__)")
    done = mini.python("-S", "-c", textwrap.dedent(code), str(tmp_path), *names)
    told = {sentence.partition(".py ")[0] for sentence in hidden.sentences([str(tmp_path)])}
    assert set(done.stdout.split()) <= told
    assert len(done.stdout.split()) > 200


@pytest.mark.parametrize(
    ("file", "said"),
    [
        ("socket.py", "Python's own module socket"),
        ("socket.pyc", "Python's own module socket"),
        ("json/__init__.py", "Python's own module json"),
        ("json/readme.txt", ""),
        ("socket.txt", ""),
        ("sys.py", ""),  # built in: no file comes before it
        ("os.py", ""),  # frozen
        ("test.py", ""),
        ("server.py", ""),
    ],
)
def test_what_hides_a_module_and_what_does_not(tmp_path, file, said):
    (tmp_path / file).parent.mkdir(exist_ok=True)
    (tmp_path / file).write_bytes(b"")
    found = " ".join(hidden.sentences([str(tmp_path), *sys.path]))
    assert (said in found) if said else not found


def test_a_package_is_hidden_in_the_workbook_only(mini, tmp_path):
    """A folder of packages ahead of Python's own is nobody's mistake."""
    mini.write("redis.py", "")
    done = mini.checker()
    assert done.returncode == 2
    assert "redis.py" in done.stderr
    assert "hides the package redis" in done.stderr
    (tmp_path / "redis").mkdir()
    (tmp_path / "redis/__init__.py").write_bytes(b"")
    assert hidden.sentences([str(tmp_path), *sys.path]) == []


def test_what_comes_after_pythons_own_folder_hides_nothing(tmp_path):
    (tmp_path / "socket.py").write_bytes(b"")
    library = os.path.dirname(os.__file__)
    assert hidden.sentences([library, str(tmp_path)]) == []


def test_at_a_prompt_the_import_fails_and_the_prompt_stays(mini):
    mini.write("queue.py", "")
    done = mini.python("-c", AT_A_PROMPT)
    assert done.returncode == 0
    assert "said: queue.py in this folder hides" in done.stdout


# ---------------------------------------------------------------- an old Python


@pytest.mark.parametrize("start", STARTS)
def test_an_old_python_gets_a_sentence(mini, start):
    """It is this Python, which takes itself for an old one from its first line on."""
    old = "import sys, runpy; sys.version_info = (3, 8, 1, 'final', 0); sys.path.insert(0, '')\n"
    first, *rest = STARTS[start]
    if first == "-c":
        run = rest[0]
    elif first == "-m":
        run = f"runpy.run_module({rest[0]!r}, run_name='__main__', alter_sys=True)"
    else:
        run = f"sys.argv = {[first, *rest]}; runpy.run_path({first!r}, run_name='__main__')"
    done = mini.python("-c", old + run)
    said = "This workbook needs Python 3.11 or newer; this is 3.8.\n"
    assert (done.returncode, done.stdout, done.stderr) == (2, "", said)


@pytest.mark.parametrize("name", ["checker.py", "steps/__init__.py", "workbook/__init__.py"])
def test_an_old_python_can_read_as_far_as_the_sentence(name):
    text = (ROOT / name).read_text("utf-8")
    tree = ast.parse(text, feature_version=(3, 6))
    newer = (ast.JoinedStr, ast.NamedExpr, ast.Match)
    assert not [node for node in ast.walk(tree) if isinstance(node, newer)]
    assert "from __future__" not in text


def test_nothing_else_comes_before_the_sentence():
    """What an old Python cannot read may only be imported below it."""
    tree = ast.parse((ROOT / "workbook/__init__.py").read_text("utf-8"))
    before = tree.body[: next(n for n, one in enumerate(tree.body) if isinstance(one, ast.If))]
    names = [ast.unparse(one) for one in before if isinstance(one, ast.Import | ast.ImportFrom)]
    assert names == ["import sys"]
    first = ast.parse((ROOT / "steps/__init__.py").read_text("utf-8")).body[1]
    assert ast.unparse(first) == "from workbook import overlay"
