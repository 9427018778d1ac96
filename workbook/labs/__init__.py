"""Laboratories: one module per step in which tests and lessons watch the server at work.

A lab is a pair of tongs: it calls the code of a step under conditions that show what a reader or a
test wants to see (a thread stopped between two lines, a disk that loses power, a clock turned by
hand) and returns plain values. Tests reach a lab as `code.labs.s04`, lessons import it as
`workbook.labs.s04`. No server loads one, and nothing in `steps/` imports one.
"""

from __future__ import annotations


def module_of(name: str) -> str:
    """The module that a test means: `steps.s04` by `s04`, `workbook.labs.s04` by `labs.s04`."""
    return f"workbook.{name}" if name.startswith("labs.") else f"steps.{name}"
