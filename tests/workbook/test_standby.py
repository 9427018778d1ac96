"""Processes that are ready run tests like newly started ones, and leave nothing behind."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from workbook import mistakes, running
from workbook.overlay import ALL, Overlay
from workbook.standby import Common, Standby

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")

ROOT = Path(__file__).resolve().parents[2]

PASSES = "def test_it():\n    assert True\n"


@pytest.fixture
def standby() -> Iterator[Standby]:
    with Standby(ROOT) as ready:
        yield ready


def run(standby: Standby, tmp_path: Path, text: str, **more: Any) -> running.Run:
    path = tmp_path / "test_it.py"
    path.write_text(text, "utf-8")
    return running.run(ROOT, [path], launch=standby.launch, **more)


def outcomes(done: running.Run) -> list[str]:
    assert not done.trouble
    return [result.outcome for result in done.results]


def test_one_process_serves_many_runs(standby, tmp_path):
    standby.prepare()
    (keeper,) = standby.keepers.values()
    assert outcomes(run(standby, tmp_path, PASSES)) == ["passed"]
    assert outcomes(run(standby, tmp_path, "def test_it():\n    assert 1 == 2\n")) == ["failed"]
    assert outcomes(run(standby, tmp_path, PASSES)) == ["passed"]
    assert [*standby.keepers.values()] == [keeper]
    assert keeper.alive()


def test_a_run_knows_nothing_of_the_one_before(standby, tmp_path):
    spoil = (
        "import builtins, os\ndef test_it():\n    builtins.spoilt = os.environ['SPOILT'] = 'x'\n"
    )
    look = (
        "import builtins, os, sys\ndef test_it():\n"
        "    assert not hasattr(builtins, 'spoilt')\n"
        "    assert 'SPOILT' not in os.environ\n"
        "    assert not [name for name in sys.modules if name.startswith('steps')]\n"
    )
    run(standby, tmp_path, spoil)
    assert outcomes(run(standby, tmp_path, look)) == ["passed"]
    assert len(standby.keepers) == 1


def test_a_difference_is_not_worked_out_in_full_in_ci(standby, tmp_path, monkeypatch):
    """Where CI is set, pytest compares two long lists character by character: that took a minute."""
    monkeypatch.setenv("CI", "true")
    monkeypatch.setenv("BUILD_NUMBER", "1")
    look = "import os\ndef test_it():\n    assert not {'CI', 'BUILD_NUMBER'} & {*os.environ}\n"
    assert outcomes(run(standby, tmp_path, look)) == ["passed"]


def test_one_that_dies_costs_its_test_only(standby, tmp_path):
    dies = "import os\ndef test_it():\n    os._exit(3)\n" + PASSES.replace("test_it", "test_b")
    assert outcomes(run(standby, tmp_path, dies)) == ["crashed", "passed"]


def test_one_that_takes_its_keeper_along(standby, tmp_path):
    kills = (
        "import os, signal\ndef test_it():\n"
        "    os.kill(os.getppid(), signal.SIGKILL)\n    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    assert outcomes(run(standby, tmp_path, kills)) == ["crashed"]
    assert outcomes(run(standby, tmp_path, PASSES)) == ["passed"]


def test_one_that_hangs_is_ended(standby, tmp_path):
    hangs = (
        "import pytest, signal\n@pytest.mark.timeout(0.2)\ndef test_it():\n"
        "    signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 32))\n"
        "    while True:\n        signal.pause()\n"
    )
    assert outcomes(run(standby, tmp_path, hangs)) == ["hung"]
    assert outcomes(run(standby, tmp_path, PASSES)) == ["passed"]
    assert len(standby.keepers) == 1


def test_what_goes_its_own_way_is_ended(standby, tmp_path):
    """A fork in a session of its own, whose parents are gone, ends with the run."""
    note = tmp_path / "pid"
    daemon = (
        "import os, signal\ndef test_it():\n"
        "    read, write = os.pipe()\n"
        "    if os.fork():\n"
        "        os.close(write)\n"
        f"        open({str(note)!r}, 'wb').write(os.read(read, 20))\n"
        "        return\n"
        "    os.setsid()\n"
        "    if os.fork():\n        os._exit(0)\n"
        "    os.write(write, b'%d' % os.getpid())\n"
        "    signal.pause()\n"
    )
    run(standby, tmp_path, daemon)
    pid = int(note.read_text("ascii"))
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


@pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="needs Linux")
def test_what_runs_have_in_common_is_done_once(tmp_path):
    """Tests are looked for, and lower steps imported, once; what differs is that of each run."""
    look = (
        "import os, subprocess, sys\nfrom pathlib import Path\nfrom workbook import wire\n"
        "finder, found = os.getpid(), [name for name in sys.modules if name.startswith('steps.s')]\n"
        "def test_once():\n"
        "    assert finder != os.getpid()\n"
        "    assert 'steps.s02_resp' in found and 'steps.s03_store' not in found\n"
        "def test_here():\n"
        "    from steps import s02, s03\n"
        "    store = s03.Store()\n"
        "    store.put(b'k', b'')\n"
        "    try:\n        assert not store.increment(b'k', 1)\n"
        "    except s02.CommandError:\n        pass\n"
        "def test_in_a_server(tmp_path):\n"
        "    with wire.Server(3, root=Path.cwd(), cwd=tmp_path) as server, server.client() as client:\n"
        "        assert not isinstance(server._process, subprocess.Popen)\n"
        "        assert client.ask('SET', 'k', '') == b'OK'\n"
        "        assert 'not an integer' in client.ask('INCR', 'k')\n"
    )
    path = tmp_path / "test_it.py"
    path.write_text(look, "utf-8")
    answered = Overlay(reference=frozenset({ALL}))
    (empty_is_zero,) = [one for one in mistakes.all_of(ROOT) if one.name == "empty_is_zero"]
    planted = answered._replace(plant=(mistakes.build(empty_is_zero, tmp_path / "mistakes"),))
    with Standby(ROOT, common=Common(tmp_path, ("steps.s02",), answered)) as ready:
        for overlay, here in ((answered, "passed"), (planted, "failed"), (answered, "passed")):
            done = running.run(ROOT, [path], launch=ready.launch, overlay=overlay)
            assert outcomes(done) == ["passed", here, here], done.results


@pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="to wait for it takes Linux")
def test_it_ends_with_its_owner(tmp_path):
    """Also with one that had no time to say so."""
    script = (
        "import sys\nfrom pathlib import Path\nfrom workbook.standby import Standby\n"
        "ready = Standby(Path.cwd())\nready.prepare()\n"
        "print(*(one.process.pid for one in ready.keepers.values()), flush=True)\nsys.stdin.read()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as owner:
        assert owner.stdout
        keeper = os.pidfd_open(int(owner.stdout.readline()))
        owner.send_signal(signal.SIGKILL)
    with open(keeper, "rb", buffering=0):
        assert select.select([keeper], [], [], 20)[0], "it is still there"
