"""What a failed test knows: what was called and sent, what was expected, what came, and where.

This runs inside pytest's process, where the values are still at hand. The result is a dict of plain
strings and numbers (see `Facts`), which the parent turns into an explanation.
"""

from __future__ import annotations

import ast
import builtins
import linecache
import re
import sys
import threading
import traceback
import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from itertools import chain
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any, NamedTuple, TypeVar

from workbook import transcript, unwritten, wire
from workbook.overlay import HOLE

MOST = 4000
"""Characters of a value that are passed on, around the first difference."""

BEFORE = 1000
"""How many of them stand in front of it."""

SHORT = 400
"""Characters that a value may have to be put in place of a name: six rows of a page."""


T = TypeVar("T")

Facts = dict[str, Any]
"""What is known of a failure. What is not known is not there.

test      where the test stands: tests/s02_resp/test_parser.py:41
called    the call that the test made, with values for names
line      of a transcript: file:line and its text
command   of a transcript: the last command before that
sent      bytes, with " | " where they were cut
cut       "cut at byte 20"
seed      the number behind what is random, where something is
expected  the value or the bytes, as text
got       the same
mark      the index of the first character in which `got` differs from `expected`
differs   "byte 20 differs", "item 3 is missing"
silent    true: a server said nothing at all until time was up
raised    the exception that came out of the learner's code
at        where it was raised: the learner's frames, innermost last
stack     where it stood when time was up: the same
said      what the test says in words
found     what it found, in lines (the trials of step 8)
needs     another exercise, still empty, out of which the exception came
unwritten exercises, still empty, that were called up to the failure, here or in a server
left      what was left behind: threads, sockets, processes
forgotten calls of coroutine functions that were not awaited
"""


class Comparison(NamedTuple):
    """The comparison that failed last, as pytest's assertion saw it."""

    op: str
    left: Any
    right: Any


# ---------------------------------------------------------------- values as text


def text_of(value: Any) -> str:
    """The value as Python writes it; a value that cannot even do that is named by its type."""
    try:
        return repr(value)
    except BaseException as error:
        return f"<{type(value).__name__}, whose repr raises {type(error).__name__}>"


def compared(expected: Any, got: Any) -> Facts:
    """Both values as text, and where they differ first."""
    one, other = text_of(expected), text_of(got)
    mark = _first_difference(one, other)
    facts = Facts(expected=one, got=other, differs=where(expected, got))
    return facts if mark is None else around({**facts, "mark": mark})


def around(facts: Facts) -> Facts:
    """Cuts texts that are very long, and leaves what is around the mark."""
    first = max(0, facts.get("mark", 0) - BEFORE)
    cut: Facts = {**facts}
    for key in ("expected", "got"):
        if len(text := facts.get(key, "")) > MOST:
            lead = f"[{first} characters] " if first else ""
            rest = len(text) - first - MOST
            tail = f" [{rest} characters more]" if rest > 0 else ""
            cut[key] = lead + text[first : first + MOST] + tail
            if key == "got" and "mark" in facts:
                cut["mark"] = facts["mark"] - first + len(lead)
    return cut


def _first_difference(one: str, other: str) -> int | None:
    pairs = enumerate(zip(one, other, strict=False))
    short = min(len(one), len(other))
    at = next((index for index, (a, b) in pairs if a != b), short)
    return None if at == short and len(one) == len(other) else at


def where(expected: Any, got: Any) -> str:
    """In words where two values differ first: "item 2: byte 4 differs"."""
    if type(expected) is not type(got):
        return f"{_a(type(got))}, not {_a(type(expected))}"
    if isinstance(expected, bytes | str):
        at = next(
            (n for n, (a, b) in enumerate(zip(expected, got, strict=False)) if a != b),
            min(len(expected), len(got)),
        )
        return f"{'byte' if isinstance(expected, bytes) else 'character'} {at} {_how(expected, got, at)}"
    if isinstance(expected, list | tuple):
        return _where_in_list(expected, got)
    if isinstance(expected, dict):
        return _where_in_dict(expected, got)
    if isinstance(expected, set | frozenset):
        return _where_in_set(expected, got)
    return ""


