"""The proxy: every value, handle and exception that the tests may meet, and lies of all kinds."""

from __future__ import annotations

import ast
import math
import os
import random
import shutil
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from workbook.grading import packing, proxy
from workbook.grading.box import NEEDED
from workbook.grading.proxy import Code, Crashed, Stopped

ROOT = Path(__file__).resolve().parents[2]

MODULE = """
import enum, os, sys, threading, time
from typing import NamedTuple

class Status(str):
    __slots__ = ()

class Liar(str):
    def __eq__(self, other): return True
    def __hash__(self): return hash(str(self))

class Agreeable:
    def __eq__(self, other): return True
    def __hash__(self): return 1

class Point(NamedTuple):
    x: int
    y: int

class Colour(enum.Enum):
    RED = 1

class Trouble(Exception):
    pass

class Worse(Trouble, KeyError):
    pass

class Bottom(BaseException):
    pass

class Pile(list):
    pass

class Box:
    def __init__(self, **named):
        self.named = named
        self.log = []
    def __enter__(self):
        self.log.append("in")
        return self
    def __exit__(self, kind, error, tb):
        self.log.append(kind.__name__ if kind else "out")
        return True
    def __len__(self):
        return 3
    def __getitem__(self, key):
        return self.named[key]
    def me(self):
        return self
    def say(self, *words, end=""):
        return " ".join(words) + end

class Nobody:
    def __repr__(self):
        raise ValueError("no repr")

def same(value):
    return value

def sort(items):
    items.sort()

def fill(mapping, key):
    mapping[key] = 1

def call(function, *args, **named):
    return function(*args, **named)

def call_in_a_thread(function):
    found = []
    def run():
        try: found.append(function())
        except RuntimeError as error: found.append(str(error))
    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    return found[0]

def call_for_ever(function):
    while True: function(b"x" * 10_000)

KEPT = []
def collect(*items):
    KEPT.clear()
    KEPT.extend(items)
    return KEPT

def add(item):
    KEPT.append(item)

def count():
    yield 1
    yield 2
    raise Trouble("that is all")

def fail(kind, *words):
    def inner():
        raise kind(*words)
    inner()

def trouble(): raise Trouble("it went wrong")
def worse(): raise Worse("key")
def refuse(): raise ConnectionRefusedError(111, "refused")
def decode(): return b"\\xff".decode()
def empty(): raise NotImplementedError("exercise 2.5")
def bottom(): raise Bottom("up")
def leave(): sys.exit(0)
def interrupt(): raise KeyboardInterrupt
def skip():
    class Skipped(BaseException): pass
    raise Skipped("not today")
def die(): os._exit(0)
def fork(): return os.fork()
def hang():
    while True:
        time.sleep(0.01)
def keep(): threading.Thread(target=time.sleep, args=(60,), name="watchman").start()
def spoil():
    import builtins
    builtins.oct = lambda of: 0
def endless(): return b"x" * (64 << 20)
def forever():
    while True: yield OK
def long_enough(): return b"x" * (5 << 20)
def deep():
    items = []
    items.append(items)
    return items
def chatter(): print("hello from the other side")
def forge():
    for fd in range(3, 12):
        try: os.write(fd, b'{"v": 42}\\n')
        except OSError: pass
    return 41
OK = Status("OK")
LIAR = Liar("lie")
AGREEABLE = Agreeable()
PILE = Pile([1, OK])
"""


@pytest.fixture(scope="module")
def box(tmp_path_factory):
    """A submission in miniature."""
    top = tmp_path_factory.mktemp("box")
    for name in NEEDED:
        (top / "workbook" / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / f"workbook/{name}.py", top / f"workbook/{name}.py")
    package = top / "steps/s01_mini"
    package.mkdir(parents=True)
    for name in ("__init__", "unwritten"):
        shutil.copyfile(ROOT / f"steps/{name}.py", top / f"steps/{name}.py")
    (package / "__init__.py").write_text("from steps.s01_mini.things import *\n")
    (package / "things.py").write_text(textwrap.dedent(MODULE))
    return top


@pytest.fixture(scope="module")
def process(box):
    """The proxy for it; its process serves one test after another."""

    def start():
        pipe = subprocess.PIPE
        command = [sys.executable, "-m", "workbook.grading.far"]
        environment = {"PYTHONPATH": str(box), "PYTHONSAFEPATH": "1"}
        return subprocess.Popen(
            command, cwd=box, env=environment, stdin=pipe, stdout=pipe, stderr=pipe
        )

    made = Code(start)
    yield made
    made.close()


