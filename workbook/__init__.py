"""The machinery behind the workbook: how answers fill the holes, where things are, what is solved.

Whatever is started, the server, the checker or a lesson, imports this package first. So this file
says which Python the workbook needs. It, `checker.py` and `steps/__init__.py` stay readable for
Pythons that are too old: no annotations from `__future__`, no f-strings, nothing newer.
"""

import sys


def refuse(text):  # type: (str) -> None
    """Ends the program with a sentence; where somebody types at a prompt, ends the import only."""
    if hasattr(sys, "ps1"):
        raise ImportError(text)
    sys.stderr.write(text + "\n")
    sys.exit(2)


if sys.version_info < (3, 11):  # noqa: UP036
    running = ".".join(map(str, sys.version_info[:2]))
    refuse("This workbook needs Python 3.11 or newer; this is " + running + ".")

from workbook import hidden  # noqa: E402

sentences = hidden.sentences(sys.path)
if sentences:
    refuse("\n".join(sentences))


def load_ipython_extension(shell):  # type: (object) -> None
    """`%load_ext workbook`: see `workbook.magics`, which only a notebook has to wait for."""
    from workbook import magics

    magics.load(shell)