def _a(kind: type) -> str:
    name = "None" if kind is type(None) else kind.__name__
    return f"{'an' if name[0] in 'aeiou' else 'a'} {name}" if name != "None" else name


def _how(expected: Any, got: Any, at: int) -> str:
    return "is missing" if at >= len(got) else "is extra" if at >= len(expected) else "differs"


def _where_in_list(expected: Any, got: Any) -> str:
    for index, (one, other) in enumerate(zip(expected, got, strict=False)):
        if not same(one, other):
            inner = where(one, other)
            return f"item {index}: {inner}" if inner else f"item {index} differs"
    at = min(len(expected), len(got))
    return f"item {at} {_how(expected, got, at)}" if len(expected) != len(got) else ""


def _where_in_dict(expected: Any, got: Any) -> str:
    for key in expected:
        if key not in got:
            return f"key {text_of(key)} is missing"
        if not same(expected[key], got[key]):
            inner = where(expected[key], got[key])
            return f"key {text_of(key)}: {inner}" if inner else f"key {text_of(key)} differs"
    more = [key for key in got if key not in expected]
    return f"key {text_of(more[0])} is extra" if more else ""


def _where_in_set(expected: Any, got: Any) -> str:
    missing, more = sorted(map(text_of, expected - got)), sorted(map(text_of, got - expected))
    return f"{missing[0]} is missing" if missing else f"{more[0]} is extra" if more else ""


def same(one: Any, other: Any) -> bool:
    """Whether they are equal; a comparison that breaks down says no."""
    try:
        return bool(one == other)
    except Exception:
        return False


# ---------------------------------------------------------------- frames


PLANTED = re.compile(rf"(mistakes|tests/[\w/]+/(accepted|bugs|good))/({HOLE})_\w+\.py$")
"""Files that stand in for the learner's, where checks are proved. A mistake is built in a folder
somewhere else, and where that is does not matter."""


