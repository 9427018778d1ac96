"""Fills in the replies of transcripts, from a real redis-server.

    python -m workbook.record FILE...            writes what redis-server answers into the files
    python -m workbook.record --check FILE...    says which files it would change

The lines that send stay as they are; the replies are rewritten. A reply that was marked as
`<~`, `<~2` or `<?` keeps its mark, and a `<?` its text while that still fits. A command whose reply
takes its time (`BLPOP q 0.2`) is waited for if a reply line stands after it; an empty `<` will do.
"""

from __future__ import annotations

import argparse
import contextlib
import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from workbook import transcript, wire
from workbook.transcript import Line, Transcript

QUIET = 0.08
"""Seconds without a byte after which a reply counts as whole."""

PATIENCE = 5.0
"""Seconds to wait at the end for a command that blocks, or until a time has passed."""

TESTED = "7.0."


def main(arguments: list[str] | None = None) -> int:
    """The command line; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m workbook.record", description=__doc__)
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if it would")
    args = parser.parse_args(arguments)
    version = wire.redis_version()
    if version is None or not version.startswith(TESTED):
        found = f"redis-server {version}" if version else "no redis-server"
        print(
            f"Transcripts are recorded from redis-server {TESTED}x; found {found}.", file=sys.stderr
        )
        return 2
    try:
        changed = [path for path in args.files if rewrite(path, version, args.check)]
    except (transcript.TranscriptError, wire.WireFailure, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    for path in changed:
        print(f"{'differs' if args.check else 'recorded'}: {path}")
    return 1 if args.check and changed else 0


def rewrite(path: Path, version: str, check: bool = False) -> bool:
    """Records one file; whether it changed (or would)."""
    source = transcript.load(path)
    lines = record(source)
    text = transcript.render(source, lines, f"recorded from redis-server {version}")
    if text == path.read_text("ascii"):
        return False
    if not check:
        path.write_text(text, "ascii", newline="\n")
    return True


def record(source: Transcript) -> list[Line]:
    """The talk with the replies that a redis-server gives now."""
    with tempfile.TemporaryDirectory() as folder:
        server = wire.RedisServer(*source.options, cwd=Path(folder), timeout=PATIENCE)
        with server:
            return list(Recording(source, server).lines())


class Recording:
    """One run of a transcript's sends, and what came back."""

    def __init__(self, source: Transcript, server: wire.RedisServer) -> None:
        self.source = source
        self.server = server
        self.clients: dict[str, wire.Client] = {}
        self.over: set[str] = set()
        self.waiting: set[str] = set()

    def lines(self) -> Iterator[Line]:
        """The lines of the new talk."""
        groups = list(exchanges(self.source.lines))
        for number, (sends, replies) in enumerate(groups):
            yield from sends
            self.send(sends)
            wait = bool(replies) or number == len(groups) - 1
            yield from self.replies(sends[0].client, replies, PATIENCE if wait else 0)

    def send(self, sends: list[Line]) -> None:
        """Plays lines of one client that are sent without waiting in between."""
        name = sends[0].client
        if name not in self.clients:
            self.clients[name] = self.server.client()
        client = self.clients[name]
        for line in sends:
            if line.kind == ">!":
                client.abort() if line.text == "abort" else client.close()
                self.over.add(name)
            else:
                client.send(line.data)
                self.waiting.add(name)

    def replies(self, name: str, old: list[Line], patience: float) -> Iterator[Line]:
        """What each client has received, the one that sent first."""
        self.settle(name, patience)
        names = sorted(self.clients, key=lambda other: (other != name, other))
        for other in names:
            if other not in self.over:
                yield from self.received(other, [line for line in old if line.client == other])

    def settle(self, name: str, patience: float) -> None:
        """Waits until nothing comes any more.

        Where the file has a reply already, and at its end, until each command has its reply too.
        """
        deadline = time.monotonic() + max(patience, QUIET)
        while time.monotonic() < deadline:
            before = {other: len(client.pending()) for other, client in self.clients.items()}
            time.sleep(QUIET)
            for other, client in self.clients.items():
                if client.pending():
                    self.waiting.discard(other)
            quiet = all(len(client.pending()) == before[o] for o, client in self.clients.items())
            if quiet and not (patience and self.waiting - self.over):
                return

    def received(self, name: str, old: list[Line]) -> Iterator[Line]:
        """The reply lines of one client, in the way that the old ones were marked."""
        client = self.clients[name]
        data = client.receive(len(client.pending()))
        marks = [block for block in transcript.blocks(old) if block[0].kind != "<!"]
        if all(block[0].kind == "<" for block in marks):
            yield from transcript.reply_lines(name, data)
        else:
            for reply in split(data):
                mark = marks.pop(0) if marks else []
                yield from marked(name, reply, mark)
        if client.ended():
            self.over.add(name)
            yield Line(0, name, "<!", "closed", b"")


def marked(name: str, reply: bytes, mark: list[Line]) -> list[Line]:
    """One reply with the mark that it had before."""
    kind = mark[0].kind if mark else "<"
    if kind != "<":
        with contextlib.suppress(wire.Incomplete, wire.WireFailure):
            transcript.compare(kind, transcript.joined(mark), reply)
            return mark
    return transcript.reply_lines(name, reply, "<" if kind == "<?" else kind)


def split(data: bytes) -> Iterator[bytes]:
    """The single replies in `data`; bytes that are none as they stand, at the end."""
    at = 0
    with contextlib.suppress(wire.Incomplete, wire.WireFailure):
        while at < len(data):
            _, end = wire.decode(data, at)
            yield data[at:end]
            at = end
    if at < len(data):
        yield data[at:]


def exchanges(lines: list[Line]) -> Iterator[tuple[list[Line], list[Line]]]:
    """Each group of sends with the replies that follow it in the file.

    Raw sends (`>>`) that follow each other go out together; a command waits for its reply.
    """
    sends: list[Line] = []
    replies: list[Line] = []
    for (_, kind), group in groupby(lines, lambda line: (line.client, line.kind)):
        if not kind.startswith(">"):
            replies += group
            continue
        for members in [list(group)] if kind == ">>" else [[line] for line in group]:
            if sends:
                yield sends, replies
            sends, replies = members, []
    if sends:
        yield sends, replies


if __name__ == "__main__":
    sys.exit(main())
