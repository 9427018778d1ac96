"""The trusted side of wire tests: its decoder, its client, and the servers that it starts."""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator

import pytest

from workbook import wire

pytestmark = pytest.mark.timeout(120)

# ---------------------------------------------------------------- bytes and values


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"+OK\r\n", "+OK\\r\\n"),
        (b'a\\"\t\x00\xff', 'a\\\\"\\t\\x00\\xff'),
        (b"", ""),
    ],
)
def test_bytes_are_shown_and_read_back(data, text):
    assert wire.show(data) == text
    assert wire.unshow(text) == data


@pytest.mark.parametrize("text", ["\\q", "\\x0", "\\xzz", "end\\"])
def test_a_bad_escape_is_refused(text):
    with pytest.raises(ValueError, match="unknown escape"):
        wire.unshow(text)


@pytest.mark.parametrize(
    ("data", "value"),
    [
        (b"+OK\r\n", b"OK"),
        (b"-ERR no\r\n", "-ERR no"),
        (b":-12\r\n", -12),
        (b"$3\r\na\r\n\r\n", b"a\r\n"),
        (b"$0\r\n\r\n", b""),
        (b"$-1\r\n", None),
        (b"*-1\r\n", None),
        (b"*2\r\n$1\r\na\r\n*1\r\n:1\r\n", [b"a", [1]]),
        (b"*0\r\n", []),
        (b"_\r\n", None),
        (b"#t\r\n", True),
        (b",1.5\r\n", 1.5),
        (b",-inf\r\n", float("-inf")),
        (b"(123456789012345678901234567890\r\n", 123456789012345678901234567890),
        (b"=7\r\ntxt:abc\r\n", b"abc"),
        (b"!6\r\nERR no\r\n", "-ERR no"),
        (b"%1\r\n+k\r\n*1\r\n:1\r\n", {b"k": [1]}),
        (b"~2\r\n:1\r\n*1\r\n:2\r\n", {1, (2,)}),
        (b">2\r\n+message\r\n:1\r\n", [b"message", 1]),
        (b"|1\r\n+ttl\r\n:3\r\n:7\r\n", 7),
    ],
)
def test_every_reply_has_its_plain_value(data, value):
    decoded, end = wire.decode(data)
    assert (decoded, end) == (value, len(data))
    assert type(decoded) is type(value) or isinstance(decoded, wire.ErrorReply | wire.Push)
    for cut in range(len(data)):
        with pytest.raises(wire.Incomplete):
            wire.decode(data[:cut])


@pytest.mark.parametrize(
    "data",
    [b"hello\r\n", b":1x\r\n", b":1_0\r\n", b"$ 1\r\na\r\n", b"$1\r\nabc\r\n", b"+OK\n", b"#x\r\n"],
)
def test_what_is_no_reply_is_refused(data):
    with pytest.raises(wire.WireFailure):
        wire.decode(data)


def test_a_request_is_an_array_of_bulk_strings():
    assert wire.encode(["GET", b"\xff", 12]) == b"*3\r\n$3\r\nGET\r\n$1\r\n\xff\r\n$2\r\n12\r\n"


def test_the_first_difference_is_marked():
    text = wire.explain(b"PING\r\n", b"+PONG\r\n", b"+PINK\r\n").splitlines()
    assert text == [
        "sent      PING\\r\\n",
        "expected  +PONG\\r\\n",
        "got       +PINK\\r\\n",
        "            ^ byte 2 differs",
    ]


def test_of_long_replies_the_place_of_the_difference_is_shown():
    expected, got = b"a" * 5000 + b"b" * 5000, b"a" * 5000 + b"c" * 5000
    *_, line, mark = wire.explain(b"", expected, got).splitlines()
    assert line[mark.index("^")] == "c"
    assert line[mark.index("^") - 1] == "a"
    assert mark.endswith("byte 5000 differs")
    assert len(line) < 1000


# ---------------------------------------------------------------- the client


@pytest.fixture
def peer() -> Iterator[Callable[..., wire.Client]]:
    """A client whose other side does what a function of its connection says."""
    threads = []

    def connect(talk: Callable[[socket.socket], object], timeout: float = 5) -> wire.Client:
        listener = socket.create_server(("127.0.0.1", 0))
        client = wire.Client(listener.getsockname()[1], timeout=timeout)
        connection, _ = listener.accept()
        listener.close()

        def run() -> None:
            with connection:
                talk(connection)

        threads.append(threading.Thread(target=run))
        threads[-1].start()
        return client

    yield connect
    for thread in threads:
        thread.join(5)


def test_expect_reads_what_it_compares_and_no_more(peer):
    with peer(lambda side: side.sendall(b"+OK\r\n:1\r\n")) as client:
        client.expect(b"+OK\r\n")
        client.expect(b":1\r\n")
        assert client.closed()


def test_a_difference_is_told_with_all_that_came(peer):
    def talk(side: socket.socket) -> None:
        side.recv(100)
        side.sendall(b"-ERR unknown command\r\n")
        side.recv(100)

    with peer(talk) as client:
        client.send(b"PING\r\n")
        with pytest.raises(wire.WireFailure) as failure:
            client.expect(b"+PONG\r\n")
    assert str(failure.value).splitlines() == [
        "sent      PING\\r\\n",
        "expected  +PONG\\r\\n",
        "got       -ERR unknown command\\r\\n",
        "          ^ byte 0 differs",
    ]


