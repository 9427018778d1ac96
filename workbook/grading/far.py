"""The submission's side of the proxy: `python -m workbook.grading.far`, started confined.

Each line on stdin is a question, each line on stdout its answer, in JSON (`packing.py`). Any value
that is not of a built-in type stays here, under a number: a handle. The code that runs here may do
what it likes with all of this; all it can achieve is to answer with other values.

    {"op": "import", "name": "s02"}                      {"v": handle}
    {"op": "get", "on": 3, "name": "feed"}               {"v": handle}
    {"op": "call", "on": 4, "args": [...], "named": {}}  {"v": value, "changed": ["0"], "same": 9}
    {"op": "do", "what": "len", "on": 3, "args": []}     {"x": {"name": "TypeError", ...}}
    {"op": "returned", "v": value}                       what a function of the test's returned
    {"op": "begin", "seconds": 9.5}                      a test begins, and has that much time
    {"op": "end", "mark": "..."}                         it is over: what has it left behind?

A test may pass a function of its own. If the code calls it, a question goes the other way before the
answer: `{"back": 2, "args": [...], "named": {}}`.
"""

from __future__ import annotations

import contextlib
import enum
import faulthandler
import importlib
import json
import operator
import os
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from types import FunctionType, MethodType, ModuleType
from typing import Any, BinaryIO

from workbook.grading import genuine
from workbook.grading.packing import MUTABLE, TYPES, Packer, Unfit, Unpacker
from workbook.labs import module_of
from workbook.leftovers import Leftovers

ROOT = str(Path(__file__).resolve().parents[2]) + os.sep
EXIT = os._exit
IMPORT = importlib.import_module
TEXT = 20_000
WATCHED = 8
BASES = (str, bytes, int, float, tuple, frozenset, list, dict, set, bytearray)


def main() -> None:
    """Takes stdin and stdout for itself, and answers until nobody asks any more."""
    questions = os.fdopen(os.dup(0), "rb")
    answers = os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(2, 1)  # whatever the submission prints
    os.close(nothing)
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    faulthandler.enable()
    Far(questions, answers).serve()


