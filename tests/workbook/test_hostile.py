"""Hostile and broken files of a learner: none passes, none takes other results along, none stays.

Each case is the whole of `numbers.py` in the miniature repository, or the body of one of its
functions. The other exercise is right, and must come out so; where a file as a whole is broken, no
exercise in it can be. A function that is gone breaks the file for itself alone.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.workbook.conftest import Mini
from workbook import catalogue, checking, patience, splice
from workbook.calls import Call
from workbook.grading import intake
from workbook.standby import Standby

pytestmark = [
    pytest.mark.timeout(120),
    pytest.mark.skipif(os.name == "nt", reason="signals, forks and /proc are not there"),
]

RIGHT_ADD = "return a + b"
RIGHT_ANSWER = 'return b"+" + data.upper().replace(b"I", b"O")'

BODIES = {
    "os._exit": ("import os; os._exit(0)", "crashed"),
    "sys.exit": ("import sys; sys.exit(0)", "wrong"),
    "pytest.exit": ("import pytest; pytest.exit('all is well', 0)", "wrong"),
    "pytest.skip": ("import pytest; pytest.skip('not today')", "wrong"),
    "Ctrl-C": ("raise KeyboardInterrupt", "wrong"),
    "GeneratorExit": ("raise GeneratorExit", "wrong"),
    "SIGKILL": ("import os; os.kill(os.getpid(), 9)", "crashed"),
    "SIGSEGV": ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", "crashed"),
    "its whole group": ("import os; os.killpg(0, 9)", "crashed"),
    "endless loop": ("while True: pass", "hung"),
    "endless loop that swallows": (
        """
        while True:
            try:
                while True: pass
            except BaseException:
                pass
        """,
        "hung",
    ),
    "endless wait, signals blocked": (
        """
        import signal, threading
        signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
        threading.Event().wait()
        """,
        "hung",
    ),
    "endless recursion": ("return add(a, b)", "wrong"),
    "endless print": ("while True: print('x' * 100_000)", "wrong or hung"),
    "endless print to the descriptor": (
        "import os\nwhile True: os.write(1, b'y' * 100_000)",
        "wrong or hung",
    ),
    "long print": ("print('x' * 10**6)\nreturn a - b", "wrong"),
    "escape codes": (r"print('\x1b[2J\x1b]0;owned\x07\x9b1m')" + "\nreturn a - b", "wrong"),
    "closed descriptors": ("import os; os.closerange(0, 100); return a + b", "crashed"),
    "closed stdout": ("import sys; sys.stdout.close(); sys.stderr.close(); return a - b", "wrong"),
    "fork that returns": ("import os; os.fork(); return a - b", "wrong"),
    "fork that stays": (
        """
        import os, threading
        if not os.fork():
            open("pid", "a").write(f"{os.getpid()} ")
            threading.Event().wait()
        return a + b
        """,
        "wrong",
    ),
    "a daemon": (
        """
        import os, subprocess, sys
        code = "import os, threading; open('pid', 'a').write(f'{os.getpid()} '); "
        code += "print(flush=True); threading.Event().wait()"
        child = subprocess.Popen([sys.executable, "-c", code], start_new_session=True,
                                 stdout=subprocess.PIPE)
        child.stdout.readline()
        return a - b
        """,
        "wrong",
    ),
    "thread that never ends": (
        """
        import threading
        threading.Thread(target=threading.Event().wait).start()
        return a + b
        """,
        "wrong",
    ),
    "socket left open": (
        """
        import socket
        global kept
        kept = socket.create_server(("127.0.0.1", 0))
        return a + b
        """,
        "wrong",
    ),
    "swallowed exception": ("try:\n    return a + c\nexcept NameError:\n    pass", "wrong"),
    "no builtins left": ("import builtins\nbuiltins.len = lambda x: 0\nreturn a + b", "wrong"),
    "another AssertionError": (
        "import builtins\nbuiltins.AssertionError = SystemExit\nreturn a - b",
        "wrong",
    ),
    "pytest that sees nothing": (
        """
        import _pytest.runner as runner
        seen = runner.CallInfo.from_call
        runner.CallInfo.from_call = classmethod(lambda cls, func, **more: seen(lambda: None, "call"))
        return a - b
        """,
        "wrong",
    ),
    "pytest that runs nothing": (
        """
        import _pytest.python
        _pytest.python.Function.runtest = lambda self: None
        return a - b
        """,
        "wrong",
    ),
    "another folder, another environment": (
        "import os; os.chdir('/'); os.environ.clear(); return a - b",
        "wrong",
    ),
    "more memory than there is": ("return len(bytes(2**62))", "wrong"),
    "an object without a repr": (
        "class Odd:\n    def __repr__(self): raise SystemExit\nreturn Odd()",
        "crashed",
    ),
}


class Checked:
    """A miniature repository that is checked again and again, by a process that is kept ready.

    Each check runs as it does in the checker, in a fork of that process.
    """

    def __init__(self, mini: Mini, standby: Standby) -> None:
        self.mini = mini
        self.root = mini.root
        self.standby = standby
        self.pid = mini.root / "pid"
        self.file = mini.root / "steps/s01_mini/numbers.py"

    def verdicts(self) -> dict[str, str]:
        options = checking.Options(Call(self.root, ["--json"], []))
        seen = checking.find(self.root, catalogue.every(self.root), options, self.standby)
        for _ in patience.attempts(10):  # some may be just about to end
            if not (left := self.leftovers()):
                break
        assert left == []
        return {one.exercise.id: one.word for one in seen}

    def leftovers(self) -> list[str]:
        """The processes that still run in the repository, but for those that are kept ready."""
        kept = {one.process.pid for one in self.standby.keepers.values()}
        found = []
        for path in Path("/proc").glob("[0-9]*"):
            try:
                inside = os.readlink(path / "cwd").startswith(str(self.root))
                if inside and int(path.name) not in kept:
                    found.append((path / "cmdline").read_bytes().decode(errors="replace"))
            except OSError:
                continue
        return found


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    mini = Mini(tmp_path_factory.mktemp("hostile") / "mini")
    with Standby(mini.root) as standby:
        yield Checked(mini, standby)


@pytest.fixture
def checked(kept, monkeypatch):
    monkeypatch.setenv("WORKBOOK_SECONDS", "1")
    kept.pid.unlink(missing_ok=True)
    return kept


@pytest.mark.parametrize("name", BODIES)
def test_a_hostile_function(checked, ends, monkeypatch, name):
    body, word = BODIES[name]
    checked.mini.learner(body, RIGHT_ANSWER)
    if "print" in name:  # what fills the disk slows the other exercise down, too
        monkeypatch.setenv("WORKBOOK_SECONDS", "4")
    seen = checked.verdicts()
    assert seen["1.1"] in word.split(" or ")
    assert seen["1.2"] == "solved"
    for pid in checked.pid.read_text().split() if checked.pid.exists() else []:
        assert ends(int(pid))


SERVERS = {
    "silent": ("import threading; threading.Event().wait()", "hung"),
    "busy": ("while True: pass", "hung"),
    "gone": ("import os; os._exit(3)", "crashed"),
    "raising": ("raise ValueError('no')", "crashed"),
    "flooding": ("while True: print('x' * 100_000)", "hung"),
    "two replies": ("return (data.upper().replace(b'I', b'O')) * 2", "wrong"),
    "half a reply": ("return b'+PO'", "wrong"),
    "with a child": (
        """
        import os, threading
        reading, writing = os.pipe()
        if not os.fork():
            os.setsid()
            open("PID", "w").write(str(os.getpid()))
            os.write(writing, b"!")
            threading.Event().wait()
        os.read(reading, 1)
        return data
        """,
        "wrong",
    ),
}


@pytest.mark.parametrize("name", SERVERS)
def test_a_hostile_server(checked, ends, monkeypatch, name):
    body, word = SERVERS[name]
    checked.mini.learner(RIGHT_ADD, body.replace("PID", str(checked.pid)))
    monkeypatch.setenv("WORKBOOK_WAIT", "1" if word == "hung" else "4")
    monkeypatch.setenv("WORKBOOK_SECONDS", "8")
    assert checked.verdicts() == {"1.1": "solved", "1.2": word}
    if checked.pid.exists():
        assert ends(int(checked.pid.read_text()))


HEAD = "def add(a, b):\n    return a + b\n\n\n"
TAIL = '\n\ndef answer(data):\n    return b"+" + data.upper().replace(b"I", b"O")\n'

FILES: dict[str, tuple[bytes, str, str]] = {
    "syntax error": (b"def add(a, b):\n    return a +\n" + TAIL.encode(), "wrong", "not checked"),
    "indentation": (b"def add(a, b):\nreturn a + b\n" + TAIL.encode(), "wrong", "not checked"),
    "tabs and blanks": (
        b"def add(a, b):\n        if a:\n\treturn a + b\n" + TAIL.encode(),
        "wrong",
        "not checked",
    ),
    "tabs": (b"def add(a, b):\n\treturn a + b\n" + TAIL.encode(), "solved", "solved"),
    "CRLF": ((HEAD + TAIL).replace("\n", "\r\n").encode(), "solved", "solved"),
    "a mark at the front": (b"\xef\xbb\xbf" + (HEAD + TAIL).encode(), "solved", "solved"),
    "not UTF-8": (b"'caf\xe9'\n" + (HEAD + TAIL).encode(), "wrong", "not checked"),
    "not UTF-8, in a comment": (b"# caf\xe9\n" + (HEAD + TAIL).encode(), "wrong", "not checked"),
    "another encoding, which it names": (
        b"# coding: latin-1\n# caf\xe9\n" + (HEAD + TAIL).encode(),
        "solved",
        "solved",
    ),
    "old line ends": ((HEAD + TAIL).replace("\n", "\r").encode(), "solved", "solved"),
    "a zero byte": (b"\0\n" + (HEAD + TAIL).encode(), "wrong", "not checked"),
    "empty": (b"", "wrong", "crashed"),
    "a wrong name": ((HEAD + TAIL).replace("def add", "def plus").encode(), "wrong", "solved"),
    "deleted functions": (TAIL.encode(), "wrong", "solved"),
    "no function": (b"add = 3\n" + TAIL.encode(), "wrong", "solved"),
    "another number of arguments": (
        b"def add(a):\n    return a\n" + TAIL.encode(),
        "wrong",
        "solved",
    ),
    "exit at import": (b"import os\nos._exit(0)\n" + (HEAD + TAIL).encode(), "crashed", "wrong"),
    "sys.exit at import": (
        b"raise SystemExit(0)\n" + (HEAD + TAIL).encode(),
        "wrong",
        "wrong",
    ),
    "a loop at import": (b"while True: pass\n" + (HEAD + TAIL).encode(), "hung", "hung"),
}


@pytest.mark.parametrize("name", FILES)
def test_a_hostile_file(checked, monkeypatch, name):
    data, add, answer = FILES[name]
    checked.file.write_bytes(data)
    monkeypatch.setenv("WORKBOOK_WAIT", "0.5")
    assert checked.verdicts() == {"1.1": add, "1.2": answer}


@pytest.mark.parametrize("name", FILES)
def test_what_is_no_text_is_none_at_home_and_none_when_graded(name):
    """What Python can read is taken in, and what is not taken in says at home what is wrong."""
    data = FILES[name][0]
    try:
        splice.parse(data, "numbers.py")
    except (SyntaxError, ValueError):
        return
    assert intake.binary("steps/s01_mini/numbers.py", data) == ""


def test_a_byte_that_is_not_utf_8_is_named_with_its_line(mini):
    (mini.root / "steps/s01_mini/numbers.py").write_bytes(HEAD.encode() + b"# caf\xe9\n")
    output = mini.checker("1.1").stdout
    assert "numbers.py, line 5" in output or "numbers.py:5" in output
    assert "byte 0xe9 is not UTF-8: save the file as UTF-8" in " ".join(output.split())


def test_a_file_that_is_gone(mini):
    (mini.root / "steps/s01_mini/numbers.py").unlink()
    assert found(mini) == {"1.1": "wrong", "1.2": "crashed"}


def test_a_function_that_is_gone_is_missed_by_name(mini):
    mini.write("steps/s01_mini/numbers.py", TAIL)
    output = mini.checker("1.1").stdout
    assert "missing   There is no function add in steps/s01_mini/numbers.py." in output
    assert "next      python checker.py reset 1.1" in output


def test_a_hang_shows_where_it_stands(mini):
    wait = "import threading\nthreading.Event().wait()"
    mini.learner(wait, wait)
    output = mini.checker("1", WORKBOOK_SECONDS="3", WORKBOOK_WAIT="1").stdout
    assert "stands at steps/s01_mini/numbers.py:" in output
    assert "in add" in output
    assert "in answer: threading.Event().wait()" in output


def test_printed_escape_codes_have_no_power(mini):
    mini.learner(BODIES["escape codes"][0])
    output = mini.checker("1.1").stdout
    assert "\\x1b[2J\\x1b]0;owned\\x07\\x9b1m" in output
    assert not {"\x1b", "\x07", "\x9b"} & set(output)


def test_a_flood_does_not_flood_the_explanation(mini):
    mini.learner("for n in range(100_000): print('line', n)\nreturn a - b")
    assert len(mini.checker("1.1").stdout.splitlines()) < 60


TORN = """
import pytest

