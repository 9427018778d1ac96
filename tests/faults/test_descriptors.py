"""Each client takes a file descriptor, and the system limits how many a process may have."""

from __future__ import annotations

import resource
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from workbook import wire
from workbook.patience import patience

FULL = "-ERR max number of clients reached"


def limits(soft: int, hard: int) -> str:
    """A program for the shell that runs another one with these limits."""
    return f'ulimit -Sn {soft} && ulimit -Hn {hard} && exec "$@"'


class Confined(wire.Server):
    """A step's server with few descriptors."""

    limits = ""

    def __init__(self, step: str, *args: str | int, limits: str, **more: Any) -> None:
        self.limits = limits
        super().__init__(step, *args, **more)

    def _spawn(self, command: Any, cwd: Any, env: Any) -> Any:
        return super()._spawn(["sh", "-c", self.limits, "sh", *command], cwd, env)


class ConfinedRedis(wire.RedisServer):
    """redis-server with few descriptors."""

    def __init__(self, *args: str | int, limits: str, cwd: Path) -> None:
        self.limits = limits
        super().__init__(*args, cwd=cwd)

    def _spawn(self, command: Any, cwd: Any, env: Any) -> Any:
        return super()._spawn(["sh", "-c", self.limits, "sh", *command], cwd, env)


@pytest.fixture
def start(request: pytest.FixtureRequest, tmp_path: Path, program: Any) -> Iterator[Any]:
    """`start("s04", soft=60, hard=100)`, and `start("redis", ...)`."""
    with wire.closing_all([]) as servers:

        def begin(step: str, *args: str | int, soft: int, hard: int) -> wire.Server:
            shell = limits(soft, hard)
            if step == "redis":
                program("redis-server", "redis-server")
                servers.append(ConfinedRedis(*args, limits=shell, cwd=tmp_path))
            else:
                root = request.config.rootpath
                servers.append(Confined(step, *args, limits=shell, root=root, cwd=tmp_path))
            return servers[-1]

        yield begin


def ask_all(server: wire.Server, count: int) -> Counter[Any]:
    """What each of `count` clients hears, all of which stay."""
    return Counter(reply(server.client()) for _ in range(count))


def reply(client: wire.Client) -> Any:
    """What a client hears when it asks for PING."""
    client.send(b"PING\r\n")
    return client.read()


@pytest.mark.parametrize("step", ["redis", "s10"])
def test_the_soft_limit_is_raised(start: Any, step: str) -> None:
    server = start(step, "--maxclients", 200, soft=60, hard=400)
    assert ask_all(server, 100) == {b"PONG": 100}


@pytest.mark.parametrize("step", ["s04", "s07", "s09"])
def test_the_soft_limit_is_raised_for_threads_too(start: Any, step: str) -> None:
    server = start(step, "--workers", 100, soft=60, hard=400)
    assert ask_all(server, 80) == {b"PONG": 80}


@pytest.mark.parametrize("step", ["s04", "s07", "s09", "s10"])
def test_where_the_hard_limit_is_low_fewer_clients_are_let_in(start: Any, step: str) -> None:
    server = start(step, soft=50, hard=60)
    assert ask_all(server, 60) == {b"PONG": 28, FULL: 32}
    server.stop()
    assert server.stderr().count("maxclients has been reduced from ") == 1
    assert server.stderr().count("\n") < 10


def test_a_place_that_is_given_back_is_free_again(start: Any) -> None:
    server = start("s10", soft=60, hard=60)
    first = server.client()
    assert reply(first) == b"PONG"
    assert ask_all(server, 28) == {b"PONG": 27, FULL: 1}
    assert first.ask("QUIT") == b"OK"
    assert first.closed()
    assert ask_all(server, 2) == {b"PONG": 1, FULL: 1}


@pytest.mark.parametrize("step", ["redis", "s10"])
def test_what_config_says_of_it(start: Any, step: str) -> None:
    server = start(step, "--maxclients", 20, soft=60, hard=60)
    client = server.client()
    assert client.ask("CONFIG", "GET", "maxclients") == [b"maxclients", b"20"]
    assert client.ask("CONFIG", "SET", "maxclients", 28) == b"OK"
    assert client.ask("CONFIG", "SET", "maxclients", 10) == b"OK"
    assert client.ask("CONFIG", "SET", "maxclients", 500) == (
        "-ERR CONFIG SET failed (possibly related to argument 'maxclients') - The operating system"
        " is not able to handle the specified number of clients, try with 28"
    )
    assert client.ask("CONFIG", "GET", "maxclients") == [b"maxclients", b"10"]


@pytest.mark.parametrize(("step", "wanted"), [("s04", 96), ("s10", 10_032)])
def test_without_room_for_a_single_client_the_server_does_not_start(
    tmp_path: Path, request: pytest.FixtureRequest, step: str, wanted: int
) -> None:
    with pytest.raises(wire.WireFailure) as failure:
        Confined(step, limits=limits(20, 20), root=request.config.rootpath, cwd=tmp_path)
    assert (
        f"error: the limit of 20 open files leaves no room for clients; raise it to {wanted} with"
        " ulimit -n."
    ) in str(failure.value)


@pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="needs prlimit, which Linux has")
@pytest.mark.parametrize("step", ["s01", "s04", "s09", "s10"])
def test_where_accepting_fails_all_the_same_it_is_tried_again_and_logged_once(
    server: Any, step: str
) -> None:
    served = server(step)
    before = served.client()
    if step != "s01":  # which serves one client after another
        assert reply(before) == b"PONG"
    else:
        before.close()
    was = resource.prlimit(served.own_pid, resource.RLIMIT_NOFILE)
    resource.prlimit(served.own_pid, resource.RLIMIT_NOFILE, (3, was[1]))
    waiting = [served.client() for _ in range(5)]
    waiting[0].send(b"PING\r\n")
    deadline = time.monotonic() + patience()
    while (
        "cannot accept clients at the moment" not in served.stderr() and time.monotonic() < deadline
    ):
        waiting[0].pending()
    resource.prlimit(served.own_pid, resource.RLIMIT_NOFILE, was)
    for client in waiting[: 1 if step == "s01" else 5]:
        if client is not waiting[0]:
            client.send(b"PING\r\n")
        client.expect(b"PING\r\n" if step == "s01" else b"+PONG\r\n")
    served.kill()
    served.drain()
    assert served.stderr().count("cannot accept clients at the moment") == 1
    assert served.stderr().count("\n") <= 2, served.stderr()