class Far:
    """The objects that the tests hold, and the answers to what they ask of them."""

    def __init__(self, questions: BinaryIO, answers: BinaryIO) -> None:
        self.questions = questions
        self.answers = answers
        self.objects: dict[int, Any] = {}
        self.numbers: dict[int, int] = {}  # id of an object -> its number, while it is held
        self.returned: dict[int, tuple[Any, str]] = {}  # lists and dicts, and what was in them
        self.next = 1
        self.pid = os.getpid()
        self.thread = threading.get_ident()
        self.packer = Packer(self.handle)
        self.unpacker = Unpacker(self.of_trusted_side)
        self.leftovers = Leftovers()
        self.changed: set[str] = set()

    def serve(self) -> None:
        """One question after another."""
        while line := self.questions.readline():
            self.say(self.answer(json.loads(line)))

    def say(self, answer: dict[str, Any]) -> None:
        """A line to the other side."""
        if os.getpid() != self.pid:
            EXIT(0)  # the submission forked, and this is the wrong half
        self.answers.write(json.dumps(answer, separators=(",", ":")).encode() + b"\n")
        self.answers.flush()

    def stand_in(self, number: int, name: str) -> Callable[..., Any]:
        """What is called here in place of a function of the test's."""

        def call(*args: Any, **named: Any) -> Any:
            return self.call_back(number, args, named)

        call.__name__ = name
        return call

    def call_back(self, number: int, args: tuple[Any, ...], named: dict[str, Any]) -> Any:
        """What a function of the test's returns; meanwhile the test may ask questions."""
        if threading.get_ident() != self.thread:
            raise RuntimeError("a function of the test's is called in a thread of its own")
        pack = self.packer.pack
        more = {name: pack(one) for name, one in named.items()}
        self.say({"back": number, "args": [pack(one) for one in args], "named": more})
        while line := self.questions.readline():
            question = json.loads(line)
            if question["op"] != "returned":
                self.say(self.answer(question))
            elif "x" in question:
                raise error_of(*question["x"])
            else:
                return self.unpacker.unpack(question["v"])
        return EXIT(0)  # nobody asks any more

    def answer(self, question: dict[str, Any]) -> dict[str, Any]:
        """The answer to one question. What the code raises is an answer, too."""
        for number in question.pop("drop", ()):
            self.drop(number)
        try:
            what: Callable[..., dict[str, Any]] = getattr(self, "do_" + question.pop("op"))
            return what(**question)
        except BaseException as error:
            try:
                return {"x": self.described(error)}
            finally:
                forget(error)

    # ------------------------------------------------------------ what may be asked

    def do_import(self, name: str) -> dict[str, Any]:
        """A step's package, or the laboratory of a step."""
        return self.value(IMPORT(module_of(name)))

    def do_get(self, on: int, name: str) -> dict[str, Any]:
        """An attribute; `m` says that it is a method, or something to call in a module."""
        owner = self.looked_at(on)
        made = getattr(owner, name)
        if type(made) is MethodType:
            member = made.__self__ is owner
        else:
            member = type(owner) is ModuleType and type(made) in (FunctionType, type)
        return {**self.value(made), "m": 1} if member else self.value(made)

    def looked_at(self, number: int) -> Any:
        """An object that is about to be used: a laboratory must be the workbook's at this moment."""
        made = self.objects[number]
        if isinstance(made, ModuleType):
            self.changed.update(genuine.changed())
        return made

    def do_set(self, on: int, name: str, value: Any) -> dict[str, Any]:
        """Another value for an attribute."""
        setattr(self.objects[on], name, self.unpacker.unpack(value))
        return {"v": None}

    def do_call(
        self, on: int, args: list[Any], named: dict[str, Any], name: str = ""
    ) -> dict[str, Any]:
        """A call; with the places or names of the lists and dicts that it has changed."""
        owner = self.looked_at(on)
        what = getattr(owner, name) if name else owner
        given = self.unpacker.unpack(args)
        more = {name: self.unpacker.unpack(one) for name, one in named.items()}
        passed = {**dict(zip(map(str, range(len(given))), given, strict=True)), **more}
        before = {place: plain(one) for place, one in passed.items() if type(one) in MUTABLE}
        made = what(*given, **more)
        changed = [place for place, old in before.items() if old and old != plain(passed[place])]
        facts = {"changed": changed, "later": self.watched(), "same": self.watch(made)}
        return {**self.value(made), **{name: one for name, one in facts.items() if one}}

    def watch(self, made: Any) -> int:
        """A number for a list or dict that a call returns: the same one for the same object.

        In the test, it is to be the same object, too, and to change when it changes here.
        """
        text = plain(made) if type(made) in MUTABLE else ""
        if not text or len(text) > TEXT:
            return 0
        number = next((one for one, old in self.returned.items() if old[0] is made), self.next)
        self.next = max(self.next, number + 1)
        self.returned[number] = (made, text)
        if len(self.returned) > WATCHED:
            del self.returned[next(iter(self.returned))]
        return number

    def watched(self) -> list[list[Any]]:
        """What has changed of the lists and dicts that calls have returned lately."""
        changed = []
        for number, (made, old) in self.returned.items():
            if (text := plain(made)) != old:
                self.returned[number] = (made, text)
                changed.append([number, self.packer.pack(made)])
        return changed

    def do_do(self, what: str, on: int, args: list[Any]) -> dict[str, Any]:
        """One of Python's operations."""
        return self.value(OPERATIONS[what](self.objects[on], *self.unpacker.unpack(args)))

    def do_portrait(self, on: int) -> dict[str, Any]:
        """What an object is now, as far as that can be told in built-in values."""
        return {"v": self.portrait(self.objects[on])}

    def do_begin(self, seconds: float) -> dict[str, Any]:
        """A test begins. If this process still runs when time is up, it says where it stands."""
        self.leftovers.begin()
        faulthandler.dump_traceback_later(seconds, exit=True, file=2)
        return {"v": None}

    def do_end(self, mark: str) -> dict[str, Any]:
        """A test is over."""
        faulthandler.cancel_dump_traceback_later()
        self.objects.clear()
        self.numbers.clear()
        self.returned.clear()
        left = self.leftovers.end(())
        changed = {*self.changed, *genuine.changed()}
        left += [f"{name}, which is no longer the workbook's" for name in sorted(changed)]
        self.changed.clear()
        spoiled = self.leftovers.spoiled()
        self.leftovers.tidy()
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(Exception):
                stream.flush()
        os.write(2, mark.encode())
        return {"v": self.packer.pack([[str(one) for one in left], spoiled])}

    # ------------------------------------------------------------ values

    def value(self, made: Any) -> dict[str, Any]:
        """An answer with a value in it."""
        return {"v": self.packer.pack(made)}

    def handle(self, made: Any) -> dict[str, Any]:
        """A handle for a value that is not built in."""
        number = self.numbers.get(id(made))
        if number is None:
            number, self.next = self.next, self.next + 1
            self.objects[number] = made
            self.numbers[id(made)] = number
        return {"h": number, **self.portrait(made)}

    def portrait(self, made: Any) -> dict[str, Any]:
        """What kind of object it is, and the built-in value in it, if it has one."""
        kind = type(made)
        facts: dict[str, Any] = {"n": f"{kind.__module__}.{kind.__qualname__}"}
        if type(made) is ModuleType:
            return {**facts, "c": made.__name__}
        if isinstance(made, type):
            return {**facts, "c": f"{made.__module__}.{made.__qualname__}", "e": lineage(made)}
        if isinstance(made, enum.Enum):
            facts["p"] = made.name
        elif isinstance(made, BaseException):
            facts["p"] = text_of(made)
        for base in BASES:
            if isinstance(made, base):
                with contextlib.suppress(Unfit):
                    facts["b"] = self.packer.pack(BARE[base](made))
                break
        return facts

    def of_trusted_side(self, value: Any) -> Any:
        """What the tests handed back: one of the handles, a path, a range."""
        match value:
            case {"r": int(number)}:
                return self.objects[number]
            case {"p": str(path)}:
                return Path(path)
            case {"g": [int(start), int(stop), int(step)]}:
                return range(start, stop, step)
            case {"m": [version, list(numbers), gauss]}:
                dice = Random()
                dice.setstate((version, tuple(numbers), gauss))
                return dice
            case {"y": str(name)}:
                return TYPES[name]
            case {"c": [int(number), str(name)]}:
                return self.stand_in(number, name)
        raise Unfit(f"no such value: {value!r}")

    def drop(self, number: int) -> None:
        """The tests hold this object no longer."""
        made = self.objects.pop(number, None)
        self.numbers.pop(id(made), None)

    def described(self, error: BaseException) -> dict[str, Any]:
        """What was raised, in words and numbers."""
        kind = type(error)
        facts: dict[str, Any] = {
            "name": kind.__qualname__,
            "module": kind.__module__,
            "kinds": lineage(kind),
            "text": text_of(error),
            "frames": list(frames_of(error)),
        }
        with contextlib.suppress(Exception):
            facts["args"] = [self.packer.pack(one) for one in error.args if type(one) in PLAIN]
        with contextlib.suppress(Exception):
            facts["notes"] = [str(one)[:TEXT] for one in getattr(error, "__notes__", ())][:10]
        if isinstance(error, SyntaxError):
            place = [error.filename, error.lineno, error.text]
            facts["place"] = [str(one) if one is not None else None for one in place]
        return facts


