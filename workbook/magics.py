"""What `%load_ext workbook` brings into a notebook: `%check 4.2`, `%hint 4.2`, and fresh steps.

A check runs in a child process, as `python checker.py 4.2` would, and what that prints is shown in
place: the same words, as HTML with its colours. Nothing of the learner's is run in the kernel by
it.

A cell that comes to an exercise which nobody has written says so in two sentences, in place of a
traceback.

Before each cell, modules of `steps` whose files have changed are imported afresh, and the names
that came from them stand for what is there now (see `workbook.fresh`).
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator, Sequence
from html import escape
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple

from workbook import calls, judging, unwritten
from workbook.catalogue import ROOT
from workbook.explaining import SIGNS
from workbook.fresh import Fresh

PATIENCE = 5.0
"""Seconds that an interrupted check gets to end what it has started."""


def load(shell: Any) -> None:
    """Registers the magics and the hook; a second time does no harm."""
    sys.path[:] = dict.fromkeys(
        [str(ROOT) if path and Path(path).resolve() == ROOT else path for path in sys.path]
    )
    shell.register_magic_function(check, "line", "check")
    shell.register_magic_function(hint, "line", "hint")
    shell.set_custom_exc(TOLD, told)
    for known in shell.events.callbacks["pre_run_cell"]:
        if isinstance(getattr(known, "__self__", None), Fresh):
            return
    fresh = Fresh(shell)
    shell.events.register("pre_run_cell", fresh.before_cell)
    shell.events.register("post_run_cell", fresh.after_cell)


def told(
    shell: Any,
    kind: type[BaseException],
    error: BaseException,
    trace: TracebackType | None,
    tb_offset: int | None = None,
) -> None:
    """Shows an exception of a cell: an exercise that is missing in two sentences, others as ever."""
    if missing := unwritten.sentence(error):
        said = f"{missing}\n{WRITE_IT}" if unwritten.holds(missing) else MAKE_IT_AGAIN
    elif isinstance(error, NameError) and (missing := NOT_MADE.get(error.name or "", "")):
        what = missing if unwritten.holds(missing) else RUN_IT_AGAIN
        said = f"`{error.name}` is made by a cell above, which did not get that far.\n{what}"
    else:
        said = ""
    NOT_MADE.update(dict.fromkeys(unwritten.names_made(shell.user_ns["In"][-1]), missing))
    if said:
        shell._showtraceback(kind, error, [said])
    else:
        shell.showtraceback((kind, error, trace), tb_offset=tb_offset)


TOLD = (Exception, BaseExceptionGroup)
"""Exceptions that an exercise may cause by its absence: whatever a lab makes of it."""

NOT_MADE: dict[str, str] = {}
"""The names that a failed cell would have made, and the sentence with which it failed, or none."""

WRITE_IT = "This cell needs it. Write it when you come to it, then run the cell again."
RUN_IT_AGAIN = "Run that one again, now that you have written what it needs."
MAKE_IT_AGAIN = (
    "This cell uses something that was made before you wrote an exercise.\n"
    "Run the cells above it again (in the menu: Run, Run All Above Selected Cell), and then this one."
)


# ---------------------------------------------------------------- the magics


def check(line: str) -> None:
    """`%check 4.2`, `%check 4`: checks an exercise or a step; without a number, the map."""
    words = shlex.split(line)
    show(*checker(["check", *words] if words else []))


def hint(line: str) -> None:
    """`%hint 4.2`: the next hint; `%hint 4.2 --all`: all of them."""
    show(*checker(["hint", *shlex.split(line)]))


class Outcome(NamedTuple):
    """What a call of the checker came to: its exit code, and what it printed, with colours."""

    code: int
    text: str


def checker(words: Sequence[str], root: Path = ROOT) -> Outcome:
    """Runs `python checker.py` in a child; an interrupt of the cell ends it."""
    with subprocess.Popen(
        [sys.executable, str(root / "checker.py"), *words],
        cwd=root,
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
    ) as child:
        try:
            text, _ = child.communicate()
        except BaseException:
            end(child)
            raise
    return Outcome(child.returncode, text)


def end(child: subprocess.Popen[str]) -> None:
    """Lets a check end its own children, and ends it if it does not."""
    if os.name != "nt":
        child.terminate()
    try:
        child.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        child.kill()


def environment() -> dict[str, str]:
    """That of the kernel, with colours, and without what a run of pytest around it has set."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name != "NO_COLOR" and not name.startswith("PYTEST_")
    }
    return {**kept, "FORCE_COLOR": "1", "PYTHONIOENCODING": "utf-8"}


