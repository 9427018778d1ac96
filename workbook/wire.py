"""The trusted side of a test that speaks bytes: a server in a child process, and a client.

Nothing here uses a line of the learner's. A `Server` runs in a process group of its own, so that it
can be ended from outside whatever it does; a `Client` waits for a bounded time only, and says what
it sent, what it expected and what came. The decoder is a second one on purpose: a test that used
the learner's decoder would agree with the learner's mistakes.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, NamedTuple

from workbook import machine
from workbook.labs import module_of
from workbook.patience import patience

if TYPE_CHECKING:
    from workbook.warm import Warm

START = 15.0
"""Seconds that a server may take to its first line, on a machine that is busy."""

GRACE = 0.1
"""Seconds to collect the rest of a reply that is already known to be wrong, so as to show it."""

LAST_WORDS = 1.0
"""Seconds to read what a server wrote before it ended."""

CHUNK = 1 << 16

KEPT = 1 << 20
"""Characters that are kept of what a child prints; one that prints for ever must not fill the memory."""


class Exchange(NamedTuple):
    """What a failure on the wire is about; `expected` is None if no particular bytes are expected."""

    sent: bytes
    expected: bytes | None
    got: bytes
    end: str = ""
    silent: bool = False  # nothing at all came, and the connection was still open


class WireFailure(AssertionError):  # noqa: N818 - it is an assertion that failed, read by people
    """The other side did not do what the test expects of it."""

    exchange: Exchange | None = None
    outcome: tuple[str, str] | None = None
    """Of a server: what was expected of it, and what it did."""
    line = ""
    """Of a transcript: its place and its text."""
    command = ""
    """Of a transcript: the last command before that."""


def mismatch(
    sent: bytes, expected: bytes | None, got: bytes, end: str = "", silent: bool = False
) -> WireFailure:
    """The failure for bytes that are not those that were expected."""
    wanted = b"(one whole reply)" if expected is None else expected
    failure = WireFailure(explain(sent, wanted, got, end, mark=expected is not None))
    failure.exchange = Exchange(sent, expected, got, end, silent)
    return failure


class ErrorReply(str):
    """An error reply as it stood on the wire, without its CRLF: `-ERR syntax error`."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"ErrorReply({str(self)!r})"


class Push(list[Any]):
    """A RESP3 push message: a list that nobody asked for."""


# ---------------------------------------------------------------- bytes as people read them


def show(data: bytes) -> str:
    r"""`data` as text with visible escapes: `*1\r\n$4\r\nPING\r\n`."""
    return "".join(map(_SHOWN.__getitem__, data))


_ESCAPES = {13: "\\r", 10: "\\n", 9: "\\t", 92: "\\\\"}
_SHOWN = [
    _ESCAPES.get(byte) or (chr(byte) if 32 <= byte < 127 else f"\\x{byte:02x}")
    for byte in range(256)
]
_UNESCAPES = {"r": 13, "n": 10, "t": 9, "\\": 92, '"': 34, "0": 0, "a": 7, "b": 8}


def unshow(text: str) -> bytes:
    r"""The bytes that `text` shows; the opposite of `show`. Raises ValueError at a bad escape."""
    out = bytearray()
    at = 0
    while at < len(text):
        if text[at] != "\\":
            out += text[at].encode()
            at += 1
        elif match := re.compile(r"\\x([0-9a-fA-F]{2})").match(text, at):
            out.append(int(match[1], 16))
            at += 4
        elif (escaped := text[at + 1 : at + 2]) in _UNESCAPES:
            out.append(_UNESCAPES[escaped])
            at += 2
        else:
            raise ValueError(f"unknown escape {text[at : at + 2]!r} at character {at + 1}")
    return bytes(out)


def first_difference(expected: bytes, got: bytes) -> int | None:
    """The index of the first byte that differs, None if they are equal."""
    for index, (one, other) in enumerate(zip(expected, got, strict=False)):
        if one != other:
            return index
    return None if len(expected) == len(got) else min(len(expected), len(got))


def explain(sent: bytes, expected: bytes, got: bytes, end: str = "", mark: bool = True) -> str:
    """The failure in four lines, with a mark below the first byte that differs."""
    at = first_difference(expected, got) if mark else None
    lines = [f"sent      {_window(sent, len(sent))[0]}"] if sent else []
    lines.append(f"expected  {_window(expected, at or 0)[0]}")
    shown, column = _window(got, at or 0)
    lines.append(f"got       {shown}{end}")
    if at is not None:
        lines.append(f"{'':{10 + column}}^ byte {at} differs")
    return "\n".join(lines)