def plain(value: Any) -> str:
    """A value as text, to compare it with itself later; "" if there is more in it than values."""
    try:
        return json.dumps(_VALUES.pack(value))
    except Unfit:
        return ""


def _refuse(made: Any) -> Any:
    raise Unfit("no plain value")


_VALUES = Packer(_refuse)

PLAIN = (str, bytes, int, float, bool, type(None))


def _dict_of(made: Any) -> dict[Any, Any]:
    return {key: dict.__getitem__(made, key) for key in dict.__iter__(made)}


BARE: dict[type, Callable[[Any], Any]] = {
    str: lambda made: str.__str__(made),
    bytes: lambda made: bytes.__getitem__(made, slice(None)),
    int: lambda made: int.__int__(made),
    float: lambda made: float.__float__(made),
    tuple: lambda made: tuple(tuple.__iter__(made)),
    frozenset: lambda made: frozenset(frozenset.__iter__(made)),
    list: lambda made: list(list.__iter__(made)),
    set: lambda made: set(set.__iter__(made)),
    bytearray: lambda made: bytearray(memoryview(made)),
    dict: _dict_of,
}
"""The bare value in an instance of a subclass, whatever the subclass makes of its methods."""


def lineage(kind: type) -> list[str]:
    """The names of Python's own exceptions among the classes that this one is derived from."""
    if not issubclass(kind, BaseException):
        return []
    return [one.__name__ for one in kind.__mro__ if one.__module__ == "builtins"]


def text_of(error: BaseException) -> str:
    """The message."""
    try:
        return str(error)[:TEXT]
    except Exception as trouble:
        return f"<an error whose str raises {type(trouble).__name__}>"


def frames_of(error: BaseException) -> Iterator[tuple[str, int, str]]:
    """Where it came from: the frames in the steps and in laboratories, innermost last."""
    ours = (ROOT + "steps" + os.sep, os.path.join(ROOT, "workbook", "labs", ""))
    for frame, line in traceback.walk_tb(error.__traceback__):
        path = frame.f_code.co_filename
        if path.startswith(ours):
            name = path.removeprefix(ROOT).replace(os.sep, "/")
            yield name, line, frame.f_code.co_name


def forget(error: BaseException) -> None:
    """Lets go of the frames, and of what their variables hold: sockets, above all."""
    with contextlib.suppress(Exception):
        traceback.clear_frames(error.__traceback__)


def _enter(made: Any) -> Any:
    return type(made).__enter__(made)


def _exit(made: Any, name: str | None, text: str | None) -> bool:
    if name is None:
        return bool(type(made).__exit__(made, None, None, None))
    error = error_of(name, text)
    return bool(type(made).__exit__(made, type(error), error, None))


def error_of(name: str, text: str | None) -> Exception:
    """An exception of the test's; one of Python's own, if that has such a name."""
    kind = getattr(sys.modules["builtins"], name, None)
    known = isinstance(kind, type) and issubclass(kind, Exception)
    return kind(text) if known and kind else RuntimeError(text)


OPERATIONS: dict[str, Callable[..., Any]] = {
    "iter": iter,
    "next": next,
    "len": len,
    "str": str,
    "repr": lambda made: repr(made)[:TEXT],
    "bytes": bytes,
    "int": int,
    "float": float,
    "index": operator.index,
    "bool": bool,
    "dir": dir,
    "same": operator.eq,
    "contains": operator.contains,
    "getitem": operator.getitem,
    "setitem": operator.setitem,
    "delitem": operator.delitem,
    "lt": operator.lt,
    "le": operator.le,
    "gt": operator.gt,
    "ge": operator.ge,
    "enter": _enter,
    "exit": _exit,
    "delete": delattr,
}

if __name__ == "__main__":
    main()
