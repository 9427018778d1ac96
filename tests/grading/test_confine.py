"""The two kinds of confinement, by attacks on them.

Every attack fails against a sealed one, for root and for a plain user, and succeeds in an open one, so
that it is known to be one.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.grading import stage
from workbook.grading import confine, limits, outside, probing
from workbook.grading.confine import OPEN, SEALED
from workbook.grading.limits import Limits

LINUX = sys.platform.startswith("linux")
ROOT_USER = hasattr(os, "geteuid") and os.geteuid() == 0

SMALL = {"disk": 4 << 20, "files": 500, "file": 2 << 20, "memory": 300 << 20, "processes": 20}
LARGE = {"file": 64 << 20, "memory": 8 << 30}

HARMLESS = [
    *("reads_a_file", "reads_by_a_link", "lists_homes", "finds_redis", "brings_a_program"),
    *("writes_beside", "writes_its_code", "writes_at_the_top", "signals_the_trusted"),
    *("reads_its_environment", "sees_others", "stops_the_warden", "looks_into_the_warden"),
    *("traces_a_child", "hides_memory", "becomes_root_somewhere", "clones_into_another"),
    *("has_capabilities", "could_gain_rights", "reaches_a_port", "reaches_the_host"),
    *("asks_for_memory", "fills_the_disk", "makes_many_files", "writes_a_large_file"),
    *("starts_many_threads", "forks_and_forks"),
]
"""Attacks that leave the attacker alive, one after the other in one process."""

Player = Callable[..., dict[str, Any]]


def check_there_is(kind: str, who: str) -> None:
    """Skips what cannot be tried here."""
    why = ""
    if who == "root" and not ROOT_USER:
        why = "it takes root"
    elif kind == SEALED and not (LINUX and shutil.which("bwrap")):
        why = "it takes Linux and bubblewrap"
    if why and os.environ.get("CI") and ROOT_USER:
        pytest.fail(why, pytrace=False)
    if why:
        pytest.skip(why)


@pytest.fixture
def play(tmp_path: Path) -> Player:
    """Plays attacks, graded by root or by a plain user without any rights."""

    def run(
        who: str, kind: str, attacks: list[str], groups: tuple[str, ...] = (), **limits: int
    ) -> dict[str, Any]:
        check_there_is(kind, who)
        tmp_path.chmod(0o755)
        user = outside.User() if ROOT_USER and who == "plain" else None
        try:
            number = user.id if user else None
            few = {**SMALL, **limits}
            return stage.play(stage.Play(str(tmp_path), kind, attacks, list(groups), few, number))
        finally:
            if user:
                user.close()

    return run


BOTH = pytest.mark.parametrize("who", ["root", "plain"])


# ---------------------------------------------------------------- all attacks on each kind


@BOTH
def test_nothing_gets_through(play: Player, who: str) -> None:
    found = play(who, SEALED, ["works", "reaches_itself", *HARMLESS])
    assert found["done"] == {
        "works": True,
        "reaches_itself": True,
        **dict.fromkeys(HARMLESS, False),
    }, found["stderr"]
    assert found["folders"] == []


@BOTH
def test_in_an_open_one_they_get_what_they_want(play: Player, who: str) -> None:
    tried = [name for name in HARMLESS if name not in ("lists_homes", "finds_redis")]
    found = play(who, OPEN, ["works", "reaches_itself", *tried], **LARGE)
    refused = {name for name, value in found["done"].items() if not value}
    # a kernel or a container may refuse some for reasons of its own
    expected = {"becomes_root_somewhere", "clones_into_another", "reaches_the_host"}
    if who == "plain":  # of whom the stage has already taken all rights
        expected |= {"has_capabilities", "could_gain_rights"}
    assert refused <= expected
    assert len(found["done"]) == len(tried) + 2, found["stderr"]


def test_the_limits_of_each_process_hold_in_an_open_one(play: Player) -> None:
    tried = ["asks_for_memory", "writes_a_large_file"]
    assert play("root", OPEN, tried)["done"] == dict.fromkeys(tried, False)


@BOTH
@pytest.mark.parametrize("attack", ["starts_many_threads", "forks_and_forks"])
@pytest.mark.parametrize("groups", [(), ("memory", "pids")])
def test_the_number_of_processes_is_held_with_a_cgroup_and_without(
    play: Player, who: str, attack: str, groups: tuple[str, ...]
) -> None:
    found = play(who, SEALED, [attack], groups)
    assert found["done"] == {attack: False}
    assert found["hit"] in ([], ["processes"])


@BOTH
@pytest.mark.parametrize("where", ["holds_memory", "fills_sockets"])
def test_who_holds_too_much_memory_is_ended_and_told(play: Player, who: str, where: str) -> None:
    found = play(who, SEALED, ["works", where])
    assert found["done"] == {"works": True}
    assert found["code"] == -9
    assert found["hit"] == ["memory"]


@BOTH
def test_who_takes_too_much_processor_time_is_ended(play: Player, who: str) -> None:
    found = play(who, SEALED, ["works", "burns_processor_time"], cpu=1)
    assert found["done"] == {"works": True}
    assert limits.signs(found["code"], "") == ["cpu"]


@BOTH
@pytest.mark.parametrize("kind", [SEALED, OPEN])
def test_nothing_is_left(play: Player, who: str, kind: str) -> None:
    found = play(who, kind, ["leaves_a_daemon", "hides_files"])
    assert found["done"] == {"leaves_a_daemon": True, "hides_files": True}, found["stderr"]
    assert found["left"] == 0
    assert found["folders"] == []


@BOTH
def test_an_orphan_ends_while_the_tests_go_on(play: Player, who: str) -> None:
    found = play(who, SEALED, ["keeps_a_daemon_at_work"])
    assert found["done"] == {"keeps_a_daemon_at_work": False}


DIES = """
import os, sys, time
from workbook.grading import confine
inside = confine.inside()
words = [sys.executable, "-I", "-S", "-c", sys.argv[1], sys.argv[2]]
child = inside.popen(words, cwd=inside.work, env={})
while not (inside.work / "started").exists():
    time.sleep(0.01)
