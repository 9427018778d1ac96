"""The benchmark runs, with redis-benchmark and without. What it measures, nobody asserts."""

from __future__ import annotations

import re
import shutil

import pytest

from workbook.overlay import ALL, Overlay

OURS = ["asyncio echo", "step 9, threads", "step 10, asyncio"]


@pytest.fixture
def bench(command):
    """Runs it; the finished process."""
    return lambda *arguments, **environment: command("s10", "bench", *arguments, env=environment)


def tables(text):
    """The tables: for each, the title and the rows, a name and numbers."""
    found = {}
    for table in text.strip().split("\n\n"):
        title, _, *rows = table.splitlines()
        found[title] = {
            row[:18].strip(): [float(word) for word in row[18:].split()] for row in rows
        }
    return found


@pytest.mark.timeout(90)
def test_all_contenders(bench, tmp_path):
    """A short run prints every contender twice, with its numbers, and leaves nothing behind."""
    done = bench("--requests", "1000", "--rounds", "1")
    assert done.returncode == 0, done.stderr
    expected = [*OURS, "redis-server"] if shutil.which("redis-server") else OURS
    found = tables(done.stdout)
    assert list(found) == [
        "GET, 50 clients, 1 commands a packet",
        "GET, 50 clients, 16 commands a packet",
    ]
    for rows in found.values():
        assert list(rows) == expected
        for rate, _, p50, p99, ratio in rows.values():
            assert min(rate, p50, ratio) > 0
            assert p99 >= p50
        assert rows[expected[-1]][-1] == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.timeout(90)
@pytest.mark.exercise(
    "10.8",
    why="If redis-benchmark is not installed, the crowd of this exercise sends the requests: it "
    "must read each reply to its end, and close what it has opened.",
)
def test_with_our_own_crowd(bench):
    """Without any program but Python, `bench` measures with the crowd of exercise 10.8."""
    done = bench(
        *("--requests", "1000", "--rounds", "1", "--clients", "10", "--command", "INCR"),
        PATH="",
    )
    assert done.returncode == 0, done.stderr
    found = tables(done.stdout)
    assert [list(rows) for rows in found.values()] == [OURS, OURS]
    assert done.stderr == ""


@pytest.mark.timeout(90)
def test_without_the_crowd(bench):
    """Without redis-benchmark and without exercise 10.8: one sentence that says so."""
    overlay = Overlay(empty=frozenset(["10.8"]), reference=frozenset([ALL]))
    done = bench("--requests", "1000", PATH="", **overlay.to_environment())
    assert done.returncode == 1
    assert re.fullmatch(
        r"error: exercise 10\.8 is not written yet \(steps/s10_asyncio/bench/crowd\.py:\d+\)\.\n",
        done.stderr,
    )


@pytest.mark.parametrize("value", ["0", "many", "1001"])
def test_bad_options_are_refused(bench, value):
    """An invalid number of clients, or one that is too large: exit code 2."""
    done = bench("--clients", value)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_memory(bench):
    """With --keys the servers are filled, and their memory is compared."""
    done = bench("--keys", "20000")
    assert done.returncode == 0, done.stderr
    title, *rows = done.stdout.strip().splitlines()
    assert title.startswith("20000 keys")
    for row in rows:
        empty, full, ratio = (float(word) for word in row[18:].split())
        assert 0 < empty < full
        assert ratio > 0
