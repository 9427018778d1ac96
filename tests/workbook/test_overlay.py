"""The overlay: functions of an answer file stand in for the empty ones, wherever Python looks.

Each test makes a small repository of its own, with this repository's machinery and a step of a
few lines, and imports it in a child process, as a learner does.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest

ROOT = Path(__file__).resolve().parents[2]
HEAD = "from __future__ import annotations\n"


class Repository:
    """A repository with the real machinery and the steps that a test writes into it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        (root / "workbook").mkdir(parents=True)
        for path in (ROOT / "workbook").glob("*.py"):
            shutil.copy(path, root / "workbook")
        (root / "steps").mkdir()
        for name in ("__init__.py", "unwritten.py"):
            shutil.copy(ROOT / "steps" / name, root / "steps")

    def write(self, path: str, text: str) -> Path:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(dedent(text), encoding="utf-8")
        return file

    def step(self, text: str, answers: str | None = None, package: str = "s01_demo") -> None:
        """Write steps/s01_demo/m.py and its answers, under `from __future__` lines."""
        self.write(f"steps/{package}/__init__.py", '"""A step."""\n')
        self.write(f"steps/{package}/m.py", HEAD + dedent(text))
        if answers is not None:
            self.write(f"solutions/{package}/m.py", HEAD + dedent(answers))

    def manifest(self, *functions: str, number: int = 1, package: str = "s01_demo") -> None:
        head = 'title = "Demo"\nidea = "i"\ntool = "t"\nrust = "r"\n'
        rows = [
            f'[[exercise]]\nid = "{number}.{n}"\ntitle = "Title {n}"\nfunction = "{function}"\n'
            'points = 1\nminutes = 5\nhints = ["a", "b"]\n'
            for n, function in enumerate(functions, 1)
        ]
        self.write(f"steps/{package}/exercises.toml", head + "".join(rows))

    def python(self, *args: str, **variables: str) -> subprocess.CompletedProcess[str]:
        ours = ("PYTHON", "STEPS_", "COV")
        kept = {key: value for key, value in os.environ.items() if not key.startswith(ours)}
        return subprocess.run(
            [sys.executable, *args],
            cwd=self.root,
            env=kept | variables,
            capture_output=True,
            text=True,
            timeout=25,
            check=False,
        )

    def run(self, code: str, **variables: str) -> str:
        """Run the code with `m` imported, and return what it prints."""
        done = self.python("-c", "from steps.s01_demo import m\n" + dedent(code), **variables)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def fails(self, code: str, **variables: str) -> str:
        """Run the code with `m` imported, and return its traceback."""
        done = self.python("-c", "from steps.s01_demo import m\n" + dedent(code), **variables)
        assert done.returncode == 1, done.stdout
        return done.stderr.strip()

    def line(self, path: str, text: str) -> int:
        """The number of the one line that has the text in it."""
        lines = (self.root / path).read_text(encoding="utf-8").splitlines()
        found = [number for number, line in enumerate(lines, 1) if text in line]
        assert len(found) == 1, (text, found)
        return found[0]


@pytest.fixture
def repo(tmp_path: Path) -> Repository:
    return Repository(tmp_path / "repo")


STUB = '''
def f(x: int = 1) -> str:
    """What f does."""
    raise NotImplementedError("exercise 1.1")
'''


def stub(head: str, exercise: str = "1.1", indent: int = 0) -> str:
    lines = [*head.strip().splitlines(), f'    raise NotImplementedError("exercise {exercise}")']
    return "".join(f"{' ' * indent}{line}\n" for line in lines)


# --- filling ---


def test_an_empty_function_is_filled_and_keeps_its_docstring(repo: Repository) -> None:
    repo.step(STUB, "def f(x: int = 1) -> str:\n    return f'answer {x}'\n")
    assert repo.run("print(m.f(), m.f(2), m.f.__doc__)") == "answer 1 answer 2 What f does."


def test_what_the_learner_wrote_stays(repo: Repository) -> None:
    repo.step("def f():\n    return 'mine'\n", "def f():\n    return 'answer'\n")
    assert repo.run("print(m.f())") == "mine"


@pytest.mark.parametrize(
    "body",
    [
        'raise NotImplementedError("exercise 1.1")',
        '"""Doc."""\n    # a comment\n    raise NotImplementedError("exercise 1.1")',
    ],
)
def test_a_stub_may_lose_its_docstring_or_gain_a_comment(repo: Repository, body: str) -> None:
    repo.step(f"def f():\n    {body}\n", "def f():\n    return 'answer'\n")
    assert repo.run("print(m.f())") == "answer"


@pytest.mark.parametrize(
    "body",
    [
        'x = 1\n    raise NotImplementedError("exercise 1.1")',
        'raise NotImplementedError("exercise 1.1") from None',
        'raise NotImplementedError("later")',
        'raise NotImplementedError("exercise one")',
        "raise NotImplementedError",
        "pass",
    ],
)
def test_a_body_that_is_more_or_other_than_a_stub_is_the_learners(
    repo: Repository, body: str
) -> None:
    repo.step(f"def f():\n    {body}\n", "def f():\n    return 'answer'\n")
    code = "try: print(m.f())\nexcept NotImplementedError: print('raises')"
    assert repo.run(code) in ("raises", "None")


def test_without_solutions_a_stub_raises_where_it_stands(repo: Repository) -> None:
    repo.step(STUB)
    line = repo.line("steps/s01_demo/m.py", "raise")
    error = repo.fails("m.f()")
    assert f'm.py", line {line}, in f' in error
    assert error.endswith("NotImplementedError: exercise 1.1")


def test_a_function_that_the_learner_deleted_is_missing(repo: Repository) -> None:
    repo.step("x = 1\n", "def f():\n    return 1\n")
    assert "has no attribute 'f'" in repo.fails("m.f()")


def test_functions_under_if_try_and_with_are_found(repo: Repository) -> None:
    repo.step(
        "import contextlib, sys\n"
        "if sys.platform == 'none':\n    def f(): return 'other platform'\n"
        "else:\n" + stub("def f():", indent=4) + "try:\n    import nothing_of_that_name\n"
        "except ImportError:\n"
        + stub("def g():", indent=4)
        + "with contextlib.nullcontext():\n"
        + stub("def h():", indent=4),
        "def f(): return 'F'\ndef g(): return 'G'\ndef h(): return 'H'\n",
    )
    assert repo.run("print(m.f(), m.g(), m.h())") == "F G H"


# --- an answer behaves as if it stood in the learner's file ---

BASE = HEAD + "from steps.s01_demo import m\n"