os.kill(os.getpid(), 9)
"""

STAYS = "import time; open('started', 'w').close(); time.sleep(60)"


@pytest.mark.parametrize(("kind", "code"), [(SEALED, 128 + 9), (OPEN, -9)])
def test_all_ends_with_the_trusted_program(tmp_path: Path, kind: str, code: int) -> None:
    """However that goes: here it dies at once, and clears up nothing."""
    check_there_is(kind, "plain")
    (tmp_path / "box").mkdir()
    (tmp_path / "work").mkdir()
    one = confine.Kind(kind)
    with confine.Confinement(one, tmp_path / "box", tmp_path / "work") as confinement:
        words = [sys.executable, "-c", DIES, STAYS, str(tmp_path)]
        environment = {**os.environ, **confinement.variables()}
        done = subprocess.run(
            confinement.enclosed(words), cwd=stage.ROOT, env=environment, check=False
        )
        assert done.returncode == code
    assert stage.processes_with(str(tmp_path)) == 0
    assert sorted(os.listdir(tmp_path)) == ["box"]


WAITS = """
import sys
from workbook.grading import confine
inside = confine.inside()
words = [sys.executable, "-I", "-S", "-c", sys.argv[1]]
child = inside.popen(words, cwd=inside.work, env={}, stdin=-1, stdout=-1)
print(child.stdout.readline().decode(), flush=True)
sys.stdin.read()
child.communicate()
"""

LISTENS = """
import os, socket, sys
with socket.create_server(("127.0.0.1", 7007)):
    print(os.getuid(), flush=True)
    sys.stdin.read()
"""


def test_two_at_a_time_know_nothing_of_each_other(tmp_path: Path) -> None:
    """Both have port 7007, and each is another user."""
    check_there_is(SEALED, "root")
    with contextlib.ExitStack() as stack:
        programs = []
        for name in ("one", "two"):
            box, work = tmp_path / name / "box", tmp_path / name / "work"
            box.mkdir(parents=True)
            work.mkdir()
            one = stack.enter_context(confine.Confinement(confine.Kind(SEALED), box, work))
            command = one.enclosed([sys.executable, "-c", WAITS, LISTENS])
            pipe = subprocess.PIPE
            program = subprocess.Popen(command, cwd=stage.ROOT, stdin=pipe, stdout=pipe)
            programs.append(stack.enter_context(program))
        users = {int(program.stdout.readline()) for program in programs if program.stdout}
        for program in programs:
            program.communicate()
    assert len(users) == 2
    assert users <= set(outside._allowed_users())


ENDS = """
import sys, threading
from workbook.grading import confine
inside = confine.inside()
words = [sys.executable, "-I", "-S", "-c", "import time; time.sleep(60)"]
child = inside.popen(words, cwd=inside.work, env={})
waiting = threading.Thread(target=child.wait, daemon=True)
waiting.start()
child.terminate()
waiting.join(20)
print(child.wait(5), waiting.is_alive())
"""


@pytest.mark.parametrize("kind", [SEALED, OPEN])
def test_one_thread_waits_while_another_ends_it(tmp_path: Path, kind: str) -> None:
    check_there_is(kind, "plain")
    (tmp_path / "box").mkdir()
    (tmp_path / "work").mkdir()
    one = confine.Kind(kind)
    with confine.Confinement(one, tmp_path / "box", tmp_path / "work") as confinement:
        done = subprocess.run(
            confinement.enclosed([sys.executable, "-c", ENDS]),
            cwd=stage.ROOT,
            env={**os.environ, **confinement.variables()},
            stdout=subprocess.PIPE,
            check=True,
        )
    assert done.stdout == b"-15 False\n"


# ---------------------------------------------------------------- the parts


def test_a_machine_that_can_seals() -> None:
    check_there_is(SEALED, "root")
    assert probing.best().name == SEALED
    assert "sealed by bubblewrap" in str(probing.best())


def test_an_open_one_is_refused_where_that_is_asked_for() -> None:
    confine.require_sealed(confine.Kind(SEALED))
    with pytest.raises(confine.Unavailable, match=r"cannot be sealed here: bwrap is missing"):
        confine.require_sealed(confine.Kind(OPEN, why="bwrap is missing"))


@pytest.mark.skipif(not LINUX, reason="it takes Linux")
def test_without_bubblewrap_it_is_open_and_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    kind = probing.best.__wrapped__()
    assert kind.name == OPEN
    assert "install the package `bubblewrap`" in kind.why


@pytest.mark.skipif(not LINUX, reason="it takes Linux")
def test_a_bubblewrap_that_does_not_work_is_none(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    broken = tmp_path / "bwrap"
    broken.write_text("#!/bin/sh\necho 'no permission to make a namespace' >&2\nexit 1\n")
    broken.chmod(0o755)
    monkeypatch.setattr(shutil, "which", lambda name: str(broken))
    kind = probing.best.__wrapped__()
    assert (kind.name, kind.why) == (OPEN, "a trial failed: no permission to make a namespace")


ELSEWHERE = """
import os, pathlib, subprocess, sys, tempfile
for name in ("fcntl", "resource", "grp", "pwd"):
    sys.modules[name] = None
