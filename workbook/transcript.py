r"""A transcript: a talk between clients and a server, written down so that people can read it.

    title: GET of a key that is not there
    exercise: 3.1
    why: A missing key is not an error. Its reply is the null bulk string.
    # recorded from redis-server 7.0.15

    > GET missing
    < $-1\r\n
    > SET k "two words"
    < +OK\r\n

The head has `title` and, for a test of an exercise, `exercise` and `why`. `options` are given to
the server (`options: --requirepass secret`). The head ends at the first line that is a step of the
talk.

    > SET k v        the words of one command, quoted as in redis-cli; sent as an array
    >> *1\r\n$4\r\nPI   raw bytes; each such line is one send
    >! close         this client closes its connection (`abort`: breaks it with a reset)
    < +OK\r\n        the exact bytes that come now; lines that follow each other are joined
    <~ *2\r\n        one reply, on one or more such lines, whose elements come in any order
    <~2 *4\r\n       the same for a flat list of pairs: the pairs come in any order
    <? :             one reply of which only the first bytes are given
    <! closed        the server closes this connection

Before `>` or `<` a capital letter names the client (`A> BLPOP k 0`); without one it is the nameless
client. A client connects where it is first named. `#` begins a comment line; empty lines are free.
Bytes are ASCII; the rest is written `\r \n \t \\ \" \x00`.

When the talk is over, each client says that it has finished (a half-close) and the server must
close the connection without another byte, so that an extra reply does not go unnoticed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import groupby
from pathlib import Path

from workbook import wire


class TranscriptError(Exception):
    """A transcript that cannot be read; says the file, the line and what is wrong with it."""


@dataclass(frozen=True)
class Line:
    """One step of the talk: who, what (`>`, `>>`, `<`, `<~`, ...: see above), and its text."""

    number: int
    client: str
    kind: str
    text: str
    data: bytes
    above: tuple[str, ...] = ()  # comments and empty lines since the last send

    @property
    def sends(self) -> bool:
        """Whether the client acts here, rather than the server."""
        return self.kind.startswith(">")

    def __str__(self) -> str:
        return f"{self.client}{self.kind} {self.text}"


@dataclass(frozen=True)
class Transcript:
    """A transcript as read from its file."""

    path: Path
    head: dict[str, str]
    options: list[str]
    lines: list[Line]
    top: list[str] = field(default_factory=list)  # the text before the first step, as it is

    @property
    def title(self) -> str:
        """What the talk shows, in one line."""
        return self.head["title"]

    @property
    def exercise(self) -> str | None:
        """The id of the exercise that it tests, None for given code."""
        return self.head.get("exercise")

    @property
    def why(self) -> str:
        """What a failure here usually means."""
        return self.head.get("why", "")


KEYS = ("title", "exercise", "why", "options")
STEP = re.compile(r"^([A-Z]?)(>>|>!|>|<~2|<~|<\?|<!|<)(?: (.*))?$")
SEPARATE_WORDS = re.compile(r'"(?:[^"\\]|\\.)*"|\'(?:[^\'\\]|\\.)*\'|[^\s"\']+')


def load(path: Path) -> Transcript:
    """Reads a transcript. Raises TranscriptError for whatever is wrong with it."""
    try:
        text = path.read_bytes().decode("ascii")
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        raise TranscriptError(
            f"{path}:{line}: only ASCII here; write other bytes as \\x.."
        ) from None
    return parse(text, path)


def parse(text: str, path: Path) -> Transcript:
    """The transcript that `text` is; `path` is for its error messages and later its name."""
    rows = list(enumerate(text.replace("\r\n", "\n").split("\n"), 1))
    split = next((index for index, (_, row) in enumerate(rows) if STEP.match(row)), len(rows))
    head = _head(rows[:split], path)
    lines = list(_talk(rows[split:], path))
    if not any(line.sends for line in lines):
        raise TranscriptError(f"{path}:{split}: no line sends anything; one looks like `> PING`")
    top = [row for _, row in rows[:split]]
    options = _words(head.get("options", ""), path, 1)
    return Transcript(path, head, [word.decode() for word in options], lines, top)


def _matters(row: str) -> bool:
    return bool(row.strip()) and not row.startswith("#")


def _head(rows: list[tuple[int, str]], path: Path) -> dict[str, str]:
    head: dict[str, str] = {}
    for number, row in rows:
        if not _matters(row):
            continue
        key, colon, value = row.partition(":")
        if not colon or key not in KEYS:
            known = ", ".join(f"{known}:" for known in KEYS)
            raise TranscriptError(f"{path}:{number}: expected {known} or a step, found {row!r}")
        if key in head:
            raise TranscriptError(f"{path}:{number}: a second {key}:")
        head[key] = value.strip()
    if not head.get("title"):
        raise TranscriptError(f"{path}:1: no title: in the head")
    if ("exercise" in head) != ("why" in head):
        raise TranscriptError(f"{path}:1: exercise: and why: need each other")
    return head


def _talk(rows: list[tuple[int, str]], path: Path) -> Iterator[Line]:
    above: list[str] = []
    for number, row in rows:
        if not _matters(row):
            above.append(row)
            continue
        line = _step(number, row, path)
        if line.sends:
            line, above = replace(line, above=tuple(above)), []
        yield line


def _step(number: int, row: str, path: Path) -> Line:
    match = STEP.match(row)
    if not match:
        raise TranscriptError(f"{path}:{number}: no step begins like this: {row!r}")
    client, kind, text = match[1], match[2], match[3] or ""
    return Line(number, client, kind, text, _data(kind, text, path, number))


def _data(kind: str, text: str, path: Path, number: int) -> bytes:
    """The bytes that a step stands for, whichever way."""
    if kind == ">":
        words = _words(text, path, number)
        if not words:
            raise TranscriptError(f"{path}:{number}: a command has at least one word")
        return wire.encode(words)
    if kind in (">!", "<!"):
        allowed = ("close", "abort") if kind == ">!" else ("closed",)
        if text not in allowed:
            raise TranscriptError(
                f"{path}:{number}: {kind} takes {' or '.join(allowed)}, not {text!r}"
            )
        return b""
    try:
        return wire.unshow(text)
    except ValueError as error:
        raise TranscriptError(f"{path}:{number}: {error}") from None


def _words(text: str, path: Path, number: int) -> list[bytes]:
    r"""Words as redis-cli splits them: "..." knows escapes, '...' only \'."""
    words, at = [], 0
    while rest := text[at:].lstrip():
        at = len(text) - len(rest)
        match = SEPARATE_WORDS.match(text, at)
        after = text[match.end() : match.end() + 1] if match else ""
        if not match or after.strip():
            raise TranscriptError(f"{path}:{number}: quotes do not match in {text!r}")
        try:
            words.append(_unquote(match[0]))
        except ValueError as error:
            raise TranscriptError(f"{path}:{number}: {error}") from None
        at = match.end()
    return words


