"""The command line: each call that is wrong gets a sentence, an exit code, and no traceback."""

from __future__ import annotations

import errno
import os
import socket
import subprocess
import sys

import pytest


@pytest.fixture
def call(request, tmp_path):
    """Runs `python -m steps.s01` with these words to its end."""

    def run(*words, step="s01", **env):
        return subprocess.run(
            [sys.executable, "-m", f"steps.{step}", *words],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(request.config.rootpath), **env},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=20,
        )

    return run


def sentence(done, exit_code):
    """The last line on stderr of a call that failed as it should."""
    assert done.returncode == exit_code, done.stderr
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    return done.stderr.splitlines()[-1]


def test_ready(server):
    """The server says where it listens and whose code it runs."""
    echo = server("s01")
    assert echo.stop() == 0
    ready, whose, stopped = echo.stdout().splitlines()
    assert ready == f"step 01 listening on 127.0.0.1:{echo.port}"
    assert "exercises" in whose
    assert stopped == "step 01 stopped"


def test_no_words_print_the_usage(call):
    """Without a command the usage is shown; the exit code tells a script that nothing ran."""
    done = call()
    assert done.returncode == 2
    assert done.stderr.startswith("usage: python -m steps.s01")
    assert "serve" in done.stderr


def test_help(call):
    """--help explains the options, with their defaults."""
    done = call("serve", "--help")
    assert done.returncode == 0
    assert "(default: 127.0.0.1)" in done.stdout
    assert "(default: 6379)" in done.stdout


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (["sreve"], "invalid choice: 'sreve'"),
        (["serve", "--prot", "7000"], "unrecognized arguments: --prot 7000"),
        (["serve", "--po", "7000"], "unrecognized arguments: --po 7000"),
        (["serve", "7000"], "unrecognized arguments: 7000"),
        (["serve", "--port"], "expected one argument"),
        (["serve", "--port", "65536"], "'65536' is not a port; give a number from 0 to 65535"),
        (["serve", "--port=-1"], "'-1' is not a port"),
        (["serve", "--port", "6e3"], "'6e3' is not a port"),
        (["serve", "--port", " 7"], "' 7' is not a port"),
        (["serve", "--port", "1_0"], "'1_0' is not a port"),
        (["serve", "--port", "\u0667"], "is not a port"),
        (["serve", "--port", "9" * 10_000], "is not a port"),
        (["serve", "--host", ""], "the host is empty"),
    ],
)
def test_a_wrong_call(call, words, part):
    """A wrong call is refused in one sentence."""
    assert part in sentence(call(*words), 2)


def test_a_port_in_use(call):
    """A port in use is named, with a way out."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        said = sentence(call("serve", "--port", str(port)), 1)
    assert said == (
        f"error: port {port} is in use; stop the server that has it, or choose another with --port "
        "(--port 0 takes a free one)."
    )


@pytest.mark.parametrize("host", ["a..b", "x" * 300, "no such host"])
def test_an_unknown_host(call, host):
    """An unknown host is named in the error."""
    said = sentence(call("serve", "--port", "0", "--host", host), 1)
    assert said.startswith(f"error: host {host!r} is not known;")


def test_an_address_of_another_machine(call):
    """An address that this machine does not have is named in the error. (No machine has TEST-NET-1.)"""
    said = sentence(call("serve", "--port", "0", "--host", "192.0.2.1"), 1)
    assert said.startswith("error: 192.0.2.1 is not an address of this machine;")


def test_reasons(code):
    """Each error of the system has its sentence."""
    reason = code.s01.cli.reason
    refused = reason("127.0.0.1", 80, PermissionError(errno.EACCES, "Permission denied"))
    assert refused.startswith("port 80 needs special rights;")
    other = reason("::1", 80, OSError(errno.EAFNOSUPPORT, "no such family"))
    assert other == "cannot listen on ::1 port 80: no such family; try another --host or --port."


@pytest.mark.parametrize("exercise", ["1.1", "1.4"])
def test_an_exercise_without_which_nothing_runs(call, exercise):
    """If the exercise that opens the port, or the loop, is empty, the call says so."""
    overlay = f'{{"empty": ["{exercise}"]}}'
    said = sentence(call("serve", "--port", "0", STEPS_OVERLAY=overlay), 1)
    assert said.startswith(
        f"error: exercise {exercise} is not written yet (steps/s01_echo/server.py:"
    )


@pytest.mark.parametrize("exercise", ["1.2", "1.3"])
def test_an_exercise_that_a_client_meets(server, exercise):
    """If the exercise that serves a client is empty, the client is told; the server stays."""
    echo = server("s01", env={"STEPS_OVERLAY": f'{{"empty": ["{exercise}"]}}'})
    for _ in range(2):
        client = echo.client()
        client.send(b"hello" * 10_000)  # left unread, and still the message arrives
        client.expect(f"-ERR exercise {exercise} is not written yet (steps/s01_echo/".encode())
        assert client.receive(100).endswith(b")\r\n")
        assert client.closed()
        client.close()
    assert echo.stop() == 0
    assert echo.stderr() == ""


BUG = '''"""A handle with a bug."""

import socket

from steps.s01_echo import server


class Server(server.Server):
    def handle(self, connection: socket.socket) -> None:
        connection.sendall(connection.recv(100).nothing_of_this_name)
'''


def test_a_bug(server, tmp_path):
    """A bug is reported on stderr with its traceback, and ends only one connection."""
    planted = tmp_path / "1.2_bug.py"
    planted.write_text(BUG, encoding="utf-8")
    echo = server("s01", env={"STEPS_OVERLAY": f'{{"plant": ["{planted.as_posix()}"]}}'})
    for _ in range(2):
        client = echo.client()
        client.send(b"hello")
        assert client.closed()
    assert echo.stop() == 0
    assert echo.stderr().count("a bug ended one connection; the server goes on\nTraceback") == 2
    assert echo.stderr().count("nothing_of_this_name") >= 2


def test_nobody_reads_the_output(request, tmp_path):
    """A server whose stdout was closed keeps serving, and stops without an error."""
    with subprocess.Popen(
        [sys.executable, "-m", "steps.s01", "serve", "--port", "0"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(request.config.rootpath)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    ) as process:
        try:
            port = int(process.stdout.readline().rsplit(b":", 1)[1])
            process.stdout.close()
            with socket.create_connection(("127.0.0.1", port), 5) as client:
                client.sendall(b"hello")
                assert client.recv(100) == b"hello"
            process.send_signal(2)
            assert process.wait(5) == 0
            assert process.stderr.read() == b""
        finally:
            process.kill()
