"""The layers of the server: one table, drawn as text for README.md and as SVG for the notebooks."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from itertools import groupby
from typing import NamedTuple


class Layer(NamedTuple):
    """One layer: the step that adds it, what it adds, and the floor on which it lies.

    Layers of one floor lie on each other without a line between them.
    """

    step: int
    adds: str
    floor: str


TABLE = (
    Layer(10, "asyncio: one thread, all clients · pub/sub · MULTI · BLPOP", "the event loop"),
    Layer(9, "errors, logs, signals, a clean end", "fit for service"),
    Layer(8, "tests that catch bugs · the fast parser", "fit for service"),
    Layer(7, "time to live · snapshots (RDB) · append-only file", "commands and data"),
    Layer(6, "lists, sets, hashes, sorted sets", "commands and data"),
    Layer(5, "one class per command: registry, arguments, COMMAND", "commands and data"),
    Layer(4, "threads: the pool, the locks", "the core"),
    Layer(3, "the store · a session: bytes in, bytes out", "the core"),
    Layer(2, "RESP: values to bytes, a stream to requests", "the core"),
    Layer(1, "a socket that listens · the command line of every step", "the core"),
)
"""From the top to the bottom."""

WARM_UP = Layer(0, "to warm up: a calculator, a to-do list", "beside the server")
"""Step 0, which is not part of the server: it is drawn by itself, and only there."""

# ---------------------------------------------------------------- as text

INSIDE = 62
MARGIN = 17


def text(lit: int | None = None) -> str:
    """The drawing in characters; the layer of step `lit` has an arrow."""
    rule = "─" * INSIDE
    rows = [f"{'':{MARGIN}}┌{rule}┐"]
    for number, floor in enumerate(floors(lit)):
        rows += [f"{'':{MARGIN}}├{rule}┤"] if number else []
        rows += [_row(layer, lit) for layer in floor]
    return "\n".join([*rows, f"{'':{MARGIN}}└{rule}┘"])


def floors(lit: int | None) -> Iterator[list[Layer]]:
    """The layers, floor by floor."""
    table = (*TABLE, WARM_UP) if lit == WARM_UP.step else TABLE
    for _, layers in groupby(table, lambda layer: layer.floor):
        yield list(layers)


def _row(layer: Layer, lit: int | None) -> str:
    name = f"{'→' if layer.step == lit else ' '} step {layer.step}"
    return f"{name:<{MARGIN}}│  {layer.adds:<{INSIDE - 2}}│"


# ---------------------------------------------------------------- as SVG

WIDTH = 640
HEIGHT = 30
GAP = 4
FLOOR_GAP = 10

LIT = "#e69f00", "#000000"
"""Ground and letters of the layer that this step adds."""
BUILT = "#2f5d7c", "#ffffff"
"""Of those below it."""
TO_COME = "#8a8f94", "#000000"
"""Of those above it. Each box brings its own ground: so all reads on light and on dark pages."""


def svg(lit: int) -> str:
    """The drawing of the whole server, in which the layer of step `lit` is lit."""
    top, boxes = 0, []
    for floor in floors(lit):
        for layer in floor:
            boxes.append(_box(layer, lit, top))
            top += HEIGHT + GAP
        top += FLOOR_GAP - GAP
    height = top - FLOOR_GAP
    title, described = f"The ten layers of the server, step {lit}", description(lit)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" width="{WIDTH}" height="{height}" '
        f'viewBox="0 0 {WIDTH} {height}" font-family="system-ui, sans-serif" font-size="14">\n'
        f"<title>{escape(title)}</title>\n<desc>{escape(described)}</desc>\n"
        + "\n".join(boxes)
        + "\n</svg>"
    )


def description(lit: int) -> str:
    """The drawing in words, for who cannot see it."""
    here = next((layer for layer in TABLE if layer.step == lit), None)
    if here is None:
        return f"Ten layers lie on each other, none of them built yet. Step 0: {WARM_UP.adds}."
    below = f"on top of steps 1 to {lit - 1}" if lit > 2 else "on top of step 1" if lit > 1 else ""
    above = f"steps {lit + 1} to 10 are still to come" if lit < 10 else "and the server is whole"
    words = filter(None, [f"Step {lit} adds: {here.adds}", below, above])
    return ", ".join(words) + "."


def _box(layer: Layer, lit: int, top: int) -> str:
    ground, letters = LIT if layer.step == lit else BUILT if layer.step < lit else TO_COME
    weight = ' font-weight="bold"' if layer.step == lit else ""
    baseline = top + HEIGHT // 2 + 5
    return (
        f'<rect x="0" y="{top}" width="{WIDTH}" height="{HEIGHT}" rx="4" fill="{ground}"/>'
        f'<text x="34" y="{baseline}" text-anchor="end" fill="{letters}"{weight}>{layer.step}</text>'
        f'<text x="52" y="{baseline}" fill="{letters}"{weight}>{escape(layer.adds)}</text>'
    )