def test_super_without_arguments(repo: Repository) -> None:
    repo.step(
        "class A:\n    def f(self): return 'A'\nclass B(A):\n" + stub("def f(self):", indent=4),
        "from steps.s01_demo import m\n"
        "class B(m.B):\n    def f(self): return super().f() + __class__.__name__\n",
    )
    assert repo.run("print(m.B().f(), m.B.__mro__[1].__name__)") == "AB A"


def test_decorators(repo: Repository) -> None:
    repo.step(
        "import contextlib\n"
        "class A:\n"
        "    @property\n"
        + stub("def p(self):", "1.1", 4)
        + "    @classmethod\n"
        + stub("def c(cls):", "1.2", 4)
        + "    @staticmethod\n"
        + stub("def s(x):", "1.3", 4)
        + "@contextlib.contextmanager\n"
        + stub("def manager():", "1.4"),
        "import contextlib\n"
        "from collections.abc import Iterator\n"
        "from steps.s01_demo import m\n"
        "class A(m.A):\n"
        "    @property\n    def p(self): return 'p'\n"
        "    @classmethod\n    def c(cls): return cls.__name__\n"
        "    @staticmethod\n    def s(x): return x\n"
        "@contextlib.contextmanager\ndef manager() -> Iterator[str]: yield 'inside'\n",
    )
    code = "with m.manager() as x: print(m.A().p, m.A.c(), m.A.s('s'), x)"
    assert repo.run(code) == "p A s inside"


def test_a_propertys_setter_apart_from_its_getter(repo: Repository) -> None:
    repo.step(
        "class A:\n"
        "    @property\n    def p(self): return self._p\n"
        "    @p.setter\n" + stub("def p(self, value):", indent=4),
        "from steps.s01_demo import m\n"
        "class A(m.A):\n"
        "    @property\n    def p(self): return 'the getter of the answer'\n"
        "    @p.setter\n    def p(self, value): self._p = value * 2\n",
    )
    assert repo.run("a = m.A(); a.p = 21; print(a.p)") == "42"


def test_async_functions_and_generators(repo: Repository) -> None:
    repo.step(
        "import asyncio\n"
        + stub("async def wait():", "1.1")
        + stub("async def numbers():", "1.2")
        + stub("def count(n):", "1.3"),
        "import asyncio\n"
        "async def wait():\n    await asyncio.sleep(0)\n    return 'waited'\n"
        "async def numbers():\n    for n in range(3):\n        yield n\n"
        "def count(n):\n    yield from range(n)\n",
    )
    code = """
        import asyncio
        async def main():
            return await m.wait(), [n async for n in m.numbers()], list(m.count(2))
        print(*asyncio.run(main()))
    """
    assert repo.run(code) == "waited [0, 1, 2] [0, 1]"


def test_closures_nested_functions_and_comprehensions(repo: Repository) -> None:
    repo.step(
        "import operator as op\nTIMES = 3\n" + stub("def f(x):"),
        "import operator as op\n"
        "from steps.s01_demo.m import TIMES\n"
        "def f(x):\n"
        "    total = 0\n"
        "    def add(n):\n"
        "        nonlocal total\n"
        "        total = op.add(total, n)\n"
        "        return total\n"
        "    return [add(n) for n in range(TIMES) if (lambda: op.ge(n, 0))()], total + x\n",
    )
    assert repo.run("print(m.f(10))") == "([0, 1, 3], 13)"


def test_nested_classes_and_private_names(repo: Repository) -> None:
    repo.step(
        "class A:\n"
        "    def __init__(self): self.__secret = 'kept'\n"
        + stub("def read(self):", "1.1", 4)
        + stub("def __hidden(self):", "1.2", 4)
        + "    def call(self): return self.__hidden()\n"
        "    class Inner:\n" + stub("def f(self):", "1.3", 8),
        "from steps.s01_demo import m\n"
        "class A(m.A):\n"
        "    def read(self): return self.__secret\n"
        "    def __hidden(self): return 'hidden'\n"
        "    class Inner(m.A.Inner):\n        def f(self): return type(self).__qualname__\n",
    )
    assert repo.run("a = m.A(); print(a.read(), a.call(), a.Inner().f())") == "kept hidden A.Inner"


def test_a_dunder_init_subclass_sees_no_extra_class(repo: Repository) -> None:
    repo.step(
        "made = []\n"
        "class Base:\n    def __init_subclass__(cls): made.append(cls.__name__)\n"
        "class A(Base):\n" + stub("def f(self):", indent=4),
        "from steps.s01_demo import m\nclass A(m.A):\n    def f(self): return 1\n",
    )
    assert repo.run("print(m.made, m.A().f())") == "['A'] 1"


# --- names ---


def test_an_import_that_the_learner_deleted_is_asked_back(repo: Repository) -> None:
    repo.step(
        STUB, "from time import sleep, time\ndef f(x=None):\n    return [time() for _ in 'a']\n"
    )
    error = repo.fails("m.f()").splitlines()[-1]
    assert "solutions/s01_demo/m.py needs time, which " in error
    assert error.endswith("does not have; put it back: from time import sleep, time")


def test_where_answers_stand_in_for_all_they_bring_their_imports_along(repo: Repository) -> None:
    repo.step(STUB, "from string import digits\ndef f(x=None):\n    return digits[:3]\n")
    assert repo.run("print(m.f())", **overlaid(reference=["all"])) == "012"


def test_one_exercise_alone_over_the_answers(repo: Repository) -> None:
    repo.step(
        "def mine(): return 'mine'\n"
        "def f(): return mine()\n"
        "def g(): return 'wrong'\n" + stub("def h():", "1.3"),
        "def f(): return 'answer f'\ndef g(): return 'answer g'\ndef h(): return 'answer h'\n",
    )
    repo.manifest("m.py:f", "m.py:g", "m.py:h")
    code = "print(m.f(), m.g(), m.h(), sep=', ')"
    alone = overlaid(reference=["all"], own=["1.1"])
    assert repo.run(code, **alone) == "mine, answer g, answer h"
    assert repo.run(code, **overlaid(reference=["all"])) == "answer f, answer g, answer h"
    assert repo.run(code, **alone) == "mine, answer g, answer h"
    assert repo.run(code) == "mine, wrong, answer h"


def test_what_is_held_is_a_stub_whoever_wrote_it(repo: Repository) -> None:
    repo.step(
        "def f(): return 'mine'\n" + stub("def g():", "1.2") + stub("def h():", "1.3"),
        "def f(): return 'answer f'\ndef g(): return 'answer g'\ndef h(): return 'answer h'\n",
    )
    repo.manifest("m.py:f", "m.py:g", "m.py:h")
    code = (
        "for name in 'fgh':\n"
        "    try: print(getattr(m, name)())\n"
        "    except NotImplementedError as error: print(error)\n"
    )
    assert repo.run(code).split("\n") == ["mine", "answer g", "answer h"]
    held = overlaid(held=["1.1", "1.2"])
    assert repo.run(code, **held).split("\n") == ["exercise 1.1", "exercise 1.2", "answer h"]


