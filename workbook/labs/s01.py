"""Tools for experiments and tests with the server of step 1. Nothing of the server uses them."""

from __future__ import annotations

import errno
import gc
import socket
import struct
import threading
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from typing import Any
from unittest import mock

from steps.s01_echo.send import exchange
from steps.s01_echo.server import Server, listen
from workbook.labs.audit import watching
from workbook.labs.raising import raised
from workbook.patience import patience

TROUBLES: dict[str, BaseException | None] = {
    "none": None,
    "reset": ConnectionResetError("the client vanished"),
    "unreachable": OSError("no route to the client"),
    "bug": ValueError("a bug in handle"),
    "Ctrl-C": KeyboardInterrupt(),
}


class Watched(socket.socket):
    """A connection that complains when its reader goes on behind the end instead of stopping."""

    ends = 0

    def recv(self, bufsize: int, flags: int = 0, /) -> bytes:
        data = super().recv(bufsize, flags)
        self.ends += not data
        if self.ends > 10:
            raise AssertionError("recv returned b'' ten times; the client has hung up")
        return data


def pair() -> tuple[socket.socket, socket.socket]:
    """Two connected sockets, without a port: one for the client, one for the server."""
    client, connection = socket.socketpair()
    # who waits for bytes that never come gets an error instead of hanging
    client.settimeout(patience())
    return client, Watched(fileno=connection.detach())


def connect(port: int, timeout: float | None = None) -> socket.socket:
    """A client's connection to `port` of this machine, which waits `timeout` seconds at most."""
    return socket.create_connection(("127.0.0.1", port), timeout or patience())


def at_the_port(names: Sequence[str], accepted: int) -> tuple[dict[str, bytes], dict[str, bytes]]:
    """What the kernel keeps for clients that have connected and sent, in the order of its queue.

    The first of them are `accepted`, and nobody has called `recv`. The others are found in the queue
    by accepting them, too.
    """
    with ExitStack() as opened, free_listener() as listener:
        listener.settimeout(patience())
        callers = {}
        for name in names:
            client = opened.enter_context(connect(listener.getsockname()[1]))
            client.sendall(f"I am {name}".encode())
            callers[client.getsockname()] = name
        kept = {}
        for _ in names:
            connection, address = listener.accept()
            opened.enter_context(connection)
            kept[callers[address]] = connection.recv(100, socket.MSG_PEEK)  # and leaves it there
    queue = list(kept.items())
    return dict(queue[:accepted]), dict(queue[accepted:])


def why_not(host: str, port: int) -> str:
    """The name of the error with which `listen` refuses a port; "" where it does not."""
    return raised(lambda: listen(host, port).close(), OSError)


def left_open(host: str, port: int) -> int:
    """How many sockets a `listen` that fails leaves for the garbage collector to close."""
    gc.collect()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", ResourceWarning)
        why_not(host, port)
        gc.collect()
    return sum(issubclass(one.category, ResourceWarning) for one in caught)


def errno_of(host: str, port: int) -> str:
    """The name of the errno of the error with which `listen` refuses a port."""
    try:
        listen(host, port).close()
    except OSError as error:
        return errno.errorcode.get(error.errno or 0, "no errno")
    return "no error"


def bound(host: str, port: int) -> list[list[Any]]:
    """Each host and port that `listen` asks the system for. The system is never asked in fact."""
    found: list[list[Any]] = []

    def watcher(event: str, details: tuple[Any, ...]) -> None:
        if event == "socket.bind":
            found.append(list(details[1]))
            raise OSError("an experiment binds nothing")

    with watching(watcher):
        why_not(host, port)
    return found


def families(host: str) -> list[str]:
    """The address families of the sockets that `listen` makes for `host`, also where it fails."""
    return families_of(lambda: why_not(host, 0))


def families_of_exchange(host: str) -> list[str]:
    """The address families of the sockets that `exchange` makes for a host without a server."""
    with free_listener() as listener:
        port = listener.getsockname()[1]
    return families_of(lambda: outcome(port, b"hello", host))