class Frames:
    """The frames of a repository: which are the learner's, which are a test's."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.steps = str(root / "steps") + "/"
        self.answers = str(root / "solutions") + "/"
        self.tests = str(root / "tests") + "/"
        self.box = ""  # where the steps of a submission are: then nothing else is the learner's

    def relative(self, path: str) -> str:
        """The path as it is written in the repository."""
        posix = path.replace("\\", "/")
        if self.box and posix.startswith(self.box):
            return posix.removeprefix(self.box)
        if planted := PLANTED.search(posix):
            return planted[0]
        base = str(self.root).replace("\\", "/") + "/"
        return posix.removeprefix(base)

    def is_code(self, path: str) -> bool:
        """Whether a file is the learner's, an answer that stands in for it, or a laboratory."""
        if self.box and not (path.startswith(self.box) and "/../" not in path):
            return False
        name = self.relative(path)
        ours = ("steps/", "workbook/labs/", *(() if self.box else ("solutions/",)))
        return name.startswith(ours) or bool(not self.box and PLANTED.match(name))

    def is_test(self, path: str) -> bool:
        """Whether a file is a test of a step (and not of all steps)."""
        name = self.relative(path)
        ours = name == "tests/conftest.py" or PLANTED.match(name)
        return name.startswith("tests/") and not ours

    def row(self, path: str, line: int, name: str) -> str:
        """One frame as a row: where, in what, and the line itself."""
        source = linecache.getline(path, line).strip()
        place = f"{self.relative(path)}:{line} in {name}"
        return f"{place}: {source}" if source else place

    def forgotten(self, warning: warnings.WarningMessage) -> str:
        """The call of a coroutine function that was not awaited; "" for any other warning."""
        found = re.match(r"coroutine '(?:\w+\.)*(.+)' was never awaited", str(warning.message))
        if not found or not self.is_code(warning.filename):
            return ""
        source = linecache.getline(warning.filename, warning.lineno).strip()
        place = f"{self.relative(warning.filename)}:{warning.lineno}"
        return f"{place}: {source}\n`{found[1]}` was called without `await`: nothing of it has run."

    def of(self, tb: TracebackType | None) -> list[str]:
        """The learner's frames of a traceback, innermost last."""
        walk = [(frame.f_code.co_filename, line, frame) for frame, line in traceback.walk_tb(tb)]
        return self._rows((path, line, frame.f_code.co_name) for path, line, frame in walk)

    def of_error(self, error: BaseException, tb: TracebackType | None) -> list[str]:
        """The learner's frames on the way to an error, which may come from another process."""
        far = getattr(error, "far_frames", None)
        if far is None:
            return self.of(tb)
        return self._rows((self.box + path, line, name) for path, line, name in far)

    def _rows(self, entries: Iterable[tuple[str, int, str]]) -> list[str]:
        return [self.row(*entry) for entry in entries if self.is_code(entry[0])]

    def of_threads(self) -> list[str]:
        """Where the other threads of this process stand, as far as that is in the learner's code."""
        names = {thread.ident: thread.name for thread in threading.enumerate()}
        rows: list[str] = []
        for ident, frame in sys._current_frames().items():
            if ident != threading.get_ident():
                mine = self._rows(_walk(frame))
                rows += [f"thread {names.get(ident, '?')}:", *mine] if mine else []
        return rows

    def of_dump(self, text: str) -> list[str]:
        """The learner's frames in what faulthandler has written, in our order.

        Of many threads the innermost frames alone, those that stand at the same place told once:
        the main thread, the crowd that waits for work, and last the few that something holds up.
        """
        stacks = []
        for part in re.split(r"^(?:Current thread|Thread) .*\n", text, flags=re.M):
            found = re.findall(r'^  File "(.*)", line (\d+) in (.*)$', part, re.M)
            mine = self._rows((path, int(line), name) for path, line, name in reversed(found))
            stacks += [tuple(mine)] if mine else []
        if len(stacks) < 2:
            return list(chain.from_iterable(stacks))
        ends = [stack[-INNERMOST:] for stack in stacks]
        # the main thread is dumped last; in a server it waits for clients
        alike = sorted(Counter(ends).most_common(), key=lambda pair: pair[0] != ends[-1])
        return list(chain.from_iterable((_threads(many), *stack) for stack, many in alike))


INNERMOST = 2
"""Frames that are shown of each thread, where there are several."""


def _threads(many: int) -> str:
    return "one thread:" if many == 1 else f"{many} threads:"


def _walk(frame: FrameType | None) -> Iterator[tuple[str, int, str]]:
    entries = []
    while frame is not None:
        entries.append((frame.f_code.co_filename, frame.f_lineno, frame.f_code.co_name))
        frame = frame.f_back
    return reversed(entries)


# ---------------------------------------------------------------- the statement that failed