def test_a_function_may_import_for_itself(repo: Repository) -> None:
    repo.step(STUB, "def f():\n    from string import digits\n\n    return digits[:3]\n")
    assert repo.run("print(m.f(), hasattr(m, 'digits'))") == "012 False"


def test_imports_that_the_used_answers_do_not_need_stay_out(repo: Repository) -> None:
    repo.step(
        stub("def f():") + "def g(): return 'mine'\n",
        "import decimal\ndef f(): return 1\ndef g(): return decimal.Decimal(1)\n",
    )
    assert repo.run("import sys; print(m.f(), m.g(), 'decimal' in sys.modules)") == "1 mine False"


def test_names_are_those_of_the_module(repo: Repository) -> None:
    repo.step(
        "digits = '987'\n" + stub("def f():"),
        "from string import digits\ndef f(): return digits\n",
    )
    assert repo.run("print(m.f())") == "987"


def test_local_names_that_are_spelt_like_an_import(repo: Repository) -> None:
    repo.step(
        "import copy\nimport time\nfrom string import digits\n"
        + stub("def f(time, /, *, copy=0):", "1.1")
        + stub("def g():", "1.2")
        + stub("def h(x):", "1.3")
        + stub("def i():", "1.4"),
        "import copy\nimport time\nfrom string import digits\n"
        "def f(time, /, *, copy=0): return time + copy\n"
        "def g():\n"
        "    digits = 'local'\n"
        "    class C:\n"
        "        time = 'class'\n"
        "        def m(self): return time.sleep.__name__\n"
        "    return digits, C.time, C().m(), [copy for copy in 'ab'], copy.copy(1)\n"
        "def h(x):\n"
        "    match x:\n"
        "        case {'a': time, **digits}: return time, digits\n"
        "        case [copy, *time]: return copy, time\n"
        "        case str() as copy: return copy\n"
        "def i():\n"
        "    try:\n        raise ValueError('v')\n"
        "    except ValueError as time:\n        text = str(time)\n"
        "    if any((copy := n) for n in (0, 5)): text += str(copy)\n"
        "    return [digits for digits in digits[:2]], text, (lambda time: time)(7)\n",
    )
    code = "print(m.f(1, copy=2), m.g(), m.h({'a': 1, 'b': 2}), m.h([1, 2]), m.h('s'), m.i())"
    assert repo.run(code) == (
        "3 ('local', 'class', 'sleep', ['a', 'b'], 1) (1, {'b': 2}) (1, [2]) s "
        "(['0', '1'], 'v5', 7)"
    )


def test_names_of_the_answered_module_are_the_learners(repo: Repository) -> None:
    repo.step(
        "LIMIT = 1\ncount = 0\ndef helper(): return 'mine'\n"
        + stub("def f():", "1.1")
        + stub("def g():", "1.2")
        + stub("def helper2():", "1.3"),
        "from steps.s01_demo.m import LIMIT, helper, helper2\n"
        "def f(): return LIMIT, helper()\n"
        "def g():\n    global count\n    count += 1\n    return count, helper2()\n"
        "def helper2(): return 'answer'\n",
    )
    code = "m.LIMIT = 2; print(m.f(), m.g(), m.count)"
    assert repo.run(code) == "(2, 'mine') (1, 'answer') 1"


def test_a_module_that_runs_as_main_is_its_own(repo: Repository) -> None:
    repo.step(
        "count = 0\n"
        + stub("def f():")
        + "if __name__ == '__main__':\n    f()\n    print(count)\n",
        "def f() -> None:\n    global count\n    count += 1\n",
    )
    for name in ("steps.s01_demo.m", "steps.s01.m"):
        assert repo.python("-m", name).stdout == "1\n"


def test_type_checking_imports_and_annotations_are_left_alone(repo: Repository) -> None:
    repo.step(
        stub("def f(x: Decimal) -> Decimal:"),
        "from decimal import Decimal\nfrom typing import TYPE_CHECKING\n"
        "if TYPE_CHECKING:\n    from nowhere import Never\n"
        "def f(x: Decimal) -> Decimal:\n    y: Never = x\n    return y\n",
    )
    code = "import sys; print(m.f(1), m.f.__annotations__, 'decimal' in sys.modules)"
    assert repo.run(code) == "1 {'x': 'Decimal', 'return': 'Decimal'} False"


# --- true positions ---

FAILING = """
def f(x):
    # Some lines
    # of comment
    def inner():
        return [1 / n for n in [x]]  # in the answer
    return inner()
"""


def lines_of(traceback: str) -> list[tuple[str, int]]:
    found = re.findall(r'File "(.+?)", line (\d+)', traceback)
    return [("/".join(Path(path).parts[-3:]), int(line)) for path, line in found]


@pytest.mark.parametrize("above", [0, 1, 40])
def test_a_traceback_names_true_files_and_lines(repo: Repository, above: int) -> None:
    repo.step(
        "#\n" * above
        + "import decimal\n\n"
        + stub("def f(x):\n    '''Doc,\n    of three\n    lines.'''")
        + "\n\ndef after(x):\n    return f(x)  # in the learner's\n",
        "#\n" * 20 + FAILING,
    )
    lines = lines_of(repo.fails("m.after(0)"))
    assert ("steps/s01_demo/m.py", repo.line("steps/s01_demo/m.py", "# in the learner's")) in lines
    answer = repo.line("solutions/s01_demo/m.py", "# in the answer")
    assert lines[-1] == ("solutions/s01_demo/m.py", answer)


def test_a_traceback_shows_the_answers_text(repo: Repository) -> None:
    repo.step(stub("def f(x):"), FAILING)
    assert "return [1 / n for n in [x]]  # in the answer\n            ~~^~~" in repo.fails("m.f(0)")


def test_an_answer_with_more_decorators_than_lines_above_the_stub(repo: Repository) -> None:
    repo.write("steps/s01_demo/__init__.py", "")
    repo.write("steps/s01_demo/m.py", "import functools\n" + stub("def f(x):"))
    decorators = "import functools\n" + "@functools.lru_cache\n" * 5
    repo.write("solutions/s01_demo/m.py", decorators + "def f(x):\n    return 1 / x  # here\n")
    line = repo.line("solutions/s01_demo/m.py", "# here")
    assert lines_of(repo.fails("m.f(0)"))[-1] == ("solutions/s01_demo/m.py", line)