def families_of(call: Callable[[], object]) -> list[str]:
    """The address families of the sockets that are made during a call."""
    found: list[str] = []

    def watcher(event: str, details: tuple[Any, ...]) -> None:
        if event == "socket.__new__":  # details: the socket, its family (-1: IPv4), type, protocol
            family = socket.AF_INET if details[1] == -1 else socket.AddressFamily(details[1])
            found.append(family.name)

    with watching(watcher):
        call()
    return found


def backlogs() -> list[int]:
    """How many clients may wait, as `listen` tells the system for each of its sockets."""
    found: list[int] = []
    listen_for = socket.socket.listen

    def noted(listener: socket.socket, backlog: int = -1) -> None:
        found.append(backlog)
        listen_for(listener, backlog)

    with mock.patch.object(socket.socket, "listen", noted):
        why_not("127.0.0.1", 0)
    return found


def through_a_needle(server: Server, data: bytes) -> bytes:
    """What comes back when a client sends `data` and the way back holds 4 KB at a time.

    The timeout makes Python's `send` return early, with the number of bytes that fitted in.
    """
    client, connection = pair()
    connection.settimeout(patience())
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    back = bytearray()

    def send() -> None:
        client.sendall(data)
        client.shutdown(socket.SHUT_WR)

    def read() -> None:
        while piece := client.recv(1024):
            back.extend(piece)

    threads = [threading.Thread(target=work, daemon=True) for work in (send, read)]
    for thread in threads:
        thread.start()
    with client, connection:
        server.handle(connection)
        connection.shutdown(socket.SHUT_WR)
        for thread in threads:
            thread.join(patience())
    return bytes(back)


class Asked(Watched):
    """A connection that notes how recv is called: for how many bytes, and with which timeout.

    One that is `interrupted` raises KeyboardInterrupt instead.
    """

    interrupted = False

    def __init__(self, fileno: int) -> None:
        super().__init__(fileno=fileno)
        self.most = 0
        self.patience: float | None = None

    def note(self, size: int) -> None:
        """Notes a call that may return `size` bytes."""
        if self.interrupted:
            raise KeyboardInterrupt
        self.most = max(self.most, size)
        if self.gettimeout() is not None:
            self.patience = self.gettimeout()

    def recv(self, bufsize: int, flags: int = 0, /) -> bytes:
        self.note(bufsize)
        return super().recv(bufsize, flags)

    def recv_into(self, buffer: Any, nbytes: int = 0, flags: int = 0, /) -> int:
        self.note(nbytes or len(buffer))
        return super().recv_into(buffer, nbytes, flags)


def how_it_receives(data: bytes) -> dict[str, Any]:
    """How `handle` reads `data`: at most how many bytes at once, and with which timeout (or None)."""
    client, connection = pair()
    asked = Asked(connection.detach())
    with client, asked:
        client.sendall(data)
        client.shutdown(socket.SHUT_WR)
        Server(free_listener()).handle(asked)
        return {"most": asked.most, "patience": asked.patience}


def interrupted() -> str:
    """The name of what comes out of `handle` when Ctrl-C is pressed while it waits for bytes."""
    client, connection = pair()
    asked = Asked(connection.detach())
    asked.interrupted = True
    with client, asked:
        return raised(lambda: Server(free_listener()).handle(asked), KeyboardInterrupt)