@pytest.fixture
def code(process):
    """The proxy in a test of its own."""
    process.begin_test(20)
    yield process
    process.end_test(failed=False)


# ---------------------------------------------------------------- values


VALUES = [
    *(None, True, 0, -1, 2**63, -(2**64), 10**5000, 1.5, -0.0, math.inf, -math.inf),
    *("", "é\udce9\0", b"", bytes(range(256)), bytearray(b"ab"), [], [1, [b"a", None]]),
    *((), (1, "a"), {1, 2}, frozenset([b"x"]), {}, {b"k": {1: (2.5,)}, (1, 2): [3], None: None}),
]


@pytest.mark.parametrize("value", VALUES, ids=range(len(VALUES)))
def test_values_come_back_as_they_went(code, value):
    """A built-in value comes back equal, and of exactly its type, at each level."""
    back = code.s01.same(value)
    assert back == value
    assert type(back) is type(value)
    assert isinstance(value, int) or repr(back) == repr(value)


def test_not_a_number(code):
    """A NaN is one there and here."""
    assert math.isnan(code.s01.same(math.nan))


def test_a_deep_value(code):
    """A hundred levels go through; a list that contains itself is an error, and no end."""
    value = []
    for _ in range(100):
        value = [value]
    assert code.s01.same(value) == value
    with pytest.raises(ValueError, match="levels deep"):
        code.s01.deep()


def test_paths_and_ranges(code, tmp_path):
    """A path, a range and a type arrive as what they are; dice draw what they would have drawn."""
    assert str(code.s01.same(tmp_path)) == str(tmp_path)
    assert list(code.s01.same(range(3))) == [0, 1, 2]
    assert code.s01.call(dict) == {}
    assert code.s01.same(random.Random(7)).random() == random.Random(7).random()
    with pytest.raises(TypeError, match="values and functions"):
        code.s01.same(code)


def test_functions_of_a_test(code):
    """They are called with values, and meanwhile the test may ask; they stay at home."""
    seen = []

    def mine(*args, **named):
        seen.append((args, named))
        return code.s01.same(len(seen))

    assert code.s01.call(mine, b"a", [1], key=code.s01.OK) == 1
    assert code.s01.call(code.s01.call, mine) == 2
    assert seen == [((b"a", [1]), {"key": "OK"}), ((), {})]
    assert code.s01.same(mine).__name__ == "mine"


def test_functions_of_a_test_that_raise(code):
    """An exception goes through the submission, which may catch it, and comes back."""

    def mine():
        raise KeyError("a bug")

    with pytest.raises(KeyError, match="a bug"):
        code.s01.call(mine)
    assert "thread" in code.s01.call_in_a_thread(mine)
    assert code.s01.same(1) == 1


def test_functions_of_a_test_that_are_called_for_ever(process):
    """There is an end to it, and it costs this test alone."""
    process.begin_test(20)
    with pytest.raises(Crashed, match="it kept answering"):
        process.s01.call_for_ever(lambda data: None)
    process.end_test(failed=True)


def test_a_result_that_is_changed_later(code):
    """A list that a call returns is the one that a later call changes, as if it were here."""
    first = code.s01.collect(1, [2])
    code.s01.add(3)
    assert first == [1, [2], 3]
    assert code.s01.collect(4) is first
    assert first == [4]
    assert code.s01.same([1]) is not code.s01.same([1])


@pytest.mark.parametrize(
    "bad",
    [
        *({"b": "!"}, {"b": 1}, {"t": {}}, {"s": [[1]]}, {"d": [[1]]}, {"d": [[[], 1]]}),
        *({"i": "x"}, {"f": "1.0"}, {"q": 1}, {"h": "1"}, {"h": 1, "b": {"q": 2}}, {}),
    ],
    ids=repr,
)
def test_what_is_no_value_is_refused(bad):
    """Bytes that no packer makes are refused, and nothing else happens."""

    def other(facts):
        raise packing.Unfit("no handle")

    with pytest.raises(packing.Unfit):
        packing.Unpacker(other).unpack(bad)


