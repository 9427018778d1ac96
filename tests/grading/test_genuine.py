"""A laboratory that a submission has replaced, in whole or in part, is noticed."""

from __future__ import annotations

import sys
import types

import pytest

from workbook.grading import genuine

NAME = "workbook.labs.s00"


class Liar(types.ModuleType):
    """Says what a test wants to hear."""

    def __getattribute__(self, name):
        return vars(types)[name] if name.startswith("__") else None


def lie(*args):
    return True


def first_of(module, kind):
    """A function or class that the module defines."""
    return next(
        name
        for name, value in vars(module).items()
        if isinstance(value, kind) and value.__module__ == NAME
    )


def methods_of(module):
    made = vars(module)[first_of(module, type)]
    return made, [
        name for name, value in vars(made).items() if isinstance(value, types.FunctionType)
    ]


def replace_a_function(module):
    setattr(module, first_of(module, types.FunctionType), lie)


def replace_a_function_by_a_class(module):
    setattr(module, first_of(module, types.FunctionType), type("Other", (), {}))


def replace_code(module):
    vars(module)[first_of(module, types.FunctionType)].__code__ = lie.__code__


def replace_a_class(module):
    setattr(module, first_of(module, type), type("Other", (), {}))


def replace_a_method(module):
    made, names = methods_of(module)
    setattr(made, names[-1], lie)


def hide_a_function(module):
    delattr(module, first_of(module, types.FunctionType))
    module.__getattr__ = lambda name: lie


def change_the_kind(module):
    module.__class__ = Liar


PATCHES = [
    replace_a_function,
    replace_a_function_by_a_class,
    replace_code,
    replace_a_class,
    replace_a_method,
    hide_a_function,
    change_the_kind,
]


@pytest.fixture
def module():
    """The laboratory, in a copy of its own."""
    made = types.ModuleType(NAME)
    exec(genuine.code_of(NAME), vars(made))
    return made


@pytest.mark.parametrize("patch", PATCHES)
def test_what_is_replaced_is_noticed(module, patch):
    assert genuine.is_genuine(NAME, module)
    patch(module)
    assert not genuine.is_genuine(NAME, module)


def test_another_module_is_noticed(monkeypatch, module):
    monkeypatch.setitem(sys.modules, NAME, types.SimpleNamespace(**vars(module)))
    assert NAME in genuine.changed()


def test_no_laboratory_looks_changed(code):
    """Not even one whose functions are decorated."""
    for number in range(11):
        getattr(code.labs, f"s{number:02d}")
    known = [name for name in sys.modules if name.startswith(genuine.WATCHED)]
    assert len(known) > 10
    assert genuine.changed() == []
