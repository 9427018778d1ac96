"""A recorded talk, played to another server, with the answers of both side by side."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator
from html import escape
from itertools import groupby, pairwise
from pathlib import Path
from typing import NamedTuple

from workbook import transcript, wire
from workbook.record import split
from workbook.transcript import Line, Transcript

PATIENCE = 2.0
"""Seconds that a reply may take; where the recording has one, an answer comes at once."""

SIDES = {True: "", False: "≠"}
"""What marks a row in which the two differ."""

BAD = "#d1242f"

CELL = "text-align: left; vertical-align: top; overflow-wrap: anywhere"
"""A word of a hundred letters must not push the replies off the page."""


class Row(NamedTuple):
    """What one client sent, what redis-server answered, and what came now."""

    sent: list[str]
    recorded: list[str]
    came: list[str]
    same: bool


def find(root: Path, step: str, name: str) -> Transcript:
    """The transcript of a step by its name. Raises ValueError with the names that there are."""
    files = {path.stem: path for path in sorted(root.glob(f"tests/{step}_*/transcripts/*.txt"))}
    if name not in files:
        raise ValueError(f"{step} has no recording {name!r}; it has {', '.join(files)}")
    return transcript.load(files[name])


def play(source: Transcript, connect: Callable[[], wire.Client]) -> list[Row]:
    """Plays the clients' part, and keeps what comes."""
    clients: dict[str, wire.Client] = {}
    rows = []
    for sends, replies in exchanges(told(source.lines)):
        for line, following in pairwise([*sends, *replies[:1], None]):
            if line is None or not line.sends:
                break
            if line.client not in clients:
                clients[line.client] = connect()
            act(clients[line.client], line)
            if following and following.client != line.client:
                settle(connect)
        rows.append(row(clients, sends, replies))
    return rows


def unplayed(source: Transcript) -> list[Row]:
    """The recording alone, for as long as no server can answer."""
    return [
        Row([called(line) for line in sends], [called(line) for line in replies], [], True)
        for sends, replies in exchanges(told(source.lines))
    ]


def settle(connect: Callable[[], wire.Client]) -> None:
    """Lets the server act on what one client sent before another does something.

    A server with one loop has read what came before, when it answers a PING that was sent after it.
    """
    with connect() as other:
        other.ask("PING")


def told(lines: list[Line]) -> Iterator[Line]:
    """The lines without those in which a client closes what the server has closed already."""
    over = set()
    for line in lines:
        if line.kind == "<!":
            over.add(line.client)
        if line.kind != ">!" or line.client not in over:
            yield line


def exchanges(lines: Iterable[Line]) -> Iterator[tuple[list[Line], list[Line]]]:
    """Sends that follow each other, with the replies that follow them."""
    sends: list[Line] = []
    for sending, group in groupby(lines, lambda line: line.sends):
        if sending:
            sends = list(group)
        else:
            yield sends, list(group)
            sends = []
    if sends:
        yield sends, []


def act(client: wire.Client, line: Line) -> None:
    """Does what a line says that a client does."""
    if line.kind == ">!":
        client.abort() if line.text == "abort" else client.close()
    else:
        client.send(line.data)


def row(clients: dict[str, wire.Client], sends: list[Line], replies: list[Line]) -> Row:
    """One exchange, with what comes now."""
    came: list[str] = []
    same = True
    for block in transcript.blocks(replies):
        text, alike = answer(clients[block[0].client], block)
        came += [f"{block[0].client}{' ' if block[0].client else ''}{line}" for line in text]
        same = same and alike
    return Row([called(line) for line in sends], [called(line) for line in replies], came, same)


def called(line: Line) -> str:
    """A line as it is shown: the client, if it has a name, and the words or bytes."""
    text = {">!": f"({line.text}s)", "<!": f"({line.text})"}.get(line.kind, line.text)
    return f"{line.client}{' ' if line.client else ''}{text}"


def answer(client: wire.Client, block: list[Line]) -> tuple[list[str], bool]:
    """What comes in the place of one recorded reply, and whether it is the same."""
    first = block[0]
    if first.kind == "<!":
        closed = client.closed()
        client.close()  # a server that serves one after another waits for the client's end, too
        return ["(closed)" if closed else "(stays open)"], closed
    expected = transcript.joined(block)
    count = len(list(split(expected))) if first.kind == "<" else 1
    got = b"".join(whole_replies(client, count))
    return shown_bytes(got), alike(first.kind, expected, got)


def whole_replies(client: wire.Client, count: int) -> Iterator[bytes]:
    """As many replies as were recorded; fewer where they do not come."""
    for _ in range(count):
        try:
            yield client.read_raw()
        except wire.WireFailure:  # no reply, or no whole one, or bytes that are none
            yield client.receive(len(client.pending()))
            return


def alike(kind: str, expected: bytes, got: bytes) -> bool:
    """Whether a reply is the recorded one, as far as the recording wants it the same."""
    if kind == "<":
        return expected == got
    with contextlib.suppress(wire.WireFailure, wire.Incomplete, ValueError):
        transcript.compare(kind, expected, got)
        return True
    return False


def shown_bytes(data: bytes) -> list[str]:
    """A reply line by line, as transcripts have it."""
    return [line.text for line in transcript.reply_lines("", data)] or ["(nothing)"]


# ---------------------------------------------------------------- what is shown


def shown(source: Transcript, rows: list[Row], remark: str = "") -> dict[str, str]:
    """The talk as a table, in HTML and in plain text, with a remark or with whether they differ."""
    last = remark or verdict(rows)
    return {"text/html": as_html(source, rows, last), "text/plain": as_text(source, rows, last)}


def verdict(rows: list[Row]) -> str:
    """One line that says whether they differ."""
    bad = sum(not row.same for row in rows)
    if not bad:
        return "Both answer the same."
    return f"{bad} of {len(rows)} answers {'differs' if bad == 1 else 'differ'}: marked with ≠."


HEADER = "the client sends", "redis-server answered", "the server here answers"


def as_text(source: Transcript, rows: list[Row], last: str) -> str:
    """The talk in lines."""
    lines = [source.title, ""]
    for one in rows:
        lines += [f"> {text}" for text in one.sent]
        lines += [f"< {text}" for text in one.recorded]
        lines += [] if one.same else [f"≠ {text}" for text in one.came]
    return "\n".join([*lines, "", last])


def as_html(source: Transcript, rows: list[Row], last: str) -> str:
    """The talk as a table."""
    heads = "".join(f'<th style="text-align: left">{text}</th>' for text in ("", *HEADER))
    body = "".join(map(_html_row, rows))
    return (
        f"<table><caption>{escape(source.title)}</caption><thead><tr>{heads}</tr></thead>"
        f"<tbody>{body}</tbody></table><p>{escape(last)}</p>"
    )


def _html_row(row: Row) -> str:
    style = "" if row.same else f' style="color: {BAD}; font-weight: bold"'
    cells = "".join(
        f'<td style="{CELL}">{"<br>".join(map(_html_line, texts))}</td>'
        for texts in (row.sent, row.recorded, row.came)
    )
    return f"<tr{style}><td>{SIDES[row.same]}</td>{cells}</tr>"


def _html_line(text: str) -> str:
    return f'<code style="background: transparent; padding: 0">{escape(text)}</code>'
