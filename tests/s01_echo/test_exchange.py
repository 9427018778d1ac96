"""Exercise 1.5: a client that sends and receives at once, however it does so."""

from __future__ import annotations

import random
import socket
import threading
from hashlib import sha256

import pytest

LARGE = 16 * 1024 * 1024
"""More bytes than the kernel keeps for two ends that do not read."""


@pytest.mark.exercise(
    "1.5",
    why="The answer is everything that recv returns until it returns b''. An echo hangs up only when it "
    "has seen the end of what you send: shutdown(SHUT_WR), once all is sent.",
)
@pytest.mark.parametrize("data", [b"hello", b"\xff\x00\r\n", b""])
def test_an_echo_comes_back(code, data):
    """What the server sends back is returned."""
    assert code.labs.s01.exchanged("echo", data) == data


@pytest.mark.exercise(
    "1.5",
    why="A server that needs all of the question waits for its end. close() would end both directions; "
    "shutdown(SHUT_WR) ends one of them, and the answer can still come.",
)
def test_an_answer_that_comes_after_the_end(code):
    """A server that reads to the end before it answers."""
    assert code.labs.s01.exchanged("late", b"what is it?") == b"what is it?"
    assert code.labs.s01.much_exchanged("late", 320_000) == [320_000, True]


@pytest.mark.exercise(
    "1.5",
    why="While you only send, the server's replies fill the buffers, until it stops reading and waits "
    "for you. Then neither end goes on. Receive while you send.",
)
def test_more_than_the_buffers_hold(code):
    """An echo of 16 MB."""
    assert code.labs.s01.much_exchanged("echo", LARGE) == [LARGE, True]


@pytest.mark.exercise(
    "1.5",
    why="This server answers before it reads anything. Sending and receiving in turns is not enough: at "
    "each moment only one of the two may be possible.",
)
def test_a_server_that_reads_last(code):
    """A server sends 16 MB, and then reads 16 MB."""
    assert code.labs.s01.much_exchanged("eager", LARGE) == [LARGE, True]


@pytest.mark.exercise(
    "1.5",
    why="When recv returns b'' the answer is complete, even if some of the question could not be sent. "
    "Whoever waits for the sender then waits for a server that reads no more.",
)
def test_a_server_that_has_had_enough(code):
    """A server sends an error, hangs up, and reads nothing."""
    assert code.labs.s01.much_exchanged("full", LARGE) == b"enough"
    assert code.labs.s01.exchanged("full", b"") == b"enough"


@pytest.mark.exercise(
    "1.5",
    why="A host may have an IPv6 address, and a socket of AF_INET never gets there. "
    "socket.create_connection finds out what the host has.",
)
def test_a_host_with_ipv6(code):
    """For an IPv6 address the socket is one of IPv6."""
    assert "AF_INET6" in code.labs.s01.families_of_exchange("::1")


@pytest.mark.exercise(
    "1.5",
    why="A `with` closes the connection however the exchange ends, also by an error. A thread that "
    "still waits in sendall holds on to it, and close() does not wake that thread: shutdown(SHUT_RDWR) "
    "does, and `join` waits for its end.",
)
@pytest.mark.parametrize(("kind", "size"), [("echo", 5), ("full", LARGE), ("rude", 5)])
def test_nothing_is_left_behind(code, kind, size):
    """Afterwards the connection is closed, and no thread goes on with it."""
    assert code.labs.s01.left_by_exchange(kind, size) == []


@pytest.mark.exercise("1.5", why="No server at that port: the caller learns it by the OSError.")
def test_no_server(code):
    """The error of the connection comes through."""
    assert code.labs.s01.exchanged("none", b"hello") == "ConnectionRefusedError"


@pytest.mark.exercise("1.5", why="`send` prints what `exchange` returns.")
def test_a_file_is_sent(server, command, tmp_path):
    """`send FILE` prints what the echo server sends back."""
    file = tmp_path / "file.txt"
    file.write_text("one\ntwo\n")
    done = command("s01", "send", "--port", server("s01").port, str(file))
    assert (done.stdout, done.returncode) == ("one\ntwo\n", 0), done.stderr


@pytest.mark.exercise(
    "1.5",
    why="This server sends a lot before it reads anything, and then proves that it has read everything. "
    "Send and receive at the same time, and all of both.",
)
def test_any_question_and_answer(command, tmp_path, seed):
    """Megabytes both ways, with a server that knows nothing of this exercise."""
    chance = random.Random(seed)
    question, answer = (chance.randbytes(size).hex().encode() for size in (2_500_000, 1_000_000))
    (tmp_path / "question").write_bytes(question)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        for buffer in (socket.SO_RCVBUF, socket.SO_SNDBUF):
            listener.setsockopt(socket.SOL_SOCKET, buffer, 4096)

        def serve():
            connection = listener.accept()[0]
            with connection, connection.makefile("rb") as stream:
                connection.sendall(answer)
                connection.sendall(sha256(stream.read()).hexdigest().encode())

        threading.Thread(target=serve, daemon=True).start()
        port = listener.getsockname()[1]
        done = command("s01", "send", "--port", port, str(tmp_path / "question"))
    assert done.returncode == 0, done.stderr
    assert done.stdout[: len(answer)].encode() == answer
    assert done.stdout[len(answer) :] == sha256(question).hexdigest()
