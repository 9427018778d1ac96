"""`checker.py trace 5 'SET k v'`: how a request passes through the learner's own server, call by call.

The server is that of the step, in a child process (`trace_child.py`); it gets the bytes over a socket,
as from any client. What is shown is what ran: the calls with their arguments and results, whose
function each is, what has changed in the databases, and the bytes that leave.
"""

from __future__ import annotations

import json
import re
import secrets
import select
import socket
import tempfile
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from html import escape
from itertools import pairwise
from multiprocessing.connection import Connection, Listener
from pathlib import Path
from typing import Any

from workbook import catalogue, pristine, splice, trace_child, unwritten, wire
from workbook.anatomy import WIDTH, count
from workbook.bootstrap import CHECKER
from workbook.calls import SOLVED, UNSOLVED, Call, CallTrouble
from workbook.patience import longest
from workbook.talk import step_number, words

QUIET = 0.1
"""Seconds without a byte after which a reply counts as whole."""

FIRST_JOURNAL = 7

PATIENCE = 0.5
"""Seconds to wait for a reply to begin, on a machine that is busy. Not every piece gets one."""

YOURS, ANSWER, GIVEN = "yours", "answer", "given"
MARGIN = 8

PASSWORDS = re.compile(
    rb"(?i)\b(?:auth|requirepass)(?:\r\n((?:\$\d+\r\n[^\r]*\r\n){1,2})| ([^\r\n]+))"
)
"""Where a password stands in a request. HELLO has AUTH before a name and a password."""


@dataclass
class Frame:
    """One call."""

    name: str
    file: str
    line: int
    thread: str
    whose: str
    depth: int
    arguments: list[str]
    again: bool
    """Whether it goes on, after a `yield` or an `await`."""
    result: str | None = None
    raised: str | None = None

    @property
    def place(self) -> str:
        """Where the function begins."""
        return f"{self.file.partition('/')[2]}:{self.line}"

    @property
    def end(self) -> str:
        """How it ended."""
        if self.raised is not None:
            return f"raises {self.raised}"
        return "goes on" if self.result is None else f"→ {self.result}"


@dataclass
class Piece:
    """What one piece of bytes has set going."""

    sent: bytes
    frames: list[Frame]
    more: int
    """Calls that were not noted any more."""
    inside: str
    """Where the server was when the bytes came."""
    changes: list[str]
    journal: bytes
    came: bytes
    closed: bool
    busy: bool
    """Whether it has not come to an end."""


# ---------------------------------------------------------------- the sub-command


def trace(call: Call) -> int:
    """The sub-command."""
    cuts = positions(call.option("--cut", "7"))
    journal = call.flag("--journal")
    number = step_number(Call(call.root, call.words[:1], call.whole))
    requests = call.words[1:]
    if not requests:
        raise CallTrouble(f"Say what to send, such as {CHECKER} trace {number} 'SET k v'.")
    try:
        for piece in traced(number, requests, cuts=cuts, journal=journal, root=call.root):
            print(as_text(piece), flush=True)
    except wire.WireFailure as failure:
        print(unwritten.sentence(failure) or failure)
        return UNSOLVED
    return SOLVED


def positions(text: str | None) -> list[int]:
    """The places of `--cut 7,12`."""
    if text is None:
        return []
    if not re.fullmatch(r"\d{1,9}(,\d{1,9})*", text):
        raise CallTrouble(
            "--cut takes the number of bytes to send first, such as --cut 7 or --cut 7,12."
        )
    return sorted({int(one) for one in text.split(",")})


def traced(
    step: int,
    requests: Sequence[str],
    *,
    cuts: Iterable[int] = (),
    journal: bool = False,
    root: Path = catalogue.ROOT,
) -> Iterator[Piece]:
    """Sends the requests to the server of a step, one after another, and follows each.

    `cuts` are the places at which a request is cut; the rest comes when the server has dealt with what
    came before. With `journal` the server keeps one (from step 7 on).
    """
    data = [encoded(step, request) for request in requests]
    cuts = sorted(cuts)
    trace_child.SECRETS.clear()
    options = options_for(step, journal)
    with (
        tempfile.TemporaryDirectory(prefix="workbook-trace-") as folder,
        Traced(step, *options, root=root, cwd=Path(folder)) as server,
        server.client() as client,
    ):
        server.settle()
        for one in data:
            server.hide(passwords(one, cuts))
            for piece in cut(one, cuts):
                yield server.follow(client, piece)