def test_arguments_that_are_changed(code):
    """A list or dict that a function changes is a failure, and stays what it is in the test."""
    items, mapping = [3, 1, 2], {}
    with pytest.raises(pytest.fail.Exception, match="the call changed a list or dict"):
        code.s01.sort(items)
    with pytest.raises(pytest.fail.Exception, match="the call changed a list or dict"):
        code.s01.fill(mapping, b"k")
    assert (items, mapping) == ([3, 1, 2], {})
    assert code.s01.sort([1, 2]) is None


# ---------------------------------------------------------------- handles


def test_attributes_and_calls(code):
    """A value that is not built in is a handle: it has attributes, methods, operators."""
    box = code.s01.Box(a=1, b=b"two")
    assert box.named == {"a": 1, "b": b"two"}
    assert box.say("a", "b", end="!") == "a b!"
    assert (len(box), box["b"], bool(box)) == (3, b"two", True)
    box.named = {"c": 3}
    assert box["c"] == 3
    assert box.me() is box
    assert "Box" in repr(box)
    assert not hasattr(box, "nothing")
    say = box.say
    assert say("again") == "again"
    assert code.s01.__name__ == "steps.s01_mini"
    with pytest.raises(AttributeError, match="code has s00 to s10"):
        _ = code.nothing


def test_the_value_in_a_handle(code):
    """A status is a str with another class: it is compared as that str, and only here."""
    ok = code.s01.OK
    assert ok == "OK"
    assert ok != b"OK"
    assert ok == code.s01.Status("OK")
    assert ok in {"OK"}
    assert [1, ok] == [1, "OK"]
    assert (ok + "!", str(ok), len(ok), ok < "P") == ("OK!", "OK", 2, True)
    assert code.s01.PILE == [1, "OK"]
    assert code.s01.Point(1, 2) == (1, 2)
    assert code.s01.Point(1, 2).y == 2
    assert code.s01.Colour.RED == code.s01.Colour.RED
    assert list(code.s01.PILE) == [1, ok]


def test_errors_are_values_too(code):
    """Two errors are equal if they have the same class and the same text."""
    make = code.s01.Trouble
    assert make("a") == make("a")
    assert make("a") != make("b")
    assert make("a") != code.s01.Worse("a")
    assert str(make("a")) == "a"


def test_no_eq_of_theirs_decides(code):
    """An __eq__ that always says yes is never asked for what a test expects."""
    assert code.s01.LIAR != "truth"
    assert code.s01.LIAR == "lie"
    assert code.s01.AGREEABLE != 42
    assert code.s01.LIAR not in ["truth"]


def test_context_managers(code):
    """A `with` enters and leaves; what is raised inside goes on, whatever __exit__ says."""
    with code.s01.Box() as box:
        pass
    assert box.log == ["in", "out"]
    with pytest.raises(AssertionError, match="mine"), code.s01.Box() as other:
        raise AssertionError("mine")
    assert other.log == ["in", "AssertionError"]


def test_generators(code):
    """A generator goes on step by step, and ends as it ends."""
    numbers = code.s01.count()
    assert (next(numbers), next(numbers)) == (1, 2)
    with pytest.raises(Exception, match="that is all"):
        next(numbers)
    with pytest.raises(StopIteration):
        next(numbers)


def test_a_repr_that_fails(code):
    """A handle whose repr raises is shown by its class."""
    assert "Nobody" in repr(code.s01.Nobody())


def test_handles_are_let_go(code, process):
    """What a test no longer holds is not held over there."""
    for _ in range(100):
        code.s01.Box().me()
    assert len(process._peer.handles) < 20


# ---------------------------------------------------------------- exceptions


def test_exceptions_by_their_names(code):
    """An exception is of Python's own class, if it is derived from one; its name and text stay."""
    with pytest.raises(Exception, match=r"^it went wrong$") as caught:
        code.s01.trouble()
    assert type(caught.value).__name__ == "Trouble"
    assert caught.value.far_frames[-1][::2] == ("steps/s01_mini/things.py", "trouble")
    with pytest.raises(KeyError):
        code.s01.worse()
    with pytest.raises(ConnectionRefusedError) as refused:
        code.s01.refuse()
    assert refused.value.errno == 111
    with pytest.raises(UnicodeDecodeError, match="invalid start byte"):
        code.s01.decode()
    with pytest.raises(NotImplementedError, match=r"^exercise 2\.5$"):
        code.s01.empty()