def test_inspect_finds_the_source_of_an_answer(repo: Repository) -> None:
    repo.step(
        "import contextlib\nclass A:\n    @property\n"
        + stub("def p(self):", "1.1", 4)
        + "\n@contextlib.contextmanager\n"
        + stub("def manager():", "1.2")
        + "\ndef mine(): ...\n",
        "import contextlib\nfrom steps.s01_demo import m\n\n\nclass A(m.A):\n"
        "    @property\n    def p(self):\n        return 1  # the property\n\n\n"
        "@contextlib.contextmanager\ndef manager():\n    # why\n    yield\n",
    )
    code = """
        import inspect
        for function in (m.A.p.fget, m.manager, m.mine):
            print(inspect.getsource(function), end="")
        print(inspect.getsourcefile(m.A.p.fget), inspect.getsourcefile(m.mine))
    """
    printed = repo.run(code)
    assert printed.startswith(
        "@property\n    def p(self):\n        return 1  # the property\n"
        "@contextlib.contextmanager\ndef manager():\n    # why\n    yield\n"
        "def mine(): ...\n"
    )
    files = printed.splitlines()[-1].split()
    assert files == [str(repo.root / f"{top}/s01_demo/m.py") for top in ("solutions", "steps")]


def test_coverage_counts_true_lines_in_both_files(repo: Repository) -> None:
    repo.step(
        "#\n" * 9
        + "import operator\n"
        + stub("def f(x):")
        + "def mine(x):\n    if x:\n        return f(x)  # run\n    return 0  # not run\n",
        "#\n" * 3 + "import operator\n"
        "def f(x):\n    if x:\n        return operator.neg(x)  # run\n    return 0  # not run\n",
    )
    repo.write("main.py", "from steps.s01_demo import m\nm.mine(1)\n")
    shutil.copy(ROOT / "pyproject.toml", repo.root)
    done = repo.python("-m", "coverage", "run", "--source=steps,solutions", "main.py")
    assert done.returncode == 0, done.stderr
    done = repo.python("-m", "coverage", "json", "-q", "-o", "coverage.json")
    assert done.returncode == 0, done.stderr
    facts = json.loads((repo.root / "coverage.json").read_text())["files"]
    for path in ("steps/s01_demo/m.py", "solutions/s01_demo/m.py"):
        lines = facts[str(Path(path))]
        assert repo.line(path, "# run") in lines["executed_lines"]
        assert repo.line(path, "# not run") in lines["missing_lines"]
    stub_line = repo.line("steps/s01_demo/m.py", "raise")
    assert stub_line in facts[str(Path("steps/s01_demo/m.py"))]["missing_lines"]


# --- wrong files ---


def test_a_syntax_error_of_the_learner_names_their_line(repo: Repository) -> None:
    repo.step(STUB + "\n\ndef mine(:  # here\n    pass\n", "def f(x=1): return 1\n")
    error = repo.fails("")
    line = repo.line("steps/s01_demo/m.py", "# here")
    assert lines_of(error)[-1] == ("steps/s01_demo/m.py", line)
    assert "SyntaxError" in error


@pytest.mark.parametrize(
    ("top", "shown"),
    [
        ("def f(:\n", ["SyntaxError: invalid syntax"]),
        ("x = unknown\n", ["m.py", "x = unknown", "NameError: name 'unknown' is not defined"]),
    ],
)
def test_a_file_that_does_not_load_costs_a_few_lines(repo: Repository, top: str, shown: list[str]):
    repo.step("")
    repo.write("steps/s01_demo/m.py", top)
    repo.write("steps/s01_demo/__main__.py", "from steps.s01_demo import m\n")
    done = repo.python("-m", "steps.s01")
    assert [text for text in shown if text not in done.stderr] == []
    assert "overlay.py" not in done.stderr
    assert "importlib" not in done.stderr
    assert len(done.stderr.splitlines()) <= 5


def test_an_error_that_the_compiler_sees_late_names_the_learners_line(repo: Repository) -> None:
    repo.step("return 1  # here\n" + STUB, "def f(x=1): return 1\n")
    error = repo.fails("")
    line = repo.line("steps/s01_demo/m.py", "# here")
    assert lines_of(error)[-1] == ("steps/s01_demo/m.py", line)
    assert error.endswith("SyntaxError: 'return' outside function")


@pytest.mark.parametrize("text", ["def f(:  # here\n", "def f():\n    await x  # here\n"])
def test_a_syntax_error_of_an_answer_names_its_line(repo: Repository, text: str) -> None:
    repo.step(STUB, "#\n" * 7 + text)
    line = repo.line("solutions/s01_demo/m.py", "# here")
    assert lines_of(repo.fails(""))[-1] == ("solutions/s01_demo/m.py", line)


def test_a_file_that_is_no_utf8_is_a_syntax_error(repo: Repository) -> None:
    repo.step(STUB)
    (repo.root / "steps/s01_demo/m.py").write_bytes(b"x = '\xff'\n")
    error = repo.fails("")
    assert "SyntaxError" in error
    assert "m.py" in error


# --- nothing stale ---


def caches(repo: Repository) -> list[Path]:
    return sorted((repo.root / "steps/s01_demo/__pycache__").glob("*"))


def edit_unseen(path: Path, old: str, new: str) -> None:
    """Edit a file so that its size and time stamp stay."""
    before = path.stat()
    text = path.read_text(encoding="utf-8")
    assert old in text
    assert len(old) == len(new)
    path.write_text(text.replace(old, new), encoding="utf-8")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


@pytest.mark.parametrize("tree", ["steps", "solutions"])
def test_an_edit_in_the_same_second_with_the_same_size_is_seen(repo: Repository, tree: str) -> None:
    repo.step(STUB + "VALUE = 'old'\n", "def f(x=1): return 'old'\n")
    code = "print(m.VALUE, m.f())"
    assert repo.run(code) == "old old"
    edit_unseen(repo.root / tree / "s01_demo/m.py", "'old'", "'new'")
    assert repo.run(code) == ("new old" if tree == "steps" else "old new")


def test_the_second_import_comes_from_the_cache(repo: Repository) -> None:
    repo.step("import time\n" + STUB, "import time\ndef f(x=1): return time.time() > 0\n")
    code = "import sys; print(m.f(), 'workbook.splice' in sys.modules)"
    assert repo.run(code) == "True True"
    assert repo.run(code) == "True False"