class InTurns(Watched):
    """A connection whose client sends its next message once the answer to the last has had its time.

    What has come back until then is noted.
    """

    def __init__(self, client: socket.socket, fileno: int, messages: Iterable[bytes]) -> None:
        super().__init__(fileno=fileno)
        self.client = client
        self.messages = iter(messages)
        self.heard: list[bytes] = []

    def take(self) -> None:
        """The client takes what has come back."""
        self.client.setblocking(False)
        with suppress(BlockingIOError):
            self.heard.append(self.client.recv(100))

    def speak(self) -> None:
        """`handle` wants to receive: it is the client's turn."""
        self.take()
        message = next(self.messages, None)
        if message is None:
            with suppress(OSError):
                self.client.shutdown(socket.SHUT_WR)
        else:
            self.client.sendall(message)

    def recv(self, bufsize: int, flags: int = 0, /) -> bytes:
        self.speak()
        return super().recv(bufsize, flags)

    def recv_into(self, buffer: Any, nbytes: int = 0, flags: int = 0, /) -> int:
        self.speak()
        return super().recv_into(buffer, nbytes, flags)


def in_turns(messages: list[bytes]) -> list[bytes]:
    """What comes back, piece by piece, to a client that waits for each answer before it goes on."""
    client, connection = pair()
    with client, InTurns(client, connection.detach(), messages) as turns:
        Server(free_listener()).handle(turns)
        turns.take()
        return turns.heard


def free_listener() -> socket.socket:
    """A socket that listens on a free port of this machine."""
    return socket.create_server(("127.0.0.1", 0))


class TroubledServer(Server):
    """A server in which serving a client ends in trouble of a chosen kind (see TROUBLES)."""

    def __init__(self, listener: socket.socket, trouble: str) -> None:
        super().__init__(listener)
        self.trouble = TROUBLES[trouble]
        self.reported: list[str] = []

    def handle(self, connection: socket.socket) -> None:
        if self.trouble is not None:
            raise self.trouble

    def report(self, connection: socket.socket, error: Exception) -> None:
        still_open = "" if connection.fileno() >= 0 else ", on a closed connection"
        self.reported.append(type(error).__name__ + still_open)

    def what_comes_out(self, connection: socket.socket) -> str:
        """The name of the trouble, if `guard` lets it through; "" where it returns."""
        try:
            self.guard(connection)
        except BaseException as error:
            if error is not self.trouble:
                raise  # `guard` itself has failed, or is not written
            return type(error).__name__
        return ""


class GuestServer(Server):
    """A server to which `guests` clients come, and nobody after them; notes what is done with each."""

    def __init__(self, listener: socket.socket, guests: int) -> None:
        super().__init__(listener)
        self.notes: list[str] = []
        self.connections: list[socket.socket] = []
        self.closed_early = 0  # of the connections, when nobody more comes
        self.guests: Iterator[int] = iter(range(guests))

    def next_client(self) -> socket.socket | None:
        if next(self.guests, None) is None:
            self.closed_early = sum(one.fileno() < 0 for one in self.connections)
            self.stopping = True  # as after `stop`: a loop that goes by it ends, too
            return None
        return pair()[1]

    def accepted(self, connection: socket.socket | None) -> None:
        if connection is None:
            self.notes.append("accepted None")
            return
        self.notes.append("accepted")
        self.connections.append(connection)

    def serve_client(self, connection: socket.socket) -> None:
        self.notes.append("served")
        connection.close()

    def close(self) -> None:
        self.notes.append("closed")
        for connection in self.connections:
            connection.close()
        super().close()


class BrokenServer(Server):
    """A server whose loop ends at its first client, by a bug or by sys.exit."""

    def __init__(self, listener: socket.socket, trouble: str) -> None:
        super().__init__(listener)
        self.trouble = SystemExit() if trouble == "exit" else ValueError("a bug in the loop")

    def next_client(self) -> socket.socket | None:
        raise self.trouble

    def what_comes_out_of_run(self) -> str:
        """The name of what `run` raises; "" where it returns."""
        return raised(self.run, ValueError, SystemExit)


# --- the other end: exercise 1.5 ------------------------------------------------------------------

PORTION = 16 * 1024


