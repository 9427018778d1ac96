"""Keeps a notebook's steps fresh: what is edited and saved is what the next cell runs.

Before a cell runs, the files behind the imported modules of `steps` are looked at, those of the
learner and those of the answers. If one has changed, all of `steps` is imported again, with the
labs, which are built on it. Each name in the notebook that stood for something of these (a module, a
function, a class, a constant) stands for what has the same name there now. Objects that exist already
keep the class they were made of.

A file that cannot be imported is reported in a sentence; the names stay as they are until it can.
"""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

from workbook.catalogue import ROOT

Stamp = tuple[int, int] | None


class Origin(NamedTuple):
    """Where a value came from: a module, and the way to it in there ("" is the module itself)."""

    module: str
    path: str


class Known(NamedTuple):
    """A name of the notebook that stands for something of `steps` or of a lab."""

    value: object
    origin: Origin


class Fresh:
    """The hooks of one notebook."""

    def __init__(self, shell: Any, root: Path = ROOT) -> None:
        self.shell = shell
        self.root = root
        self.stamps: dict[Path, Stamp] = {}
        self.waiting: dict[str, Known] = {}  # for a file to be mended

    def before_cell(self, info: object = None) -> None:
        """Called before each cell. Nothing that a learner's file does may end the kernel."""
        # the cell that loads the extension may be run again without a word of warning
        self.shell.extension_manager.loaded.discard("workbook")
        changed = [path for path, before in self.stamps.items() if stamp(path) != before]
        if not changed:
            return
        self.stamps.update({path: stamp(path) for path in changed})
        self.waiting.update(self.names())
        for name in modules():
            del sys.modules[name]
        try:
            self.import_anew()
        except KeyboardInterrupt:
            self.say(f"The import of {self.called(changed[0])} was interrupted.")
        except BaseException as error:
            self.say(self.sentence(error))

    def after_cell(self, result: object = None) -> None:
        """Called after each cell, which may have imported what was not there before."""
        for path in self.files():
            if path not in self.stamps:
                self.stamps[path] = stamp(path)

    def import_anew(self) -> None:
        """Binds the names again, each to what has its name now."""
        for name, (old, origin) in list(self.waiting.items()):
            module = importlib.import_module(origin.module)
            value = reached(module, origin.path)
            if value is None and old is not None:
                self.say(
                    f"{origin.module} no longer has {origin.path}; {name} is still the old one."
                )
            elif self.shell.user_ns.get(name) is old:
                self.shell.user_ns[name] = value
            del self.waiting[name]

    # ------------------------------------------------------------ the files

    def files(self) -> Iterator[Path]:
        """The files behind the modules: the learner's, and where the answers stand or would."""
        for module in modules().values():
            path = Path(getattr(module, "__file__", None) or "").resolve()
            if path.is_relative_to(self.root / "steps"):
                yield path
                yield self.root / "solutions" / path.relative_to(self.root / "steps")

    def called(self, path: str | Path | None) -> str:
        """A file's name as people type it."""
        try:
            return Path(path or "").resolve().relative_to(self.root).as_posix()
        except ValueError:
            return str(path)

    # ------------------------------------------------------------ the names

    def names(self) -> Iterator[tuple[str, Known]]:
        """Names of the notebook that stand for something of `steps` or of a lab."""
        for name, value in self.shell.user_ns.items():
            if not name.startswith("_") and (origin := origin_of(name, value)):
                yield name, Known(value, origin)

    # ------------------------------------------------------------ words

    def sentence(self, error: BaseException) -> str:
        """What is wrong with a file that cannot be imported."""
        where, line = self.place(error)
        what = error.msg if isinstance(error, SyntaxError) else str(error)
        kind = type(error).__name__
        return (
            f"{where}:{line} cannot be imported: {kind}{': ' if what else ''}{what}. "
            "Until that is fixed, the names here still refer to the old code."
        )

    def place(self, error: BaseException) -> tuple[str, int]:
        """The file and the line that the error is about: the last that is the repository's."""
        if isinstance(error, SyntaxError) and error.filename:
            return self.called(error.filename), error.lineno or 1
        found = ("steps", 1)
        trace = error.__traceback__
        while trace:
            name = self.called(trace.tb_frame.f_code.co_filename)
            if name.startswith(("steps/", "solutions/")):
                found = name, trace.tb_lineno
            trace = trace.tb_next
        return found

    def say(self, text: str) -> None:
        """Tells the learner, above what the cell prints."""
        print(text, file=sys.stderr)


FRESH = ("steps.", "workbook.labs.")
"""How the names of the modules begin that are imported again, each with a dot at its end."""


def modules() -> dict[str, ModuleType]:
    """Those that are imported now, by all their names."""
    return {
        name: module
        for name, module in list(sys.modules.items())
        if f"{name}.".startswith(FRESH) and module is not None
    }


def stamp(path: Path) -> Stamp:
    """What tells one state of a file from the next; None where there is no file."""
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size


def origin_of(name: str, value: object) -> Origin | None:
    """Where a value of the notebook comes from, if that is `steps` or a lab."""
    there = modules()
    if isinstance(value, ModuleType):
        return Origin(value.__name__, "") if value.__name__ in there else None
    module = there.get(str(getattr(value, "__module__", None)))
    path = getattr(value, "__qualname__", "")
    if module and path and reached(module, path) is value:
        return Origin(module.__name__, path)
    for module in there.values():  # a constant has no mark of where it comes from
        if name.isupper() and getattr(module, name, None) is value:
            return Origin(module.__name__, name)
    return None


def reached(module: ModuleType, path: str) -> object:
    """What stands at the end of a way like `Server.handle`; None where there is nothing."""
    value: object = module
    for part in filter(None, path.split(".")):
        value = getattr(value, part, None)
    return value