def test_what_the_answers_stand_over_has_a_cache_of_its_own(repo: Repository) -> None:
    repo.step("def f(x=1): return 'mine'\n", "def f(x=1): return 'answer'\n")
    code = "import sys; print(m.f(), 'workbook.splice' in sys.modules)"
    for once in ("True", "False"):
        assert repo.run(code) == f"mine {once}"
        assert repo.run(code, **overlaid(reference=["all"])) == f"answer {once}"


def test_the_cache_serves_each_mode_that_comes_to_the_same(repo: Repository) -> None:
    repo.step(STUB, "def f(x=1): return 'answer'\n")
    code = "import sys; print(m.f(), 'workbook.splice' in sys.modules)"
    repo.run(code, **overlaid(reference=["all"]))
    assert repo.run(code, **overlaid(reference=["all"], empty=["1.2"])) == "answer False"
    assert repo.run(code) == "answer False"
    assert repo.fails(code, **overlaid(empty=["1.1"])).endswith("exercise 1.1")


def test_no_ordinary_bytecode_is_written_or_read(repo: Repository) -> None:
    repo.step(STUB, "def f(x=1): return 'answer'\n")
    assert repo.python("-m", "compileall", "-q", "steps/s01_demo").returncode == 0
    before = {path: path.read_bytes() for path in caches(repo)}
    assert [path.suffix for path in before] == [".pyc", ".pyc"]
    assert repo.run("print(m.f())") == "answer"
    assert {path: path.read_bytes() for path in before} == before
    assert len(caches(repo)) == 4


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: b"",
        lambda data: data[:20],
        lambda data: data[:-1],
        lambda data: data[:60] + bytes([data[60] ^ 1]) + data[61:],
        lambda data: b"\0" * len(data),
    ],
)
def test_a_damaged_cache_is_made_anew(repo: Repository, damage: Callable[[bytes], bytes]) -> None:
    repo.step(STUB, "def f(x=1): return 'answer'\n")
    assert repo.run("print(m.f())") == "answer"
    (cache,) = [path for path in caches(repo) if path.name.startswith("m.")]
    good = cache.read_bytes()
    cache.write_bytes(damage(good))
    assert repo.run("print(m.f())") == "answer"
    assert cache.read_bytes() == good


def test_a_cache_does_not_outlive_its_machinery_or_its_place(repo: Repository) -> None:
    repo.step(STUB, "def f(x=1): return 'answer'\n")
    code = "import sys; print(m.f.__code__.co_filename, 'workbook.splice' in sys.modules)"
    repo.run(code)
    with (repo.root / "workbook/splice.py").open("a", encoding="utf-8") as file:
        file.write("# changed\n")
    assert repo.run(code).endswith(" True")
    assert repo.run(code).endswith(" False")
    repo.root = repo.root.rename(repo.root.with_name("moved"))
    assert repo.run(code) == f"{repo.root / 'solutions/s01_demo/m.py'} True"


def test_answers_that_are_taken_away_are_gone(repo: Repository) -> None:
    repo.step(STUB, "def f(x=1): return 'answer'\n")
    assert repo.run("print(m.f())") == "answer"
    shutil.rmtree(repo.root / "solutions")
    assert repo.fails("m.f()").endswith("NotImplementedError: exercise 1.1")


def test_python_can_be_told_to_write_nothing(repo: Repository) -> None:
    repo.step(STUB, "def f(x=1): return 'answer'\n")
    assert repo.run("print(m.f())", PYTHONDONTWRITEBYTECODE="1") == "answer"
    assert caches(repo) == []


def test_a_folder_that_is_read_only(repo: Repository) -> None:
    repo.step(STUB, "def f(x=1): return 'answer'\n")
    folder = repo.root / "steps/s01_demo"
    if os.name != "nt" and os.geteuid() == 0:
        (folder / "__pycache__").write_text("a file where the folder of caches would be")
    else:
        folder.chmod(stat.S_IRUSR | stat.S_IXUSR)
    try:
        assert repo.run("print(m.f())") == "answer"
    finally:
        folder.chmod(stat.S_IRWXU)


def test_optimized_code_has_a_cache_of_its_own(repo: Repository) -> None:
    repo.step(STUB, "def f(x=1):\n    assert x, 'checked'\n    return 'answer'\n")
    assert "checked" in repo.fails("m.f(0)")
    assert repo.run("print(m.f(0))", PYTHONOPTIMIZE="1") == "answer"
    assert "checked" in repo.fails("m.f(0)")


# --- the four uses ---


def overlaid(**facts: list[str]) -> dict[str, str]:
    return {"STEPS_OVERLAY": json.dumps(facts)}


TWO = (
    "class A:\n    def __init__(self): self.log = []\n"
    + stub("def f(self):\n    '''Doc of f.'''", "1.1", 4)
    + "    def g(self):\n        '''Doc of g.'''\n        return 'my g'\n"
)
TWO_ANSWERS = (
    "from steps.s01_demo import m\nclass A(m.A):\n"
    "    def f(self): return 'answer f'\n    def g(self): return 'answer g'\n"
)
SHOW = """
    def show(function):
        try:
            return function()
        except NotImplementedError as error:
            return str(error)
    a = m.A()
    print(show(a.f), show(a.g), m.A.f.__doc__, m.A.g.__doc__, sep=", ")
"""


@pytest.fixture
def two(repo: Repository) -> Repository:
    """Exercise 1.1 is empty, 1.2 is written."""
    repo.step(TWO, TWO_ANSWERS)
    repo.manifest("m.py:A.f", "m.py:A.g")
    repo.write(
        "mistakes/1.2_wrong.py",
        HEAD + "from steps.s01_demo import m\nclass A(m.A):\n"
        "    def g(self):  # here\n        import string\n\n"
        "        return 'wrong ' + string.digits[:2] + super().__repr__()[:3]\n",
    )
    repo.write(
        "mistakes/1.1_also.py",
        "from steps.s01_demo import m\nclass A(m.A):\n"
        "    def f(self):\n        import string\n\n        return string.digits[3]\n",
    )
    return repo


DOCS = "Doc of f., Doc of g."