def _window(data: bytes, at: int, before: int = 200, after: int = 400) -> tuple[str, int]:
    """What to show of `data` (all of it, if it is short), and the column of byte `at` in that."""
    first, last = max(0, at - before), at + after
    lead = f"[{first} bytes] " if first else ""
    tail = f" [{len(data) - last} bytes more]" if len(data) > last else ""
    shown = show(data[first:last]) or "(nothing)"
    return f"{lead}{shown}{tail}", len(lead) + len(show(data[first:at]))


# ---------------------------------------------------------------- replies as plain values


class Incomplete(Exception):  # noqa: N818 - not an error: more bytes are needed
    """The reply goes on in bytes that have not come yet."""


def decode(data: bytes, at: int = 0) -> tuple[Any, int]:
    """The value of the one reply that begins at `at`, and where the next one begins.

    RESP2 and RESP3. Strings of all kinds become bytes, errors an `ErrorReply`; array, set, map,
    push become list, set, dict, `Push`. Raises Incomplete, or WireFailure for bytes that are not a
    reply.
    """
    line, after = _line(data, at)
    kind, rest = line[:1], line[1:]
    if kind == b"|":  # attributes precede a reply and are not one
        _, after = _items(data, after, 2 * _integer(rest, line))
        return decode(data, after)
    if kind in _LINES:
        return _LINES[kind](rest, line), after
    if kind in _BLOCKS:
        return _block(data, after, kind, _integer(rest, line))
    if kind in _AGGREGATES:
        return _aggregate(data, after, kind, _integer(rest, line))
    raise WireFailure(f"no reply begins with {show(line[:40])}")


def _line(data: bytes, at: int) -> tuple[bytes, int]:
    end = data.find(b"\r\n", at)
    if end < 0:
        if b"\n" in data[at:]:
            raise WireFailure(f"a line ends in LF without CR: {show(data[at : at + 80])}")
        raise Incomplete
    return data[at:end], end + 2


def _integer(text: bytes, line: bytes) -> int:
    if not re.fullmatch(rb"[+-]?\d{1,20}", text):
        raise WireFailure(f"{show(text)} is not an integer, in the line {show(line)}")
    return int(text)


def _boolean(text: bytes, line: bytes) -> bool:
    if text not in (b"t", b"f"):
        raise WireFailure(f"{show(line)} is neither #t nor #f")
    return text == b"t"


_LINES: dict[bytes, Callable[[bytes, bytes], Any]] = {
    b"+": lambda text, line: text,
    b"-": lambda text, line: ErrorReply(line.decode("utf-8", "backslashreplace")),
    b":": _integer,
    b"(": lambda text, line: int(text),
    b",": lambda text, line: float(text),
    b"#": _boolean,
    b"_": lambda text, line: None,
}
_BLOCKS = {b"$", b"=", b"!"}
_AGGREGATES = {b"*": 1, b"~": 1, b">": 1, b"%": 2}


def _block(data: bytes, at: int, kind: bytes, length: int) -> tuple[Any, int]:
    if length == -1:
        return None, at
    if len(data) < at + length + 2:
        raise Incomplete
    body, end = data[at : at + length], at + length
    if data[end : end + 2] != b"\r\n":
        raise WireFailure(f"no CRLF after a bulk string of {length} bytes: {show(data[end:])[:80]}")
    if kind == b"!":
        return ErrorReply("-" + body.decode("utf-8", "backslashreplace")), end + 2
    return (body[4:] if kind == b"=" else body), end + 2


def _aggregate(data: bytes, at: int, kind: bytes, count: int) -> tuple[Any, int]:
    if count == -1:
        return None, at
    items, at = _items(data, at, count * _AGGREGATES[kind])
    if kind == b"%":
        return {_hashable(key): value for key, value in zip(items[::2], items[1::2])}, at  # noqa: B905
    if kind == b"~":
        return {_hashable(item) for item in items}, at
    return (Push(items) if kind == b">" else items), at


def _items(data: bytes, at: int, count: int) -> tuple[list[Any], int]:
    items = []
    for _ in range(count):
        item, at = decode(data, at)
        items.append(item)
    return items, at


