"""The tiers of confinement, each by attacks on it.

Every lever is shown twice: the attack fails against the whole tier, and it succeeds where that one
lever is missing, so that it is known to be what holds.
"""

from __future__ import annotations

import contextlib
import functools
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
from workbook.grading import confine, limits, outside
from workbook.grading.limits import Limits

LINUX = sys.platform.startswith("linux")
ROOT_USER = hasattr(os, "geteuid") and os.geteuid() == 0

SMALL = {"disk": 4 << 20, "files": 500, "file": 2 << 20, "memory": 300 << 20, "processes": 20}

HARMLESS = [
    *("reads_a_file", "reads_by_a_link", "lists_homes", "finds_redis", "brings_a_program"),
    *("writes_beside", "writes_its_code", "signals_the_trusted", "reads_its_environment"),
    *("sees_others", "traces_a_child", "hides_memory", "becomes_root_somewhere"),
    *("clones_into_another", "could_gain_rights", "reaches_a_port", "reaches_the_host"),
    *("asks_for_memory", "fills_the_disk", "makes_many_files", "writes_a_large_file"),
    *("starts_many_threads", "forks_and_forks"),
]
"""Attacks that leave the attacker alive, one after the other in one process."""

DISK = {"fills_the_disk", "makes_many_files"}

NOT_HELD_BY_C = {"reaches_a_port", "finds_redis"}
"""What tier C does not stop. It says that a program is there, and does not let it be run."""


@functools.cache
def available(letter: str) -> str:
    """Why a tier cannot be tried here; "" if it can."""
    if not LINUX and letter != "D":
        return "it takes Linux"
    if letter == "A" and not ROOT_USER:
        return "it takes root"
    if letter == "B" and not shutil.which("bwrap"):
        return "bwrap is not installed; the Debian package bubblewrap brings it"
    return ""


@pytest.fixture
def play(tmp_path: Path) -> Callable[..., dict[str, Any]]:
    """Plays attacks in a tier: B and C as a user without rights, A and D as who runs this."""

    def run(letter: str, attacks: list[str], *without: str, **limits: int) -> dict[str, Any]:
        if why := available(letter):
            if os.environ.get("CI") and ROOT_USER:
                pytest.fail(why, pytrace=False)
            pytest.skip(why)
        tmp_path.chmod(0o755)
        user = outside.User() if ROOT_USER and letter in "BC" else None
        try:
            number = user.id if user else None
            few = {**SMALL, **limits}
            one = stage.Play(str(tmp_path), letter, attacks, list(without), few, number)
            return stage.play(one)
        finally:
            if user:
                user.close()

    return run


# ---------------------------------------------------------------- all attacks on each tier


@pytest.mark.parametrize("letter", ["A", "B"])
def test_nothing_gets_through(play: Any, letter: str) -> None:
    found = play(letter, ["works", "reaches_itself", *HARMLESS])
    assert found["done"] == {
        "works": True,
        "reaches_itself": True,
        **dict.fromkeys(HARMLESS, False),
    }, found["stderr"]
    assert found["folders"] == []


def test_tier_c_holds_what_it_says(play: Any) -> None:
    tried = [name for name in HARMLESS if name not in DISK]
    found = play("C", ["works", "reaches_itself", *tried])
    got = {name for name, value in found["done"].items() if value}
    assert got - NOT_HELD_BY_C == {"works", "reaches_itself"}, found["stderr"]
    assert len(found["done"]) == len(tried) + 2
    assert found["folders"] == []


def test_who_fills_the_disk_in_tier_c_is_ended(play: Any) -> None:
    found = play("C", ["keeps_the_disk_full"])
    assert found["done"] == {}
    assert found["hit"] == ["disk"]


def test_without_confinement_they_all_get_what_they_want(play: Any) -> None:
    tried = [name for name in HARMLESS if name not in ("lists_homes", "finds_redis")]
    found = play("D", ["works", "reaches_itself", *tried], "limits")
    refused = {name for name, value in found["done"].items() if not value}
    # a kernel or a container may refuse some for reasons of its own
    assert refused <= {"becomes_root_somewhere", "clones_into_another", "reaches_the_host"}
    assert len(found["done"]) == len(tried) + 2, found["stderr"]


# ---------------------------------------------------------------- each lever by itself


@pytest.mark.parametrize(
    ("letter", "lever", "attack"),
    [
        ("A", "network", "reaches_a_port"),
        ("B", "view", "reads_a_file"),
        ("A", "work", "fills_the_disk"),
        ("A", "capabilities", "could_gain_rights"),
        ("A", "calls", "hides_memory"),
        ("A", "limits", "asks_for_memory"),
        ("B", "processes", "signals_the_trusted"),
        ("C", "landlock", "writes_beside"),
    ],
)
def test_each_lever_is_what_holds(play: Any, letter: str, lever: str, attack: str) -> None:
    found = play(letter, [attack], lever)
    assert found["done"] == {attack: True}, found["stderr"]
    assert found["folders"] == []


@pytest.mark.parametrize("attack", ["starts_many_threads", "forks_and_forks"])
def test_the_number_of_processes_is_held_by_the_user_and_by_the_cgroup(
    play: Any, attack: str
) -> None:
    # not watched: fifty processes would hold too much memory, too
    assert play("A", [attack], "watch", "tasks", "pids")["done"] == {attack: True}
    assert play("A", [attack], "watch", "pids")["done"] == {attack: False}
    if "pids" in confine.probe("A").levers:
        assert play("A", [attack], "watch", "tasks")["done"] == {attack: False}