@pytest.mark.parametrize(
    ("facts", "shown"),
    [
        ({}, "answer f, my g"),
        ({"empty": ["1.1"]}, "exercise 1.1, my g"),
        ({"empty": ["1.2"]}, "answer f, my g"),
        ({"empty": ["1.3"]}, "answer f, my g"),
        ({"reference": ["s01_demo"]}, "answer f, answer g"),
        ({"reference": ["all"]}, "answer f, answer g"),
        ({"reference": ["s02_other"]}, "answer f, my g"),
        ({"reference": ["all"], "empty": ["1.1"]}, "exercise 1.1, answer g"),
        ({"reference": ["all"], "empty": ["1.2"]}, "answer f, exercise 1.2"),
        ({"reference": ["all"], "empty": ["1.1", "1.2"]}, "exercise 1.1, exercise 1.2"),
        ({"plant": ["mistakes/1.2_wrong.py"]}, "answer f, wrong 01<st"),
        ({"plant": ["mistakes/1.2_wrong.py"], "empty": ["1.1"]}, "exercise 1.1, wrong 01<st"),
        ({"plant": ["mistakes/1.2_wrong.py", "mistakes/1.1_also.py"]}, "3, wrong 01<st"),
        (
            {"plant": ["mistakes/1.1_also.py"], "reference": ["all"], "empty": ["1.1"]},
            "3, answer g",
        ),
    ],
)
def test_what_is_done_with_which_function(
    two: Repository, facts: dict[str, list[str]], shown: str
) -> None:
    two.step("x = 1\n", package="s02_other")
    assert two.run(SHOW, **overlaid(**facts)) == f"{shown}, {DOCS}"


def test_a_mode_leaves_no_trace_in_the_next_plain_run(two: Repository) -> None:
    plain = two.run(SHOW)
    for facts in (
        {"reference": ["all"]},
        {"empty": ["1.1"]},
        {"plant": ["mistakes/1.2_wrong.py"]},
    ):
        assert two.run(SHOW, **overlaid(**facts)) != plain
        assert two.run(SHOW) == plain
    shutil.rmtree(two.root / "steps/s01_demo/__pycache__")
    two.run(SHOW, **overlaid(reference=["all"]))
    assert two.run(SHOW) == plain


def test_reference_brings_back_what_the_learner_deleted(repo: Repository) -> None:
    repo.step("class A:\n    x = 1\n", "def f(): return 'f'\n" + TWO_ANSWERS)
    code = "print(m.f(), m.A().f(), m.A().g(), m.A.__subclasses__())"
    assert repo.run(code, **overlaid(reference=["all"])) == "f answer f answer g []"


def test_reference_says_which_class_is_missing(repo: Repository) -> None:
    repo.step("x = 1\n", TWO_ANSWERS)
    error = repo.fails("", **overlaid(reference=["all"])).splitlines()[-1]
    assert "steps/s01_demo/m.py has no class A, which f from" in error.replace("\\", "/")
    assert error.endswith(".")


def test_reference_of_a_deleted_function_that_is_to_be_empty(repo: Repository) -> None:
    repo.step("class A:\n    x = 1\n", TWO_ANSWERS)
    repo.manifest("m.py:A.f", "m.py:A.g")
    error = repo.fails("m.A().f()", **overlaid(reference=["all"], empty=["1.1"]))
    assert "has no attribute 'f'" in error


def test_the_getter_of_a_property_stays_when_its_setter_is_to_be_empty(repo: Repository) -> None:
    getter = "class A:\n    @property\n    def p(self): return 1\n    @p.setter\n"
    repo.step(
        getter + stub("def p(self, value):", indent=4), getter + "    def p(self, value): ...\n"
    )
    repo.manifest("m.py:A.p")
    facts = overlaid(reference=["all"], empty=["1.1"])
    assert repo.run("print(m.A().p)", **facts) == "1"
    assert repo.fails("m.A().p = 1", **facts).endswith("exercise 1.1")


def test_a_planted_function_has_true_lines(two: Repository) -> None:
    path = two.root / "mistakes/1.2_wrong.py"
    code = "c = m.A.g.__code__; print(c.co_filename, c.co_firstlineno)"
    line = two.line("mistakes/1.2_wrong.py", "# here")
    assert two.run(code, **overlaid(plant=[str(path)])) == f"{path} {line}"


def test_a_syntax_error_in_a_planted_file_names_it(two: Repository) -> None:
    path = two.write("mistakes/1.2_torn.py", "\n\ndef f(:\n")
    assert f'File "{path}", line 3' in two.fails("", **overlaid(plant=[str(path)]))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "STEPS_OVERLAY is not JSON: "),
        ("[]", "STEPS_OVERLAY takes the keys empty, reference, plant, own, held, not []."),
        ('{"full": []}', "STEPS_OVERLAY takes the keys empty, reference, plant, own, held, not "),
        ('{"empty": "1.1"}', "STEPS_OVERLAY has no list of strings for empty: '1.1'."),
        ('{"empty": [1.1]}', "STEPS_OVERLAY has no list of strings for empty: [1.1]."),
        ('{"empty": ["one"]}', "STEPS_OVERLAY names 'one', which is not an exercise."),
        ('{"reference": ["s09_none"]}', "STEPS_OVERLAY refers to s09_none, which "),
        ('{"plant": ["mistakes/wrong.py"]}', "does not begin with the id of an exercise."),
        ('{"plant": ["mistakes/1.9_wrong.py"]}', "does not begin with the id of an exercise."),
        ('{"plant": ["mistakes/7.1_wrong.py"]}', "does not begin with the id of an exercise."),
        ('{"plant": ["mistakes/1.2_none.py"]}', "There is no file mistakes/1.2_none.py to plant."),
    ],
)
def test_a_wrong_overlay_is_one_sentence(two: Repository, text: str, said: str) -> None:
    error = two.fails("", STEPS_OVERLAY=text)
    assert said in error.splitlines()[-1]


def test_a_planted_function_without_a_place_is_refused(two: Repository) -> None:
    path = two.write("mistakes/1.2_typo.py", "def tpyo(): ...\n")
    said = two.fails("", **overlaid(plant=[str(path)])).splitlines()[-1]
    assert said.endswith("m.py does not have.")
    assert "1.2_typo.py plants tpyo, which" in said


def test_an_overlay_goes_to_a_child_and_back(tmp_path: Path) -> None:
    from workbook.overlay import VARIABLE, Overlay

    one = Overlay(frozenset({"2.5"}), frozenset({"s02_resp"}), (tmp_path / "2.5_x.py",))
    assert Overlay.from_environment(one.to_environment()) == one
    assert Overlay.from_environment(Overlay().to_environment()) == Overlay()
    assert Overlay.from_environment({}) == Overlay()
    assert Overlay.from_environment({VARIABLE: ""}) == Overlay()


# --- ways to import ---


def test_short_names_are_the_same_modules(repo: Repository) -> None:
    repo.step(STUB, "def f(x=1): return 'answer'\n")
    repo.write("steps/s01_demo/inner/__init__.py", "")
    repo.write("steps/s01_demo/inner/deep.py", "from steps.s01.m import f\n")
    code = """
        import importlib, sys
        import steps.s01.inner.deep as short
        import steps.s01_demo.inner.deep as long
        from steps import s01, s01_demo
        from steps.s01 import m as m2
        assert short is long and s01 is s01_demo and m is m2 is s01.m
        assert sys.modules["steps.s01.m"] is sys.modules["steps.s01_demo.m"]
        assert s01.__spec__.name == s01.__name__ == "steps.s01_demo"
        assert m2.__spec__.name == "steps.s01_demo.m" and m2.__spec__.loader is m2.__loader__
        assert importlib.reload(s01) is s01_demo and importlib.reload(m2) is m
        print(long.f())
    """
    assert repo.run(code) == "answer"