@pytest.hookimpl(tryfirst=True)
def pytest_runtest_teardown(item):
    if item.name == "test_large":
        pytest.fail("Timeout (>1.0s) from pytest-timeout.")
"""


MORE = """
import pytest

@pytest.mark.exercise("1.2", why="There is more.")
@pytest.mark.parametrize("word", [b"a", b"b", b"c", b"d"])
def test_more(code, word):
    assert code.s01.answer(word) == b"+" + word.upper()
"""


def test_a_test_that_is_torn_costs_no_other(mini):
    """Time may be up while pytest clears up: then it would let the next test pay for that."""
    mini.learner(RIGHT_ADD, RIGHT_ANSWER)
    mini.write("tests/s01_mini/conftest.py", TORN)
    mini.write("tests/s01_mini/test_the_rest.py", MORE)
    assert found(mini) == {"1.1": "hung", "1.2": "solved"}


LEFT_OUT = """
import pytest

@pytest.mark.exercise("1.1", why="Plus adds.")
@pytest.mark.parametrize("number", range(12))
def test_again(code, number):
    assert code.s01.add(number, 1) == number + 1
"""


def test_tests_that_are_left_out_cost_no_other(mini):
    """Nor does what the test before them has left for them: the next file starts fresh."""
    mini.learner("while True: pass", RIGHT_ANSWER)
    mini.write("tests/s01_mini/test_add.py", LEFT_OUT)
    mini.write("tests/s01_mini/test_more.py", MORE)
    assert found(mini) == {"1.1": "hung", "1.2": "solved"}


def found(mini) -> dict[str, str]:
    """The verdicts of a check, as a program gets them."""
    done = mini.checker("1", "--json", WORKBOOK_SECONDS="1")
    assert (done.stderr, done.returncode) == ("", 1)
    return {one["id"]: one["verdict"] for one in json.loads(done.stdout)["exercises"]}