def exchanged(kind: str, data: bytes) -> Any:
    """What `exchange` returns from a server of that kind, or a text that says what went wrong.

    The kinds: `echo` sends everything back as it comes; `late` reads up to the end, and then sends it
    all; `eager` sends as many bytes as will come before it reads the first; `full` sends `enough`,
    hangs up and reads nothing; `rude` breaks the connection; `none` does not exist.
    """
    if kind == "none":
        with free_listener() as listener:
            port = listener.getsockname()[1]
        return outcome(port, data)
    with counterpart(kind, len(data)) as server:
        found = outcome(server.port, data)
    return server.trouble or found


def left_by_exchange(kind: str, size: int) -> list[str]:
    """What is still there after an exchange of `size` bytes: the "connection", a "thread"."""
    gc.collect()
    with counterpart(kind, size) as server, warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", ResourceWarning)
        before = set(threading.enumerate())
        outcome(server.port, bytes(size))
        left = []
        for thread in set(threading.enumerate()) - before:
            thread.join(patience())  # one that is about to end is not in the way
            left += ["thread"] * thread.is_alive()
        gc.collect()
    return left + ["connection"] * any("<socket" in str(one.message) for one in caught)


def much_exchanged(kind: str, size: int) -> Any:
    """The same for `size` bytes: how many came back, and whether they are the right ones."""
    data = b"0123456789abcdef" * (size // 16)
    found = exchanged(kind, data)
    if not isinstance(found, bytes) or len(found) < 100:
        return found
    return [len(found), found == (bytes(size) if kind == "eager" else data)]


def outcome(port: int, data: bytes, host: str = "127.0.0.1") -> Any:
    """What `exchange` returns, or the name of the OSError."""
    try:
        return exchange(host, port, data)
    except OSError as error:
        return type(error).__name__


class Counterpart(threading.Thread):
    """A server for one client."""

    def __init__(self, listener: socket.socket, kind: str, size: int) -> None:
        super().__init__(daemon=True)
        self.listener, self.kind, self.size = listener, kind, size
        self.port = listener.getsockname()[1]
        self.done = threading.Event()
        self.client: Any = None
        self.trouble = ""

    def run(self) -> None:
        self.listener.settimeout(2 * patience())
        try:
            connection, self.client = self.listener.accept()
            with connection:
                connection.settimeout(2 * patience())
                getattr(self, self.kind)(connection)
        except TimeoutError:
            self.trouble = f"the server waits in vain: {WAITS[self.kind]}"
        except OSError as error:
            self.trouble = f"the server: {error}"

    def send(self, connection: socket.socket, data: bytes | bytearray) -> None:
        # in portions, for each of which the patience is as long
        for at in range(0, len(data), PORTION):
            connection.sendall(data[at : at + PORTION])

    def echo(self, connection: socket.socket) -> None:
        while data := connection.recv(PORTION):
            connection.sendall(data)

    def late(self, connection: socket.socket) -> None:
        received = bytearray()
        while data := connection.recv(PORTION):
            received += data
        self.send(connection, received)

    def eager(self, connection: socket.socket) -> None:
        self.send(connection, bytes(self.size))
        while connection.recv(PORTION):
            pass

    def full(self, connection: socket.socket) -> None:
        connection.recv(1, socket.MSG_PEEK)  # by now its client is busy sending
        connection.sendall(b"enough")
        connection.shutdown(socket.SHUT_WR)
        if not self.done.wait(2 * patience()):
            raise TimeoutError

    def rude(self, connection: socket.socket) -> None:
        connection.recv(1)
        at_once = struct.pack("ii", 1, 0)  # which makes `close` send a reset
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, at_once)


@contextmanager
def counterpart(kind: str, size: int) -> Iterator[Counterpart]:
    """A server for one client that sends `size` bytes, while the block runs."""
    with free_listener() as listener:
        server = Counterpart(listener, kind, size)
        server.start()
        yield server
        server.done.set()
        server.join()


WAITS = {
    "echo": "its replies are not taken, or it is not told that nothing more will come",
    "late": "it is not told that nothing more will come",
    "eager": "its bytes are not taken, or it is not told that nothing more will come",
    "full": "it has hung up, and its client still waits",
    "rude": "nothing is sent to it",
}