def _unquote(word: str) -> bytes:
    if word.startswith('"'):
        return wire.unshow(word[1:-1])
    if word.startswith("'"):
        return word[1:-1].replace("\\'", "'").encode()
    return word.encode()


# ---------------------------------------------------------------- replay


def replay(transcript: Transcript, connect: Callable[[], wire.Client]) -> None:
    """Plays the clients' part against a server, and compares the rest; or WireFailure."""
    Replay(transcript, connect).run()


class Replay:
    """One run of a transcript: the clients so far, and which of them waits for a reply."""

    def __init__(self, transcript: Transcript, connect: Callable[[], wire.Client]) -> None:
        self.transcript = transcript
        self.connect = connect
        self.clients: dict[str, wire.Client] = {}
        self.gone: set[str] = set()

    def run(self) -> None:
        """Plays all of it."""
        steps = list(blocks(self.transcript.lines))
        for block, following in zip(steps, [*steps[1:], None], strict=True):
            try:
                self.play(block)
            except wire.WireFailure as failure:
                raise self.located(block[0], failure) from None
            if block[0].sends and following and following[0].client != block[0].client:
                self.settle()
        self.finish()

    def play(self, block: list[Line]) -> None:
        """Plays lines that belong together: one send, or one reply."""
        first = block[0]
        client = self.client(first.client)
        match first.kind:
            case ">" | ">>":
                client.send(first.data)
            case ">!":
                client.abort() if first.text == "abort" else client.close()
                self.gone.add(first.client)
            case "<!":
                if not client.closed():
                    raise wire.mismatch(b"", b"", client.pending(), STILL_OPEN)
                self.gone.add(first.client)
            case "<":
                client.expect(joined(block))
            case _:
                compare(first.kind, joined(block), client.read_raw())

    def client(self, name: str) -> wire.Client:
        """The client of that name, connected if it is new."""
        if name not in self.clients:
            self.clients[name] = self.connect()
        return self.clients[name]

    def settle(self) -> None:
        """Lets the server act on what one client sent before another sends.

        A command that blocks has no reply to wait for. But a server with one event loop has read
        that command when it answers a ping which was sent after it.
        """
        with self.connect() as other:
            other.ask("PING")

    def finish(self) -> None:
        """Ends what is still open, and refuses replies that the transcript does not have."""
        for name, client in self.clients.items():
            if name not in self.gone:
                client.finish()
                if not client.closed():
                    line = self.transcript.lines[-1]
                    failure = wire.mismatch(b"", b"", client.pending(), STILL_OPEN)
                    raise self.located(line, failure, "after the last step:\n")

    def located(self, line: Line, failure: wire.WireFailure, lead: str = "") -> wire.WireFailure:
        """The failure with the line of the transcript in front."""
        sent = [other for other in self.transcript.lines if other.number <= line.number]
        last = next((other for other in reversed(sent) if other.sends), line)
        at = f"{self.transcript.path}:{line.number}: {line}"
        command = f"after     {last}\n" if last is not line else ""
        told = wire.WireFailure(f"{at}\n{command}{lead}{failure}")
        told.exchange, told.line = failure.exchange, f"{at}{' (the end)' if lead else ''}"
        told.command = "" if last is line else str(last)
        return told


