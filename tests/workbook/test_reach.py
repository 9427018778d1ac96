"""What the server of each step runs, and what rests in it: taken from the running server.

The banner counts the exercises that are not under `rests` in the manifest of the step. Here each
server gets requests that reach all it can reach, while every function that is called is noted.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

import steps
from steps.s07_persistence.clock import ManualClock
from workbook import catalogue, wire
from workbook.catalogue import ROOT, Exercise
from workbook.labs.s07 import session_with_journal

SECONDS = 60

CHILD = """\
import runpy, sys, threading

called = set()


def note(frame, event, argument):
    if event == "call":
        called.add(frame.f_code)


path, *sys.argv = sys.argv[1:]
threading.setprofile(note)
sys.setprofile(note)
try:
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
finally:
    sys.setprofile(None)
    with open(path, "w", encoding="utf-8") as file:
        for code in list(called):
            print(code.co_filename, code.co_qualname, sep=":", file=file)
"""

LINES = b"""\
SET k v NX GET
GET k
GETSET k w
INCR n
DEL n
MSETNX a 1 b 2
MGET a b
GETRANGE k 0 0
COMMAND INFO get
RPUSH list a b
LRANGE list 0 -1
LPOS list a
SADD set a
SUNION set set
HSET hash field value
HINCRBY hash n 1
ZADD board 1 ann
ZRANGEBYSCORE board 0 1
EXPIRE k 1000
TTL k
NOPE
WATCH k
MULTI
PING
EXEC
PUBLISH news hello
SAVE
""".replace(b"\n", b"\r\n")
"""A new exercise has to be reached from here, or rests."""

LARGE = b"*3\r\n$3\r\nSET\r\n$5\r\nlarge\r\n$50000\r\n%b\r\n" % bytes(50_000)
"""Comes in more than one piece, however the network cuts it."""

BAD = b"*x\r\n"

JOURNAL, SLOW, LOOP = 7, 9, 10
"""The first steps that keep a journal, note every command that is slow, and let a client wait."""

CHOICES = {3: [["--max-keys", "1000"]], 4: [[], ["--share-reads"]]}
"""Options that have other functions run; the server is started once with each of these lists."""


def options(step: int, folder: Path) -> list[str]:
    """What the server is started with besides."""
    found = []
    if step >= JOURNAL:
        found += ["--dir", str(folder), "--appendonly", "yes", "--save", "3600 1"]
    if step >= SLOW:
        found += ["--slowlog-log-slower-than", "0"]
    return found


def visit(step: int, port: int) -> None:
    """Reaches all that can be reached by requests."""
    with socket.create_connection(("127.0.0.1", port), SECONDS) as client:
        client.sendall(LINES + LARGE + BAD)
        client.shutdown(socket.SHUT_WR)
        while client.recv(100_000):
            pass
    if step >= JOURNAL:
        with wire.Client(port, timeout=SECONDS) as client:
            keys = client.ask("DBSIZE")
            for n in range(10):  # a key whose time is up before it is stored is never kept
                client.ask("SET", f"short{n}", "v", "PX", "100")
            while client.ask("DBSIZE") != keys:
                pass  # until they have expired, though nobody looks them up
    if step >= LOOP:
        with wire.Client(port, timeout=SECONDS) as one, wire.Client(port) as other:
            one.send(b"PING\r\nBLPOP queue 0\r\n")
            one.expect(b"+PONG\r\n")  # now it waits
            other.ask("RPUSH", "queue", "job")
            assert one.read() == [b"queue", b"job"]


def called(step: int, folder: Path, choice: list[str]) -> list[tuple[str, str]]:
    """The functions that the server of a step has called: file and name."""
    notes = folder / "called.txt"
    data = folder / "data"
    data.mkdir(exist_ok=True)
    if step >= JOURNAL:  # so there is something to load
        session = session_with_journal(str(data), ManualClock())
        session.receive(b"SET k old\r\n")
        session.state.files.close()
    words = [f"steps.s{step:02}", "serve", "--port", "0", *options(step, data), *choice]
    with subprocess.Popen(
        [sys.executable, "-c", CHILD, str(notes), *words],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as server:
        try:
            visit(step, int(server.stdout.readline().rpartition(":")[2]))
            assert server.stdout.readline().strip() == steps.whose(step)
            server.send_signal(signal.SIGINT)
            server.wait(SECONDS)
        finally:
            server.kill()
    lines = notes.read_text("utf-8").splitlines()
    return [(file, name) for file, _, name in (line.rpartition(":") for line in lines)]


def is_among(exercise: Exercise, functions: list[tuple[str, str]]) -> bool:
    """Whether the learner's function, or the answer in its place, was called."""
    files = {os.fspath(exercise.file), os.fspath(exercise.answer)}
    return any(
        file in files and (exercise.whole or name == exercise.qualname) for file, name in functions
    )


@pytest.mark.timeout(3 * SECONDS)
@pytest.mark.skipif(os.name == "nt", reason="Ctrl-C is not a signal there")
@pytest.mark.parametrize("step", range(1, 11))
def test_the_banner_counts_what_the_server_runs(step, tmp_path):
    choices = CHOICES.get(step, [[]])
    functions = [one for choice in choices for one in called(step, tmp_path, choice)]
    runs, rests = catalogue.running([one for one in catalogue.steps() if one.number <= step])
    assert [one.id for one in runs if not is_among(one, functions)] == [], "does not run here"
    assert [one.id for one in rests if is_among(one, functions)] == [], "does run here"


def test_only_exercises_that_are_there_by_then_can_rest():
    for step in catalogue.steps():
        known = {one.id for one in catalogue.exercises() if 0 < one.key[0] <= step.number}
        assert set(step.rests) <= known
        assert len(set(step.rests)) == len(step.rests)