sys.platform = "{platform}"
if sys.platform == "win32":
    del os.geteuid, os.fwalk
from workbook.grading import confine, limits, outside, probing
kind = probing.best()
assert kind.name == "open" and "it needs Linux" in kind.why, kind
with tempfile.TemporaryDirectory() as folder:
    work = pathlib.Path(folder, "work")
    work.mkdir()
    with confine.Confinement(kind, pathlib.Path(folder), work) as confinement:
        os.environ.update(confinement.variables())
        child = confine.inside().popen(
            [sys.executable, "-c", "print(6 * 7)"], cwd=work, env={{}}, stdout=subprocess.PIPE
        )
        assert child.communicate()[0] == b"42\\n"
print(limits.told("memory", limits.Limits()))
"""


@pytest.mark.parametrize("platform", ["darwin", "win32"])
def test_other_systems_are_open(platform: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", ELSEWHERE.format(platform=platform)],
        cwd=stage.ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.stderr) == ("it used more than 1024 MB of memory\n", "")


def test_a_limit_is_told_in_words() -> None:
    few = Limits(disk=4 << 20, files=500, file=1 << 19, cpu=3, output=1 << 20)
    assert limits.told("disk", few) == (
        "it filled its work folder, which has room for 4 MB or 500 files"
    )
    assert {limits.told(name, few) for name in limits.WORDS} >= {
        "it wrote a file larger than 0.5 MB",
        "a process used more than 3 s of processor time",
        "it printed more than 1 MB",
    }


@pytest.mark.parametrize(
    ("code", "text", "hit"),
    [
        (1, "MemoryError\n", ["memory"]),
        (1, "RuntimeError: can't start new thread", ["processes"]),
        (1, "OSError: [Errno 28] No space left on device: 'x'", ["disk"]),
        (1, "OSError: [Errno 24] Too many open files", ["open"]),
        (-24, "", ["cpu"]),
        (-25, "OSError: [Errno 27] File too large", ["file"]),
        (None, "the submission's process died of signal 24", ["cpu"]),
        (None, "Crashed: the process was ended: it had printed 64 MB", ["output"]),
        (1, "AssertionError", []),
    ],
)
def test_the_signs_of_a_limit(code: int, text: str, hit: list[str]) -> None:
    assert limits.signs(code, text) == hit


@pytest.mark.skipif(not LINUX, reason="it takes Linux")
def test_no_two_have_the_same_user() -> None:
    users = [outside.User() for _ in range(20)]
    try:
        assert len({user.id for user in users}) == 20
        assert not {user.id for user in users} & {owner for _, owner in outside.processes()}
    finally:
        for user in users:
            user.close()


@pytest.mark.skipif(not hasattr(os, "fwalk"), reason="it takes POSIX")
def test_a_folder_is_deleted_whatever_is_in_it(tmp_path: Path) -> None:
    outer, here = tmp_path / "outer", tmp_path / "work"
    outer.mkdir(mode=0o700)
    (outer / "kept").write_text("x")
    here.mkdir()
    (here / "link").symlink_to(outer)
    (here / "loop").symlink_to("loop")
    os.mkfifo(here / "pipe")
    (here / "closed").mkdir()
    (here / "closed" / "file").write_text("x")
    (here / "closed" / "file").chmod(0)
    (here / "closed").chmod(0)
    way = os.open(here, os.O_RDONLY)
    for _ in range(350):
        os.mkdir("d" * 200, dir_fd=way)
        below = os.open("d" * 200, os.O_RDONLY, dir_fd=way)
        os.close(way)
        way = below
    os.close(way)
    outside.delete(here)
    assert [path.name for path in tmp_path.iterdir()] == ["outer"]
    assert (outer / "kept").read_text() == "x"
    assert stat.S_IMODE(outer.stat().st_mode) == 0o700
    outside.delete(here)
