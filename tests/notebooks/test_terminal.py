"""What lesson 7 has the reader type in a terminal, typed: the files that are named are there."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator

import pytest

from workbook import notebooks
from workbook.catalogue import ROOT

BLOCK = re.compile(r"^```console\n(.*?)^```", re.MULTILINE | re.DOTALL)
SECONDS = 60


def typed(lesson: str) -> Iterator[tuple[str, list[str]]]:
    """Each command of a lesson, and what is printed below it."""
    cells = notebooks.read(notebooks.of(lesson)).cells
    text = "".join("".join(BLOCK.findall(one.source)) for one in cells)
    for command, printed in re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", text, re.MULTILINE):
        yield command, printed.splitlines()


@pytest.fixture
def started():
    """The servers that were started; those that still run are ended."""
    servers: list[subprocess.Popen[str]] = []
    yield servers
    for server in servers:
        with server:
            server.kill()


@pytest.mark.timeout(6 * SECONDS)
def test_the_server_is_killed_and_its_files_are_whole(tmp_path, program, started):
    program("redis-cli", "redis-tools")
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    said, port = "", ""
    for command, printed in typed("7"):
        words = shlex.split(command.replace("7007", port or "0"))
        if "serve" in words:
            assert words.pop() == "&"
            words[0], words[words.index("--port") + 1] = sys.executable, "0"
            server = subprocess.Popen(
                words, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, text=True
            )
            started.append(server)
            [port] = re.findall(r"listening on .*:(\d+)$", server.stdout.readline().strip())
        elif words == ["kill", "-9", "%1"]:
            started[-1].kill()
            started[-1].wait(SECONDS)
        else:
            done = subprocess.run(
                words, cwd=tmp_path, capture_output=True, text=True, timeout=SECONDS, check=True
            )
            assert not printed or done.stdout.split() == [one.strip('"') for one in printed]
            said += done.stdout
    assert len(started) == 2
    assert "SET\n$8\ngreeting\n" in said
    assert "1 keys read" in said
    assert "All AOF files and manifest are valid" in said
