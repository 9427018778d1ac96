"""A drawing of boxes, words and arrows, made by code from data, with a description in words.

    picture = Picture("Two names for one object")
    picture.word(0, 0, "a")
    picture.arrow((12, 0), (76, 0))
    picture.box(80, 0, "bytearray(b'one')", LIT)
    picture.say("a → bytearray(b'one')")

A position is the middle of the left edge of what is there. Each box has its own background, and
everything else is grey, so that a picture is readable on a light page and on a dark one.
`say` adds a line to the text for those who cannot see it.
"""

from __future__ import annotations

from html import escape
from typing import TypeAlias

from workbook.layers import BUILT, LIT, TO_COME

__all__ = ["BUILT", "FRAME", "LIT", "TO_COME", "Picture", "Tone", "width_of"]

Point: TypeAlias = tuple[float, float]
Tone: TypeAlias = tuple[str, str]
"""The ground and the letters of a box."""

GREY = "#808080"
FRAME: Tone = ("none", GREY)
"""A box around others: an edge alone."""

LETTER = 8
"""How wide a letter is taken to be. All have the same width."""

HEIGHT = 26
EDGE = 2
"""What is left free around the whole."""

ARROW = (
    '<defs><marker id="tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" '
    f'orient="auto-start-reverse"><path d="M0 0L8 4L0 8z" fill="{GREY}"/></marker></defs>'
)


def width_of(text: str) -> int:
    """How wide a box has to be for this text."""
    return LETTER * len(text) + 14


class Picture:
    """Shapes at places, in pixels, and lines of text that say the same."""

    def __init__(self, title: str) -> None:
        self.title = title
        self.shapes: list[str] = []
        self.lines: list[str] = []
        self.right = self.bottom = 0.0

    def say(self, line: str) -> None:
        """Adds a line to the text."""
        self.lines.append(line)

    def word(
        self, x: float, y: float, text: str, *, anchor: str = "start", bold: bool = False
    ) -> None:
        """Letters on the ground of the page; `anchor` says which part of them is at x."""
        width = LETTER * len(text)
        ends = {"start": width, "middle": width / 2, "end": 0}
        self._reach(x + ends[anchor], y + HEIGHT / 2)
        weight = ' font-weight="bold"' if bold else ""
        self.shapes.append(
            f'<text x="{x:g}" y="{y + 4.5:g}" text-anchor="{anchor}" fill="{GREY}"{weight}>'
            f"{escape(text)}</text>"
        )

    def box(
        self,
        x: float,
        y: float,
        text: str,
        tone: Tone = TO_COME,
        *,
        width: float | None = None,
        height: float = HEIGHT,
    ) -> float:
        """A box with letters in it; returns where it ends at the right."""
        ground, letters = tone
        width = width_of(text) if width is None else width
        self._reach(x + width, y + height / 2)
        edge = f' stroke="{GREY}" stroke-dasharray="4 3"' if tone == FRAME else ""
        self.shapes.append(
            f'<rect x="{x:g}" y="{y - height / 2:g}" width="{width:g}" height="{height:g}" rx="4" '
            f'fill="{ground}"{edge}/>'
        )
        if text:
            self.shapes.append(
                f'<text x="{x + width / 2:g}" y="{y + 4.5:g}" text-anchor="middle" '
                f'fill="{letters}">{escape(text)}</text>'
            )
        return x + width

    def arrow(self, start: Point, end: Point, *, tip: bool = True) -> None:
        """A line with a tip, or without."""
        self._reach(*start)
        self._reach(*end)
        head = ' marker-end="url(#tip)"' if tip else ""
        self.shapes.append(
            f'<path d="M{start[0]:g} {start[1]:g}L{end[0]:g} {end[1]:g}" fill="none" '
            f'stroke="{GREY}" stroke-width="1.5"{head}/>'
        )

    def _reach(self, x: float, y: float) -> None:
        self.right, self.bottom = max(self.right, x), max(self.bottom, y)

    # ------------------------------------------------------------ the forms that it has

    def svg(self) -> str:
        """The drawing. Places begin at the middle of the first row."""
        top = HEIGHT / 2 + EDGE
        width, height = self.right + 2 * EDGE, self.bottom + top + EDGE
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" role="img" width="{width:g}" '
            f'height="{height:g}" viewBox="{-EDGE} {-top:g} {width:g} {height:g}" '
            'font-family="monospace" font-size="13">\n'
            f"<title>{escape(self.title)}</title>\n<desc>{escape(self.text())}</desc>\n"
            + "\n".join([ARROW, *self.shapes])
            + "\n</svg>"
        )

    def text(self) -> str:
        """The same in words."""
        return "\n".join(self.lines)

    def words(self) -> str:
        """The same in words, folded: no viewer of notebooks reads out what is in a drawing."""
        return (
            "<details><summary>The picture in words</summary>"
            f"<pre>{escape(self.text())}</pre></details>"
        )

    def _ipython_display_(self) -> None:
        """What a notebook shows where a cell ends with a picture."""
        from IPython.display import display

        for forms in (
            {"image/svg+xml": self.svg(), "text/plain": self.title},
            {"text/html": self.words(), "text/plain": self.text()},
        ):
            display(forms, raw=True)  # type: ignore[no-untyped-call, unused-ignore]
