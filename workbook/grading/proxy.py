"""The trusted side of the proxy: what a test gets for `code` when the code is in another process.

A `Handle` stands for an object over there: a module, a function, a store. Built-in values come as
themselves, rebuilt here. Whatever comes is only data, and is not trusted:

- A handle is compared by the built-in value in it (a status is a `str`, a push a `list`) or by the
  text of an error, as they were when it came: no `__eq__` of a submission ever sees what a test
  expects.
- A function that a test passes stays here. While a call lasts, the submission may call it with any
  values, as it could if it ran here.
- An exception is one of a class made here, after its name and those of Python's own classes that it
  is derived from. None can end the run, skip a test or make one pass.
- A process that dies, answers nonsense or takes too long costs the test in which it does so.
"""

from __future__ import annotations

import builtins
import contextlib
import json
import os
import re
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from random import Random
from types import FunctionType
from typing import IO, Any
from weakref import WeakValueDictionary

import pytest

from workbook.grading.limits import Limits
from workbook.grading.packing import MUTABLE, TYPES, Packer, Unfit, Unpacker

MOST = 2 * Limits.output
"""Bytes that an answer may have: as much as may be printed, and what it takes to write it down."""

ALL = 12 * MOST
"""Bytes that all answers in one test may have; a test may keep them all."""

EACH = 1000
"""Bytes that an answer counts for besides its own, for what becomes of it here."""

KEPT = 200_000
"""Characters that are kept of what a process prints in one test."""

PRINTED = Limits.output
"""Bytes after which a process that prints and prints is ended."""

GRACE = 1.5
"""Seconds before a test's own time is up in which a submission has to say where it stands."""

LAST_WORDS = 2.0
"""Seconds to read what a process has written before it ended."""

WATCHED = 10
"""Lists and dicts whose later changes reach the test; `far.py` watches fewer."""

CHANGED = "the call changed a list or dict that it was given and that belongs to the caller"

PATIENCE = 0.3
"""Seconds to wait for the last words of a test."""


class Crashed(Exception):  # noqa: N818 - it is what it says
    """The submission's process is gone, or has sent something that is not an answer."""

    crashed = True


Crashed.__module__ = "builtins"  # people read its name


class Stopped(Exception):  # noqa: N818 - it is what it says
    """The submission raised what would end the run: SystemExit, KeyboardInterrupt."""


# ---------------------------------------------------------------- the process over there