def options_for(step: int, journal: bool) -> list[str]:
    """The options of the step's server; with `journal` it keeps one, which takes a step that can."""
    if journal and step < FIRST_JOURNAL:
        raise CallTrouble(f"Only the steps from {FIRST_JOURNAL} on have a journal.")
    return ["--appendonly", "yes"] if journal else []


def encoded(step: int, request: str) -> bytes:
    """The bytes of a request as it is typed: a command, or `.raw` and `.inline` as for `talk`."""
    word, _, rest = request.strip().partition(" ")
    try:
        if word == ".raw":
            return wire.unshow(rest)
        if word == ".inline":
            return rest.encode() + b"\r\n"
        return request.encode() + b"\n" if step == 1 else wire.encode(words(request))
    except ValueError as error:
        raise CallTrouble(f"{request!r} can't be sent: {error}.") from None


def cut(data: bytes, cuts: Iterable[int]) -> Iterator[bytes]:
    """The pieces between the cuts that lie in it."""
    marks = [0, *(at for at in cuts if 0 < at < len(data)), len(data)]
    for start, end in pairwise(marks):
        yield data[start:end]


def passwords(data: bytes, cuts: Iterable[int] = ()) -> list[bytes]:
    """The words of a request that are nobody's business, and the parts into which they are cut."""
    found: list[bytes] = []
    for match in PASSWORDS.finditer(data):
        words = re.compile(rb"\$\d+\r\n([^\r]*)\r\n" if match[1] else rb"(\S+)")
        for word in words.finditer(data, match.start(1 if match[1] else 2), match.end()):
            inside = (at - word.start(1) for at in cuts if word.start(1) < at < word.end(1))
            found += [word[1], *cut(word[1], inside)]
    return [one for one in found if one]


# ---------------------------------------------------------------- the server


class Traced(wire.Server):
    """A step's server whose calls are noted."""

    def __init__(self, step: int, *arguments: str, root: Path, cwd: Path) -> None:
        self.root, self.folder = root, cwd
        self.key = secrets.token_bytes(16)
        self.listener = Listener(("127.0.0.1", 0), authkey=self.key)
        self.line: Connection | None = None
        self.taker = threading.Thread(target=self.take, daemon=True)
        self.taker.start()
        super().__init__(step, *arguments, root=root, cwd=cwd)

    def _spawn(self, command: Sequence[str], cwd: Path, env: Mapping[str, str]) -> Any:
        python, flag, module, *rest = command
        port = str(self.listener.address[1])
        wrapped = [python, flag, "workbook.trace_child", port, self.key.hex(), module, *rest]
        return super()._spawn(wrapped, cwd, env)

    def take(self) -> None:
        """Waits for the child to come: its server starts only then."""
        try:
            self.line = self.listener.accept()
        except OSError:  # it was closed: the child has ended before
            return

    def order(self, what: bytes) -> Any:
        """What the child answers to an order."""
        self.taker.join(longest())
        assert self.line is not None
        try:
            self.line.send_bytes(what)
            return json.loads(self.line.recv_bytes())
        except (EOFError, OSError):
            self.end()
            raise self._failure("it goes on", "ended") from None

    def hide(self, words: Iterable[bytes]) -> None:
        """Has these words shown to nobody, here or there."""
        trace_child.SECRETS[:] = sorted({*trace_child.SECRETS, *words}, key=len, reverse=True)
        self.order(b" ".join([b"hide", *(word.hex().encode() for word in trace_child.SECRETS)]))

    def settle(self) -> None:
        """Waits until the client that has just come is at home."""
        self.order(b"begin")
        self.order(b"end")

    def follow(self, client: wire.Client, data: bytes) -> Piece:
        """Sends a piece of bytes, and notes all that comes of it."""
        before, length = self.order(b"keys"), self.journal_length()
        self.order(b"begin")
        client.socket.sendall(data)
        select.select([client.socket], [], [], PATIENCE)
        noted = self.order(b"end")
        calls = list(frames(noted["calls"], data, self.root))
        came, closed = received(client.socket)
        return Piece(
            data,
            calls,
            noted["more"],
            inside(noted["inside"], calls[0].thread if calls else "MainThread"),
            list(changes(before, self.order(b"keys"))),
            self.journal(length),
            came,
            closed,
            noted["busy"],
        )

    def journal_file(self) -> Path | None:
        """The file that the journal grows in, if there is one."""
        return next(iter(sorted(self.folder.glob("appendonlydir/*.incr.aof"))), None)

    def journal_length(self) -> int:
        """How long it is."""
        file = self.journal_file()
        return file.stat().st_size if file else 0

    def journal(self, start: int) -> bytes:
        """What it has from there on."""
        file = self.journal_file()
        return file.read_bytes()[start:] if file else b""

    def __enter__(self) -> Traced:
        return self

    def kill(self) -> None:
        super().kill()
        self.listener.close()
        if self.line:
            self.line.close()