class Asked:
    """The statement of the test that failed, and the frame in which it stands."""

    def __init__(self, frame: FrameType, line: int) -> None:
        self.frame = frame
        self.path = frame.f_code.co_filename
        self.line = line
        source = "".join(linecache.getlines(self.path))
        self.body = _body(source, frame.f_code.co_firstlineno)
        self.node = _innermost(self.body, line)

    @property
    def compare(self) -> ast.Compare | None:
        """The comparison that is all of the statement, if it is one."""
        test = self.node.test if isinstance(self.node, ast.Assert) else None
        if isinstance(self.node, ast.Return):
            test = self.node.value
        return test if isinstance(test, ast.Compare) and len(test.ops) == 1 else None

    def called(self) -> str:
        """The call that is in question: that of the statement, or the one that led to it."""
        node = self._in_question(self.node)
        if node is None:
            return ""
        text = self.with_values(node)
        if _calls(node):
            return text
        before = self._in_question(self._led_to(node))
        if before is None:
            return text
        if isinstance(node, ast.Name):
            return self.with_values(before)
        return f"{self.with_values(before)}\n{ast.unparse(node)}"

    def _in_question(self, node: ast.AST | None) -> ast.AST | None:
        """The part of a statement that is not the expectation."""
        compare = node.test if isinstance(node, ast.Assert) else None
        if isinstance(compare, ast.Compare) and len(compare.ops) == 1:
            return self.got_side(compare)
        if isinstance(node, ast.Assert):
            return node.test
        if isinstance(node, ast.With):
            opened = node.items[-1].context_expr
            # that nothing was raised is reported of the `with`; the call stands in its block
            return node.body[-1] if _is_raises(opened) else opened
        if isinstance(node, ast.Return):
            return node.value
        if isinstance(node, ast.Expr) and _is_fail(node.value):
            return None
        simple = ast.Expr | ast.Assign | ast.AugAssign | ast.AnnAssign
        return node if isinstance(node, simple) else None

    def got_side(self, compare: ast.Compare) -> ast.expr:
        """The side of a comparison on which the learner's value stands."""
        left, right = compare.left, compare.comparators[0]
        if isinstance(compare.ops[0], ast.In | ast.NotIn):
            return left if _calls(left) and not _calls(right) else right
        return right if _is_plain(left) and not _is_plain(right) else left

    def _led_to(self, node: ast.AST) -> ast.stmt | None:
        """The last statement before it that makes a call and has one of its names."""
        names = _names(node)
        simple = ast.Assign | ast.AugAssign | ast.AnnAssign | ast.Expr | ast.Assert
        found = [
            one
            for one in self.body
            if isinstance(one, simple)
            and one.lineno < self.line
            and names & _names(one)
            and _calls(one)
        ]
        return max(found, key=lambda one: one.lineno, default=None)

    def with_values(self, node: ast.AST) -> str:
        """The source of a node, with short values in place of names."""
        copy = ast.parse(ast.unparse(node)).body[0]
        return ast.unparse(_Values(self.frame).visit(copy))

    def value(self, node: ast.expr) -> tuple[bool, Any]:
        """Whether an expression can be evaluated without a call, and its value."""
        return evaluate(node, self.frame)


@lru_cache(maxsize=32)  # the functions that several failures have in common
def _body(source: str, first: int) -> list[ast.stmt]:
    """The statements, at any depth, of the function whose code begins at this line."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, SystemError, RecursionError, MemoryError):
        return []
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            lines = [node.lineno, *(one.lineno for one in node.decorator_list)]
            if min(lines) == first:
                return [one for one in ast.walk(node) if isinstance(one, ast.stmt)][1:]
    return []


def _innermost(body: list[ast.stmt], line: int) -> ast.stmt | None:
    covering = [one for one in body if one.lineno <= line <= (one.end_lineno or one.lineno)]
    return max(covering, key=lambda one: (one.lineno, -(one.end_lineno or 0)), default=None)


def _calls(node: ast.AST | None) -> bool:
    """Whether a call is made in it, besides those of Python's own functions."""
    found = ast.walk(node) if node is not None else ()
    return any(isinstance(one, ast.Await) or _is_call(one) for one in found)


def _is_call(node: ast.AST) -> bool:
    if not isinstance(node, ast.Call):
        return False
    return not (isinstance(node.func, ast.Name) and hasattr(builtins, node.func.id))


