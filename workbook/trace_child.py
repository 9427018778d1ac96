"""A step's server that notes which of its functions are called: the child of `checker.py trace`.

    python -m workbook.trace_child PORT KEY steps.s05_commands serve --port 0

It runs the server as `python -m` would, under `sys.settrace`, and takes orders from its parent on a
line of its own (PORT of 127.0.0.1, KEY in hexadecimal). Each order is answered in JSON:

    begin     notes calls from now on                         true
    end       waits until nothing more is called, and stops   {"calls", "more", "inside", "busy"}
    keys      what is in the databases                        {"0": {"b'k'": "b'v'"}}
    sessions  what each session has in hand                   [{"buffer": "b''", ...}]
    hide      takes words, in hexadecimal, shown to nobody    true

A call is `{"depth", "file", "line", "name", "again", "arguments", "thread"}`, and `result` or `raised`
once it has ended; the calls come in the order in which they began. `inside` tells for each thread in
which functions it was before.
"""

from __future__ import annotations

import inspect
import json
import os
import runpy
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from multiprocessing.connection import Client, Connection
from pathlib import Path
from types import FrameType, FunctionType, MethodType
from typing import Any, TypeAlias

ROOT = Path(__file__).resolve().parent.parent
PLACES = tuple(os.path.join(ROOT, name) + os.sep for name in ("steps", "solutions"))
"""Where the code lies whose calls are noted."""

HOLDERS = ("store.py", "state.py", "session.py")
"""The files of the classes that hold the databases and the parsers."""

UNWRITTEN = os.path.join(ROOT, "steps", "unwritten.py")

BESIDE = ("/background.py", "/forms.py")
"""What goes on in these files, and all that they call, is not part of the way of a request: work in the
background, and notes on the form of a command that is seen for the first time."""

MOST_CALLS = 500
"""Calls of one piece that are noted; the others are counted."""

ROOM = 60
"""Characters that a value may take."""

MOST_BYTES = 1000
"""Bytes of a string that are looked at."""

SECRETS: list[bytes] = []
VEIL = "(hidden)"

MOST_KEYS = 1000
"""Keys of a database that are looked at."""

SETTLED = 0.1
"""Seconds without a call after which no more is expected."""

IDLE = SETTLED / 20
"""Seconds of work in that time that count as none: a server looks after its keys now and then."""

PATIENCE = 2.0
"""Seconds to wait for that at most."""

RESUMED = inspect.CO_GENERATOR | inspect.CO_COROUTINE
BEGINNING = 8
"""A frame that has come further was begun before."""

Call: TypeAlias = dict[str, Any]


# ---------------------------------------------------------------- values as text


def described(value: object, room: int = ROOM) -> str:
    """A value in a few characters. Nothing of the server's is called for it, such as a `__repr__`."""
    kind = type(value)
    if value is None or kind in (bool, int, float):
        return repr(value)
    if isinstance(value, (bytes, bytearray, str)):
        return _string(value, room)
    if isinstance(value, Mapping):
        return _items(
            "{}", (f"{described(k, 20)}: {described(v, 20)}" for k, v in value.items()), room
        )
    if isinstance(value, (list, tuple, deque, set, frozenset)):
        ends = (
            "[]" if isinstance(value, (list, deque)) else "()" if isinstance(value, tuple) else "{}"
        )
        return _items(ends, (described(item, 30) for item in value), room)
    if isinstance(value, BaseException):
        return f"{kind.__name__}: {_string(str(value), room)}" if value.args else kind.__name__
    if isinstance(value, (FunctionType, MethodType)):
        return value.__name__
    if isinstance(value, type):
        return value.__name__
    return _object(value, room)


def _string(value: bytes | bytearray | str, room: int) -> str:
    text = hidden(repr(value if isinstance(value, str) else bytes(value[:MOST_BYTES])))
    if len(value) <= MOST_BYTES and len(text) <= room + 3:
        return text
    unit = "characters" if isinstance(value, str) else "bytes"
    return f"{text[: max(8, room - 24)]}{text[-1]}... ({len(value)} {unit})"


def hidden(text: str) -> str:
    """The text without the words that are nobody's business. A short one counts as a whole word only."""
    for word in SECRETS:
        shown = repr(word)
        text = text.replace(*((shown[2:-1], VEIL) if len(word) > 2 else (shown, f"b'{VEIL}'")))
    return text