def _hashable(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(map(_hashable, value))
    if isinstance(value, dict):
        return tuple((key, _hashable(item)) for key, item in value.items())
    return frozenset(value) if isinstance(value, set) else value


def encode(words: Sequence[str | bytes | int | float]) -> bytes:
    """A request as clients write it: an array of bulk strings."""
    parts = [b"*%d\r\n" % len(words)]
    for word in words:
        data = word if isinstance(word, bytes) else str(word).encode()
        parts.append(b"$%d\r\n%b\r\n" % (len(data), data))
    return b"".join(parts)


# ---------------------------------------------------------------- the client


def connected(port: int | str, host: str, timeout: float) -> socket.socket:
    """A socket that is connected to a port of `host`, or to the Unix socket at a path."""
    if isinstance(port, int):
        made = socket.create_connection((host, port), timeout)
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return made
    made = socket.socket(socket.AF_UNIX)
    made.settimeout(timeout)
    try:
        made.connect(port)
    except OSError:
        made.close()
        raise
    return made


class Client:
    """One connection, which waits at most `timeout` seconds for each thing that it expects.

    Without a `timeout` it is as patient as the test. Use it as a context manager, or let the fixture
    that made it close it.
    """

    def __init__(
        self, port: int | str, host: str = "127.0.0.1", timeout: float | None = None
    ) -> None:
        """Connects to a port of `host`, or to a Unix socket at a path."""
        self.timeout = timeout or patience()
        self._sent = bytearray()  # since the last reply that was as expected: for the failure text
        self._kept = b""  # received, and not yet asked for
        self._over: str | None = None  # how the connection ended, once it did
        try:
            self.socket = connected(port, host, self.timeout)
        except OSError as error:
            failure = WireFailure(f"no connection to {host}:{port}: {error}")
            failure.outcome = ("it takes a connection", str(error))
            raise failure from None

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def send(self, data: bytes) -> None:
        """Sends all of `data`. A connection that is gone shows at the next receive, not here."""
        self._sent += data
        for observe in on_bytes:
            observe(self, ">", data)
        deadline = time.monotonic() + self.timeout
        view = memoryview(data)
        while view and not self._over:
            self.socket.settimeout(max(deadline - time.monotonic(), 0.001))
            try:
                view = view[self.socket.send(view) :]
            except TimeoutError:
                raise WireFailure(
                    f"{len(view)} bytes could not be sent in {self.timeout:g} s"
                ) from None
            except OSError as error:
                self._note_loss(error)
                return

    def receive(self, count: int) -> bytes:
        """Exactly `count` bytes; fewer only if the connection ends or time runs out before."""
        deadline = time.monotonic() + self.timeout
        while len(self._kept) < count and self._fill(deadline):
            pass
        return self._take(min(count, len(self._kept)))

    def expect(self, expected: bytes) -> None:
        """Reads as many bytes as `expected` has, and fails with all three if they are not those."""
        __tracebackhide__ = True
        deadline = time.monotonic() + self.timeout
        while len(self._kept) < len(expected) and expected.startswith(self._kept):
            if not self._fill(deadline):
                break
        if not self._kept.startswith(expected):
            raise self._mismatch(expected)
        self._take(len(expected))
        self._sent.clear()

    def read(self) -> Any:
        """The next whole reply, as a plain value (see `decode`)."""
        __tracebackhide__ = True
        return decode(self.read_raw())[0]

    def read_raw(self) -> bytes:
        """The bytes of the next whole reply."""
        __tracebackhide__ = True
        deadline = time.monotonic() + self.timeout
        while True:
            with contextlib.suppress(Incomplete):
                _, end = decode(self._kept)
                self._sent.clear()
                return self._take(end)
            if not self._fill(deadline):
                raise self._mismatch(None)

    def ask(self, *words: str | bytes | int | float) -> Any:
        """Sends one command; its reply as a plain value, an error as an `ErrorReply`."""
        __tracebackhide__ = True
        self.send(encode(words))
        return self.read()

    def pending(self) -> bytes:
        """What has come and was not asked for; waits for nothing."""
        self._fill(time.monotonic())
        return self._kept

    def closed(self) -> bool:
        """True once the other side has closed the connection and sent nothing more before."""
        deadline = time.monotonic() + self.timeout
        while not self._kept and self._fill(deadline):
            pass
        return not self._kept and self._over is not None

    def ended(self) -> bool:
        """Whether the connection is over as far as is known now; waits for nothing."""
        self._fill(time.monotonic())
        return self._over is not None and not self._kept

    def finish(self) -> None:
        """Says that nothing more comes from here (a half-close); replies can still be read."""
        with contextlib.suppress(OSError):
            self.socket.shutdown(socket.SHUT_WR)

    def abort(self) -> None:
        """Breaks the connection: the other side gets a reset instead of an end."""
        with contextlib.suppress(OSError):
            linger = struct.pack("hh" if os.name == "nt" else "ii", 1, 0)
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.close()

    def close(self) -> None:
        """Closes the connection in the ordinary way."""
        self._over = self._over or "closed by this client"
        self.socket.close()

    def _take(self, count: int) -> bytes:
        data, self._kept = self._kept[:count], self._kept[count:]
        return data

    def _fill(self, deadline: float) -> bool:
        """Waits for more bytes; False if none can come, or none came in time."""
        if self._over:
            return False
        self.socket.settimeout(max(deadline - time.monotonic(), 0.001))
        try:
            data = self.socket.recv(CHUNK)
        except TimeoutError:
            return False
        except OSError as error:
            self._note_loss(error)
            return False
        self._kept += data
        for observe in on_bytes:
            observe(self, "<", data)
        if not data:
            self._over = "the server closed the connection"
        return bool(data)

    def _note_loss(self, error: OSError) -> None:
        self._over = f"the connection broke: {error.strerror or error}"

    def _mismatch(self, expected: bytes | None) -> WireFailure:
        deadline = time.monotonic() + GRACE
        end = self._end()
        silent = not self._kept and not self._over
        # wrong already: show the rest of it too
        if expected is not None and not expected.startswith(self._kept):
            while self._fill(deadline):
                pass
            end = f"  and then {self._over}" if self._over else ""
        for observe in on_mismatch:
            observe(silent, self._over is not None)
        return mismatch(bytes(self._sent), expected, self._kept, end, silent)

    def _end(self) -> str:
        return f"  and then {self._over or f'nothing for {self.timeout:g} s'}"


# ---------------------------------------------------------------- the server


class Process:
    """A child in a process group of its own, whose output is collected while it runs."""

    def __init__(self, command: Sequence[str], cwd: Path, env: Mapping[str, str]) -> None:
        self.command = list(command)
        self._lines: dict[str, list[str]] = {"stdout": [], "stderr": []}
        self._open = set(self._lines)
        self._changed = threading.Condition()
        self._swept = False
        self._room = dict.fromkeys(self._lines, KEPT)
        self.asked = False  # to end: a child that ends unasked has crashed
        self._process = self._spawn(self.command, cwd, env)
        self.pid = self._process.pid
        for observe in on_start:
            observe(self)
        self._readers = [self._collect(name) for name in self._lines]

    def _spawn(
        self, command: Sequence[str], cwd: Path, env: Mapping[str, str]
    ) -> subprocess.Popen[bytes]:
        """Starts it. What is not trusted is started in another way (`workbook.grading.seam`)."""
        started: Any = warm.start(command, os.fspath(cwd), env) if warm else None
        return started or subprocess.Popen(
            command,
            cwd=cwd,
            env=dict(env),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            **own_group(),
        )

    @property
    def own_pid(self) -> int:
        """Its number as it sees itself: in a process namespace of its own that is another."""
        return self.pid

    def _collect(self, name: str) -> threading.Thread:
        pipe: IO[bytes] = getattr(self._process, name)
        reader = threading.Thread(target=self._read, args=(name, pipe), daemon=True)
        reader.start()
        return reader

    def _read(self, name: str, pipe: IO[bytes]) -> None:
        with pipe:
            while line := pipe.readline(CHUNK):
                if self._room[name] > 0:  # the rest is read, so that the child goes on, and dropped
                    self._room[name] -= len(line)
                    with self._changed:
                        self._lines[name].append(line.decode("utf-8", "backslashreplace"))
                        self._changed.notify_all()
        with self._changed:
            self._open.discard(name)
            self._changed.notify_all()

    def wait_for(self, pattern: str, timeout: float = START) -> re.Match[str]:
        """The match of the first line of stdout with `pattern`; WireFailure if it ends before."""
        __tracebackhide__ = True
        deadline = time.monotonic() + timeout
        seen = 0
        while time.monotonic() < deadline:  # which also ends a server that prints for ever
            with self._changed:
                news, reading = self._lines["stdout"][seen:], "stdout" in self._open
                if not news and reading:
                    self._changed.wait(deadline - time.monotonic())
            seen += len(news)
            for line in news:
                if match := re.search(pattern, line):
                    return match
            if not news and not reading:
                raise self._failure("it starts", "ended before it was ready")
        raise self._failure("it starts", f"was not ready after {timeout:g} s")

    def _failure(self, expected: str, what: str) -> WireFailure:
        """The failure of a child that did not do what was expected of it."""
        failure = WireFailure(self._story(what))
        for observe in on_mismatch:
            observe(self.exit_code() is None, False)
        failure.outcome = f"the server: {expected}", str(failure).partition("\n")[0]
        return failure

    def _story(self, what: str) -> str:
        code = self.end() if what.startswith("ended") else self.exit_code()
        lines = [f"the server {what}" + ("" if code is None else f", with exit code {code}")]
        lines.append(f"command   {' '.join(self.command)}")
        for name in self._lines:
            if text := self.output(name).rstrip():
                lines.append(f"its {name}:\n{text}")
        return "\n".join(lines)

    def output(self, name: str = "stdout") -> str:
        """All that the child has written so far."""
        with self._changed:
            return "".join(self._lines[name])

    def stdout(self) -> str:
        """What the child has written to stdout so far (all of it, once it has ended)."""
        return self.output("stdout")

    def stderr(self) -> str:
        """What the child has written to stderr so far (all of it, once it has ended)."""
        return self.output("stderr")

    def exit_code(self) -> int | None:
        """The exit code, None while it runs; -9 stands for a death by signal 9."""
        return self._process.poll()

    def interrupt(self, signum: int = signal.SIGINT) -> None:
        """Sends a signal (Ctrl-C as default) to the child alone."""
        if os.name == "nt":
            signum = signal.CTRL_BREAK_EVENT  # type: ignore[attr-defined, unused-ignore]
        self.asked = self.asked or self.exit_code() is None
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(signum)

    def end(self, timeout: float | None = None) -> int | None:
        """Waits for the end; the exit code, None if it still runs after `timeout` seconds."""
        try:
            code = self._process.wait(patience() if timeout is None else timeout)
        except subprocess.TimeoutExpired:
            return None
        for reader in self._readers:
            reader.join(LAST_WORDS)  # no longer: a grandchild may hold the pipe open
        return code

    def drain(self) -> None:
        """Waits, after the end, until all that the child has written is there to be looked at."""
        with self._changed:
            self._changed.wait_for(lambda: not self._open, patience())

    def stop(self, signum: int = signal.SIGINT, timeout: float | None = None) -> int:
        """Asks the child to stop, and returns its exit code; WireFailure if it goes on."""
        __tracebackhide__ = True
        timeout = timeout or patience()
        self.interrupt(signum)
        code = self.end(timeout)
        if code is None:
            failure = self._failure(
                f"it ends after {_name(signum)}", f"went on for {timeout:g} s after {_name(signum)}"
            )
            self.kill()
            raise failure
        self._sweep()
        return code

    def died(self) -> bool:
        """Whether it ended by itself, with an exit code that is not 0."""
        return not self.asked and self.exit_code() not in (None, 0)

    def abort(self) -> None:
        """Ends a Python child so that it writes to stderr where each of its threads stands.

        That takes the environment variable PYTHONFAULTHANDLER=1, and a system with signals.
        """
        self.asked = True
        if hasattr(signal, "SIGABRT") and os.name != "nt":
            with contextlib.suppress(ProcessLookupError):
                self._process.send_signal(signal.SIGABRT)
            self.end(LAST_WORDS)

    def kill(self) -> None:
        """Ends the child and all of its group at once, and waits until it is gone."""
        self.asked = self.asked or self.exit_code() is None
        self._sweep()
        with contextlib.suppress(OSError):
            self._process.kill()
        self.end()

    def _sweep(self) -> None:
        """Ends what is left of the group; once only, for its number may later be another's."""
        if hasattr(os, "killpg") and not self._swept:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.pid, signal.SIGKILL)
        self._swept = True

    def __enter__(self) -> Process:
        return self

    def __exit__(self, *exc: object) -> None:
        self.kill()


