"""Runs one check of step 8 against what listens at a port, and reports how it ended.

`python -m workbook.trial_check 8.1 127.0.0.1 4711 1` runs on the learner's side. It only knows
where to connect: whether a bug is planted, and which, is known to the other side only. The report
is one line on stdout, `verdict {...}`; whatever the check prints goes to stderr.
"""

from __future__ import annotations

import builtins
import contextlib
import importlib
import json
import os
import socket
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

from workbook.trial_subject import KINDS, Kind, pack, unpack

CHECKS = {
    "8.1": ("steps.s08_testing.unit_tests", "check_store", KINDS["store"]),
    "8.2": ("steps.s08_testing.wire_tests", "check_server", None),
    "8.3": ("steps.s08_testing.properties", "check_any_cut", KINDS["parser"]),
}
"""Where each exercise's function is, and which kind of object it asks (None: a server)."""

ROOT = Path(__file__).resolve().parent.parent


class Link:
    """The line to a subject, over which one question goes at a time."""

    def __init__(self, host: str, port: int, kind: Kind) -> None:
        self.kind = kind
        self.socket = socket.create_connection((host, port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.lines = self.socket.makefile("rb")

    def ask(self, **question: Any) -> Any:
        """The answer to one question; what was raised over there is raised here."""
        self.socket.sendall(json.dumps(question).encode() + b"\n")
        answer = json.loads(self.lines.readline() or "{}")
        if "raised" in answer:
            raise exception(*answer["raised"])
        if "value" not in answer:
            raise ConnectionError("the other side ended the conversation")
        return unpack(answer["value"])

    def close(self) -> None:
        """Ends the conversation."""
        self.lines.close()
        self.socket.close()

    def make(self) -> StandIn:
        """A new object over there."""
        return StandIn(self, self.ask(make=True))


class StandIn:
    """An object that is in another process: it has the methods, and passes every call on."""

    def __init__(self, link: Link, number: int) -> None:
        self._link = link
        self._number = number

    def __getattr__(self, name: str) -> Callable[..., Any]:
        methods = self._link.kind.methods
        if name not in methods:
            raise AttributeError(f"a check may use {', '.join(methods)} here, not {name}")

        def call(*args: Any, **named: Any) -> Any:
            packed = {key: pack(value) for key, value in named.items()}
            return self._link.ask(on=self._number, call=name, args=pack(list(args)), named=packed)

        return call


def exception(name: str, text: str) -> Exception:
    """The exception of this name. AssertionError is left to the check itself."""
    if name == "CommandError":
        made = importlib.import_module("steps.s02_resp.values").CommandError(text)
    else:
        kind = getattr(builtins, name, None)
        known = (
            isinstance(kind, type) and issubclass(kind, Exception) and kind is not AssertionError
        )
        made = kind(text) if known and kind else RuntimeError(f"{name}: {text}")
    assert isinstance(made, Exception)
    return made


MORE_SEEDS = 9
"""With how many further seeds a property that has found something must find it again."""


def run(exercise: str, host: str, port: int, seed: int) -> None:
    """Calls the learner's function with what it is to test."""
    module, name, kind = CHECKS[exercise]
    check = getattr(importlib.import_module(module), name)
    if kind is None:
        check(host, port)
        return
    with contextlib.closing(Link(host, port, kind)) as link:  # over there, one is served at a time
        if exercise == "8.3":
            check(link.make().parse, Random(seed))
        else:
            check(link.make)


def verdict(exercise: str, host: str, port: int, seed: int) -> dict[str, str]:
    """How the check ended: "passed", "objected" (AssertionError), "wavered", "stub" or "raised".

    A check that draws its questions must not depend on good luck. So one that objects has to object
    again with other seeds; if it does not, it has wavered.
    """
    try:
        with contextlib.redirect_stdout(sys.stderr):
            run(exercise, host, port, seed)
    except AssertionError as error:
        wavers = exercise == "8.3" and any(
            passes(exercise, host, port, other) for other in range(seed + 1, seed + 1 + MORE_SEEDS)
        )
        return {"outcome": "wavered" if wavers else "objected", "text": describe(error)}
    except BaseException as error:
        stub = isinstance(error, NotImplementedError) and str(error) == f"exercise {exercise}"
        return {"outcome": "stub" if stub else "raised", "text": describe(error)}
    return {"outcome": "passed", "text": ""}


def passes(exercise: str, host: str, port: int, seed: int) -> bool:
    """Whether the check has nothing to object with this seed."""
    try:
        with contextlib.redirect_stdout(sys.stderr):
            run(exercise, host, port, seed)
    except AssertionError:
        return False
    return True


def describe(error: BaseException) -> str:
    """`AssertionError at steps/s08_testing/unit_tests.py:71: assert ...`, and the message."""
    text = str(error)
    named = (f"{type(error).__name__}: {text}" if text else type(error).__name__)[:2000]
    frames = traceback.extract_tb(error.__traceback__)
    names = [(Path(frame.filename).name, frame.name) for frame in frames]
    start = names.index((Path(__file__).name, "run")) + 1
    theirs = [frame for frame in frames[start:] if frame.filename == frames[start].filename]
    if not theirs or "importlib" in theirs[0].filename:
        return named
    last = theirs[-1]
    return f"{_shown(last.filename)}:{last.lineno}: {last.line}\n{named}"


def _shown(path: str) -> str:
    return os.path.relpath(path, ROOT) if Path(path).is_relative_to(ROOT) else path


def main() -> None:
    """Reports, and leaves at once, whatever threads the check has left behind."""
    exercise, host, port, seed = sys.argv[1:]
    report = verdict(exercise, host, int(port), int(seed))
    sys.stderr.flush()
    print("verdict", json.dumps(report), flush=True)
    os._exit(0)


if __name__ == "__main__":
    main()