@pytest.mark.parametrize("letter", ["A", "B", "C"])
def test_who_holds_too_much_memory_is_ended_and_told(play: Any, letter: str) -> None:
    found = play(letter, ["works", "holds_memory"])
    assert found["done"] == {"works": True}
    assert found["code"] == -9
    assert found["hit"] == ["memory"]


def test_who_takes_too_much_processor_time_is_ended(play: Any) -> None:
    found = play("A", ["works", "burns_processor_time"], cpu=1)
    assert found["done"] == {"works": True}
    assert limits.signs(found["code"], "") == ["cpu"]


def test_it_is_the_watch_that_ends_it(play: Any) -> None:
    found = play("B", ["holds_memory"], "watch")
    assert found["done"] == {"holds_memory": True}


@pytest.mark.parametrize("letter", ["A", "B", "C", "D"])
def test_nothing_is_left(play: Any, letter: str) -> None:
    found = play(letter, ["leaves_a_daemon", "hides_files"])
    assert found["done"] == {"leaves_a_daemon": True, "hides_files": True}, found["stderr"]
    assert found["left"] == 0
    assert found["folders"] == []


def test_an_orphan_ends_while_the_tests_go_on(play: Any) -> None:
    assert play("A", ["keeps_a_daemon_at_work"])["done"] == {"keeps_a_daemon_at_work": False}


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


@pytest.mark.parametrize("letter", ["A", "C"])
def test_all_ends_with_the_trusted_program(tmp_path: Path, letter: str) -> None:
    """However that goes: here it dies at once, and clears up nothing."""
    if why := available(letter):
        pytest.skip(why)
    (tmp_path / "box").mkdir()
    (tmp_path / "work").mkdir()
    tier = confine.Tier(letter, confine.TIER_LEVERS[letter])
    with confine.Confinement(tier, tmp_path / "box", tmp_path / "work") as confinement:
        words = [sys.executable, "-c", DIES, STAYS, str(tmp_path)]
        done = subprocess.run(confinement.enclosed(words), cwd=stage.ROOT, check=False)
        assert done.returncode == -9
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
    if why := available("A"):
        pytest.skip(why)
    tier = confine.Tier("A", confine.TIER_LEVERS["A"])
    with contextlib.ExitStack() as stack:
        programs = []
        for name in ("one", "two"):
            box, work = tmp_path / name / "box", tmp_path / name / "work"
            box.mkdir(parents=True)
            work.mkdir()
            one = stack.enter_context(confine.Confinement(tier, box, work))
            command = one.enclosed([sys.executable, "-c", WAITS, LISTENS])
            pipe = subprocess.PIPE
            program = subprocess.Popen(command, cwd=stage.ROOT, stdin=pipe, stdout=pipe)
            programs.append(stack.enter_context(program))
        users = {int(program.stdout.readline()) for program in programs if program.stdout}
        for program in programs:
            program.communicate()
    assert len(users) == 2
    assert users <= set(outside._allowed_users())


def test_it_is_the_sweep_that_ends_the_daemon(play: Any) -> None:
    assert play("C", ["leaves_a_daemon"], "sweep")["left"] > 0


# ---------------------------------------------------------------- the parts


def test_the_best_tier_says_why_there_is_no_better() -> None:
    tier = confine.best()
    assert tier.letter == ("A" if ROOT_USER and LINUX else tier.letter)
    assert len(tier.missing) == "ABCD".index(tier.letter)
    assert all(told in str(tier) for told in tier.told())


def test_less_than_asked_for_is_refused() -> None:
    weak = confine.Tier("D", ("limits",), ("no tier A: it takes root",))
    confine.require(weak, "D")
    with pytest.raises(confine.Unavailable, match=r"tier B was asked for.*it takes root"):
        confine.require(weak, "B")


@pytest.mark.skipif(not LINUX, reason="it takes Linux")
def test_without_bubblewrap_tier_b_names_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(confine.Unavailable, match="the Debian package bubblewrap brings it"):
        confine.probe.__wrapped__("B")


ELSEWHERE = """
import os, pathlib, subprocess, sys, tempfile
for name in ("fcntl", "resource", "grp", "pwd"):
    sys.modules[name] = None
sys.platform = "{platform}"
if sys.platform == "win32":
    del os.geteuid, os.fwalk
from workbook.grading import confine, limits, outside
tier = confine.best()
assert tier.letter == "D" and len(tier.missing) == 3, tier
with tempfile.TemporaryDirectory() as folder:
    work = pathlib.Path(folder, "work")
    work.mkdir()
    with confine.Confinement(tier, pathlib.Path(folder), work) as confinement:
        os.environ.update(confinement.variables())
        child = confine.inside().popen(
            [sys.executable, "-c", "print(6 * 7)"], cwd=work, env={{}}, stdout=subprocess.PIPE
        )
        assert child.communicate()[0] == b"42\\n"
print(limits.told("memory", limits.Limits()))
"""


@pytest.mark.parametrize("platform", ["darwin", "win32"])
def test_other_systems_have_the_last_tier(platform: str) -> None:
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
        "it wrote a file of more than 0.5 MB",
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