STILL_OPEN = "  and the connection is still open"


def joined(block: Iterable[Line]) -> bytes:
    """The bytes of several lines."""
    return b"".join(line.data for line in block)


def blocks(lines: list[Line]) -> Iterator[list[Line]]:
    """The lines in groups played as one: each send alone, the lines of one reply together."""
    for (_, kind), group in groupby(lines, lambda line: (line.client, line.kind)):
        members = list(group)
        if kind == "<":
            yield members
        elif kind in ("<~", "<~2"):
            yield from _whole_replies(members)
        else:
            yield from ([line] for line in members)


def _whole_replies(lines: list[Line]) -> Iterator[list[Line]]:
    """Cuts lines where a reply is whole: two unordered replies may follow each other."""
    block: list[Line] = []
    for line in lines:
        block.append(line)
        try:
            _, end = wire.decode(joined(block))
        except (wire.Incomplete, wire.WireFailure):
            continue
        if end == len(joined(block)):
            yield block
            block = []
    if block:
        yield block


def compare(kind: str, expected: bytes, got: bytes) -> None:
    """Compares one whole reply in the way that `kind` says; WireFailure at a difference."""
    if kind == "<?":
        same = got.startswith(expected)
    else:
        size = 2 if kind == "<~2" else 1
        same = _unordered(expected, size) == _unordered(got, size)
    if not same:
        note = {"<?": "  (only the beginning counts)"}.get(kind, "  (in any order)")
        raise wire.mismatch(b"", expected, got, note)


def _unordered(data: bytes, size: int) -> tuple[bytes, list[bytes]]:
    """A reply in a form that does not depend on the order of its elements, at any depth."""
    form, end = _form(data, 0, size)
    if end != len(data):
        raise wire.WireFailure(f"more than one reply: {wire.show(data[end:])}")
    return form


def _form(data: bytes, at: int, size: int) -> tuple[tuple[bytes, list[bytes]], int]:
    head_end = data.find(b"\r\n", at) + 2
    head = data[at:head_end]
    if head[:1] not in b"*~>%" or head[1:2] == b"-" or not head_end > at + 1:
        _, end = wire.decode(data, at)
        return (data[at:end], []), end
    count = int(head[1:]) * (2 if head[:1] == b"%" else 1)
    items, end = [], head_end
    for _ in range(count):
        item, end = _form(data, end, 1)
        items.append(repr(item).encode())
    width = 2 if head[:1] == b"%" else size
    groups = [b"".join(items[index : index + width]) for index in range(0, count, width)]
    return (head, sorted(groups)), end


# ---------------------------------------------------------------- writing


def render(transcript: Transcript, lines: Iterable[Line], note: str) -> str:
    """The file's text with `lines` as its talk; `note` says where they come from."""
    top = [row for row in transcript.top if not row.startswith("# recorded from ")]
    while top and not top[-1].strip():
        top.pop()
    talk = [row for line in lines for row in (*line.above, str(line))]
    return "\n".join([*top, f"# {note}", "", *talk]) + "\n"


def reply_lines(client: str, data: bytes, kind: str = "<") -> list[Line]:
    """`data` as lines of a transcript, one for each CRLF in it."""
    pieces = re.findall(rb".*?\r\n|.+\Z", data, re.DOTALL)
    return [Line(0, client, kind, _visible(piece), piece) for piece in pieces]


def _visible(piece: bytes) -> str:
    text = wire.show(piece)
    return text[:-1] + "\\x20" if text.endswith(" ") else text