def received(connection: socket.socket) -> tuple[bytes, bool]:
    """What comes until it is quiet, and whether the connection is over then."""
    data = bytearray()
    connection.settimeout(QUIET)
    try:
        while chunk := connection.recv(wire.CHUNK):
            data += chunk
    except TimeoutError:
        return bytes(data), False
    except OSError:
        pass
    return bytes(data), True


# ---------------------------------------------------------------- calls


def frames(calls: Sequence[dict[str, Any]], data: bytes, root: Path) -> Iterator[Frame]:
    """The calls that have to do with the piece: none of other threads."""
    beginning = repr(data[:8])[:-1]
    busy = {
        one["thread"]
        for one in calls
        if any(text.startswith(beginning) for _, text in one["arguments"])
    }
    return (frame_of(one, root) for one in calls if one["thread"] in busy or not busy)


def frame_of(one: Mapping[str, Any], root: Path) -> Frame:
    """The call that the child has described so."""
    return Frame(
        one["name"],
        one["file"],
        one["line"],
        one["thread"],
        whose(one["file"], one["name"], root),
        one["depth"],
        [text for _, text in one["arguments"]],
        one["again"],
        one.get("result"),
        one.get("raised"),
    )


def inside(threads: Mapping[str, Any], thread: str) -> str:
    """The functions in which this thread was, and the line in the innermost; "" if it is new."""
    rows = threads.get(thread, [])
    names = [name for name, _ in rows if not name.startswith(("<", "main"))]
    return " > ".join(names) + f", line {rows[-1][1]}" if rows else ""


def whose(file: str, name: str, root: Path) -> str:
    """Whose function it is. What was not handed out is the learner's, too."""
    if file.startswith("solutions/"):
        return ANSWER
    return GIVEN if name in given(file, root) else YOURS


@cache
def given(file: str, root: Path) -> frozenset[str]:
    """The functions of a file that are there from the beginning, without those to be written."""
    data = pristine.Pristine(root).copy.get(file) or (root / file).read_bytes()
    holes = {one.qualname for one in catalogue.every(root) if one.file == root / file}
    return frozenset(key.qualname for key in splice.functions(splice.parse(data, file))) - holes


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    """What is different in the databases, a line for each key."""
    for number in sorted({*before, *after}, key=int):
        was, now = before.get(number, {}), after.get(number, {})
        where = f"database {number}: " if number != "0" else ""
        for key in {**was, **now}:
            if key not in was:
                yield f"{where}{key} is new: {now[key]}"
            elif key not in now:
                yield f"{where}{key} is gone"
            elif was[key] != now[key]:
                yield f"{where}{key}: {was[key]} → {now[key]}"


# ---------------------------------------------------------------- as text


def as_text(piece: Piece) -> str:
    """The piece in lines of 80 columns."""
    rows = [f"{'>':<{MARGIN}}{count(len(piece.sent), 'byte')}  {shown(piece.sent)}"]
    if piece.inside:
        rows.append(f"{'in':<{MARGIN}}{tail(piece.inside, WIDTH - MARGIN)}")
    for one in piece.frames:
        rows += list(frame_rows(one))
    if piece.more:
        rows.append(f"{'':{MARGIN}}and {piece.more} more calls")
    if not piece.frames:
        rows.append(f"{'':{MARGIN}}and called no function of the steps.")
    for text in piece.changes:
        rows.append(f"{'keys':<{MARGIN}}{shortened(text, WIDTH - MARGIN)}")
    if piece.journal:
        rows.append(
            f"{'journal':<{MARGIN}}{count(len(piece.journal), 'byte')}  {shown(piece.journal)}"
        )
    if piece.came:
        rows.append(f"{'<':<{MARGIN}}{count(len(piece.came), 'byte')}  {shown(piece.came)}")
    else:
        rows.append(f"{'<':<{MARGIN}}nothing")
    if piece.busy:
        rows.append(f"{'':{MARGIN}}The server does not finish: the last call goes on and on.")
    if piece.closed:
        rows.append(f"{'':{MARGIN}}The server has closed the connection.")
    return "\n".join(rows) + "\n"