def test_short_names_first_and_in_many_threads(repo: Repository) -> None:
    repo.step("import time\ntime.sleep(0.01)\nx = object()\n")
    repo.write(
        "main.py",
        """
        import importlib, threading
        seen = []
        def load(name): seen.append(importlib.import_module(name).x)
        names = ["steps.s01.m", "steps.s01_demo.m"] * 5
        threads = [threading.Thread(target=load, args=(name,)) for name in names]
        for t in threads: t.start()
        for t in threads: t.join()
        print(len(seen), len(set(seen)))
        """,
    )
    assert repo.python("main.py").stdout == "10 1\n"


def test_a_short_name_of_two_folders_is_refused(repo: Repository) -> None:
    repo.step("")
    repo.step("", package="s01_older")
    error = repo.python("-c", "import steps.s01").stderr.splitlines()[-1]
    assert "steps.s01 may be s01_demo or s01_older in" in error


def test_what_does_not_exist_is_not_found(repo: Repository) -> None:
    repo.step("")
    for name in ("steps.s07", "steps.s01.nothing", "steps.s01_demo.nothing", "steps.nothing"):
        error = repo.python("-c", f"import {name}").stderr.splitlines()[-1]
        assert error == f"ModuleNotFoundError: No module named '{name}'"


@pytest.mark.parametrize("name", ["steps.s01", "steps.s01_demo"])
def test_python_dash_m(repo: Repository, name: str) -> None:
    repo.step(STUB, "def f(x=1): return 'answer'\n")
    repo.write(
        "steps/s01_demo/__main__.py",
        HEAD
        + "import sys\nfrom steps.s01_demo import m\nfrom . import m as relative\n"
        "print(m.f(), sys.argv[1:], relative is m)\nprint(__file__)\ng()\n".replace(
            "g()\n", stub("def g():", "1.2") + "g()\n"
        ),
    )
    repo.write("solutions/s01_demo/__main__.py", HEAD + "def g(): print('g')\n")
    done = repo.python("-W", "error", "-m", name, "serve", "--port", "0")
    file = repo.root / "steps/s01_demo/__main__.py"
    assert done.stderr == ""
    assert done.stdout == f"answer ['serve', '--port', '0'] True\n{file}\ng\n"


@pytest.mark.parametrize("name", ["steps.s01.work", "steps.s01_demo.work"])
def test_multiprocessing_spawn(repo: Repository, name: str) -> None:
    repo.step(STUB, "def f(x=1): return f'answer {x}'\n")
    repo.write(
        "steps/s01_demo/work.py",
        """
        import multiprocessing
        from steps.s01 import m

        def own(x):
            return "own " + m.f(x)

        if __name__ == "__main__":
            with multiprocessing.get_context("spawn").Pool(1) as pool:
                print(pool.map(m.f, [1]), pool.map(own, [2]))
        """,
    )
    done = repo.python("-m", name)
    assert done.stdout == "['answer 1'] ['own answer 2']\n", done.stderr


def test_a_spawned_child_has_the_same_overlay(two: Repository) -> None:
    two.write(
        "main.py",
        """
        import multiprocessing
        from steps.s01 import m

        if __name__ == "__main__":
            with multiprocessing.get_context("spawn").Pool(1) as pool:
                print(pool.map(m.A.g, [m.A()]))
        """,
    )
    assert two.python("main.py", **overlaid(reference=["all"])).stdout == "['answer g']\n"


def test_reload_sees_an_edit(repo: Repository) -> None:
    repo.step(STUB + "VALUE = 1\n", "def f(x=1): return 'answer'\n")
    code = """
        import importlib, pathlib
        from steps.s01 import m as short
        path = pathlib.Path(m.__file__)
        print(m.f(), m.VALUE)
        text = path.read_text()
        path.write_text(text.replace("VALUE = 1", "VALUE = 2"))
        print(importlib.reload(m).f(), m.VALUE)
        path.write_text(text.replace('raise NotImplementedError("exercise 1.1")', "return 'mine'"))
        print(importlib.reload(short).f(), m.VALUE)
        path.write_text(text)
        print(importlib.reload(m).f(), m.VALUE)
    """
    assert repo.run(code).splitlines() == ["answer 1", "answer 2", "mine 1", "answer 1"]


def test_a_new_file_is_found_at_once(repo: Repository) -> None:
    repo.step("")
    code = """
        import pathlib
        folder = pathlib.Path(m.__file__).parent
        try:
            import steps.s01_demo.fresh
        except ModuleNotFoundError:
            (folder / "fresh.py").write_text("x = 1")
        import steps.s01.fresh
        print(steps.s01_demo.fresh.x)
    """
    assert repo.run(code) == "1"


def test_pytest_runs_in_such_a_repository(repo: Repository) -> None:
    repo.step(STUB, "def f(x=1): return 'answer'\n")
    repo.write(
        "test_m.py", "from steps.s01.m import f\ndef test_f():\n    assert f() == 'answer'\n"
    )
    plain = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}  # nbval alone takes seconds to import
    done = repo.python("-m", "pytest", "-q", "-p", "no:cacheprovider", "test_m.py", **plain)
    assert done.returncode == 0, done.stdout


def test_another_repository_in_the_same_process(repo: Repository, tmp_path: Path) -> None:
    repo.step(STUB, "def f(x=1): return 'first'\n")
    other = Repository(tmp_path / "other")
    other.step(STUB, "def f(x=1): return 'second'\n")
    code = f"""
        import sys
        print(m.f())
        for name in list(sys.modules):
            if name.partition(".")[0] in ("steps", "workbook"):
                del sys.modules[name]
        sys.path.insert(0, {str(other.root)!r})
        from steps.s01 import m
        print(m.f(), m.__file__)
    """
    assert repo.run(code) == f"first\nsecond {other.root / 'steps/s01_demo/m.py'}"


def test_packages_may_have_answers_in_their_init(repo: Repository) -> None:
    repo.step("from steps.s01_demo import g\n")
    repo.write("steps/s01_demo/__init__.py", "LIMIT = 3\n" + stub("def g():"))
    repo.write(
        "solutions/s01_demo/__init__.py",
        "from steps.s01_demo import LIMIT\ndef g(): return LIMIT + 3\n",
    )
    assert repo.run("print(m.g())") == "6"


