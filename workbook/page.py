"""What a terminal can show: colour and signs where it has them, plain text where not."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import sys
import textwrap
from typing import TextIO

NARROW = 80
"""Columns that are always enough: what is printed fits in them, whatever the terminal has."""

COLOURS = {"red": "31", "green": "32", "yellow": "33", "cyan": "36", "bold": "1", "dim": "2"}

PLAIN = {
    "✓": "+",
    "✗": "x",
    "●": "#",
    "◐": "~",
    "◕": "=",
    "○": "o",
    "·": ".",
    "–": "-",
    "…": "...",
    "┊": "|",
    "×": "x",
    "→": "->",
}
"""What stands for a sign where the encoding does not have it."""


class Page:
    """A stream, and what it can show."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self.stream = stream or sys.stdout
        self.terminal = _is_terminal(self.stream)
        self.colour = _has_colour(self.stream)
        self.signs = _has_signs(self.stream)

    def put(self, text: str = "") -> None:
        """Prints a line or several."""
        print(self.plain(text), file=self.stream)

    def plain(self, text: str) -> str:
        """The text in signs that the stream has."""
        if self.signs:
            return text
        return "".join(PLAIN.get(sign, sign) for sign in text)

    def paint(self, text: str, *names: str) -> str:
        """The text in a colour, where there are colours."""
        if not self.colour or not text:
            return text
        return f"\x1b[{';'.join(COLOURS[name] for name in names)}m{text}\x1b[0m"


def _is_terminal(stream: TextIO) -> bool:
    with contextlib.suppress(Exception):
        return stream.isatty()
    return False


def _has_colour(stream: TextIO) -> bool:
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    if not _is_terminal(stream) or os.environ.get("TERM") == "dumb":
        return False
    return os.name != "nt" or _windows_understands()


def _windows_understands() -> bool:
    """Switches on the escape sequences of a Windows console; those before Windows 10 have none."""
    with contextlib.suppress(Exception):
        import ctypes

        kernel = ctypes.windll.kernel32  # type: ignore[attr-defined, unused-ignore]
        handle = kernel.GetStdHandle(-11)
        mode = ctypes.c_ulong()
        return bool(
            kernel.GetConsoleMode(handle, ctypes.byref(mode))
            and kernel.SetConsoleMode(handle, mode.value | 4)
        )
    return False


def _has_signs(stream: TextIO) -> bool:
    try:
        "".join(PLAIN).encode(getattr(stream, "encoding", None) or "utf-8")
    except (UnicodeError, LookupError):
        return False
    return True


def width() -> int:
    """Columns to fill: those of the terminal, but no fewer than 60 and no more than 100."""
    if not _is_terminal(sys.stdout):
        return NARROW
    return min(100, max(60, shutil.get_terminal_size((NARROW, 24)).columns))


UNSEEN = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e"
    r"\u2060-\u206f\ud800-\udfff\ufeff\ufff9-\ufffb\ufffe\uffff\U000e0000-\U000e007f]"
)
"""What steers a terminal, turns the direction of writing, cannot be seen, or is not a character at
all.
"""


def harmless(text: str) -> str:
    """A learner's output without power over who reads it: control characters become visible."""
    return UNSEEN.sub(_escaped, text)


def _escaped(found: re.Match[str]) -> str:
    code = ord(found[0])
    return f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}"


def wrapped(text: str, columns: int) -> list[str]:
    """A paragraph in lines."""
    return textwrap.wrap(text, columns, break_on_hyphens=False) or [""]
