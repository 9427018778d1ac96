"""The pictures of the lessons. Each is drawn from data, which a lesson takes from the running code.

pictures.cells(title, lab.parts(data))          bytes in boxes, and what each part of them means
pictures.names(a=a, b=b)                        names, and the objects that they lead to
pictures.listening(*lab.at_the_port(...))       who was accepted, and who waits in the kernel
pictures.lanes(title, names, rows)              who does what, one row after the other
pictures.circle(lab.caught(...))                who holds what, and who waits for it
pictures.columns(title, lab.way(request))       boxes that lead to each other
pictures.sorted_set(board)                      the two structures, and what they share
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import cos, pi, sin
from typing import NamedTuple, Protocol

from workbook.picture import BUILT, FRAME, LETTER, LIT, TO_COME, Picture, Tone, width_of

ROW = 40
CELL = 20

WIDEST = 760
"""As wide as a page is beside which an editor is open: what stands to the right is cut off there."""


# ---------------------------------------------------------------- bytes


class Cells(NamedTuple):
    """A row of bytes: what stands before them, their parts with their tones, what stands after."""

    before: str
    parts: Sequence[tuple[bytes, Tone]]
    after: str


def cells(title: str, rows: Sequence[Cells]) -> Picture:
    """Each byte in a box of its own, in the colour of its part."""
    picture = Picture(title)
    left = max(width_of(row.before) for row in rows)
    end = left + 10 + CELL * max(sum(len(part) for part, _ in row.parts) for row in rows)
    beside = end + max(LETTER * len(row.after) for row in rows) <= WIDEST
    for number, row in enumerate(rows):
        y, x = number * ROW * (1 if beside else 1.5), left
        picture.word(0, y, row.before)
        for part, tone in row.parts:
            for byte in part:
                picture.box(x + 1, y, letter(byte), tone, width=CELL - 2)
                x += CELL
        picture.word(*((end, y) if beside else (left, y + ROW / 2 + 4)), row.after)
        shown = " ".join(repr(part)[1:] for part, _ in row.parts if part)
        picture.say(f"{row.before}  {shown}  {row.after}".strip())
    return picture


def letter(byte: int) -> str:
    """A byte as it is shown in its box."""
    return chr(byte) if 32 < byte < 127 else repr(bytes([byte]))[2:-1].replace("\\x", "")


# ---------------------------------------------------------------- names


def names(**named: object) -> Picture:
    """Each name with an arrow to its object; what is one object is drawn once."""
    objects = {id(value): value for value in named.values()}
    one = "one object" if len(objects) == 1 else f"{len(objects)} objects"
    picture = Picture(f"{len(named)} names, {one}")
    left = max(map(width_of, named))
    place = dict.fromkeys(objects, 0.0)
    for key in objects:
        rows = [at for at, value in enumerate(named.values()) if id(value) == key]
        place[key] = sum(rows) / len(rows) * ROW
        picture.box(left + 90, place[key], repr(objects[key]), LIT if len(rows) > 1 else TO_COME)
    for at, (name, value) in enumerate(named.items()):
        picture.box(0, at * ROW, name, BUILT, width=left)
        picture.arrow((left + 4, at * ROW), (left + 86, place[id(value)]))
        others = [other for other in named if named[other] is value and other != name]
        same = f", the same object as {', '.join(others)}" if others else ""
        picture.say(f"{name} → {value!r}{same}")
    return picture


# ---------------------------------------------------------------- a port


def listening(served: Mapping[str, bytes], waiting: Mapping[str, bytes]) -> Picture:
    """Clients at the left, the kernel in the middle, the process of the server at the right.

    `served` are clients that `accept` has returned, `waiting` those in the queue, in its order; with
    each the bytes that the kernel keeps for it.
    """
    picture = Picture("A listening socket, its queue, and a connection")
    x, right, half = 110, 460, ROW / 2
    rows = [*served, *waiting]
    tall = len(rows) * ROW
    picture.word(0, 0, "clients", bold=True)
    picture.word(x + 12, 0, "the kernel", bold=True)
    picture.word(right + 60, 0, "the server's process", bold=True)
    picture.box(x, half + tall / 2 + 4, "", FRAME, width=right - x, height=tall + 8)
    for number, name in enumerate(rows, 1):
        y = number * ROW
        picture.box(0, y, name, BUILT, width=60)
        picture.arrow((64, y), (x + 8, y))
        data = {**served, **waiting}[name]
        if name in served:
            picture.box(x + 12, y, f"connection: {data!r}", LIT, width=right - x - 24)
            picture.arrow((right - 8, y), (right + 56, y))
            picture.box(right + 60, y, "connection.recv()", LIT, width=160)
            picture.say(f"{name} is connected and accepted; for recv, the kernel keeps {data!r}")
            continue
        place = number - len(served)
        picture.box(
            x + 12, y, f"listener's queue, {place}: {data!r}", TO_COME, width=right - x - 24
        )
        picture.say(f"{name} is connected, number {place} in the queue; the kernel keeps {data!r}")
        if place == 1:
            picture.arrow((right - 8, y), (right + 56, y))
            picture.box(right + 60, y, "listener.accept()", TO_COME, width=160)
            picture.say(f"The listening socket gives {name} to the next accept.")
    return picture


# ---------------------------------------------------------------- one after another


def lanes(title: str, who: Sequence[str], rows: Sequence[Mapping[str, str]]) -> Picture:
    """A lane for each of `who`; in each row, what some of them do."""
    picture = Picture(title)
    wide = {
        name: max(width_of(text) for text in [name, *(row.get(name, "") for row in rows)]) + 8
        for name in who
    }
    left = {name: 22 + sum(wide[other] for other in who[:at]) for at, name in enumerate(who)}
    for name in who:
        middle = left[name] + wide[name] / 2
        picture.word(middle, 0, name, anchor="middle", bold=True)
        picture.arrow((middle, HALF), (middle, len(rows) * LOW + HALF), tip=False)
    for number, row in enumerate(rows, 1):
        picture.word(0, number * LOW, str(number))
        for name, text in row.items():
            tone = (BUILT, LIT, TO_COME)[who.index(name) % 3]
            picture.box(left[name] + 4, number * LOW, text, tone, width=wide[name] - 8)
        picture.say(
            f"{number:2}  " + "; ".join(f"{name}: {row[name]}" for name in who if name in row)
        )
    return picture


LOW = 32
HALF = 16


MIDDLE = 75


def circle(edges: Sequence[tuple[str, str, str]]) -> Picture:
    """`edges` are triples: who holds what, and waits for what."""
    picture = Picture("A deadlock is a circle" if edges else "Nobody waits for anybody")
    nodes = [node for who, _, wants in edges for node in (who, wants)]
    size = max(map(width_of, nodes), default=0)
    place = {
        node: (
            MIDDLE * 2 * (1 - cos(2 * pi * at / len(nodes))),
            MIDDLE * (1 - sin(2 * pi * at / len(nodes))),
        )
        for at, node in enumerate(nodes)
    }
    holder = {holds: who for who, holds, _ in edges}
    for who, _, wants in edges:
        for start, end, what in ((who, wants, "waits for"), (wants, holder[wants], "held by")):
            tail, tip = between(place[start], place[end], size)
            picture.arrow(tail, tip)
            x, y = (tail[0] + tip[0]) / 2, (tail[1] + tip[1]) / 2
            anchor, aside = ("end", -12) if x < MIDDLE * 2 + size / 2 else ("start", 12)
            picture.word(x + aside, y + (12 if y > MIDDLE else -12), what, anchor=anchor)
        picture.say(f"{who} waits for {wants}, which is held by {holder[wants]}")
    for node, (x, y) in place.items():
        picture.box(x, y, node, LIT if node in holder else BUILT, width=size)
    return picture


def between(
    start: tuple[float, float], end: tuple[float, float], size: float
) -> tuple[tuple[float, float], tuple[float, float]]:
    """Where an arrow from one box to another begins and ends, above each other as they are."""
    down = 17 if end[1] > start[1] else -17
    return (start[0] + size / 2, start[1] + down), (end[0] + size / 2, end[1] - down)


# ---------------------------------------------------------------- what leads to what


def columns(title: str, parts: Sequence[tuple[str, Sequence[str]]]) -> Picture:
    """Headings with lines below them, each column with an arrow to the next.

    What is new in a column, compared with the one before, is orange.
    """
    picture = Picture(title)
    x = 0.0
    for number, (heading, lines) in enumerate(parts):
        before = parts[number - 1][1] if number else lines
        width = max(width_of(text) for text in [heading, *lines])
        picture.word(x + width / 2, 0, heading, anchor="middle", bold=True)
        for row, text in enumerate(lines, 1):
            picture.box(x, row * LOW, text, BUILT if text in before else LIT, width=width)
        picture.say(f"{heading}: {'; '.join(lines)}")
        x += width
        if number < len(parts) - 1:
            picture.arrow((x + 4, LOW), (x + 24, LOW))
            x += 28
    return picture


class SortedSet(Protocol):
    """What is drawn of a sorted set."""

    scores: dict[bytes, float]
    order: Sequence[tuple[float, bytes]]


def sorted_set(board: SortedSet) -> Picture:
    """The dictionary at the left, the list in order at the right, a line for each member."""
    picture = Picture("A sorted set is two structures")
    left = [f"{member!r}: {score:g}" for member, score in board.scores.items()]
    right = [f"({score:g}, {member!r})" for score, member in board.order]
    width, other = (max(map(width_of, texts)) for texts in (left, right))
    far = width + 120
    picture.word(width / 2, 0, "scores", anchor="middle", bold=True)
    picture.word(far + other / 2, 0, "order", anchor="middle", bold=True)
    for row, (member, score) in enumerate(board.scores.items(), 1):
        picture.box(0, row * LOW, left[row - 1], BUILT, width=width)
        at = list(board.order).index((score, member))
        picture.arrow((width + 4, row * LOW), (far - 4, (at + 1) * LOW), tip=False)
        picture.say(f"scores has {left[row - 1]}; order has it at {at}")
    for row, text in enumerate(right, 1):
        picture.box(far, row * LOW, text, LIT, width=other)
        picture.word(far + other + 10, row * LOW, f"rank {row - 1}")
    return picture