# --- whose ---


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({}, "2 exercises: 1 yours, 1 from solutions/"),
        ({"empty": ["1.1"]}, "2 exercises: 1 yours, 1 not written yet"),
        ({"reference": ["all"]}, "2 exercises: 0 yours, 2 from solutions/"),
        (
            {"reference": ["all"], "empty": ["1.2"]},
            "2 exercises: 0 yours, 1 from solutions/, 1 not written yet",
        ),
    ],
)
def test_whose_the_server_is(two: Repository, facts: dict[str, list[str]], said: str) -> None:
    not_loaded = two.python("-c", "import steps; print(steps.whose(1))", **overlaid(**facts))
    assert not_loaded.stdout.strip() == said
    assert two.run("import steps; print(steps.whose(1))", **overlaid(**facts)) == said
    assert two.run("import steps; print(steps.whose(1))", **overlaid(**facts)) == said


def test_whose_without_solutions_and_when_all_is_done(two: Repository) -> None:
    two.manifest("m.py:f", number=2, package="s02_more")
    two.step(stub("def f():", "2.1"), "def f(): return 1\n", package="s02_more")
    two.manifest("m.py:f", number=0, package="s00_warmup")
    code = "import steps; print(steps.whose(1)); print(steps.whose(2)); print(steps.whose(0))"
    assert two.run(code).splitlines() == [
        "2 exercises: 1 yours, 1 from solutions/",
        "3 exercises: 1 yours, 2 from solutions/",
        "no exercises",
    ]
    shutil.rmtree(two.root / "solutions")
    assert "2 exercises: 1 yours, 1 not written yet" in two.run(code)
    path = two.root / "steps/s01_demo/m.py"
    path.write_text(path.read_text().replace('raise NotImplementedError("exercise 1.1")', "..."))
    assert "2 exercises: all yours\n3 exercises: 2 yours, 1 not written yet" in two.run(code)


# --- a whole module as a hole ---

SPECIFICATION = '"""Challenge sums: add numbers.\n\nMore about it.\n"""\n'
ANSWER = '"""Adds."""\n\nimport math\n\nclass Sum:\n    text = f"answer {math.inf}"\n'
MINE = '"""Mine."""\n\nclass Sum:\n    text = "mine"\n'
IMPORT = "from steps.s01_demo.challenges.sums import Sum; print(Sum.text)"


@pytest.fixture
def sums(repo: Repository) -> Repository:
    """A step with a challenge that nobody has written, and its answer."""
    repo.step(STUB, "def f(x: int = 1) -> str:\n    return f'answer {x}'\n")
    repo.manifest("m.py:f")
    repo.write("steps/s01_demo/challenges/__init__.py", '"""Challenges."""\n')
    repo.write("steps/s01_demo/challenges/sums.py", SPECIFICATION)
    repo.write("solutions/s01_demo/challenges/sums.py", ANSWER)
    stage = 'title = "T {0}"\nid = "sums.{0}"\npoints = 1\nminutes = 1\nhints = ["a", "b"]\n'
    rows = "".join(f"[[stage]]\n{stage.format(n)}" for n in (1, 2))
    repo.write("steps/s01_demo/challenges/sums.toml", f'title = "Sums"\nidea = "i"\n{rows}')
    return repo


def test_a_module_of_nothing_but_a_specification_is_the_answer(sums: Repository) -> None:
    for _ in range(2):  # the second time it comes from the cache
        assert sums.run(IMPORT) == "answer inf"
    text = sums.run(
        "from steps.s01_demo.challenges import sums; print(sums.Sum.__doc__, sums.__doc__)"
    )
    assert text == "None Adds."


@pytest.mark.parametrize("imports", ["", "from __future__ import annotations\nimport os\n"])
def test_imports_are_no_definition(sums: Repository, imports: str) -> None:
    sums.write("steps/s01_demo/challenges/sums.py", SPECIFICATION + imports)
    assert sums.run(IMPORT) == "answer inf"


def test_from_the_first_definition_on_it_is_the_learners(sums: Repository) -> None:
    assert sums.run(IMPORT) == "answer inf"
    sums.write("steps/s01_demo/challenges/sums.py", MINE)
    assert sums.run(IMPORT) == "mine"
    sums.write("steps/s01_demo/challenges/sums.py", SPECIFICATION + "limit = 1\n")
    assert "cannot import name 'Sum'" in sums.fails(IMPORT)


def test_without_an_answer_the_module_says_what_is_missing(sums: Repository) -> None:
    shutil.rmtree(sums.root / "solutions")
    said = sums.fails(IMPORT)
    assert said.splitlines()[-1] == "NotImplementedError: challenge sums"
    assert 'steps/s01_demo/challenges/sums.py", line 1, in <module>' in said
    caught = """
        try:
            from steps.s01_demo.challenges import sums
        except NotImplementedError as error:
            print(error.not_written)
        """
    told = "challenge sums is not written yet (steps/s01_demo/challenges/sums.py:1)"
    assert sums.run(caught) == told


WHOLE = {
    "empty": ({"empty": ["sums"]}, "none", "mine"),
    "reference": ({"reference": ["all"]}, "answer", "answer"),
    "own": ({"reference": ["all"], "own": ["sums"]}, "answer", "mine"),
    "empty again": ({"reference": ["all"], "empty": ["sums"]}, "none", "none"),
    "held": ({"held": ["sums"]}, "none", "none"),
    "another": ({"reference": ["all"], "own": ["1.1"]}, "answer", "answer"),
}


@pytest.mark.parametrize("name", WHOLE)
def test_a_whole_module_in_each_kind_of_overlay(sums: Repository, name: str) -> None:
    facts, *expected = WHOLE[name]
    code = f"""
        try:
            {IMPORT}
        except NotImplementedError as error:
            print("none:", error)
        """
    found = []
    for text in (SPECIFICATION, MINE):
        sums.write("steps/s01_demo/challenges/sums.py", text)
        found.append(sums.run(code, STEPS_OVERLAY=json.dumps(facts)))
    whole = {"none": "none: challenge sums", "answer": "answer inf", "mine": "mine"}
    assert found == [whole[word] for word in expected]


def test_a_planted_module_takes_its_place(sums: Repository) -> None:
    plant = sums.write("planted/sums_wrong.py", ANSWER.replace("answer", "planted"))
    overlay = json.dumps({"plant": [str(plant)]})
    for text in (SPECIFICATION, MINE):
        sums.write("steps/s01_demo/challenges/sums.py", text)
        assert sums.run(IMPORT, STEPS_OVERLAY=overlay) == "planted inf"