def _items(ends: str, items: Iterable[str], room: int) -> str:
    shown: list[str] = []
    left = room
    for item in items:
        left -= len(item) + 2
        if shown and left < 0:
            shown.append("...")
            break
        shown.append(item)
    return f"{ends[0]}{', '.join(shown)}{ends[1]}"


def _object(value: object, room: int) -> str:
    """An object of the server's by the name of its class; a command with its fields."""
    name = type(value).__name__
    if not hasattr(type(value), "own_fields"):
        return name
    fields = {key: one for key, one in vars(value).items() if key != "request"}
    return name + _items("()", (f"{key}={described(one, 30)}" for key, one in fields.items()), room)


# ---------------------------------------------------------------- calls


class Recorder:
    """Notes calls, of all threads, while it is on."""

    def __init__(self) -> None:
        self.on = False
        self.calls: list[Call] = []
        self.more = 0
        self.open: dict[FrameType, Call | None] = {}
        self.latest = 0.0
        self.made: dict[int, Any] = {}
        """The keyspaces, the states that hold them, and the sessions, as they were made."""
        self.outer: dict[int, list[tuple[str, int]]] = {}
        self.returned: dict[int, Call] = {}
        """By thread: the call that ended last, as long as nothing has happened since."""

    def begin(self) -> bool:
        """Forgets what was noted, and notes from now on."""
        self.outer = {thread: list(outer(frame)) for thread, frame in sys._current_frames().items()}
        self.calls, self.more, self.returned = [], 0, {}
        self.open = {}
        self.latest = time.monotonic()
        self.on = True
        return True

    def end(self) -> dict[str, Any]:
        """What was noted, once it is quiet."""
        limit = time.monotonic() + PATIENCE
        while (now := time.monotonic()) < limit and now - self.latest < SETTLED:
            time.sleep(SETTLED / 5)
        self.on = False
        names = {thread.ident: thread.name for thread in threading.enumerate()}
        inside = {names[one]: rows for one, rows in self.outer.items() if rows and one in names}
        return {"calls": self.calls, "more": self.more, "inside": inside, "busy": busy()}

    def trace(self, frame: FrameType, event: str, argument: object) -> Callable[..., Any] | None:
        """For `sys.settrace`: called with each frame that begins; what it returns, within that frame."""
        code = frame.f_code
        if code.co_name == "__init__" and code.co_filename.endswith(HOLDERS):
            self.made[id(frame.f_locals["self"])] = frame.f_locals["self"]
        if not self.on:
            return None
        called = code.co_flags & inspect.CO_NEWLOCALS  # not so the body of a module or of a class
        if not called or not code.co_filename.startswith(PLACES) or code.co_name.startswith("<"):
            return None
        if code.co_filename == UNWRITTEN or beside(frame):
            return None
        frame.f_trace_lines = False
        self.note(frame)
        return self.within

    def note(self, frame: FrameType) -> None:
        """A call begins."""
        thread = threading.get_ident()
        self.latest = time.monotonic()
        self.returned.pop(thread, None)
        if len(self.calls) >= MOST_CALLS:
            self.more += 1
            self.open[frame] = None
            return
        code = frame.f_code
        many = bool(code.co_flags & inspect.CO_VARARGS)
        names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount + many]
        if code.co_flags & RESUMED and frame.f_lasti > BEGINNING:
            names = ()  # it goes on after a yield, or an await
        values = {name: frame.f_locals[name] for name in names if name in frame.f_locals}
        call: Call = {
            "depth": self.depth(frame),
            "file": os.path.relpath(code.co_filename, ROOT).replace(os.sep, "/"),
            "line": code.co_firstlineno,
            "name": code.co_qualname,
            "again": not names and bool(code.co_argcount),
            "arguments": [
                (name, described(value))
                for name, value in values.items()
                if name not in ("self", "cls")
            ],
            "thread": threading.current_thread().name,
        }
        self.open[frame] = call
        self.calls.append(call)

    def depth(self, frame: FrameType) -> int:
        """How many of the calls that were noted go on around this one."""
        found, outer = 0, frame.f_back
        while outer is not None:
            found += outer in self.open
            outer = outer.f_back
        return found

    def within(self, frame: FrameType, event: str, argument: Any) -> Callable[..., Any]:
        """What happens in a call that was noted: it ends, or an exception comes up in it."""
        thread = threading.get_ident()
        if event == "return":
            call = self.open.pop(frame, None)
            self.latest = time.monotonic()
            self.returned.pop(thread, None)
            if call is not None and self.on:
                call["result"] = described(argument)
                self.returned[thread] = call
        elif event == "exception":
            # A call that an exception leaves "returns" None; only its caller sees what it was.
            kind, error, _ = argument
            if (left := self.returned.pop(thread, None)) and left["result"] == "None":
                del left["result"]
                left["raised"] = described(error if isinstance(error, kind) else kind)
        return self.within