def test_silence_is_told_after_the_time_is_over(peer):
    with peer(lambda side: side.recv(100), timeout=0.2) as client:
        with pytest.raises(wire.WireFailure, match="and then nothing for"):
            client.expect(b"+PONG\r\n")
        assert not client.closed()


def test_a_closed_connection_is_told(peer):
    with (
        peer(lambda side: side.sendall(b"+PO")) as client,
        pytest.raises(wire.WireFailure) as failure,
    ):
        client.expect(b"+PONG\r\n")
    assert "got       +PO  and then the server closed the connection" in str(failure.value)
    assert "byte 3 differs" in str(failure.value)


def test_receive_gives_what_came_where_there_is_no_more(peer):
    with peer(lambda side: side.sendall(b"abc")) as client:
        assert client.receive(2) == b"ab"
        assert client.receive(2) == b"c"
        assert client.receive(2) == b""


def test_a_reply_in_pieces_is_one_reply(peer):
    def talk(side: socket.socket) -> None:
        side.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        side.recv(100)  # what lies unread at a close would turn it into a reset
        for byte in b"*2\r\n$2\r\nab\r\n:5\r\n+OK\r\n":
            side.send(bytes([byte]))

    with peer(talk) as client:
        assert client.ask("ANY") == [b"ab", 5]
        assert client.read() == b"OK"


def test_an_unfinished_reply_is_no_reply(peer):
    with (
        peer(lambda side: side.sendall(b"$5\r\nab")) as client,
        pytest.raises(wire.WireFailure) as failure,
    ):
        client.read()
    assert "expected  (one whole reply)" in str(failure.value)
    assert "got       $5\\r\\nab  and then the server closed" in str(failure.value)


def test_abort_resets_and_close_does_not(peer):
    ends: list[object] = []

    def talk(side: socket.socket) -> None:
        try:
            ends.append(side.recv(100))
        except ConnectionResetError:
            ends.append("reset")

    peer(talk).abort()
    peer(talk).close()
    for thread in threading.enumerate():
        if thread is not threading.current_thread() and not thread.daemon:
            thread.join(5)
    assert sorted(map(str, ends)) == ["b''", "reset"]


def test_no_server_is_a_failure_and_no_error():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        with pytest.raises(wire.WireFailure, match="no connection to 127"):
            wire.Client(taken.getsockname()[1])


# ---------------------------------------------------------------- the server


def script(mini, text: str) -> None:
    mini.write("steps/s01_mini/__main__.py", text)


def test_a_server_starts_talks_and_stops(mini):
    with wire.Server("s01", root=mini.root) as server:
        assert server.client().ask("PING") == b"*1"  # this one answers line by line
        assert server.exit_code() is None
        assert server.stop() == 0
        assert "step 01 listening on" in server.stdout()
        assert server.stderr() == ""


def test_a_step_may_be_a_number_and_run_elsewhere(mini, tmp_path):
    script(mini, "import os\nprint('step 1 listening on 127.0.0.1:1')\nprint(os.getcwd())\n")
    with wire.Server(1, root=mini.root, cwd=tmp_path) as server:
        assert server.end() == 0
        assert server.stdout().splitlines()[1] == str(tmp_path)


def test_a_server_that_ends_early_is_told_with_its_last_words(mini):
    script(mini, "import sys\nprint('hm')\nsys.exit('port taken')\n")
    with pytest.raises(wire.WireFailure) as failure:
        wire.Server("s01", root=mini.root)
    for text in (
        "ended before it was ready, with exit code 1",
        "hm",
        "port taken",
        "steps.s01 serve",
    ):
        assert text in str(failure.value)


@pytest.mark.parametrize("then", ["threading.Event().wait()", "while True: print('hm')"])
def test_a_server_that_does_not_say_its_port_is_given_up(mini, monkeypatch, then):
    script(mini, f"import threading\nprint('step 1 listens', flush=True)\n{then}\n")
    started: list[wire.Process] = []
    monkeypatch.setattr(wire, "on_start", [started.append])
    monkeypatch.setattr(wire.Process.wait_for, "__defaults__", (0.5,))
    with pytest.raises(wire.WireFailure, match="was not ready after"):
        wire.Server("s01", root=mini.root)
    with pytest.raises(ProcessLookupError):
        os.kill(started[0].pid, 0)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")
def test_a_server_that_ignores_ctrl_c_is_killed_with_its_children(mini, ends):
    text = """
        import signal, subprocess, sys, threading
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        wait = "import threading; threading.Event().wait()"
        child = subprocess.Popen([sys.executable, "-c", wait])
        print("step 01 listening on 127.0.0.1:1", child.pid, sep="\\n", flush=True)
        threading.Event().wait()
    """
    script(mini, "\n".join(line.strip() for line in text.splitlines()))
    with wire.Server("s01", root=mini.root) as server:
        grandchild = int(server.wait_for(r"^(\d+)$")[1])
        with pytest.raises(wire.WireFailure, match=r"went on for .* after Ctrl-C"):
            server.stop(timeout=0.5)
        assert server.exit_code() == -signal.SIGKILL
    assert ends(grandchild)


def test_a_real_redis_server_has_the_same_methods(redis_server):
    server = redis_server("--maxclients", 17)
    client = server.client()
    assert client.ask("CONFIG", "GET", "maxclients") == [b"maxclients", b"17"]
    assert client.ask("NONSENSE").startswith("-ERR unknown command")
    assert server.stop() == 0
    assert client.closed()


def test_a_redis_server_that_cannot_start_says_why(redis_server):
    with pytest.raises(wire.WireFailure, match="Bad directive"):
        redis_server("--no-such-option", "1")