def frame_rows(one: Frame) -> Iterator[str]:
    """A call, and how it ended: in one line where that fits."""
    lead = f"{one.whose:<{MARGIN}}{'│ ' * min(one.depth, 14)}"
    room = WIDTH - len(lead) - len(one.place) - 2
    text = called(one, room)
    if one.end != "→ None":
        whole = f"{text} {one.end}"
        if len(whole) <= room:
            text = whole
    yield f"{lead}{text:<{room}}  {one.place}"
    if one.end != "→ None" and not text.endswith(one.end):
        under = f"{'':<{MARGIN}}{'│ ' * min(one.depth, 14)}"
        yield under + shortened(f"  {one.end}", WIDTH - len(under))


def called(one: Frame, room: int) -> str:
    """`StoreSession.receive(b'...')`, as much of it as there is room."""
    text = f"{one.name} goes on" if one.again else f"{one.name}({', '.join(one.arguments)})"
    return shortened(text, max(room, len(one.name) + 2))


def tail(text: str, room: int) -> str:
    """The end of a text, as much of it as there is room."""
    return text if len(text) <= room else "..." + text[3 - room :]


def shown(data: bytes, room: int = 58) -> str:
    """The bytes in characters, as much of them as there is room."""
    return shortened(trace_child.hidden(wire.show(data)), room)


def shortened(text: str, room: int) -> str:
    """The text, or as much of it as there is room."""
    return text if len(text) <= room else text[: room - 3] + "..."


# ---------------------------------------------------------------- as a picture

SHEET = 850
"""As wide as a page in a small window: what is wider is cut off there."""

ROW = 20
COLOURS = {
    YOURS: ("#e69f00", "#000000"),
    ANSWER: ("#2f5d7c", "#ffffff"),
    GIVEN: ("#8a8f94", "#000000"),
}
"""Ground and letters; each row also says in words whose it is."""


def as_svg(piece: Piece) -> str:
    """The piece as a drawing: a bar for each call, as far in as it is deep."""
    lines = [("", 0, f"> {count(len(piece.sent), 'byte')}: {shown(piece.sent, 90)}")]
    lines += [
        (one.whose, one.depth, shortened(f"{called(one, 90)} {one.end}", 104 - 2 * one.depth))
        for one in piece.frames
    ]
    lines += [("", 0, f"keys: {text}") for text in piece.changes]
    if piece.journal:
        lines.append(("", 0, f"journal: {shown(piece.journal, 90)}"))
    came = f"{count(len(piece.came), 'byte')}: {shown(piece.came, 90)}" if piece.came else "nothing"
    lines.append(("", 0, f"< {came}"))
    height = ROW * len(lines)
    body = "".join(_bar(row * ROW, *line) for row, line in enumerate(lines))
    title = f"The way of {shown(piece.sent, 40)} through the server"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" width="{SHEET}" height="{height}" '
        f'viewBox="0 0 {SHEET} {height}" font-family="monospace" font-size="12">'
        f"<title>{escape(title)}</title>{body}</svg>"
    )


def _bar(top: int, whose: str, depth: int, text: str) -> str:
    text = escape(text)
    if not whose:
        return f'<text x="4" y="{top + 14}" fill="#808080">{text}</text>'
    ground, letters = COLOURS[whose]
    left = 60 + 16 * depth
    return (
        f'<text x="4" y="{top + 14}" fill="#808080">{whose}</text>'
        f'<rect x="{left}" y="{top + 1}" width="{SHEET - left}" height="{ROW - 2}" rx="3" '
        f'fill="{ground}"/>'
        f'<text x="{left + 6}" y="{top + 14}" fill="{letters}">{text}</text>'
    )
