"""The pictures of the lessons: drawn from data, the same in words, and read on light and on dark."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from itertools import product
from types import SimpleNamespace

import pytest

from workbook import layers, magics, picture
from workbook.labs import pictures
from workbook.labs.pictures import Cells
from workbook.picture import BUILT, FRAME, LIT, TO_COME, Picture

ONE = bytearray(b"corfu")

BOARD = SimpleNamespace(scores={b"ann": 7.0, b"bob": 3.0}, order=[(3.0, b"bob"), (7.0, b"ann")])

DRAWN = {
    "cells": pictures.cells(
        "Bytes", [Cells("0", [(b"$2\r\n", LIT), (b"<\xff\r\n", BUILT)], "two")]
    ),
    "names": pictures.names(a=ONE, b=ONE, c=b"<"),
    "listening": pictures.listening({"ann": b"I am ann"}, {"bob": b"I am bob", "eve": b""}),
    "lanes": pictures.lanes("Two", ["ann", "bob"], [{"ann": "reads"}, {"bob": "b", "ann": "a"}]),
    "circle": pictures.circle([("ann", "fork", "knife"), ("bob", "knife", "fork")]),
    "columns": pictures.columns("Way", [("class", ["key = Key()"]), ("run", ["b'<'", "done"])]),
    "sorted_set": pictures.sorted_set(BOARD),
}


@pytest.fixture(params=DRAWN)
def drawn(request) -> Picture:
    return DRAWN[request.param]


def parts(drawing: Picture, name: str) -> Iterator[ElementTree.Element]:
    """The elements of this kind."""
    return ElementTree.fromstring(drawing.svg()).iter(f"{{http://www.w3.org/2000/svg}}{name}")


def letters(drawing: Picture) -> list[str]:
    """All that is to be read in it, in its order."""
    return [one.text or "" for one in parts(drawing, "text")]


def test_it_says_in_words_what_it_shows(drawn):
    [title], [described] = parts(drawn, "title"), parts(drawn, "desc")
    assert title.text == drawn.title
    assert described.text.splitlines() == drawn.lines
    assert drawn.text().splitlines() == drawn.lines
    assert all(drawn.lines)


def test_nothing_of_it_is_cut_off(drawn):
    root = ElementTree.fromstring(drawn.svg())
    left, top, width, height = map(float, root.get("viewBox").split())
    for one in parts(drawn, "rect"):
        x, y, wide, high = (float(one.get(name)) for name in ("x", "y", "width", "height"))
        assert left <= x < x + wide <= left + width
        assert top <= y < y + high <= top + height
    for one in parts(drawn, "text"):
        assert left <= float(one.get("x")) <= left + width
        assert top <= float(one.get("y")) <= top + height


def test_the_letters_of_a_box_fit_into_it(drawn):
    boxes = [one for one in parts(drawn, "rect") if one.get("fill") != "none"]
    inside = [one for one in parts(drawn, "text") if one.get("fill") != picture.GREY]
    assert len(boxes) == len(inside) > 0
    for box, text in zip(boxes, inside, strict=True):
        assert len(text.text) * picture.LETTER <= float(box.get("width"))


PAGES = "#ffffff", "#111111"
TONES = [*magics.TONES.values(), magics.GREY, picture.GREY]


@pytest.mark.parametrize(
    ("ground", "written"), [LIT, BUILT, TO_COME, *product(PAGES, dict.fromkeys(TONES))]
)
def test_every_tone_reads_on_light_and_on_dark(ground, written):
    """Contrast as WCAG counts it; 3 is what it asks of large letters and of signs."""

    def light(colour: str) -> float:
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    one, other = sorted((light(ground) + 0.05, light(written) + 0.05))
    assert other / one > 3.5


def test_the_colours_are_those_of_the_layers():
    assert (LIT, BUILT, TO_COME) == (layers.LIT, layers.BUILT, layers.TO_COME)
    assert FRAME == ("none", picture.GREY)


def test_a_notebook_shows_the_picture_and_then_its_words(drawn, monkeypatch):
    shown = []
    monkeypatch.setattr("IPython.display.display", lambda forms, raw: shown.append(forms))
    drawn._ipython_display_()
    assert [set(forms) for forms in shown] == [
        {"image/svg+xml", "text/plain"},
        {"text/html", "text/plain"},
    ]
    [picture, words] = shown
    assert (picture["image/svg+xml"], picture["text/plain"]) == (drawn.svg(), drawn.title)
    folded = ElementTree.fromstring(words["text/html"])
    assert "".join(folded.find("pre").itertext()) == words["text/plain"] == drawn.text()


# ---------------------------------------------------------------- what each is about


def test_each_byte_has_a_box_and_all_are_told():
    assert letters(DRAWN["cells"])[:6] == ["0", "$", "2", "\\r", "\\n", "<"]
    assert DRAWN["cells"].lines == [r"0  '$2\r\n' '<\xff\r\n'  two"]


def test_one_object_is_drawn_once():
    assert letters(DRAWN["names"]) == ["bytearray(b'corfu')", "b'<'", "a", "b", "c"]
    assert len(list(parts(DRAWN["names"], "path"))) == 1 + 3  # the tip of arrows, and three arrows


def test_only_the_first_in_the_queue_is_next():
    assert letters(DRAWN["listening"]).count("listener.accept()") == 1
    assert DRAWN["listening"].lines[1] == (
        "bob is connected, number 1 in the queue; the kernel keeps b'I am bob'"
    )


def test_a_circle_comes_back_to_where_it_began():
    assert DRAWN["circle"].lines == [
        "ann waits for knife, which is held by bob",
        "bob waits for fork, which is held by ann",
    ]
    assert pictures.circle([]).title == "Nobody waits for anybody"


def test_what_happens_in_one_row_is_told_in_the_order_of_the_lanes():
    assert DRAWN["lanes"].lines == [" 1  ann: reads", " 2  ann: a; bob: b"]


def test_a_member_is_tied_to_its_place_in_the_order():
    assert DRAWN["sorted_set"].lines == [
        "scores has b'ann': 7; order has it at 1",
        "scores has b'bob': 3; order has it at 0",
    ]