def _is_fail(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and ast.unparse(node.func) in ("pytest.fail", "pytest.skip")


def _is_raises(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.raises"


def _names(node: ast.AST) -> set[str]:
    return {one.id for one in ast.walk(node) if isinstance(one, ast.Name)} - {"code"}


def _is_plain(node: ast.AST) -> bool:
    """Whether an expression consists of literals and names of constants."""
    names = [one.id for one in ast.walk(node) if isinstance(one, ast.Name)]
    return not _calls(node) and all(name.isupper() for name in names)


_FREE = (
    *(ast.Constant, ast.Name, ast.Load, ast.List, ast.Tuple, ast.Dict, ast.Set, ast.Subscript),
    *(ast.Slice, ast.BinOp, ast.operator, ast.UnaryOp, ast.unaryop, ast.Starred),
    *(ast.JoinedStr, ast.FormattedValue),
)
_PLAIN = (bytes, str, int, float, bool, type(None), list, tuple, dict, set)


def evaluate(node: ast.expr, frame: FrameType) -> tuple[bool, Any]:
    """The value of an expression of names, literals and operators; no call is made."""
    if not all(isinstance(one, _FREE) for one in ast.walk(node)):
        return False, None
    try:
        code = compile(ast.Expression(node), "<test>", "eval")
        value = eval(code, frame.f_globals, frame.f_locals)
    except Exception:
        return False, None
    return type(value) in _PLAIN, value


def _expression(text: str) -> ast.expr | None:
    """The text as an expression; None where it is none, like a list of clients."""
    try:
        return ast.parse(text, mode="eval").body
    except SyntaxError:
        return None


class _Values(ast.NodeTransformer):
    """Puts values in place of expressions with names, as far as they are plain and short."""

    def __init__(self, frame: FrameType) -> None:
        self.frame = frame

    def visit(self, node: ast.AST) -> Any:
        if isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign):
            if node.value:
                node.value = self.visit(node.value)
            return node
        if isinstance(node, ast.expr) and any(isinstance(one, ast.Name) for one in ast.walk(node)):
            known, value = evaluate(node, self.frame)
            text = text_of(value) if known else ""
            if known and len(text) <= SHORT and (parsed := _expression(text)):
                return parsed
        return super().visit(node)


# ---------------------------------------------------------------- from a failure to its facts


def attempt(part: Callable[[], T]) -> T | None:
    """A part of an explanation; None where making it fails, which costs nothing but this part."""
    try:
        return part()
    except Exception:
        return None


class Collector:
    """What is seen while one test runs, and the facts that follow from it."""

    def __init__(self, root: Path) -> None:
        self.frames = Frames(root)
        self.comparison: Comparison | None = None
        self.sent: dict[int, bytes] = {}  # by client: since its last reply
        self.last_sent = b""
        self.answering: set[int] = set()

    def begin(self) -> None:
        """A new test."""
        self.comparison = None
        self.sent.clear()
        self.last_sent = b""

    def note_bytes(self, client: object, way: str, data: bytes) -> None:
        """Something was sent or received."""
        if way == ">":
            kept = b"" if id(client) in self.answering else self.sent.get(id(client), b"")
            self.answering.discard(id(client))
            self.sent[id(client)] = self.last_sent = kept + data
        else:
            self.answering.add(id(client))

    def facts(self, error: BaseException, tb: TracebackType | None) -> Facts:
        """All that is known of this failure. What cannot be told is left out, and no more than that.

        Here learners' values are looked at, and nobody knows what they do then.
        """
        asked = attempt(lambda: self._asked(tb))
        what = attempt(lambda: self._what(error, tb, asked))
        if what is None:
            what = attempt(lambda: Facts(got=raised(error), at=self.frames.of(tb))) or Facts()
        return {**what, **(attempt(lambda: self._where_it_is(asked)) or {})}

    def _what(self, error: BaseException, tb: TracebackType | None, asked: Asked | None) -> Facts:
        if isinstance(error, wire.WireFailure):
            return self._of_wire(error)
        far = hasattr(error, "far_frames")
        if isinstance(error, AssertionError) and asked and not far and self._in_test(tb):
            return self._of_assert(error, asked)
        if any(one.__name__ == "OutcomeException" for one in type(error).__mro__):
            return self._of_pytest(error, tb)
        return self._of_exception(error, tb)

    def _asked(self, tb: TracebackType | None) -> Asked | None:
        """The innermost statement of a test on the way to the failure."""
        found = self._all_asked(tb)
        return found[-1] if found else None

    def _all_asked(self, tb: TracebackType | None) -> list[Asked]:
        return [
            Asked(frame, line)
            for frame, line in traceback.walk_tb(tb)
            if self.frames.is_test(frame.f_code.co_filename)
        ]

    def _in_test(self, tb: TracebackType | None) -> bool:
        """Whether the failure was raised by the test, and not by what it called."""
        last = [frame for frame, _ in traceback.walk_tb(tb)][-1:]
        return bool(last) and not self.frames.is_code(last[0].f_code.co_filename)

    def _where_it_is(self, asked: Asked | None) -> Facts:
        if asked is None:
            return Facts()
        facts = Facts(test=f"{self.frames.relative(asked.path)}:{asked.line}")
        if called := asked.called():
            facts["called"] = called
        facts.update(_pieces(asked.frame.f_locals))
        return facts

    def _of_wire(self, error: wire.WireFailure) -> Facts:
        facts = Facts()
        if error.line:
            path, _, text = error.line.partition(": ")
            facts["line"] = f"{self.frames.relative(path)}: {text}"
        if error.command:
            facts["command"] = error.command
        if error.outcome is not None:
            return {**facts, "expected": error.outcome[0], "got": error.outcome[1]}
        if error.exchange is None:
            return {**facts, "said": str(error)}
        sent, expected, got, end, silent = error.exchange
        if sent:
            facts["sent"] = wire.show(sent)
        wanted = b"" if expected is None else expected
        one = "one whole reply" if expected is None else wire.show(wanted) or "(nothing)"
        if end == transcript.STILL_OPEN:
            one = "the end of the connection"
        facts.update(expected=one, got=(wire.show(got) or "(nothing)") + end, silent=silent)
        at = wire.first_difference(wanted, got)
        if at is not None and expected is not None:
            facts["mark"] = len(wire.show(got[:at]))
            facts["differs"] = f"byte {at} {_how(wanted, got, at)}"
        return around(facts)

    def _of_assert(self, error: AssertionError, asked: Asked) -> Facts:
        facts = Facts()
        if self.last_sent:
            facts["sent"] = wire.show(self.last_sent[-MOST:])
        if self.comparison and (compare := asked.compare):
            facts.update(self._of_comparison(self.comparison, compare, asked))
        elif self.comparison:
            op, left, right = self.comparison
            facts.update(compared(right, left) if op == "==" else _relation(op, left, right))
        elif isinstance(asked.node, ast.Assert):
            facts.update(self._of_truth(error, asked))
        else:
            facts["said"] = str(error)
        said = self._words(asked, str(error))
        return {**facts, "said": said} if said else facts

    def _of_comparison(self, seen: Comparison, compare: ast.Compare, asked: Asked) -> Facts:
        on_right = asked.got_side(compare) is compare.comparators[0]
        if seen.op in ("==", "is"):
            return compared(seen.left, seen.right) if on_right else compared(seen.right, seen.left)
        if seen.op in ("in", "not in"):
            return _membership(seen, on_right)
        return _relation(*seen)

    def _of_truth(self, error: AssertionError, asked: Asked) -> Facts:
        """An assert without a comparison: its value stands in pytest's text."""
        assert isinstance(asked.node, ast.Assert)
        test = asked.node.test
        negated = isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not)
        seen = re.search(r"^assert (?:not )?(.*)$", str(error), re.M)
        got = seen[1] if seen else str(error)
        facts = Facts(expected="something false" if negated else "something true", got=got)
        if got in ("True", "False"):
            facts["expected"] = str(got == "False")
        return facts

    def _words(self, asked: Asked, told: str) -> str:
        """The message behind the comma of an assert."""
        node = asked.node.msg if isinstance(asked.node, ast.Assert) else None
        known, value = asked.value(node) if node else (False, None)
        if node is None:
            return ""
        if not known:
            return told.partition("\nassert ")[0][:MOST]
        if isinstance(value, str):
            return value[:MOST]
        text = text_of(value)
        return f"{ast.unparse(node)} = {text}" if len(text) <= SHORT else ""

    def _of_pytest(self, error: BaseException, tb: TracebackType | None) -> Facts:
        """A `pytest.fail`, a skip, a test that took too long."""
        said = str(getattr(error, "msg", None) or error)
        if said.startswith("Timeout (>"):
            if far := getattr(error, "far_dump", ""):
                return Facts(stack=self.frames.of_dump(far))
            return Facts(stack=self.frames.of(tb) + self.frames.of_threads())
        return Facts(found=said)

    def _of_exception(self, error: BaseException, tb: TracebackType | None) -> Facts:
        at = self.frames.of_error(error, tb)
        first = error
        while isinstance(first, BaseExceptionGroup):  # a task of a group has frames of its own
            first = first.exceptions[0]
            at += self.frames.of(first.__traceback__)
        facts = Facts(raised=raised(error), got=raised(error), at=at)
        if isinstance(error, SyntaxError) and error.filename:
            place = f"{self.frames.relative(error.filename)}:{error.lineno}"
            facts["at"] = [f"{place}: {(error.text or '').strip()}".rstrip(": ")]
        found = unwritten.STUB.fullmatch(str(error))
        if found and isinstance(error, NotImplementedError):
            facts["needs"] = found["hole"]
        facts["expected"] = self._expectation(tb) or "no exception"
        return facts

    def _expectation(self, tb: TracebackType | None) -> str:
        """What the test would have compared with: the innermost comparison on the way."""
        for asked in reversed(self._all_asked(tb)):
            compare = asked.compare
            if compare is not None and isinstance(compare.ops[0], ast.Eq):
                left, right = compare.left, compare.comparators[0]
                side = right if asked.got_side(compare) is left else left
                known, value = asked.value(side)
                return text_of(value)[:MOST] if known else ast.unparse(side)
        return ""