on_start: list[Callable[[Process], None]] = []
"""Called with each child, whose `pid` is also its group's: for cleaning up."""

on_mismatch: list[Callable[[bool, bool], None]] = []
"""Called when a client did not get what it expects, while its server is as it was then: whether
nothing at all came, and whether the connection is over."""

on_bytes: list[Callable[[Client, str, bytes], None]] = []
"""Called with what each client sends (">") and receives ("<"): for keeping a log."""


warm: Warm | None = None
"""Where child processes come from in a run of tests, if not from scratch."""


def own_group() -> dict[str, Any]:
    """What makes a process the first of a group of its own."""
    if os.name == "nt":
        return {"creationflags": 0x200}  # CREATE_NEW_PROCESS_GROUP, a name that only Windows has
    return {"start_new_session": True}


def _name(signum: int) -> str:
    return "Ctrl-C" if signum == signal.SIGINT else signal.Signals(signum).name


class Server(Process):
    """`python -m steps.sNN serve` on a free port, ready for its first client."""

    client_class = Client

    def __init__(
        self,
        step: str | int,
        *args: str | int,
        root: Path,
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
        timeout: float | None = None,
    ) -> None:
        """Starts the server of `step` (`"s03"` or 3) with the folder `root` as the repository.

        `cwd` is where it runs and leaves its files; `env` is added to the environment (an
        overlay, for one); `timeout` is what its clients get, in seconds (see `Client`).
        """
        __tracebackhide__ = True
        self.step = f"s{step:02d}" if isinstance(step, int) else step
        self.timeout = timeout
        self._clients: list[Client] = []
        command = [sys.executable, "-m", module_of(self.step), "serve", "--port", "0"]
        super().__init__([*command, *map(str, args)], cwd or root, _environment(root, env or {}))
        self.port = self._wait_until_ready()

    def _wait_until_ready(self) -> int:
        __tracebackhide__ = True
        found = re.search(r"s0?(\d+)", self.step)
        number = found[1] if found else self.step
        try:
            return int(self.wait_for(rf"^step 0?{number} listening on 127\.0\.0\.1:(\d+)\s*$")[1])
        except BaseException:
            self.kill()
            raise

    def client(self, timeout: float | None = None) -> Client:
        """A new connection; it is closed with the server at the latest."""
        client = self.client_class(self.port, timeout=timeout or self.timeout)
        self._clients.append(client)
        return client

    def kill(self) -> None:
        """Ends the server and all of its group at once, and closes its clients."""
        super().kill()
        for client in self._clients:
            client.close()

    def __enter__(self) -> Server:
        return self


