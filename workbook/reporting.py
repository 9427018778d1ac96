"""The part of the runner inside pytest's process: picks the tests, and reports each as it happens.

A plugin (`-p workbook.reporting`), which `workbook.running` starts. What it is to do comes in the
environment as a `Request`; what it sees goes as JSON lines to a file that the parent reads.
"""

from __future__ import annotations

import contextlib
import faulthandler
import json
import os
import re
import threading
import warnings
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from workbook import evidence, overlay, running, wire
from workbook.leftovers import Leftovers
from workbook.patience import patience
from workbook.running import VARIABLE, Request
from workbook.tagged import Tag, tag_of

LEASH = os.dup(0) if VARIABLE in os.environ else None
"""The parent's end of this pipe closes when the parent is gone, however it went.

Taken here, at the import: pytest soon puts something else in the place of stdin. A fork of
`workbook.standby` gets another.
"""


EXIT = os._exit
"""Taken before a learner's code can put something else there."""

ENOUGH = 2
"""Tests of one exercise that may hang or crash; the others of that exercise are then left out."""

DYING = 0.3
"""Seconds that a server gets to be gone, when it has closed a connection out of turn."""

TEXT = 20_000
"""Characters that are passed on of what was printed."""

FILE = 64 << 20
"""Bytes that any file may have that a test writes."""


def picks(request: Request, item: pytest.Item, tag: Tag) -> bool:
    """Whether to run this test."""
    return (request.exercises is None or tag.exercise in request.exercises) and (
        request.names is None or running.plain_name(item.name) in request.names
    )


def pytest_collection(session: pytest.Session) -> None:
    """Takes the request of the parent, if there is one, before tests are looked for."""
    text = os.environ.pop(VARIABLE, None)  # children of a test do not concern this run
    if text:
        limit_files()
        request, config = Request(**json.loads(text)), session.config
        config.args, config.option.seed = request.paths, request.seed
        reporter = Reporter(request, config.rootpath)
        config.pluginmanager.register(reporter, "workbook-reporter")


class Stopped(Exception):  # noqa: N818 - it is what it says
    """The learner's code raised what stops pytest."""