@pytest.mark.parametrize("way", ["leave", "interrupt", "bottom", "skip"])
def test_what_would_end_the_run_does_not(code, way):
    """SystemExit, KeyboardInterrupt and a home-made skip are ordinary exceptions here."""
    with pytest.raises(Stopped):
        getattr(code.s01, way)()
    assert code.s01.same(1) == 1


# ---------------------------------------------------------------- a process that misbehaves


def test_a_process_that_dies(process):
    """An exit costs the test in which it comes, and looks like none; the next has a new process."""
    process.begin_test(20)
    with pytest.raises(Crashed, match="exit code 0"):
        process.s01.die()
    with pytest.raises(Crashed):
        process.s01.same(1)
    process.end_test(failed=True)
    process.begin_test(20)
    assert process.s01.same(1) == 1
    process.end_test(failed=False)


def test_a_handle_of_another_process(process):
    """What belonged to a process that is gone is gone."""
    process.begin_test(20)
    box = process.s01.Box()
    process.end_test(failed=False)
    process.close()
    process.begin_test(20)
    with pytest.raises(Crashed):
        box.me()
    process.end_test(failed=True)


def test_a_process_that_hangs(process):
    """When time is up it says where it stands, and is ended."""
    process.begin_test(1.0)
    begun = time.monotonic()
    with pytest.raises(pytest.fail.Exception, match=r"^Timeout \(>") as hung:
        process.s01.hang()
    assert time.monotonic() - begun < 5
    assert "things.py" in hung.value.far_dump
    process.end_test(failed=True)


def test_a_fork(code):
    """The wrong half of a fork says nothing."""
    assert code.s01.fork() > 0
    assert [code.s01.same(number) for number in range(20)] == list(range(20))


def test_forged_answers(process):
    """An answer that nobody asked for is at best a value, and never a verdict."""
    process.begin_test(5)
    assert process.s01.forge() in (41, 42)
    process.end_test(failed=False)
    assert process.left  # it is out of step, and so was ended
    process.begin_test(5)
    assert process.s01.same("as ever") == "as ever"
    process.end_test(failed=False)


def test_an_answer_without_end(process):
    """An answer that is too long ends the process, and costs no memory."""
    process.begin_test(20)
    with pytest.raises(Crashed, match="longer than"):
        process.s01.endless()
    process.end_test(failed=True)


def test_answers_without_end(process, monkeypatch):
    """What answers and answers is ended before what is kept of it fills the memory."""
    monkeypatch.setattr(proxy, "ALL", proxy.MOST)
    for test in (process.s01.forever, lambda: iter(process.s01.long_enough, None)):
        process.begin_test(60)
        with pytest.raises(Crashed, match="it kept answering"):
            list(test())
        process.end_test(failed=True)


def test_what_is_left_behind(process):
    """A thread that stays is reported, and so is a replaced builtin."""
    process.begin_test(20)
    process.s01.keep()
    process.end_test(failed=False)
    assert process.left == ["a thread that does not end (watchman): no program ends while it runs"]
    process.begin_test(20)
    process.s01.spoil()
    process.end_test(failed=False)
    assert process.left == ["oct in builtins, which is no longer Python's"]
    process.begin_test(20)
    assert process.s01.same([]) == []
    process.end_test(failed=False)
    assert process.left == []


def test_what_it_prints(process):
    """The submission's output is not an answer, and is kept for the test that it belongs to."""
    process.begin_test(20)
    process.s01.chatter()
    process.end_test(failed=False)
    assert process.printed == "hello from the other side\n"


def test_nothing_is_left(process):
    """A process that is closed is gone."""
    process.begin_test(20)
    assert process.s01.same(1) == 1
    pid = process._peer.child.pid
    process.end_test(failed=False)
    process.close()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_the_box_has_what_its_modules_import():
    """A laboratory that imports what is not there would fail every submission."""
    files = [ROOT / f"workbook/{name}.py" for name in NEEDED]
    files += (ROOT / "workbook/labs").rglob("*.py")
    missing = set()
    for file in files:
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom) and f"{node.module}.".startswith("workbook."):
                for name in (node.module, *(f"{node.module}.{one.name}" for one in node.names)):
                    path = ROOT / f"{name.replace('.', '/')}.py"
                    missing |= {name} if path.exists() and path not in files else set()
    assert missing == {"workbook.magics"}  # which a notebook alone asks for