def raised(error: BaseException) -> str:
    """The exception as the last line of a traceback has it; of a group, the first one in it as well."""
    told = traceback.format_exception_only(error)[-1].strip()
    if isinstance(error, BaseExceptionGroup):
        told += f": {raised(error.exceptions[0])}"
    return told[:MOST]


def _pieces(names: dict[str, Any]) -> Facts:
    """The bytes that a test fed in pieces, and where they were cut."""
    value = names.get("pieces")
    if not isinstance(value, list) or not all(isinstance(one, bytes) for one in value):
        return Facts()
    marks, total = [], 0
    for piece in value[:-1]:
        total += len(piece)
        marks.append(total)
    shown = (wire.show(piece[:MOST]) for piece in value[:MOST])
    sent = Facts(sent=" | ".join(shown)[:MOST])
    if not marks:
        sent["cut"] = "in one piece"
    elif len(marks) > 1 and set(map(len, value)) == {1}:
        sent["sent"] = wire.show(b"".join(value[:MOST]))[:MOST]
        sent["cut"] = "one byte at a time"
    elif len(marks) > 3 and len(set(map(len, value[:-1]))) == 1:
        sent["cut"] = f"cut after every {len(value[0])} bytes"
    else:
        word = "byte" if len(marks) == 1 else "bytes"
        sent["cut"] = f"cut at {word} {', '.join(map(str, marks[:20]))}"
    return sent


def _membership(seen: Comparison, on_right: bool) -> Facts:
    item, group = text_of(seen.left), text_of(seen.right)
    negated = seen.op == "not in"
    if on_right:
        expected = f"something {'without' if negated else 'with'} {item} in it"
        return around(Facts(expected=expected, got=group))
    return around(Facts(expected=f"{'none' if negated else 'one'} of {group}", got=item))


def _relation(op: str, left: Any, right: Any) -> Facts:
    lead = {"!=": "anything but ", "is not": "anything but "}.get(op, f"{op} ")
    return around(Facts(expected=lead + text_of(right), got=text_of(left)))
