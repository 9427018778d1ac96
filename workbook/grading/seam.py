"""Where the tests meet a submission: what `tests/conftest.py` uses while a class is graded.

The trusted pytest process has a variable in its environment that says where the submission is. Then
`code` is the proxy, servers and commands of the steps are started from the submission, confined,
and the checks of step 8 run there too. As a pytest plugin (`-p workbook.grading.seam`) this tells
the proxy when a test begins and ends.
"""

from __future__ import annotations

import contextlib
import io
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest

from workbook import reporting, trial, wire
from workbook.grading.proxy import Code
from workbook.grading.subject import subject


@lru_cache(maxsize=1)
def code() -> Code:
    """The fixture `code`."""

    def start() -> subprocess.Popen[bytes]:
        own, pipe = subject(), subprocess.PIPE
        words = ["-m", "workbook.grading.far"]
        child = own.start(
            words, own.work, {}, stdin=pipe, stdout=pipe, stderr=pipe, **wire.own_group()
        )
        for observe in on_far:
            observe(child.pid)
        return child

    return Code(start)


on_far: list[Callable[[int], None]] = []
"""Called with the number of each process that the proxy talks to, for cleaning up."""


class Confined:
    """For a `wire.Process` of the submission: it is started confined."""

    def _spawn(
        self, command: Sequence[str], cwd: Path, env: Mapping[str, str]
    ) -> subprocess.Popen[bytes]:
        own = subject()
        added = {name: value for name, value in env.items() if os.environ.get(name) != value}
        pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        return own.start(command[1:], cwd, added, **pipes, **wire.own_group())

    @property
    def own_pid(self) -> int:
        """Its number in its own process namespace."""
        with contextlib.suppress(OSError, ValueError):
            status = Path(f"/proc/{self.pid}/status").read_text("ascii", "replace")  # type: ignore[attr-defined]
            for line in status.splitlines():
                if line.startswith("NSpid:"):
                    return int(line.split()[-1])
        return int(self.pid)  # type: ignore[attr-defined]


class Server(Confined, wire.Server):
    """A server of the submission."""


class Check(Confined, wire.Process):
    """A check of step 8."""


def start_server(step: str | int, arguments: Sequence[str | int], **more: Any) -> wire.Server:
    """The fixture `server`."""
    __tracebackhide__ = True
    return Server(step, *arguments, root=Path(subject().box), **more)


def start_check(command: Sequence[str], cwd: Path, env: Mapping[str, str]) -> wire.Process:
    """A check of step 8: where it runs, and its home, tell nothing about what it is to test."""
    folder = Path(subject().work) / f"check-{os.urandom(6).hex()}"
    folder.mkdir(mode=0o777)
    folder.chmod(0o777)
    return Check(command, folder, {**env, "HOME": str(folder), "TMPDIR": str(folder)})


def private_folder() -> Path:
    """A folder that the submission cannot see."""
    return Path(tempfile.mkdtemp(prefix="private-", dir=Path(subject().box).parent))


def run_command(
    words: Sequence[str], cwd: Path, env: Mapping[str, str], timeout: float
) -> subprocess.CompletedProcess[str]:
    """Runs `python words...` on the submission's side, to its end."""
    pipe = subprocess.PIPE
    child = subject().start(
        words, cwd, env, stdin=subprocess.DEVNULL, stdout=pipe, stderr=pipe, **wire.own_group()
    )
    with child:
        try:
            out, err = child.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            child.kill()
            raise
    code = child.returncode
    return subprocess.CompletedProcess(words, code, text_of(out), text_of(err))


def text_of(printed: bytes) -> str:
    """What was printed, as Python's text mode reads it."""
    return io.TextIOWrapper(io.BytesIO(printed), "utf-8", "replace").read()


# ---------------------------------------------------------------- as a plugin of pytest


def pytest_configure(config: pytest.Config) -> None:
    """Says where the submission's code is, and how checks of it are started."""
    trial.start_check = start_check
    os.umask(0)  # what a test writes into its folder the submission may replace
    config.pluginmanager.register(Hooks(), "workbook-submission")


class Hooks:
    """Tells the proxy when a test begins and ends, and the reporter what it has left."""

    def __init__(self) -> None:
        self.failed = False

    def pytest_collection_modifyitems(self, config: pytest.Config) -> None:
        """The learner's frames are those in the box."""
        if reporter := self.reporter(config):
            reporter.collector.frames.box = subject().box + "/"
            on_far.append(reporter.groups.append)
            on_far.append(lambda pid: reporter.write("group", pid=pid))

    def reporter(self, config: pytest.Config) -> reporting.Reporter | None:
        """The part of the runner that is in this process."""
        return config.pluginmanager.get_plugin("workbook-reporter")

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """A test begins."""
        self.failed = False
        code().begin_test(reporting.seconds(item))

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_makereport(self, call: pytest.CallInfo[None]) -> None:
        """Whether it has failed so far."""
        self.failed = self.failed or call.excinfo is not None

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: pytest.FixtureDef[Any]) -> Iterator[Any]:
        """The test's folder is the submission's, too, which may have another user's rights."""
        made = yield
        if fixturedef.argname == "tmp_path" and isinstance(made, Path):
            made.chmod(0o777)
            for folder in made.parents:
                if Path(subject().work) in folder.parents:
                    folder.chmod(0o755)
        return made

    @pytest.hookimpl(wrapper=True, trylast=True)  # inside of what captures the output
    def pytest_runtest_teardown(self, item: pytest.Item) -> Iterator[None]:
        """It is over."""
        try:
            yield
        finally:
            own = code()
            own.end_test(self.failed)
            if own.printed:
                sys.stdout.write(own.printed)
            if reporter := self.reporter(item.config):
                reporter.left_elsewhere = own.left

    def pytest_sessionfinish(self) -> None:
        """Nothing stays."""
        with contextlib.suppress(Exception):
            code().close()
        if "steps" in sys.modules:
            raise AssertionError("the trusted process has imported steps")
