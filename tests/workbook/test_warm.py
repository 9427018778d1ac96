"""Servers as forks of a process that has imported their step: they differ only in speed."""

from __future__ import annotations

import os
import signal
import socket
from pathlib import Path

import pytest

from workbook import wire
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
    forks = {module: len(mother.codes) for (module, _), mother in wire.warm.mothers.items()}
    assert forks == {"workbook.trial_subject": 2, "workbook.trial_check": 2}


def test_what_a_mother_says_in_one_piece(start):
    """A fork may end while another begins: nothing of what is said about it is lost."""
    assert forked(start())
    [mother] = wire.warm.mothers.values()
    kept, (mother.talk, other) = mother.talk, socket.socketpair()
    with mother.talk, other:
        other.sendall(b"1000001 0\n1000003\n1000002 -9\n100")
        assert mother.listen(5) == 1000003
        other.sendall(b"0004 7\n")
        assert [mother.listen(5, pid) for pid in (1000001, 1000002, 1000004)] == [0, -9, 7]
    mother.talk = kept


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
