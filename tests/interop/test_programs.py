"""Clients for Node.js and job queues print the same with redis-server and with the complete server.

Each script in `programs/` does what programs do with one package, against the server on the port
that it is given, and prints what it saw as JSON. No value of it depends on how fast anything is.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Command = tuple[list[str], dict[str, str]]
"""The first words of a command line, and variables of the environment."""

PROGRAMS = Path(__file__).parent / "programs"
INSTALLED = Path(__file__).parents[2] / ".packages"
INSTALLED_WITHIN = 200
WAIT = 100

pytestmark = pytest.mark.timeout(2 * INSTALLED_WITHIN + 2 * WAIT)


@pytest.fixture(scope="session")
def install(missing: Callable[[str], None]) -> Callable[..., None]:
    """`install(command, folder, *lists)`: runs it there, unless that was done with the same lists.

    Of all processes of a parallel run, one does it and the others wait.
    """

    def run(command: list[str], folder: Path, *lists: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        note = folder / "installed.txt"
        wanted = "\n".join([sys.version, *(one.read_text("utf-8") for one in lists)])
        with (folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if note.is_file() and note.read_text("utf-8") == wanted:
                return
            note.unlink(missing_ok=True)
            for one in lists:
                shutil.copy(one, folder)
            try:
                done = subprocess.run(
                    command,
                    cwd=folder,
                    capture_output=True,
                    text=True,
                    timeout=INSTALLED_WITHIN,
                    check=False,
                )
            except subprocess.TimeoutExpired:
                missing(f"{command[0]} was not done within {INSTALLED_WITHIN} seconds")
            if done.returncode:
                missing(f"{command[0]} could not install what the test needs: {done.stderr}")
            note.write_text(wanted, "utf-8")

    return run


@pytest.fixture
def node(program: Callable[[str, str], str], install: Callable[..., None]) -> Command:
    """Node.js, with the packages of `package-lock.json` at hand."""
    node, npm = program("node", "nodejs"), program("npm", "npm")
    folder = INSTALLED / "node"
    lists = [PROGRAMS / name for name in ("package.json", "package-lock.json")]
    options = ["--ignore-scripts", "--omit=optional", "--no-audit", "--no-fund"]
    install([npm, "ci", *options, "--fetch-retries=1"], folder, *lists)
    return [node], {"NODE_PATH": str(folder / "node_modules")}


@pytest.fixture
def python_with_arq(install: Callable[..., None]) -> Command:
    """Python with arq, which wants an older redis-py than Celery does."""
    folder = INSTALLED / "arq"
    wanted = PROGRAMS / "arq.txt"
    pip = [sys.executable, "-m", "pip", "install", "--disable-pip-version-check", "--no-input"]
    install(
        [*pip, "--retries=1", "--upgrade", "--target=.", f"--requirement={wanted}"], folder, wanted
    )
    return [sys.executable], {"PYTHONPATH": str(folder)}


@pytest.fixture
def said_of_both(shared: Any, redis_server: Callable[..., Any]) -> Callable[..., list[Any]]:
    """`said_of_both(script, command)`: the JSON that it prints for our server, and redis-server."""

    def run(script: str, command: Command = ([sys.executable], {})) -> list[Any]:
        return [said(script, command, one.port) for one in (shared, redis_server("--save", ""))]

    return run


def said(script: str, command: Command, port: int) -> Any:
    words, environment = command
    done = subprocess.run(
        [*words, PROGRAMS / script, str(port)],
        env={**os.environ, "PYTHONWARNINGS": "ignore", **environment},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=WAIT,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def shared(shared_server: Callable[..., Any]) -> Any:
    return shared_server("s10", "--save", "")


@pytest.mark.parametrize("script", ["ioredis.mjs", "node_redis.mjs", "bullmq.mjs"])
def test_packages_for_node(script: str, node: Command, said_of_both: Callable[..., Any]) -> None:
    ours, theirs = said_of_both(script, node)
    assert ours == theirs


@pytest.mark.parametrize("package", ["celery", "huey", "rq"])
def test_job_queues(package: str, said_of_both: Callable[..., Any]) -> None:
    pytest.importorskip(package)
    ours, theirs = said_of_both(f"{package}_jobs.py")
    assert ours == theirs


def test_arq(python_with_arq: Command, said_of_both: Callable[..., Any]) -> None:
    ours, theirs = said_of_both("arq_jobs.py", python_with_arq)
    assert ours == theirs
