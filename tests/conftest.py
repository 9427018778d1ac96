"""What every test has at hand.

code          the learner's steps: `code.s02.encode(...)`. Tests never import `steps` themselves,
              and pass built-in values only: the same test can run against another process.
              Any other value (a store, a status, an error) is a handle: call its
              methods, pass it on, compare it with == to another. For what a handle cannot do, like
              catching an error, each step has a laboratory: `code.labs.s02`.
server        `server("s03", *arguments)`: a child `python -m steps.s03 serve --port 0 ...` in the
              test's own folder (`tmp_path`); see `workbook.wire.Server`. It ends with the test.
shared_server the same for all tests of a file, which leave it as it was.
command       `command("s08", "load", "--port", 7, env={...}, timeout=25)`: the finished process of
              `python -m steps.s08 load --port 7`.
redis_server  the same for a real redis-server: `redis_server(*arguments)`.
program       `program("redis-cli", "redis-tools")`: a program's path, or the test is skipped.
missing       `missing(why)`: the test is skipped, as for a program; but fails where CI must have all.
cuts          `cuts(data)`: the data whole, byte by byte, and cut at random; lists of pieces.
seed          the number behind all that is random; shown where a test fails.

A client decodes replies into plain values: strings of every kind are `bytes`, numbers `int` or
`float`, null is `None`, and an error is a `str` that begins with a minus, as on the wire:

    assert client.ask("GET", "k") == b"v"
    assert client.ask("SET", "k", "v") == b"OK"
    assert client.ask("GET") == "-ERR wrong number of arguments for 'get' command"

Status and bulk string cannot be told apart in that way; `client.expect(b"+OK\\r\\n")` can.

Transcripts (`tests/sNN_*/**/transcripts/*.txt`, see `workbook/transcript.py`) are tests too.
"""

from __future__ import annotations

import gc
import importlib
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, NoReturn

import pytest

os.environ["WORKBOOK_CALLED"] = "python"  # the checker's texts are the same however this was called

from workbook import machine, transcript, warm, wire
from workbook.catalogue import FOLDER
from workbook.labs import module_of
from workbook.tagged import tag_of


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("workbook")
    group.addoption("--exercise", action="append", metavar="ID", help="only this exercise's tests")
    group.addoption("--rewrite-golden", action="store_true", help="rewrite the golden files")
    group.addoption("--seed", type=int, metavar="N", help="the number behind all that is random")
    group.addoption(
        "--kills",
        type=int,
        default=4,
        metavar="N",
        help="how often each test of tests/faults kills",
    )
    group.addoption(
        "--answers",
        type=int,
        default=5,
        metavar="N",
        help="how many answers are graded as a submission",
    )


def pytest_configure(config: pytest.Config) -> None:
    # A shell that starts a job with `&` has it ignore Ctrl-C, and so would every server under test.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if hasattr(config, "workerinput"):
        gc.disable()  # while tests are collected: they are kept anyway
    if config.option.seed is None:  # workers of a parallel run get the options of the first process
        config.option.seed = random.randrange(100_000)


def pytest_sessionstart() -> None:
    if graded() is None:
        wire.warm = warm.Warm()


def pytest_collection_finish(session: pytest.Session) -> None:
    if hasattr(session.config, "workerinput"):
        gc.collect()
        gc.freeze()  # so that no later collection searches thousands of tests
        gc.enable()


def pytest_sessionfinish() -> None:
    if wire.warm:
        wire.warm.end()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    wanted = config.option.exercise
    if wanted:
        unwanted = [item for item in items if tag_of(item).exercise not in wanted]
        items[:] = [item for item in items if tag_of(item).exercise in wanted]
        config.hook.pytest_deselected(items=unwanted)
    if hasattr(config, "workerinput"):  # of a parallel run, at whose end nobody is to wait for one
        longest: Counter[Path] = Counter()
        for item in items:
            longest[item.path] = max(longest[item.path], allowed(item))
        items.sort(key=lambda item: -longest[item.path])