class Peer:
    """One process of the submission, and the line to it."""

    def __init__(self, child: subprocess.Popen[bytes]) -> None:
        assert child.stderr
        self.child = child
        self.lock = threading.RLock()
        self.dropped: list[int] = []
        self.handles: WeakValueDictionary[int, Handle] = WeakValueDictionary()
        self.members: set[tuple[str, str]] = set()
        self.said = bytearray()
        self.total = 0
        self.room = ALL
        self.over = False  # time is up
        self.too_much = False
        self.news = threading.Condition()
        self.lent: list[Callable[..., Any]] = []
        """The test's own functions that the other side may call."""
        self.returned: dict[int, Any] = {}
        """The lists and dicts that calls have returned lately."""
        self.packer = Packer(self._lend)
        self.unpacker = Unpacker(self._handle)
        self.listener = threading.Thread(target=self._listen, args=(child.stderr,), daemon=True)
        self.listener.start()

    def _handle(self, facts: Any) -> Handle:
        if type(facts) is not dict or type(facts.get("h")) is not int:
            raise Unfit("no value and no handle")
        number = facts["h"]
        if (known := self.handles.get(number)) is None:
            known = self.handles[number] = Handle(Record(self, facts))
            if number in self.dropped:  # let go of a moment ago, and now here again
                self.dropped.remove(number)
        else:
            known._handle_.look(facts)
        return known

    def _lend(self, value: Any) -> Any:
        if isinstance(value, FunctionType):
            self.lent.append(value)
            return {"c": [len(self.lent) - 1, value.__name__]}
        return _to_far(value)

    def _listen(self, pipe: IO[bytes]) -> None:
        """Collects what is printed. The end of it is read, too, so that nobody waits for us."""
        with pipe:
            while data := os.read(pipe.fileno(), 1 << 16):
                self.total += len(data)
                with self.news:
                    self.said += data[: max(0, KEPT - len(self.said))]
                    self.news.notify_all()
                if self.total > PRINTED:
                    self.too_much = True
                    self.child.kill()

    def ask(self, op: str, **facts: Any) -> Any:
        """The answer to a question, as a value; what was raised over there is raised here."""
        __tracebackhide__ = True
        return self.unpacked(self.exchange(op, facts))

    def unpacked(self, answer: dict[str, Any]) -> Any:
        """The value in an answer."""
        __tracebackhide__ = True
        if "x" in answer:
            raise made_exception(answer["x"])
        try:
            return self.unpacker.unpack(answer["v"])
        except (Unfit, KeyError, RecursionError) as error:
            raise self._nonsense(error) from None

    def get(self, own: Record, name: str) -> Any:
        """An attribute over there. What is once seen to be there to be called is not asked for."""
        __tracebackhide__ = True
        answer = self.exchange("get", {"on": own.number, "name": name})
        if "m" in answer:
            self.members.add((own.place, name))
        return self.unpacked(answer)

    def call(
        self, number: int, args: tuple[Any, ...], named: dict[str, Any], name: str = ""
    ) -> Any:
        """Calls an object over there.

        What it does to the lists and dicts that it is given never reaches those of the test, out of
        which that works out what it expects. That it does it at all is a failure.
        """
        __tracebackhide__ = True
        pack = self.packer.pack
        more = {key: pack(one) for key, one in named.items()}
        facts = {"on": number, "args": [pack(one) for one in args], "named": more}
        if name:
            facts["name"] = name
        answer = self.exchange("call", facts)
        for number, value in _pairs(answer.get("later")):
            self._returned(number, value)
        if "x" in answer:
            raise made_exception(answer["x"])
        if answer.get("changed"):
            raise pytest.fail.Exception(CHANGED)
        if type(answer.get("same")) is int:
            return self._returned(answer["same"], answer.get("v"))
        return self.unpacked(answer)

    def _returned(self, number: int, value: Any) -> Any:
        """A list or dict that a call returned. If it is an object returned before, so it is here."""
        __tracebackhide__ = True
        new = self.unpacked({"v": value})
        old = self.returned.pop(number, new)
        if old is not new and type(old) is type(new) and type(new) in MUTABLE:
            old.clear()
            (old.extend if isinstance(old, list | bytearray) else old.update)(new)
            new = old
        self.returned[number] = new
        if len(self.returned) > WATCHED:
            del self.returned[next(iter(self.returned))]
        return new

    def exchange(self, op: str, facts: dict[str, Any]) -> dict[str, Any]:
        """The answer to a question. Before it comes, the test's own functions may be called."""
        __tracebackhide__ = True
        with self.lock:
            if self.dropped:
                facts["drop"], self.dropped = self.dropped, []
            answer = self._exchange({"op": op, **facts})
            while "back" in answer:
                answer = self._exchange({"op": "returned", **self._called_back(answer)})
        return answer

    def _called_back(self, facts: dict[str, Any]) -> dict[str, Any]:
        """What one of the test's own functions returns or raises."""
        __tracebackhide__ = True
        unpack = self.unpacker.unpack
        try:
            function = dict(enumerate(self.lent))[facts["back"]]
            args = [unpack(one) for one in facts["args"]]
            named = {str(name): unpack(one) for name, one in facts["named"].items()}
        except (Unfit, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise self._nonsense(error) from None
        try:
            return {"v": self.packer.pack(function(*args, **named))}
        except Crashed:
            raise
        except Exception as error:
            return {"x": [type(error).__name__, str(error)]}

    def _exchange(self, facts: dict[str, Any]) -> dict[str, Any]:
        """A line over there, and the line that comes back."""
        __tracebackhide__ = True
        line = json.dumps(facts, separators=(",", ":")).encode() + b"\n"
        assert self.child.stdin
        assert self.child.stdout
        try:
            self.child.stdin.write(line)
            self.child.stdin.flush()
            back = self.child.stdout.readline(MOST)
        except (OSError, ValueError):
            back = b""
        self.room -= EACH + len(back)
        if not back.endswith(b"\n") or self.room < 0:
            raise self._lost(len(back))
        try:
            answer = json.loads(back)
        except (ValueError, RecursionError) as error:
            raise self._nonsense(error) from None
        if type(answer) is not dict:
            raise self._nonsense(answer)
        return answer

    def _nonsense(self, what: object) -> Crashed:
        self.end()
        return Crashed(f"what the submission's process answered is not a value ({str(what)[:100]})")

    def _lost(self, came: int) -> BaseException:
        """The process is gone, or shall be: time is up, it has crashed, its answer has no end."""
        self.child.kill() if came else None
        code = self.end(1.0)
        self.listener.join(LAST_WORDS)  # no longer: what it has started may hold the pipe open
        stack = self.output()
        if self.over or "Timeout (0:" in stack:
            hung = pytest.fail.Exception("Timeout (> its time): the submission did not finish")
            hung.far_dump = stack  # type: ignore[attr-defined]
            return hung
        if self.too_much:
            return Crashed(f"the process was ended: it had printed {PRINTED >> 20} MB")
        if self.room < 0:
            return Crashed(f"the process was ended: it kept answering, {ALL >> 20} MB in one test")
        if came:
            return Crashed(f"the process was ended: its answer was longer than {MOST >> 20} MB")
        return Crashed(_death(code))

    def begin(self, seconds: float) -> None:
        """A test begins, which may take that long."""
        self.said.clear()
        self.lent.clear()
        self.returned.clear()
        self.room = ALL
        self.exchange("begin", {"seconds": seconds})

    def finish(self) -> tuple[list[str], bool]:
        """A test is over: what it has left behind, and whether the process is still good."""
        mark = os.urandom(12).hex()
        left, spoiled = self.ask("end", mark=mark)
        self._wait_for(mark.encode())
        return [str(one)[:200] for one in left][:10], bool(spoiled)

    def _wait_for(self, mark: bytes) -> None:
        end = time.monotonic() + PATIENCE
        with self.news:
            while mark not in self.said and (left := end - time.monotonic()) > 0:
                self.news.wait(left)
            if mark in self.said:
                del self.said[self.said.index(mark) :]

    def output(self) -> str:
        """What it has printed in this test."""
        with self.news:
            return self.said.decode("utf-8", "backslashreplace")

    def time_is_up(self) -> None:
        """From outside: it has not even said where it stands."""
        self.over = True
        self.child.kill()

    def end(self, patience: float = 0.0) -> int:
        """Ends it; its exit code."""
        try:
            code = self.child.wait(patience)
        except subprocess.TimeoutExpired:
            self.child.kill()
            code = self.child.wait()
        for pipe in (self.child.stdin, self.child.stdout):
            if pipe:
                with contextlib.suppress(OSError):
                    pipe.close()
        return code


def _death(code: int) -> str:
    how = f"died of signal {-code}" if code < 0 else f"ended by itself, with exit code {code}"
    return f"the submission's process {how}"


def _pairs(rows: Any) -> Iterator[tuple[int, Any]]:
    for row in (rows if type(rows) is list else [])[:WATCHED]:
        match row:
            case [int(number), value]:
                yield number, value


def _to_far(value: Any) -> Any:
    """A value that a test passes and that is not exactly a built-in one."""
    if isinstance(value, Handle):
        return {"r": value._handle_.number}
    if isinstance(value, os.PathLike):
        return {"p": os.fspath(value)}
    if type(value) is Random:
        return {"m": value.getstate()}
    if isinstance(value, type) and TYPES.get(value.__name__) is value:
        return {"y": value.__name__}
    if isinstance(value, range):
        return {"g": [value.start, value.stop, value.step]}
    if isinstance(value, memoryview):
        return _PLAIN.pack(bytes(value))
    for base in (int, str, bytes, float, tuple, list, dict, set):
        if isinstance(value, base):
            return _PLAIN.pack(base(value))  # type: ignore[arg-type]
    raise TypeError(f"a test passes values and functions to `code`, and no {type(value).__name__}")


_PLAIN = Packer(_to_far)


# ---------------------------------------------------------------- exceptions


def made_exception(facts: Any) -> Exception:
    """The exception that these facts describe, of a class made here."""
    if type(facts) is not dict:
        return Crashed("what the submission's process answered is not a value")
    name, module = _name(facts.get("name"), "Error"), _name(facts.get("module"), "builtins")
    base = _base(facts.get("kinds"))
    text = str(facts.get("text", ""))
    kind = type(name.rpartition(".")[2], (base,), {"__str__": lambda self: text})
    kind.__module__, kind.__qualname__ = module, name
    error = _instance(kind, facts.get("args"))
    error.far_frames = list(_frames(facts.get("frames")))  # type: ignore[attr-defined]
    notes = facts.get("notes")
    if type(notes) is list and notes:
        error.__notes__ = [str(note) for note in notes]
    if isinstance(error, SyntaxError):
        _place(error, facts.get("place"), text)
    return error


def _name(value: Any, otherwise: str) -> str:
    good = type(value) is str and re.fullmatch(r"[A-Za-z_][\w.]{0,100}", value)
    return value if good else otherwise


def _base(names: Any) -> type[Exception]:
    """The first of Python's own exceptions; those that end programs become `Stopped`."""
    for name in names if type(names) is list else []:
        kind = getattr(builtins, name, None) if type(name) is str else None
        if not isinstance(kind, type) or not issubclass(kind, BaseException):
            continue
        if not issubclass(kind, Exception):
            return Stopped
        if not issubclass(kind, BaseExceptionGroup):
            return kind
    return Exception


def _instance(kind: type[Exception], args: Any) -> Exception:
    """An instance, with the arguments as far as they are plain values."""
    if type(args) is list:
        try:
            return kind(*_PLAIN_BACK.unpack(args))
        except Exception:
            pass
    try:
        return kind()
    except TypeError:
        return kind.__new__(kind)


def _refuse(value: Any) -> Any:
    raise Unfit("no plain value")


_PLAIN_BACK = Unpacker(_refuse)


OURS = re.compile(r"(steps|workbook/labs)/(\w+/)*\w+\.py")
"""The files that a frame over there may be in."""


def _frames(rows: Any) -> Iterator[tuple[str, int, str]]:
    """The frames over there: file, line and name; only files of the steps and laboratories."""
    for row in (rows if type(rows) is list else [])[:500]:
        match row:
            case [str(path), int(line), str(name)] if OURS.fullmatch(path):
                yield path, line, name[:200]


def _place(error: SyntaxError, place: Any, text: str) -> None:
    match place:
        case [str(path), str(line), source] if line.isascii() and line.isdigit() and len(line) < 9:
            error.filename, error.lineno = path[:500], int(line)
            error.text = source[:500] if type(source) is str else None
    error.msg = text.partition(" (")[0]


# ---------------------------------------------------------------- handles


class Record:
    """What is known here of an object over there."""

    def __init__(self, peer: Peer, facts: dict[str, Any]) -> None:
        self.peer = peer
        self.number: int = facts["h"]
        self.kind = str(facts.get("n", ""))[:200]
        self.of_class = str(facts["c"])[:200] if "c" in facts else ""
        self.place = self.of_class or self.kind
        self.look(facts)

    def look(self, facts: dict[str, Any]) -> None:
        """Takes in the value that is in it now."""
        self.portrait = facts.get("p")
        self.has_base = "b" in facts
        self.base = self.peer.unpacker.unpack(facts["b"]) if "b" in facts else None

    @property
    def value(self) -> Any:
        """The built-in value in it: that of a list or a dict is asked for each time."""
        if isinstance(self.base, list | dict | set | bytearray):
            answer = self.peer.exchange("portrait", {"on": self.number})
            facts = answer.get("v")
            if type(facts) is dict and "b" in facts:
                self.look(facts)
        return self.base

    def do(self, what: str, *args: Any) -> Any:
        """One of Python's operations on it."""
        __tracebackhide__ = True
        packed = [self.peer.packer.pack(one) for one in args]
        return self.peer.ask("do", what=what, on=self.number, args=packed)

    def __del__(self) -> None:
        self.peer.dropped.append(self.number)


class Handle:
    """An object that is in the submission's process."""

    __slots__ = ("__weakref__", "_handle_")
    _handle_: Record

    def __init__(self, record: Record) -> None:
        object.__setattr__(self, "_handle_", record)

    def __getattr__(self, name: str) -> Any:
        __tracebackhide__ = True
        if name == "_handle_":  # to find out what it is has failed
            raise RuntimeError("the submission does not say what it is")
        if name.startswith("__") and name not in (
            "__name__",
            "__doc__",
            "__notes__",
            "__wrapped__",
        ):
            raise AttributeError(name)
        own = self._handle_
        if (own.place, name) in own.peer.members:
            return Member(self, name)
        return own.peer.get(own, name)

    def __setattr__(self, name: str, value: Any) -> None:
        __tracebackhide__ = True
        own = self._handle_
        own.peer.ask("set", on=own.number, name=name, value=own.peer.packer.pack(value))

    def __delattr__(self, name: str) -> None:
        __tracebackhide__ = True
        self._handle_.do("delete", name)

    def __call__(self, *args: Any, **named: Any) -> Any:
        __tracebackhide__ = True
        own = self._handle_
        return own.peer.call(own.number, args, named)

    def __repr__(self) -> str:
        try:
            return str(self._handle_.do("repr"))
        except BaseException:
            return f"<{self._handle_.kind}>"

    def __str__(self) -> str:
        __tracebackhide__ = True
        own = self._handle_
        if isinstance(own.base, str):
            return own.base
        return str(own.do("str"))

    def __bool__(self) -> bool:
        own = self._handle_
        return bool(own.value) if own.has_base else bool(own.do("bool"))

    # ------------------------------------------------------------ comparisons

    def __eq__(self, other: object) -> bool:
        own = self._handle_
        if not isinstance(other, Handle):  # decided here: nobody over there sees what is expected
            return own.has_base and bool(own.value == other)
        theirs = other._handle_
        if self is other:
            return True
        if own.has_base or theirs.has_base:
            return own.has_base and theirs.has_base and bool(own.value == theirs.value)
        if own.portrait is not None or theirs.portrait is not None:
            return (own.kind, own.portrait) == (theirs.kind, theirs.portrait)
        return own.do("same", other) is True

    def __hash__(self) -> int:
        own = self._handle_
        if own.has_base:
            return hash(own.base)
        return hash((own.kind, own.portrait or own.number))

    def __lt__(self, other: Any) -> Any:
        return self._ordered("lt", other, lambda one, two: one < two)

    def __le__(self, other: Any) -> Any:
        return self._ordered("le", other, lambda one, two: one <= two)

    def __gt__(self, other: Any) -> Any:
        return self._ordered("gt", other, lambda one, two: one > two)

    def __ge__(self, other: Any) -> Any:
        return self._ordered("ge", other, lambda one, two: one >= two)

    def _ordered(self, what: str, other: Any, here: Callable[[Any, Any], Any]) -> Any:
        own = self._handle_
        value = other._handle_.value if isinstance(other, Handle) else other
        return here(own.value, value) if own.has_base else own.do(what, other)

    # ------------------------------------------------------------ containers

    def __len__(self) -> int:
        own = self._handle_
        return len(own.value) if own.has_base else int(own.do("len"))

    def __iter__(self) -> Iterator[Any]:
        own = self._handle_
        if own.has_base:
            return iter(own.value)
        found: Iterator[Any] = own.do("iter")
        return found

    def __next__(self) -> Any:
        __tracebackhide__ = True
        return self._handle_.do("next")

    def __contains__(self, item: Any) -> bool:
        own = self._handle_
        return item in own.value if own.has_base else bool(own.do("contains", item))

    def __getitem__(self, key: Any) -> Any:
        own = self._handle_
        return own.value[key] if own.has_base else own.do("getitem", key)

    def __setitem__(self, key: Any, value: Any) -> None:
        self._handle_.do("setitem", key, value)

    def __delitem__(self, key: Any) -> None:
        self._handle_.do("delitem", key)

    # ------------------------------------------------------------ the rest

    def __enter__(self) -> Any:
        __tracebackhide__ = True
        return self._handle_.do("enter")

    def __exit__(self, kind: Any, error: BaseException | None, tb: Any) -> None:
        """Never swallows an exception, whatever the other side says."""
        __tracebackhide__ = True
        named = (type(error).__name__, str(error)) if error is not None else (None, None)
        self._handle_.do("exit", *named)

    def __bytes__(self) -> bytes:
        own = self._handle_
        return bytes(own.value) if own.has_base else bytes(own.do("bytes"))

    def __int__(self) -> int:
        own = self._handle_
        return int(own.value) if own.has_base else int(own.do("int"))

    def __float__(self) -> float:
        own = self._handle_
        return float(own.value) if own.has_base else float(own.do("float"))

    def __index__(self) -> int:
        own = self._handle_
        return int(own.value) if own.has_base else int(own.do("index"))

    def __add__(self, other: Any) -> Any:
        own = self._handle_
        return own.value + other if own.has_base else NotImplemented

    def __radd__(self, other: Any) -> Any:
        own = self._handle_
        return other + own.value if own.has_base else NotImplemented


class Member(Handle):
    """A method of an object over there, or a function of a module, which is about to be called."""

    __slots__ = ("_found_", "_name_", "_owner_")

    def __init__(self, owner: Handle, name: str) -> None:
        object.__setattr__(self, "_owner_", owner)
        object.__setattr__(self, "_name_", name)
        object.__setattr__(self, "_found_", None)

    @property
    def _handle_(self) -> Record:  # type: ignore[override]
        """What is known of it, where it is not only called."""
        if self._found_ is None:
            own = self._owner_._handle_
            object.__setattr__(self, "_found_", own.peer.get(own, self._name_))
        record: Record = self._found_._handle_
        return record

    def __call__(self, *args: Any, **named: Any) -> Any:
        __tracebackhide__ = True
        own = self._owner_._handle_
        return own.peer.call(own.number, args, named, self._name_)


class Labs:
    """What a test gets for `code.labs`."""

    def __init__(self, code: Code) -> None:
        self._code = code

    def __getattr__(self, name: str) -> Any:
        __tracebackhide__ = True
        return self._code._module(f"labs.{name}")


class Code:
    """What a test gets for `code`: the submission's packages by their short names."""

    def __init__(self, start: Callable[[], subprocess.Popen[bytes]]) -> None:
        self._start = start
        self._peer: Peer | None = None
        self._begun = False
        self._timer: threading.Timer | None = None
        self._modules: dict[str, Any] = {}
        self._end = 0.0
        self.printed = ""
        self.left: list[str] = []

    def __getattr__(self, name: str) -> Any:
        __tracebackhide__ = True
        if not re.fullmatch(r"s\d\d", name):
            raise AttributeError(f"code has s00 to s10, not {name}")
        return self._module(name)

    @property
    def labs(self) -> Labs:
        """The laboratories by the names of their steps: `code.labs.s04`."""
        return Labs(self)

    def _module(self, name: str) -> Any:
        """A module over there, asked for once per process."""
        __tracebackhide__ = True
        peer = self._running()
        if name not in self._modules:
            self._modules[name] = peer.ask("import", name=name)
        return self._modules[name]

    def _running(self) -> Peer:
        """The process, at work for the test that runs now."""
        if self._peer is None or self._peer.child.poll() is not None:
            if self._begun and self._peer is not None:
                raise self._peer._lost(0)
            self._peer = Peer(self._start())
            self._modules = {}
        if not self._begun:
            left = max(0.05, self._end - time.monotonic())
            self._begun = True
            self._timer = threading.Timer(left + GRACE * 2 / 3, self._peer.time_is_up)
            self._timer.daemon = True
            self._timer.start()
            self._peer.begin(left)
        return self._peer

    def begin_test(self, seconds: float) -> None:
        """A test begins, which may take that many seconds."""
        self._end = time.monotonic() + max(seconds - GRACE, seconds / 2)
        self._begun = False
        self.printed, self.left = "", []

    def end_test(self, failed: bool) -> None:
        """It is over: see `printed` and `left`. After a process that is spoiled comes a new one."""
        if self._timer:
            self._timer.cancel()
            self._timer = None
        if self._peer is None or not self._begun:
            return
        self._begun = False
        self._modules = {}
        try:
            self.left, spoiled = self._peer.finish()
        except BaseException:
            # that time was up at this very moment is not a fault: the test has ended
            late = self._peer.over or "Timeout (0:" in self._peer.output()
            gone = [] if failed or late else ["a process that has ended before the test"]
            self.left, spoiled = gone, True
        self.printed = self._peer.output()
        if spoiled or self.left:
            self.close()

    def close(self) -> None:
        """Ends the process."""
        if self._peer is not None:
            self._peer.end()
            self._peer = None
