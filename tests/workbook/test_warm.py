"""Servers as forks of a process that has imported their step: they differ only in speed."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from workbook import wire
from workbook.forked import Answers
from workbook.trial import Trial, bugs
from workbook.warm import Fork, Warm

ROOT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="needs Linux")


@pytest.fixture
def start(tmp_path, monkeypatch):
    """Starts servers of step 3, of which the first has been started from scratch."""
    warm = Warm()
    monkeypatch.setattr(wire, "warm", warm)
    with wire.closing_all([]) as servers:

        def one(*arguments, step=3, **environment):
            servers.append(wire.Server(step, *arguments, root=ROOT, cwd=tmp_path, env=environment))
            return servers[-1]

        assert not forked(one())
        yield one
    warm.end()


def forked(server):
    return isinstance(server._process, Fork)


def test_from_the_second_on_they_are_forks(start):
    one, other = start(), start()
    assert forked(one)
    assert forked(other)
    with one.client() as client, other.client() as stranger:
        assert client.ask("SET", "k", "v") == b"OK"
        assert stranger.ask("GET", "k") is None
    assert [server.stop() for server in (one, other)] == [0, 0]
    assert [server.stderr() for server in (one, other)] == ["", ""]
    assert one.stdout().endswith("step 03 stopped\n")


@pytest.mark.parametrize("signum", [signal.SIGKILL, signal.SIGTERM])
def test_how_one_ended_is_known(start, signum):
    server = start()
    server.interrupt(signum)
    assert server.end() == -signum
    assert forked(start())  # its end has not taken the others along


def test_an_error_of_the_command_line(start):
    assert forked(start())
    with pytest.raises(wire.WireFailure, match="exit code 2") as failure:
        start("--nonsense")
    assert "unrecognized arguments: --nonsense" in str(failure.value)


def test_another_environment_is_another_matter(start):
    assert forked(start())
    assert not forked(start(PYTHONOPTIMIZE="1"))
    assert not forked(start(step=1))


def test_both_sides_of_a_trial(start, tmp_path):
    """Each fork of the subjects has the bug that was planted for it, whatever others had."""
    trial = Trial("8.1", ROOT, tmp_path)
    planted = bugs(ROOT, "8.1")[:3]
    findings = trial.attempts(planted)
    assert all(finding.caught for finding in findings)
    assert [one.candidate for one in findings] == planted
    kept = {module: mother.answers for (module, _), mother in wire.warm.mothers.items()}
    assert kept.keys() == {"workbook.trial_subject", "workbook.trial_check"}
    for answers in kept.values():  # of three, one was started from scratch
        assert all(answers.wait(number, "gone", 5) is not None for number in (1, 2))


def test_what_is_said_of_forks_in_any_pieces():
    """One may end while another begins: nothing of what is said is lost, and the first word counts."""
    reading, writing = os.pipe()
    answers = Answers(os.fdopen(reading, "rb"))
    with os.fdopen(writing, "wb", buffering=0) as other:
        other.write(b"2 gone 0\n3 runs 4711\n1 gone -9\n4 go")
        assert [answers.wait(number, "gone", 5) for number in (1, 2)] == [-9, 0]
        assert answers.wait(3, "runs", 5) == 4711
        assert answers.wait(4, "gone", 0) is None
        other.write(b"ne 7\n4 gone -9\n")
        assert answers.wait(4, "gone", 5) == 7
    with pytest.raises(OSError, match="it has ended"):
        answers.wait(3, "gone", 5)
    assert answers.wait(4, "gone", 5) == 7


def test_a_mother_that_has_died(start):
    assert forked(start())
    [mother] = wire.warm.mothers.values()
    mother.process.kill()
    mother.process.wait()
    server = start()
    assert not forked(server)
    assert server.client().ask("PING") == b"PONG"


def test_no_fork_outlives_the_tests(start):
    server = start()
    assert forked(server)
    wire.warm.end()
    assert server.end() == -signal.SIGKILL