def _environment(root: Path, more: Mapping[str, str]) -> dict[str, str]:
    paths = [machine.importable(root), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(paths),
        "PYTHONUNBUFFERED": "1",
        "PYTHONIOENCODING": "utf-8",
        **more,
    }


class RedisServer(Server):
    """A real redis-server, with nothing on disk, behind the same methods."""

    def __init__(self, *args: str | int, cwd: Path, timeout: float | None = None) -> None:
        self.step = "redis"
        self.timeout = timeout
        self._clients = []
        for attempts_left in reversed(range(5)):
            self.port = _free_port()
            Process.__init__(self, self._redis_command(*args), cwd, os.environ)
            try:
                self.wait_for("Ready to accept connections")
            except WireFailure:
                self.kill()
                # between our look and its bind another process may have taken the port
                if not attempts_left or "Address already in use" not in self.stdout():
                    raise
            else:
                return

    def _redis_command(self, *args: str | int) -> list[str]:
        binary = shutil.which("redis-server")
        if binary is None:
            raise FileNotFoundError("redis-server is not installed (Debian package redis-server)")
        own = ["--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        return [binary, *own, "--daemonize", "no", *map(str, args)]

    def __enter__(self) -> RedisServer:
        return self


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def redis_version() -> str | None:
    """The version of the installed redis-server (`7.0.15`), None without one."""
    binary = shutil.which("redis-server")
    if binary is None:
        return None
    out = subprocess.run([binary, "--version"], capture_output=True, text=True, check=False).stdout
    match = re.search(r"v=(\S+)", out)
    return match[1] if match else None


@contextlib.contextmanager
def closing_all(servers: list[Server]) -> Iterator[list[Server]]:
    """Ends every server that is put into the list, whatever happens."""
    try:
        yield servers
    finally:
        for server in servers:
            server.kill()