def limit_files() -> None:
    """A learner's print in an endless loop must not fill the disk."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource  # not on Windows

        _, most = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (FILE, most))


class Reporter:
    """Writes what happens to the parent's file, one JSON object a line."""

    def __init__(self, request: Request, root: Path) -> None:
        self.request = request
        self.pid = os.getpid()
        # buffering=1: a line is out as soon as it is whole, for this process may die at any moment
        self.file = Path(request.report).open("a", buffering=1, encoding="utf-8")  # noqa: SIM115
        self.stack = Path(request.report).with_suffix(".stack").open("w")
        self.unwritten = Path(request.report).with_suffix(".unwritten")
        self.unwritten_before = 0
        os.environ[overlay.UNWRITTEN] = str(self.unwritten)
        self.reports: list[pytest.TestReport] = []
        self.groups: list[int] = []
        self.children: list[wire.Process] = []
        self.hangs: Counter[str | None] = Counter()
        self.collector = evidence.Collector(root)
        self.leftovers = Leftovers()
        self.facts: evidence.Facts = {}
        self.stack_rows: list[str] = []
        self.crashed = False  # a server that nobody asked to end
        self.exercise: str | None = None  # of the test that runs
        self.ended = ""  # the test that was seen to run to its end
        self.left_elsewhere: list[str] = []  # by code that runs in another process
        self.forgotten: list[str] = []  # coroutines that were never awaited
        wire.on_start.append(self.announce)
        wire.on_mismatch.append(self.look_at_servers)
        wire.on_bytes.append(self.collector.note_bytes)
        threading.Thread(target=self.follow, daemon=True).start()

    def follow(self) -> None:
        """Waits for the end of the parent, and ends this process and its servers then."""
        if LEASH is not None and not os.read(LEASH, 1):
            running.end_groups(self.groups)
            os._exit(1)

    def write(self, event: str, **facts: Any) -> None:
        """One line to the parent."""
        if os.getpid() == self.pid:  # a fork of this process has nothing to say
            self.file.write(json.dumps({"event": event, **facts}) + "\n")

    def announce(self, child: wire.Process) -> None:
        """A child was started, in a group of its own: the parent ends it if this process dies."""
        self.groups.append(child.pid)
        self.children.append(child)
        self.write("group", pid=child.pid)

    # ------------------------------------------------------------ the run

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(
        self, config: pytest.Config, items: list[pytest.Item]
    ) -> None:
        """Keeps the tests that the parent asked for, and sends it their names."""
        wanted = [item for item in items if picks(self.request, item, tag_of(item))]
        own, of = self.request.part
        picked = [item for item in wanted[own::of] if item.nodeid not in self.request.done]
        others = [item for item in items if item not in picked]
        items[:] = picked
        config.hook.pytest_deselected(items=others)
        tests = [{"id": item.nodeid, **asdict(tag_of(item))} for item in picked]
        self.write("collected", tests=tests)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """A file that cannot be collected hides tests: that is the checker's trouble."""
        if report.failed:
            self.write("trouble", text=report.longreprtext)

    def pytest_internalerror(self, excrepr: object) -> None:
        """The same for an error of pytest's own."""
        self.write("broken", text=str(excrepr))

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_sessionfinish(self) -> Iterator[None]:
        """Everything was run, and reported."""
        yield
        self.write("done")

    # ------------------------------------------------------------ one test

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(
        self, item: pytest.Item, nextitem: pytest.Item | None
    ) -> bool | None:
        """Leaves out the tests of an exercise that has hung or crashed often enough."""
        exercise = self.exercise = tag_of(item).exercise
        patience.begin(exercise)
        often = self.hangs[exercise] + self.request.crashes.get(exercise or "", 0)
        if exercise is None or (often < ENOUGH and exercise not in self.request.held):
            return None
        self.write("finished", id=item.nodeid, outcome="not run")
        with contextlib.suppress(Exception):  # the test before has left what this one would need
            item.session._setupstate.teardown_exact(nextitem)
        return True

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """A test begins."""
        self.reports, self.children, self.facts, self.ended = [], [], {}, ""
        self.crashed, self.stack_rows, self.left_elsewhere = False, [], []
        self.forgotten = []
        self.unwritten_before = len(self.unwritten_notes())
        self.collector.begin()
        self.leftovers.begin()

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Tells how long it may take, and has its stack written out if it takes longer."""
        limit = seconds(item) + running.GRACE
        self.stack.seek(0)
        self.stack.truncate()  # the stack of an earlier test says nothing of this one
        faulthandler.dump_traceback_later(limit - running.GRACE / 2, file=self.stack)
        self.write("started", id=item.nodeid, limit=limit)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Iterator[None]:
        """Sees with its own eyes that a test ran to its end."""
        try:
            with self.listening():
                yield
        except pytest.fail.Exception:
            faulthandler.cancel_dump_traceback_later()  # where it stands is known by now
            raise
        except (KeyboardInterrupt, pytest.exit.Exception) as error:
            raise Stopped(type(error).__name__) from error  # which would end the whole run
        except (pytest.skip.Exception, pytest.xfail.Exception) as error:
            if self.collector.frames.of(error.__traceback__):
                raise Stopped(type(error).__name__) from error
            raise
        finally:
            if os.getpid() != self.pid:
                EXIT(0)  # the learner's code forked, and this is the wrong half
        self.ended = item.nodeid

    @contextlib.contextmanager
    def listening(self) -> Iterator[None]:
        """Hears of coroutines that nobody awaited, of which Python only warns."""
        with warnings.catch_warnings(record=True) as heard:
            try:
                yield
            finally:
                told = [self.collector.frames.forgotten(warning) for warning in heard]
                self.forgotten += filter(None, told)

    def pytest_assertrepr_compare(self, op: str, left: object, right: object) -> None:
        """Keeps the two sides of a comparison that is about to fail."""
        self.collector.comparison = evidence.Comparison(op, left, right)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> pytest.TestReport | None:
        """Collects what is known of a failure, while its values are still there."""
        if call.excinfo is not None:
            # it has come to its end: an alarm that goes off in here would break pytest down
            item.ihook.pytest_timeout_cancel_timer(item=item)
        # pytest would carry all that was printed from one phase to the next: 64 MB, at worst
        item._report_sections[:] = [
            (when, key, shortened(STACKS.sub("", text) if "Timeout" in text else text))
            for when, key, text in item._report_sections
        ]
        if call.excinfo is not None and not self.facts and not _skips(call.excinfo.value):
            if os.getpid() != self.pid:
                EXIT(0)
            self.facts = self.collector.facts(call.excinfo.value, call.excinfo.tb)
            # here, before the servers of the test end: a failure of theirs then is not a cause any
            # more
            if unwritten := self.unwritten_ids():
                self.facts["unwritten"] = unwritten
            if {"seed", "cuts"} & set(getattr(item, "fixturenames", ())):
                self.facts["seed"] = item.config.option.seed
            died = any(child.died() for child in self.children)
            self.crashed = died or getattr(call.excinfo.value, "crashed", False)
            if self.stack_rows:
                self.facts["stack"] = self.stack_rows
            if self.forgotten:
                self.facts["forgotten"] = list(dict.fromkeys(self.forgotten))
            if "stack" in self.facts and "unwritten" not in self.facts:
                self.hangs[tag_of(item).exercise] += 1
        return None

    def unwritten_notes(self) -> list[str]:
        """The empty exercises that were called so far, here and in servers."""
        with contextlib.suppress(OSError):
            return self.unwritten.read_text("ascii").splitlines()
        return []

    def unwritten_ids(self) -> list[str]:
        """The ids of those that this test has called, or that kept a module from being imported."""
        notes = self.unwritten_notes()
        early = [note for note in notes[: self.unwritten_before] if note.startswith("import:")]
        found = [note.split()[-1] for note in [*early, *notes[self.unwritten_before :]]]
        return list(dict.fromkeys(found))

    def look_at_servers(self, silent: bool, over: bool) -> None:
        """A client did not get what it expects: where do the servers stand, or have they died?

        To write where they stand is the last thing that they do.
        """
        for child in self.children:
            if isinstance(child, wire.Server) and silent and child.exit_code() is None:
                child.abort()
                self.stack_rows += self.collector.frames.of_dump(child.stderr())
            elif over and not child.asked:
                child.end(DYING)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """One of its three phases is over."""
        self.reports.append(report)

    def pytest_runtest_logfinish(self, nodeid: str) -> None:
        """A test is over."""
        faulthandler.cancel_dump_traceback_later()
        bad = next((report for report in self.reports if report.outcome != "passed"), None)
        said = outcome(bad) if bad else "passed"
        if said == "failed" and self.facts.get("silent") and self.facts.get("stack"):
            said = "hung"
        elif said == "failed" and self.crashed:
            said = "crashed"
        if said == "passed" and (left := self.leftovers.end(self.groups) + self.left_elsewhere):
            said, self.facts = "failed", {"left": left}
        if said == "passed" and self.ended != nodeid:
            said, self.facts = "failed", {"left": ["the test was not seen to run to its end"]}
        last = self.reports[-1]
        took = sum(report.duration for report in self.reports)
        if said not in ("passed", "skipped"):
            patience.spend(self.exercise, took)
        self.write(
            "finished",
            id=nodeid,
            outcome=said,
            text=words_of(bad)[-TEXT:] if bad else "",
            output=shortened("".join(last.capstdout + last.capstderr)),
            server="" if said == "passed" else shortened(self.servers_said()),
            facts=self.facts,
            seconds=round(took, 4),
        )
        # the tests that are left need a process that is whole, or in which what hangs is a stub
        if self.leftovers.spoiled() or self.is_torn() or (self.request.hold and said == "hung"):
            self.write("renew")
            EXIT(0)
        self.leftovers.tidy()

    def is_torn(self) -> bool:
        """Whether clearing up after a test has failed: pytest lets the next one pay for that."""
        return any(report.when == "teardown" and report.failed for report in self.reports)

    def servers_said(self) -> str:
        """What the servers of this test have printed besides what each server says at its start."""
        if "found" in self.facts:  # the servers of a trial are not the learner's
            return ""
        said = "".join(
            child.stdout() + child.stderr().partition("Fatal Python error: Aborted")[0]
            for child in self.children
        )
        return "".join(line for line in said.splitlines(True) if not GREETING.match(line))


STACKS = re.compile(r"\n*\++ Timeout \++\n.*\n\++ Timeout \++\n", re.DOTALL)
"""What pytest-timeout prints; the learner's part of it is in the facts."""

GREETING = re.compile(r"step \d+ listening on |\d+ exercises?: |no exercises$")


def seconds(item: pytest.Item) -> float:
    """How long a test may take: as it says itself, or as all may."""
    mark = item.get_closest_marker("timeout")
    return float(mark.args[0]) if mark and mark.args else float(item.config.getini("timeout"))


def shortened(text: str) -> str:
    """The beginning and the end of what was printed."""
    if len(text) <= TEXT:
        return text
    left = len(text) - TEXT
    return f"{text[: TEXT // 2]}\n[{left} characters left out]\n{text[-TEXT // 2 :]}"


def _skips(error: BaseException) -> bool:
    return isinstance(error, pytest.skip.Exception)


def words_of(report: pytest.TestReport) -> str:
    """What pytest says of a test that did not pass; of one that was skipped, why."""
    if isinstance(report.longrepr, tuple):
        return str(report.longrepr[2]).removeprefix("Skipped: ")
    return report.longreprtext


def outcome(report: pytest.TestReport) -> str:
    """The outcome of a test that did not pass: failed, skipped, or hung."""
    if report.failed and "Failed: Timeout (>" in report.longreprtext:
        return "hung"
    return report.outcome
