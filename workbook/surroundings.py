"""The code around an exercise: the given code of its step and of the steps below, as one hash.

Not all that changes there matters. These do not count: comments and layout; the exercises, each of
which has a verdict of its own; and what a learner adds, be it an import, a helper or a file. To
recognize the last, the files are compared with the copy of those that were handed out.
"""

from __future__ import annotations

import ast
import hashlib
import os
from collections import defaultdict
from collections.abc import Collection, Iterator
from functools import cached_property, lru_cache
from pathlib import Path

from workbook import catalogue, overlay, splice
from workbook.catalogue import FOLDER
from workbook.pristine import Pristine


class Surroundings:
    """The hashes, by step. Made once for a call: it reads each file once."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._hashes: dict[int, str] = {}
        self._given: dict[str, bytes] = {}

    def of(self, step: int) -> str:
        """The hash of what a function of this step runs among."""
        if step not in self._hashes:
            total = hashlib.sha256()
            for name in sorted(self.handed_out or self.there):
                if is_in_reach(name, step) and "" not in self.written[name]:
                    total.update(b"\0" + name.encode() + b"\0" + self.given(name))
            self._hashes[step] = total.hexdigest()[:16]
        return self._hashes[step]

    def given(self, name: str) -> bytes:
        """What counts of a file: how it was handed out, and what it is, where some of that is lost."""
        if name not in self._given:
            self._given[name] = self._read(name)
        return self._given[name]

    def _read(self, name: str) -> bytes:
        copy = self.handed_out.get(name, b"")
        data = overlay.read(os.fspath(self.root / name)) or b""
        return _counting(copy, data, frozenset(self.written[name]))

    @cached_property
    def handed_out(self) -> dict[str, bytes]:
        """The Python files as they were handed out; none where the copy is missing."""
        copy = Pristine(self.root).copy
        return {name: data for name, data in copy.items() if name.endswith(".py")}

    @property
    def there(self) -> Iterator[str]:
        """The Python files that are there."""
        for path in (self.root / "steps").rglob("*.py"):
            yield path.relative_to(self.root).as_posix()

    @cached_property
    def written(self) -> dict[str, set[str]]:
        """The names of the exercises in each file; "" is the file as a whole."""
        found: dict[str, set[str]] = defaultdict(set)
        for one in catalogue.every(self.root):
            found[one.file.relative_to(self.root).as_posix()].add(one.qualname)
        return found


@lru_cache(maxsize=256)
def _counting(copy: bytes, data: bytes, exercises: frozenset[str]) -> bytes:
    if data == copy:
        return copy
    try:
        before, now = (set(pieces(one, exercises)) for one in (copy, data))
    except (SyntaxError, ValueError):
        return copy + b"\0" + data
    if copy and before <= now:
        return copy
    return copy + b"\0" + "\0".join(sorted(now)).encode()


def is_in_reach(name: str, step: int) -> bool:
    """Whether a file belongs to a step or to one below it; the warm-up is below none."""
    found = FOLDER.fullmatch(name.split("/")[1])
    return found is not None and (int(found[1]) == step or 0 < int(found[1]) < step)


def pieces(data: bytes, exercises: Collection[str]) -> Iterator[str]:
    """The functions and statements of a file, but for its exercises, each by its syntax."""
    for prefix, body in splice.bodies(ast.parse(data).body, ""):
        for node in body:
            match node:
                case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                    if prefix + name not in exercises:
                        yield prefix + ast.dump(node)
                case ast.ClassDef(name=name):
                    for part in (*node.bases, *node.keywords, *node.decorator_list):
                        yield f"{prefix}{name} {ast.dump(part)}"
                case ast.Import(names=names):
                    yield from (ast.dump(one) for one in names)
                case ast.ImportFrom(module=module, names=names):
                    yield from (f"{module} {ast.dump(one)}" for one in names)
                case ast.If(test=test):
                    yield prefix + ast.dump(test)
                case ast.Try() | ast.TryStar() | ast.With():
                    pass  # what is in it comes by itself
                case _:
                    yield prefix + ast.dump(node)
