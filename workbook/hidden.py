"""Finds files that hide a module: a `socket.py` beside `checker.py` would be taken for Python's own.

Python looks for a module in the folders of `sys.path` in turn, and that of the program comes first.
So this looks before anything else is imported, and itself imports only what no file can hide.
"""

import _imp
import os
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

SUFFIXES = (*_imp.extension_suffixes(), ".pyc", ".py")

UNUSED = {"__hello__", "__phello__", "antigravity", "idlelib", "lib2to3", "test", "this", "turtle"}
"""Modules of Python's that no program imports by the way. A `test.py` of the learner's may stay."""

PYTHONS = sys.stdlib_module_names - UNUSED - set(sys.builtin_module_names)
"""Those that a file can hide; what is built in or frozen comes before all files."""

PACKAGES = {
    *("_pytest", "pytest", "pytest_timeout", "pluggy", "iniconfig", "packaging", "pygments", "pip"),
    *("redis", "rich", "hypothesis", "matplotlib", "watchfiles"),
    *("IPython", "ipykernel", "jupyterlab", "nbval"),
}
"""What checks, tests and lessons import besides. A `redis.py` is soon made, and hides redis-py."""


def sentences(path: list[str]) -> list[str]:
    """For each file that hides a module: which it is, which module, and what to do."""
    library = os.path.realpath(os.path.dirname(os.__file__))
    said: list[str] = []
    for folder in dict.fromkeys(path):
        if os.path.realpath(folder or os.curdir) == library:
            break
        said += [
            _sentence(os.path.abspath(folder) if folder else "this folder", *found)
            for found in _hiding(folder or os.curdir)
        ]
    return said


def _sentence(folder: str, file: str, name: str) -> str:
    whose = "Python's own module" if name in sys.stdlib_module_names else "the package"
    return (
        f"{file} in {folder} hides {whose} {name}, which this workbook needs. "
        f"Rename it, for example to my_{file}, and run this again."
    )


def _hiding(folder: str) -> list[tuple[str, str]]:
    """The files of a folder that hide a module, each with the module's name."""
    try:
        files = sorted(os.listdir(folder))
    except OSError:  # a zip file, or no folder at all
        return []
    own = os.path.join(folder, "").startswith(os.path.join(ROOT, ""))
    wanted = PYTHONS | PACKAGES if own else PYTHONS
    modules = [(file, _module(folder, file)) for file in files]
    return [(file, name) for file, name in modules if name in wanted and not _imp.is_frozen(name)]


def _module(folder: str, file: str) -> str:
    """The module that a file or folder is; "" if it is none."""
    for suffix in SUFFIXES:
        if file.endswith(suffix):
            return file.removesuffix(suffix)
    return file if os.path.isfile(os.path.join(folder, file, "__init__.py")) else ""
