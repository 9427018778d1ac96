"""The part of the runner inside pytest's process: picks the tests, and reports each as it happens.

A plugin (`-p workbook.reporting`), which `workbook.running` starts. What it is to do comes in the
environment as a `Request`; what it sees goes as JSON lines to a file that the parent reads.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from workbook import running, wire
from workbook.running import VARIABLE, Request
from workbook.tagged import Tag, tag_of


def plain_name(name: str) -> str:
    """A test's name without its parameters, and a transcript's without its `.txt`."""
    return name.partition("[")[0].removesuffix(".txt")


LEASH = os.dup(0) if VARIABLE in os.environ else None
"""The parent's end of this pipe closes when the parent is gone, however it went.

Taken here, at the import: pytest soon puts something else in the place of stdin.
"""


def picks(request: Request, item: pytest.Item, tag: Tag) -> bool:
    """Whether to run this test."""
    return (
        (request.exercises is None or tag.exercise in request.exercises)
        and (request.names is None or plain_name(item.name) in request.names)
        and item.nodeid not in request.done
    )


def pytest_configure(config: pytest.Config) -> None:
    """Reports to the parent, if there is one."""
    text = os.environ.pop(VARIABLE, None)  # children of a test are no business of this run's
    if text:
        config.pluginmanager.register(Reporter(Request(**json.loads(text))), "workbook-reporter")


class Reporter:
    """Writes what happens to the parent's file, one JSON object a line."""

    def __init__(self, request: Request) -> None:
        self.request = request
        # buffering=1: a line is out as soon as it is whole, for this process may die at any moment
        self.file = Path(request.report).open("a", buffering=1, encoding="utf-8")  # noqa: SIM115
        self.reports: list[pytest.TestReport] = []
        self.groups: list[int] = []
        wire.on_start.append(self.announce)
        threading.Thread(target=self.follow, daemon=True).start()

    def follow(self) -> None:
        """Waits for the end of the parent, and ends this process and its servers then."""
        if LEASH is not None and not os.read(LEASH, 1):
            running.end_groups(self.groups)
            os._exit(1)

    def write(self, event: str, **facts: Any) -> None:
        """One line to the parent."""
        self.file.write(json.dumps({"event": event, **facts}) + "\n")

    def announce(self, pid: int) -> None:
        """A child was started, in a group of its own: the parent ends it if this process dies."""
        self.groups.append(pid)
        self.write("group", pid=pid)

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(
        self, config: pytest.Config, items: list[pytest.Item]
    ) -> None:
        """Leaves the tests that the parent asked for, and tells it their names."""
        picked = [item for item in items if picks(self.request, item, tag_of(item))]
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
        self.write("trouble", text=str(excrepr))

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """A test begins."""
        self.reports = []
        self.write("started", id=nodeid)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """One of its three phases is over."""
        self.reports.append(report)

    def pytest_runtest_logfinish(self, nodeid: str) -> None:
        """A test is over."""
        bad = next((report for report in self.reports if report.outcome != "passed"), None)
        last = self.reports[-1]
        self.write(
            "finished",
            id=nodeid,
            outcome=outcome(bad) if bad else "passed",
            text=bad.longreprtext if bad else "",
            output="".join(last.capstdout + last.capstderr),
            seconds=round(sum(report.duration for report in self.reports), 4),
        )

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_sessionfinish(self) -> Iterator[None]:
        """Everything was run, and reported."""
        yield
        self.write("done")


def outcome(report: pytest.TestReport) -> str:
    """The outcome of a test that did not pass: failed, skipped, or hung."""
    if report.failed and "Failed: Timeout (>" in report.longreprtext:
        return "hung"
    return report.outcome
