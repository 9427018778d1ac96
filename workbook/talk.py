"""`checker.py talk 4`: a prompt to the server of a step, which shows each byte sent and received.

The server is the learner's, in a child process and a folder of its own; or, with `--port`, any that
is already running. Whatever arrives is shown at once, even if it was not asked for.
"""

from __future__ import annotations

import contextlib
import re
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from workbook import catalogue, unwritten, wire
from workbook.anatomy import Anatomy, Row, rendered, said
from workbook.bootstrap import CHECKER
from workbook.calls import SOLVED, UNSOLVED, Call, CallTrouble
from workbook.patience import longest

PATIENCE = 1.0
"""Seconds until the prompt comes back where a reply does not: some commands wait."""

PIPED = 5.0
"""The same where the commands come from a file or a pipe."""

HELP = r"""Type a command as you would to redis-cli: SET name "a b". Quotes and \x00 work.
  .raw *1\r\n$4\r\nPI    sends these bytes as they are, and nothing else
  .inline PING           sends the line as it is, with \r\n after it
  .wait                  waits a second for what comes
  .quit                  ends it; so does Ctrl-D
HELLO 3 switches to RESP3, where the server knows it."""


def talk(call: Call) -> int:
    """The sub-command."""
    port = call.number("--port")
    resp3 = call.flag("--resp3")
    number = step_number(call)
    with tempfile.TemporaryDirectory(prefix="workbook-talk-") as folder:
        try:
            with server(number, call.root, Path(folder), port) as where:
                return Talk(where, number).run(["HELLO 3"] if resp3 else [])
        except wire.WireFailure as failure:
            print(unwritten.sentence(failure) or failure)
            return UNSOLVED


def step_number(call: Call) -> int:
    """The step; its server must exist."""
    name = call.whole[0]
    if len(call.words) != 1 or not re.fullmatch(r"\d{1,2}", call.words[0]):
        raise CallTrouble(f"Say which step's server: {CHECKER} {name} 4.")
    step = catalogue.step(int(call.words[0]), call.root)
    if step.number == 0:
        raise CallTrouble(f"Step 0 has no server; the first one is step 1's: {name} 1.")
    return step.number


@contextlib.contextmanager
def server(number: int, root: Path, folder: Path, port: int | None) -> Iterator[int]:
    """The port of a server that runs as long as this lasts."""
    if port is not None:
        yield port
        return
    with wire.Server(number, root=root, cwd=folder) as child:
        print(child.stdout().rstrip(), flush=True)
        try:
            yield child.port
        finally:
            if (code := child.exit_code()) is not None:
                child.drain()
                print(said(f"The server has ended, with exit code {code}."))
            if text := child.stderr().strip():
                print(f"\nThe server wrote:\n{text}")