# ---------------------------------------------------------------- what is shown

TONES = {"31": "#d1242f", "32": "#1a8a3c", "33": "#9a6f00", "36": "#1b7f9e"}
"""The colours of `workbook.page`, in tones that read on a light ground and on a dark one."""

GREY = "#808080"

PLACE = re.compile(r"\b((?:steps|solutions|tests)/[\w./-]+\.(?:py|txt)):(\d+)")
"""A file of the repository, and the number of a line."""

MAGICS = (
    (re.compile(r"python checker\.py hint (\d+\.\d+|[a-z]+\.\d+)"), r"%hint \1"),
    (re.compile(r"python checker\.py (\d+(?:\.\d+)?\b|[a-z]+\.\d+\b)"), r"%check \1"),
)
"""Commands that a notebook has an own way to give."""


def show(code: int, text: str) -> None:
    """Shows what the checker printed."""
    from IPython.display import display

    for command, magic in MAGICS:
        text = command.sub(magic, text)
    text = text.strip("\n")
    display(  # type: ignore[no-untyped-call, unused-ignore]
        {"text/html": as_html(code, text), "text/plain": without_colours(text)}, raw=True
    )


def without_colours(text: str) -> str:
    """The text alone."""
    return re.sub(r"\x1b\[[\d;]*m", "", text)


def as_html(code: int, text: str) -> str:
    """The text with its colours, beside an edge in that of the verdict; all else is escaped."""
    frame = f"border-left: 4px solid {edge(code, text)}; padding: 2px 0 2px 12px; overflow-x: auto"
    return (
        f'<div style="{frame}">'
        '<pre style="margin: 0; background: transparent; color: inherit; line-height: 1.35">'
        f"{''.join(spans(text))}</pre></div>"
    )


def edge(code: int, text: str) -> str:
    """The colour of the worst verdict in the text; where it has none, and no trouble, grey."""
    if code not in (calls.SOLVED, calls.UNSOLVED):
        return TONES["33"]
    if SIGNS[judging.WRONG][0] in text:
        return TONES["31"]
    return TONES["32"] if code == calls.SOLVED and SIGNS[judging.SOLVED][0] in text else GREY


def spans(text: str) -> Iterator[str]:
    """The text piece by piece, each in the colours that are on."""
    on: list[str] = []
    for piece in re.split(r"(\x1b\[[\d;]*m)", text):
        if found := re.fullmatch(r"\x1b\[([\d;]*)m", piece):
            codes = [one for one in found[1].split(";") if one not in ("", "0")]
            on = [*on, *codes] if codes else []
        elif piece:
            style = "; ".join(filter(None, map(styled, on)))
            inner = linked(piece)
            yield f'<span style="{style}">{inner}</span>' if style else inner


def styled(code: str) -> str:
    """The style for one code of a terminal."""
    if code == "1":
        return "font-weight: bold"
    if code == "2":
        return "opacity: 0.75"
    return f"color: {TONES[code]}" if code in TONES else ""


def linked(text: str) -> str:
    """The text, escaped, with a link to each file that it names a line of."""
    pieces, at = [], 0
    for found in PLACE.finditer(text):
        # JupyterLab opens its editor at that line, and counts from 0
        href = f"../{escape(found[1])}#line={int(found[2]) - 1}"
        link = f'<a href="{href}">{escape(found[0])}</a>'
        pieces += [escape(text[at : found.start()]), link]
        at = found.end()
    return "".join([*pieces, escape(text[at:])])