def allowed(item: pytest.Item) -> int:
    """Seconds that a test may take, if it says so."""
    mark = item.get_closest_marker("timeout")
    return int(mark.args[0]) if mark and mark.args else 0


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, Any, Any]:
    report: Any = yield
    if report.failed:
        tag = tag_of(item)
        if tag.exercise:
            text = f"{tag.title}\nwhy: {tag.why}"
            report.sections.append((f"exercise {tag.exercise}", text))
        if {"seed", "cuts"} & set(getattr(item, "fixturenames", ())):
            seed = item.config.option.seed
            report.sections.append(("seed", f"{seed}, to run the same again: --seed {seed}"))
    return report


# ---------------------------------------------------------------- fixtures


def graded() -> ModuleType | None:
    """The way to a submission, if the tests are about one: it runs in processes of its own."""
    if "WORKBOOK_SUBMISSION" not in os.environ:
        return None
    return importlib.import_module("workbook.grading.seam")


class Code:
    """The learner's packages by their short names: `code.s02` is `steps.s02_resp`."""

    def __init__(self, kind: str = "") -> None:
        self.kind = kind

    @property
    def labs(self) -> Code:
        """The laboratories: `code.labs.s02` is `workbook.labs.s02`."""
        return Code("labs.")

    def __getattr__(self, name: str) -> ModuleType:
        if not re.fullmatch(r"s\d\d", name):
            raise AttributeError(f"code has s00 to s10, not {name}")
        return importlib.import_module(module_of(self.kind + name))


@pytest.fixture(scope="session")
def code() -> Any:
    seam = graded()
    return seam.code() if seam else Code()


@pytest.fixture
def seed(request: pytest.FixtureRequest) -> int:
    number: int = request.config.option.seed
    return number


@pytest.fixture
def cuts(seed: int) -> Callable[[bytes], list[list[bytes]]]:
    chance = random.Random(seed)

    def at_random(data: bytes) -> list[bytes]:
        marks = sorted(chance.randrange(len(data) + 1) for _ in range(chance.randint(1, 5)))
        pieces = [data[a:b] for a, b in zip([0, *marks], [*marks, len(data)], strict=True)]
        return [piece for piece in pieces if piece]

    def cut(data: bytes) -> list[list[bytes]]:
        single = [data[i : i + 1] for i in range(len(data))]
        return [[data], single, *(at_random(data) for _ in range(8))]

    return cut


@pytest.fixture
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[..., wire.Server]]:
    with wire.closing_all([]) as servers:

        def start(step: str, *arguments: str | int, **more: Any) -> wire.Server:
            __tracebackhide__ = True
            servers.append(
                start_server(request.config, step, arguments, **{"cwd": tmp_path, **more})
            )
            return servers[-1]

        yield start


@pytest.fixture(scope="module")
def shared_server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[..., wire.Server]]:
    with wire.closing_all([]) as servers:

        def start(step: str, *arguments: str | int, **more: Any) -> wire.Server:
            folder = tmp_path_factory.mktemp("shared")
            servers.append(start_server(request.config, step, arguments, **{"cwd": folder, **more}))
            return servers[-1]

        yield start


@pytest.fixture
def command(
    request: pytest.FixtureRequest, tmp_path: Path
) -> Callable[..., subprocess.CompletedProcess[str]]:
    def run(step: str, *words: str | int, **more: Any) -> subprocess.CompletedProcess[str]:
        return run_command(request.config, step, words, **{"cwd": tmp_path, **more})

    return run


@pytest.fixture
def private_folder(tmp_path: Path) -> Path:
    """A folder that the code under test does not see: `tmp_path`, unless that is a submission."""
    seam = graded()
    folder: Path = seam.private_folder() if seam else tmp_path
    return folder


@pytest.fixture
def redis_server(
    request: pytest.FixtureRequest, tmp_path: Path
) -> Iterator[Callable[..., wire.RedisServer]]:
    find_program("redis-server", "redis-server")
    with wire.closing_all([]) as servers:

        def start(*arguments: str | int, **more: Any) -> wire.RedisServer:
            __tracebackhide__ = True
            server = wire.RedisServer(*arguments, **{"cwd": tmp_path, **more})
            servers.append(server)
            return server

        yield start


