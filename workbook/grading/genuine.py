"""Whether the laboratories in a submission's process are still what their files say.

A laboratory runs where the submission runs, which can replace it by a thing that only says what a test
wants to hear. Here its functions are compared with those in its file, which the submission cannot
write. Whoever also replaces this comparison stays unseen.
"""

from __future__ import annotations

import sys
from abc import ABCMeta
from collections.abc import Iterator
from contextlib import contextmanager
from enum import EnumType
from functools import cache
from importlib.machinery import SourceFileLoader
from inspect import CO_OPTIMIZED
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any, Protocol

ROOT = Path(__file__).resolve().parents[2]
WATCHED = "workbook.labs"
HELPER = contextmanager(lambda: iter(())).__code__
METACLASSES = (type, ABCMeta, EnumType, type(Protocol))
LOADER = SourceFileLoader


def changed() -> list[str]:
    """The laboratories that are no longer as they were."""
    return [
        name
        for name, module in list(sys.modules.items())
        if name.startswith(WATCHED) and not is_genuine(name, module)
    ]


def is_genuine(name: str, module: Any) -> bool:
    """Whether the functions and classes of a module are those that its file defines.

    Some are there for type checkers alone. What is missing otherwise is missed by whoever asks for it.
    """
    plain = type(module) is ModuleType and "__getattr__" not in vars(module)
    return plain and all(
        _is_made_of(vars(module)[name], code)
        for name, code in _defined(code_of(name))
        if name in vars(module)
    )


@cache
def code_of(name: str) -> CodeType:
    """What the file of a module compiles to."""
    path = ROOT.joinpath(*name.split("."))
    file = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    code = LOADER(name, str(file)).get_code(name)
    assert code
    return code


def _defined(code: CodeType) -> Iterator[tuple[str, CodeType]]:
    """The functions and classes that are defined there; of two of one name, the last one."""
    parts = {one.co_name: one for one in code.co_consts if isinstance(one, CodeType)}
    return ((name, part) for name, part in parts.items() if not name.startswith("<"))


def _is_made_of(value: Any, code: CodeType) -> bool:
    """Whether a function or class was made of this code."""
    if type(value) in METACLASSES and not code.co_flags & CO_OPTIMIZED:
        own = vars(value)
        return all(name in own and _is_made_of(own[name], part) for name, part in _defined(code))
    return any(
        type(one) is FunctionType and one.__code__ == code for one in _without_decorator(value)
    )


def _without_decorator(value: Any) -> Iterator[Any]:
    """What a decorator was given."""
    if isinstance(value, property):
        yield from (value.fget, value.fset)
    elif isinstance(value, classmethod | staticmethod):
        yield value.__func__
    elif type(value) is FunctionType and value.__code__ == HELPER:
        yield value.__closure__[0].cell_contents if value.__closure__ else None
    else:
        yield value
