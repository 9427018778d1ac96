"""What a notebook has at hand: servers, experiments in a child process, plots, tables, recordings.

    from workbook import lesson

    lesson.place(4)                             the server as a drawing, with step 4 lit
    with lesson.serve("s04") as server: ...     a server in a child process, ended with the block
    lesson.run("print(1 + 1)", seconds=10)      Python in a child process, ended when time is up
    axes = lesson.plot("Title", x="threads", y="seconds")
    lesson.best(function, argument)             the least seconds of five calls
    lesson.table([[1, 2]], ["one", "two"])
    lesson.recorded("s02", "inline")            what redis-server says, and what yours says
    lesson.needs("9.6")                         ends the cell with a sentence if 9.6 is missing
    lesson.trace(5, "SET k v", "GET k")         how requests pass through your server, as a picture
    lesson.session(StoreSession(State()))       a session in which a missing exercise ends the cell

Everything started here ends when its cell fails or is interrupted, and with the kernel.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Sequence
from html import escape
from typing import Any

from workbook import catalogue, childhood, layers, replaying, unwritten, wire
from workbook import trace as tracer
from workbook.catalogue import ROOT
from workbook.patience import longest

GREY = "#808080"
"""Letters and lines of a plot: reads on a light ground and on a dark one."""

COLOURS = ("#e69f00", "#3f97d0", "#159a72", "#d55e00", "#cc79a7", "#8d8d8d")
"""Curves, after Okabe and Ito: told apart by every eye, light enough for dark, dark enough for light."""

MARKERS = ("o", "s", "^", "D", "v", "x")
"""So that no curve is told from another by colour alone."""


# ---------------------------------------------------------------- the drawing


def place(step: int) -> None:
    """Shows the whole server, with the layer of this step lit."""
    show({"image/svg+xml": layers.svg(step), "text/plain": layers.text(step)})


def show(forms: dict[str, str]) -> None:
    """Shows one thing in the forms that it has."""
    from IPython.display import display

    display(forms, raw=True)  # type: ignore[no-untyped-call, unused-ignore]


def needs(*exercises: str) -> None:
    """Ends a cell with a sentence if one of these has neither your code nor an answer.

    For cells in which a missing exercise would not fail, but make what they show wrong.
    """
    __tracebackhide__ = True
    for exercise in exercises:
        unwritten.need(catalogue.find(exercise))


def session(made: Any) -> Any:
    """The same session; a missing exercise ends the cell, instead of becoming an error reply."""
    usual = made.failure

    def failure(error: Exception, request: list[bytes]) -> Exception:
        if isinstance(error, NotImplementedError):
            raise error
        return usual(error, request)  # type: ignore[no-any-return]

    made.failure = failure
    return made


# ---------------------------------------------------------------- children


def serve(step: str | int, *arguments: str | int, timeout: float = longest()) -> childhood.Server:
    """`python -m steps.s04 serve` in a child process, ready for its first client.

    Use it in a `with`, or call `stop()` at the end. It runs in a folder of its own, `.folder`.
    """
    __tracebackhide__ = True
    return childhood.serve(step, *arguments, timeout=timeout)


def run(source: str, seconds: float = 10) -> None:
    """Runs Python in a child process in the repository, and prints what it prints.

    When the time is up it is ended, and where each of its threads stood is printed.
    """
    childhood.run(source, seconds)


def trace(step: int, *requests: str, cuts: Iterable[int] = (), journal: bool = False) -> None:
    """Shows the way of requests through the server of a step: each call, and whose function it is.

    `cuts` are the places at which the bytes of a request are cut; with `journal` the server keeps one.
    """
    __tracebackhide__ = True
    for piece in tracer.traced(step, requests, cuts=cuts, journal=journal):
        show({"image/svg+xml": tracer.as_svg(piece), "text/plain": tracer.as_text(piece)})


# ---------------------------------------------------------------- measuring


def best(function: Callable[..., object], *arguments: object, repeat: int = 5) -> float:
    """The least seconds of some calls: what the machine does besides only ever adds."""
    return min(_seconds(function, arguments) for _ in range(repeat))


def _seconds(function: Callable[..., object], arguments: Iterable[object]) -> float:
    begun = time.perf_counter()
    function(*arguments)
    return time.perf_counter() - begun


def plot(title: str, x: str, y: str) -> Any:
    """Matplotlib axes with a title and named axes (with their units), for light and dark pages.

    Curves come with markers; where there are many points, `axes.plot(..., marker="")` has none.
    """
    logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)  # of its first start
    from cycler import cycler
    from matplotlib import pyplot

    curves = cycler(color=COLOURS) + cycler(marker=MARKERS)
    pyplot.rcParams.update({**STYLE, "axes.prop_cycle": curves})
    _, axes = pyplot.subplots(figsize=(7, 3.8), dpi=110, layout="constrained")
    axes.set_title(title)
    axes.set_xlabel(x)
    axes.set_ylabel(y)
    return axes


STYLE: Any = {
    "figure.facecolor": "none",
    "savefig.facecolor": "none",
    "axes.facecolor": "none",
    "axes.edgecolor": GREY,
    "axes.labelcolor": GREY,
    "axes.titlecolor": GREY,
    "axes.titlelocation": "left",
    "axes.titleweight": "bold",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": GREY,
    "grid.alpha": 0.3,
    "legend.frameon": False,
    "text.color": GREY,
    # JupyterLab lays a ground of its own under a transparent plot, dark or light as the ticks are
    # light or dark; not where they are of both kinds, and these two lie on either side
    "xtick.color": "#7f7f7f",
    "ytick.color": "#808080",
    "font.size": 11,
}


# ---------------------------------------------------------------- tables


class Table:
    """Rows under a header, shown as a small table."""

    def __init__(self, rows: Iterable[Sequence[object]], header: Sequence[str]) -> None:
        self.header = list(map(str, header))
        self.rows = [list(map(str, row)) for row in rows]
        self.right = [
            all(isinstance(value, int | float) for value in column)
            for column in zip(*rows, strict=True)
        ]

    def __repr__(self) -> str:
        columns = list(zip(self.header, *self.rows, strict=True))
        wide = [max(map(len, column)) for column in columns]
        return "\n".join(
            "  ".join(self._padded(row, wide)).rstrip()
            for row in [self.header, ["-" * size for size in wide], *self.rows]
        )

    def _padded(self, row: Sequence[str], wide: Sequence[int]) -> list[str]:
        cells = zip(row, wide, self.right or [False] * len(row), strict=True)
        return [f"{text:>{size}}" if right else f"{text:<{size}}" for text, size, right in cells]

    def _repr_html_(self) -> str:
        head = self._html_row(self.header, "th")
        body = "".join(map(self._html_row, self.rows))
        return f"<table><thead>{head}</thead><tbody>{body}</tbody></table>"

    def _html_row(self, row: Sequence[str], cell: str = "td") -> str:
        cells = zip(row, self.right or [False] * len(row), strict=True)
        return (
            "<tr>"
            + "".join(
                f'<{cell} style="text-align: {"right" if right else "left"}">{escape(text)}</{cell}>'
                for text, right in cells
            )
            + "</tr>"
        )


def table(rows: Iterable[Sequence[object]], header: Sequence[str]) -> Table:
    """A table to be shown: make it the last line of a cell."""
    return Table(list(rows), header)


# ---------------------------------------------------------------- recordings


def recorded(step: str, name: str) -> None:
    """Shows what redis-server answered to a talk, and beside it what the server here answers.

    The talk stands in `tests/sNN_*/transcripts/NAME.txt`. What differs is marked. If an exercise is
    missing without which the server answers nothing, only the recording is shown.
    """
    __tracebackhide__ = True
    source = replaying.find(ROOT, step, name)
    remark = ""
    try:
        with serve(step, *source.options, timeout=replaying.PATIENCE) as server:
            talk = replaying.play(source, server.client)
        if not any(row.same for row in talk):
            remark = unwritten.told("\n".join(line for row in talk for line in row.came))
    except (wire.WireFailure, unwritten.Unwritten) as failure:
        remark = unwritten.sentence(failure)
        if not remark:
            raise
    if remark:
        talk, remark = replaying.unplayed(source), f"The server here cannot answer yet: {remark}"
    show(replaying.shown(source, talk, remark))