def beside(frame: FrameType | None) -> bool:
    """Whether a call belongs to what is not noted."""
    while frame is not None:
        if frame.f_code.co_filename.endswith(BESIDE):
            return True
        frame = frame.f_back
    return False


def busy() -> bool:
    """Whether the process works on and on. It is idle if it hardly needs the processor for a while.

    On a busy machine one that works on may not get the processor either. But it keeps Python's lock,
    and a sleep ends late for it.
    """
    now = time.monotonic()
    limit = now + PATIENCE
    while (began := now) < limit:
        worked = time.process_time()
        time.sleep(SETTLED)
        now = time.monotonic()
        if time.process_time() - worked < IDLE and now - began < SETTLED + IDLE / 2:
            return False
    return True


def outer(frame: FrameType | None) -> Iterator[tuple[str, int]]:
    """The functions of the server in which a thread is, from the outermost, and at which line."""
    if frame is not None:
        yield from outer(frame.f_back)
        if frame.f_code.co_filename.startswith(PLACES):
            yield frame.f_code.co_qualname, frame.f_lineno


# ---------------------------------------------------------------- what is in the databases


def databases(made: Iterable[Any]) -> dict[str, dict[str, str]]:
    """The keys and values of all databases that have any, and of an expiring key, its deadline."""
    stores = {id(one): one for one in made if hasattr(one, "data")}
    numbers = {
        id(store): number for one in made for number, store in getattr(one, "databases", {}).items()
    }
    return {
        str(numbers.get(name, at)): contents(store)
        for at, (name, store) in enumerate(stores.items())
        if store.data
    }


def sessions(made: Iterable[Any]) -> list[dict[str, str]]:
    """What each session has in hand: what has come of a request that is not whole yet, and more."""
    found = []
    for one in made:
        parser = getattr(one, "parser", None)
        if parser is None:
            continue
        facts = {"buffer": described(parser.buffer), "words": described(parser.words)}
        facts["missing"] = str(parser.missing)
        transaction = getattr(one, "transaction", None)
        if getattr(transaction, "open", False):
            facts["situation"] = "between MULTI and EXEC"
        elif getattr(one, "waiter", None):
            facts["situation"] = "waits"
        elif getattr(one, "channels", None) or getattr(one, "patterns", None):
            facts["situation"] = "listens"
        found.append(facts)
    return found


def contents(store: Any) -> dict[str, str]:
    """The values of one database by their keys."""
    ends: Mapping[bytes, int] = getattr(store, "expires", {})
    found = {}
    for key in list(store.data)[:MOST_KEYS]:
        value = store.data.get(key)
        text = described(getattr(value, "scores", value))
        found[described(key)] = f"{text}, until {ends[key]} ms" if key in ends else text
    return found


# ---------------------------------------------------------------- the process


def obey(line: Connection, recorder: Recorder) -> None:
    """Does what the parent says, until it is gone."""
    orders: dict[bytes, Callable[[], object]] = {
        b"hide": lambda: True,
        b"begin": recorder.begin,
        b"end": recorder.end,
        b"keys": lambda: databases(recorder.made.values()),
        b"sessions": lambda: sessions(recorder.made.values()),
    }
    try:
        while True:
            order, _, words = line.recv_bytes().partition(b" ")
            if order == b"hide":
                SECRETS[:] = map(bytes.fromhex, words.decode().split())
            line.send_bytes(json.dumps(orders[order]()).encode())
    except (EOFError, OSError):
        os._exit(0)


def main(port: int, key: bytes, module: str, arguments: list[str]) -> None:
    """Runs the server of `module`, and obeys beside it."""
    recorder = Recorder()
    line = Client(("127.0.0.1", port), authkey=key)
    threading.Thread(target=obey, args=(line, recorder), daemon=True).start()
    sys.argv = [module, *arguments]
    threading.settrace(recorder.trace)
    sys.settrace(recorder.trace)
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main(int(sys.argv[1]), bytes.fromhex(sys.argv[2]), sys.argv[3], sys.argv[4:])
