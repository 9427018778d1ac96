"""`--unixsocket`: clients of the same machine that connect at a path, beside redis-server."""

from __future__ import annotations

import os
import re
import socket
import stat
import subprocess

import pytest

from workbook import wire

redis = pytest.importorskip("redis", reason="the package redis brings the client redis-py")

if not hasattr(socket, "AF_UNIX"):
    pytest.skip("this system has no Unix sockets", allow_module_level=True)

PATH = "at"
"""Relative, as the path of a Unix socket can't be long."""


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """The folder of the servers is that of the test."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def pair(server, redis_server):
    """Ours and redis-server, each at a path of its own, which its replies show as PATH."""
    options = ["--unixsocketperm", "0700", "--unixsocket"]
    ours, real = server("s10", *options, "ours"), redis_server(*options, "real")
    yield wire.Client("ours"), wire.Client("real")
    assert (ours.stop(), real.stop()) == (0, 0)
    assert not os.path.exists("ours")


REQUESTS = """
CONFIG GET unixsocket
CONFIG GET unixsocketperm
CONFIG SET unixsocket x
CONFIG SET unixsocketperm 777
CONFIG SET slowlog-log-slower-than 0
GET k
CLIENT LIST
CLIENT INFO
SLOWLOG GET 1
"""


def about(reply, path):
    """What a reply says about the way that a client has come."""
    text = repr(reply).replace(path, PATH)
    return re.findall(r"l?addr=\S+|flags=\S+|unix:[^]]*\].*|'at:0'|unixsocket\w*|'700'|'at'", text)


def test_the_same_as_redis(pair):
    """What CLIENT, CONFIG, MONITOR and SLOWLOG say of a client that has come by the path."""
    said = []
    for client, path in zip(pair, ("ours", "real"), strict=True):
        monitor = wire.Client(path)
        monitor.ask("MONITOR")
        replies = [client.ask(*line.split()) for line in REQUESTS.strip().splitlines()]
        replies += [monitor.read_raw() for _ in ("GET k", "CLIENT INFO")]
        said.append([about(reply, path) for reply in replies])
        assert client.ask("CLIENT", "KILL", "ADDR", f"{path}:0") == 1
        assert monitor.closed()
        assert stat.S_IMODE(os.stat(path).st_mode) == 0o700
    assert said[0] == said[1]
    assert [len(found) for found in said[0]] == [2, 2, 1, 1, 0, 0, 6, 3, 1, 1, 1]


def test_with_real_clients(server, program):
    """redis-cli -s and a URL of redis-py; the port is there as well."""
    running = server("s10", "--unixsocket", PATH)
    done = subprocess.run(
        [program("redis-cli", "redis-tools"), "-s", PATH, "SET", "k", "v"],
        capture_output=True,
        timeout=20,
        check=True,
    )
    assert done.stdout == b"OK\n"
    with redis.Redis.from_url(f"unix://{os.path.abspath(PATH)}?db=0") as client:
        assert client.get("k") == b"v"
        assert client.client_info()["addr"] == f"{PATH}:0"
    assert running.client().ask("GET", "k") == b"v"


def test_the_socket_of_a_dead_server(server, command):
    """What a killed server leaves is replaced; a living server and a file are left alone."""
    first = server("s10", "--unixsocket", PATH)
    first.kill()
    assert os.path.exists(PATH)
    server("s10", "--unixsocket", PATH)
    with open("file", "w") as file:
        file.write("precious")
    for path, why in (
        (PATH, "another server listens there"),
        ("file", "it exists, and is not a socket"),
        ("missing/at", "No such file or directory"),
        ("x" * 200, "AF_UNIX path too long"),
    ):
        done = command("s10", "serve", "--port", 0, "--unixsocket", path)
        expected = (
            f"error: cannot listen at {path!r}: {why}; choose another path with --unixsocket.\n"
        )
        assert (done.returncode, done.stdout, done.stderr) == (1, "", expected)
    assert wire.Client(PATH).ask("PING") == b"PONG"
    with open("file") as file:
        assert file.read() == "precious"


def test_where_there_are_no_such_sockets(code, monkeypatch):
    """A system like Windows: the error says what to leave out."""
    monkeypatch.delattr(socket, "AF_UNIX")
    with pytest.raises(code.s01.StartError, match="start without --unixsocket"):
        code.s10.server.listening_at(PATH).__enter__()


@pytest.mark.parametrize("octal", ["888", "1000"])
def test_permissions_that_are_none(command, octal):
    """Only octal digits up to 777, as in Redis."""
    done = command("s10", "serve", "--port", 0, "--unixsocket", PATH, f"--unixsocketperm={octal}")
    assert done.returncode == 2
    assert done.stderr.endswith(f"{octal!r} can't be used; give octal digits up to 777\n")
    assert not os.path.exists(PATH)