class Talk:
    """One connection, and who reads and writes on it."""

    def __init__(self, port: int, step: int) -> None:
        self.step = step
        self.begun = time.monotonic()
        try:
            self.socket = socket.create_connection(("127.0.0.1", port), longest())
        except OSError as error:
            raise wire.WireFailure(f"No connection to port {port}: {error.strerror}.") from None
        self.socket.settimeout(None)
        self.asks = sys.stdin.isatty()
        self.prompt = f"step {step}> " if self.asks else ""
        self.waiting = False  # at the prompt
        self.over = False
        self.leaving = False
        self.news = threading.Condition()
        self.sent = Anatomy(sent=True, plain=step == 1)
        self.come = Anatomy(plain=step == 1)

    def run(self, first: list[str]) -> int:
        """Talks until the input ends or the server does."""
        reader = threading.Thread(target=self.read, daemon=True)
        reader.start()
        if self.asks:
            print("Ctrl-D ends it; .help lists what else you can type.")
        try:
            for line in chain(first, self.lines()):
                if self.over or not self.obey(line):
                    break
        except KeyboardInterrupt:
            print()
        ended, self.leaving = self.over, True
        with contextlib.suppress(OSError):
            self.socket.shutdown(socket.SHUT_WR)
        reader.join(PATIENCE)
        self.socket.close()
        return UNSOLVED if ended else SOLVED

    def lines(self) -> Iterator[str]:
        """What is typed, or piped in."""
        if not self.asks:
            yield from (line.rstrip("\r\n") for line in sys.stdin)
            return
        with contextlib.suppress(ImportError):
            import readline  # noqa: F401 - `input` edits lines by it
        while True:
            try:
                self.waiting = True
                line = input(self.prompt)
            except EOFError:
                print()
                return
            finally:
                self.waiting = False
            yield line

    def obey(self, line: str) -> bool:
        """Does what one line says; False ends it."""
        word, _, rest = line.strip().partition(" ")
        if word in (".quit", ".exit"):
            return False
        if word in (".help", "?"):
            print(HELP)
        elif word == ".wait":
            self.wait_for(sys.maxsize, PATIENCE)
        elif word:
            self.send(line, word, rest)
        return True

    def send(self, line: str, word: str, rest: str) -> None:
        """Sends a line, and waits for as many replies as it has commands."""
        try:
            data = wire.unshow(rest) if word == ".raw" else self.encoded(line, word, rest)
        except ValueError as error:
            print(said(f"Not sent: {error}."))
            return
        had = self.sent.values
        with self.news:
            self.show(">", self.sent.feed(data))
            # RESP3 answers these with a push, which is otherwise no answer
            self.come.count_pushes = bool(re.fullmatch(r"(?i)[ps]?(un)?subscribe", word))
            wanted = self.come.values + self.sent.values - had
        try:
            self.socket.sendall(data)
        except OSError as error:
            self.end(f"The connection is gone: {error.strerror}.")
            return
        self.wait_for(wanted, PATIENCE if self.asks else PIPED)

    def encoded(self, line: str, word: str, rest: str) -> bytes:
        """The bytes of a command."""
        if word == ".inline":
            return rest.encode() + b"\r\n"
        if self.step == 1:
            return line.encode() + b"\n"
        return wire.encode(words(line))

    def wait_for(self, wanted: int, seconds: float) -> None:
        """Until that many values have come, the connection has ended, or the time is up."""
        with self.news:
            self.news.wait_for(lambda: self.come.values >= wanted or self.over, seconds)

    def read(self) -> None:
        """Shows what comes, from the beginning to the end of the connection."""
        try:
            while data := self.socket.recv(wire.CHUNK):
                with self.news:
                    self.show("<", self.come.feed(data))
                    self.news.notify_all()
        except OSError as error:
            self.end(f"The connection is gone: {error.strerror}.")
        else:
            self.end("The server has closed the connection.")

    def end(self, sentence: str) -> None:
        """The connection is over."""
        with self.news:
            if not self.over and not self.leaving:
                self.over = True
                self.write(said(sentence))
            self.news.notify_all()

    def show(self, mark: str, rows: list[Row]) -> None:
        """Prints values, with the time since the connection."""
        self.write(rendered(mark, time.monotonic() - self.begun, rows))

    def write(self, text: str) -> None:
        """Prints, above the prompt if it stands there."""
        if not self.waiting:
            print(text, flush=True)
            return
        typed = ""
        with contextlib.suppress(ImportError, AttributeError):
            import readline

            typed = readline.get_line_buffer()
        print(
            f"\r{'':<{len(self.prompt + typed)}}\r{text}\n{self.prompt}{typed}", end="", flush=True
        )


def words(line: str) -> list[bytes]:
    r"""The words of a command: `SET k "a b\n"`. Raises ValueError where a quote is open."""
    found: list[bytes] = []
    at = 0
    pattern = re.compile(
        r"""\s*(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\')*)'|([^\s"']\S*))(?=\s|\Z)"""
    )
    line = line.strip()
    while at < len(line):
        match = pattern.match(line, at)
        if match is None:
            raise ValueError(f"the quotes in {line[at:].strip()} do not match")
        double, single, plain = match.groups()
        if double is not None:
            found.append(wire.unshow(double))
        else:
            found.append((single.replace("\\'", "'") if single is not None else plain).encode())
        at = match.end()
    return found