@pytest.fixture(scope="session")
def program() -> Callable[[str, str], str]:
    return find_program


@pytest.fixture(scope="session")
def missing() -> Callable[[str], NoReturn]:
    return do_without


def start_server(
    config: pytest.Config, step: str, arguments: Iterable[str | int], **more: Any
) -> wire.Server:
    """The one place where tests start a step's server."""
    __tracebackhide__ = True
    if seam := graded():
        return seam.start_server(step, list(arguments), **more)
    return wire.Server(step, *arguments, root=config.rootpath, **more)


def run_command(
    config: pytest.Config, step: str, words: Iterable[str | int], **more: Any
) -> subprocess.CompletedProcess[str]:
    """The one place where tests run a step's command line to its end."""
    command = ["-m", module_of(step), *map(str, words)]
    added, timeout, cwd = more.pop("env", {}), more.pop("timeout", 60), more.pop("cwd")
    if seam := graded():
        return seam.run_command(command, cwd, added, timeout)
    return subprocess.run(
        [sys.executable, *command],
        cwd=cwd,
        env={
            **os.environ,
            "PYTHONPATH": machine.importable(config.rootpath),
            "PYTHONIOENCODING": "utf-8",
            **added,
        },
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=timeout,
        check=False,
    )


def find_program(name: str, package: str) -> str:
    """The path of a program, which the test cannot do without."""
    path = shutil.which(name)
    if path is None:
        do_without(f"{name} is not installed; the Debian package {package} brings it")
    return path


def do_without(what: str) -> NoReturn:
    """Skips a test that lacks something; fails it where CI must have everything."""
    if os.environ.get("CI"):
        pytest.fail(what, pytrace=False)
    pytest.skip(what)


# ---------------------------------------------------------------- transcripts


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> TranscriptFile | None:
    if file_path.suffix == ".txt" and file_path.parent.name == "transcripts":
        return TranscriptFile.from_parent(parent, path=file_path)
    return None


class TranscriptFile(pytest.File):
    """A transcript: a test of the step's server, and one that redis-server still says the same."""

    def collect(self) -> Iterable[pytest.Item]:
        try:
            source = transcript.load(self.path)
        except transcript.TranscriptError as error:
            raise self.CollectError(str(error)) from None
        step = next(name[:3] for name in reversed(self.path.parts) if FOLDER.fullmatch(name))
        for name, of in ((self.path.stem, step), (f"{self.path.stem}[redis-server]", "redis")):
            yield TranscriptItem.from_parent(self, name=name, source=source, step=of)


class TranscriptItem(pytest.Item):
    """One replay of a transcript."""

    def __init__(self, *, source: transcript.Transcript, step: str, **more: Any) -> None:
        super().__init__(**more)
        self.source = source
        self.step = step
        self.title = source.title
        if source.exercise and step != "redis":
            self.add_marker(pytest.mark.exercise(source.exercise, why=source.why))

    def runtest(self) -> None:
        seam = graded()
        place = seam.subject().work if seam else None
        with tempfile.TemporaryDirectory(dir=place) as folder, self.start(Path(folder)) as server:
            transcript.replay(self.source, server.client)

    def start(self, folder: Path) -> wire.Server:
        if self.step != "redis":
            return start_server(self.config, self.step, self.source.options, cwd=folder)
        find_program("redis-server", "redis-server")
        return wire.RedisServer(*self.source.options, cwd=folder)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        if excinfo.errisinstance(wire.WireFailure):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        return self.path, 0, self.name


@pytest.fixture
def page(program: Callable[[str, str], str]) -> Iterator[Any]:
    """A page of Chromium."""
    chromium = program("chromium", "chromium")
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as playwright:
        options = {"executable_path": chromium, "args": ["--no-sandbox"]}
        browser = playwright.chromium.launch(**options)
        page = browser.new_page()
        page.set_default_timeout(90_000)
        yield page
        browser.close()
