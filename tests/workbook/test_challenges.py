"""Challenges: whole modules in stages, which the checker treats like exercises."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from workbook import wire

NAME = "steps/s01_mini/challenges/sums.py"

SPECIFICATION = '''\
"""Challenge sums: two commands on numbers.

`answer` takes the line `SUM 1 2` or `PRODUCT 3 4` and returns the line of the reply.
"""
'''

MANIFEST = """\
title = "Sums"
idea = "to compute"

[[stage]]
id = "sums.1"
title = "SUM"
points = 1
minutes = 5
hints = ["a plus", "split first"]

[[stage]]
id = "sums.2"
title = "PRODUCT"
points = 3
minutes = 5
hints = ["a star", "split first"]
"""

SUM = '''\
"""Sums."""

def answer(line):
    word, one, two = line.split()
    if word == b"SUM":
        return b":%d\\n" % (int(one) + int(two))
'''

PRODUCT = """\
    if word == b"PRODUCT":
        return b":%d\\n" % (int(one) * int(two))
"""

LACKS = """\
    return b"-ERR PRODUCT is not written yet (steps/s01_mini/challenges/sums.py)\\n"
"""

MAIN = '''\
"""One client after another, in lines."""

import importlib
import socket

listener = socket.create_server(("127.0.0.1", 0))
try:
    print(f"step 01 listening on 127.0.0.1:{listener.getsockname()[1]}", flush=True)
    while True:
        connection, _ = listener.accept()
        with connection, connection.makefile("rwb", buffering=0) as file:
            for line in file:
                try:
                    sums = importlib.import_module("steps.s01_mini.challenges.sums")
                    file.write(sums.answer(line))
                except NotImplementedError as stub:
                    file.write(f"-ERR {stub.not_written}\\n".encode())
except KeyboardInterrupt:
    raise SystemExit(0) from None
'''

TRANSCRIPT = """\
title: {command} of two numbers
exercise: sums.{number}
why: {command} takes two.

>> {command} 3 5\\n
< :{result}\\n
"""

MISTAKE = """\
@@ forgets_one @@
Uses one number only.
Caught by: sum
- {0}
+ {1}
"""


@pytest.fixture
def sums(mini):
    """The miniature with a challenge of two stages."""
    mini.write("steps/s01_mini/__main__.py", MAIN)
    mini.write("steps/s01_mini/challenges/__init__.py", "")
    mini.write(NAME, SPECIFICATION)
    mini.write("steps/s01_mini/challenges/sums.toml", MANIFEST)
    mini.write("solutions/s01_mini/challenges/sums.py", SUM + PRODUCT)
    for number, command, result in ((1, "SUM", 8), (2, "PRODUCT", 15)):
        text = TRANSCRIPT.format(number=number, command=command, result=result)
        mini.write(f"tests/s01_mini/challenges/sums/transcripts/{command.lower()}.txt", text)
    wrong = MISTAKE.format(*SUM.splitlines()[-1:], SUM.splitlines()[-1].replace(" + int(two)", ""))
    mini.write("tests/s01_mini/challenges/sums/mistakes/sums.1.diff", wrong)
    return mini


def verdicts(sums, *words):
    found = json.loads(sums.checker(*words, "--json").stdout)
    return {one["id"]: one["verdict"] for one in found["exercises"]}


def test_the_map_counts_challenges_apart(sums):
    """The ten steps keep their total; challenges have their own."""
    shown = sums.checker().stdout
    assert "0 of 2 exercises solved, 0 of 3 points" in shown
    assert "sums         Sums" in shown
    assert "Of the challenges, 0 of 2 stages are solved, 0 of 4 points." in shown
    facts = json.loads(sums.checker("--json").stdout)
    assert facts["of"] == 2
    assert [
        (one["id"], one["state"], one["file"], one["line"])
        for one in facts["challenges"][0]["stages"]
    ] == [("sums.1", "empty", NAME, 1), ("sums.2", "empty", NAME, 1)]


def test_nothing_written(sums):
    assert verdicts(sums, "sums") == {"sums.1": "not written yet", "sums.2": "not written yet"}
    assert set(verdicts(sums, "all")) == {"1.1", "1.2"}


def test_stage_by_stage(sums):
    """What is not there yet is not written yet, and not wrong."""
    sums.write(NAME, SUM + LACKS)
    assert verdicts(sums, "sums") == {"sums.1": "solved", "sums.2": "not written yet"}
    said = sums.checker("sums").stdout
    assert "1 of 2 solved." in said
    assert "Next: write sums.2 PRODUCT" in said
    sums.write(NAME, SUM + PRODUCT)
    assert verdicts(sums, "challenges") == {"sums.1": "solved", "sums.2": "solved"}
    assert "Of the challenges, 2 of 2 stages are solved, 4 of 4 points." in sums.checker().stdout


@pytest.mark.parametrize("answers", [True, False])
def test_a_wrong_stage_is_explained(sums, answers):
    """With its why, at its line, whether the answers are there or not."""
    sums.write(NAME, (SUM + PRODUCT).replace("int(one) + ", ""))
    if not answers:
        (sums.root / "solutions/s01_mini/challenges/sums.py").unlink()
    assert verdicts(sums, "sums") == {"sums.1": "wrong", "sums.2": "solved"}
    said = sums.checker("sums.1").stdout
    assert NAME in said
    assert "SUM takes two." in said
    assert ":8" in said


def test_a_broken_module_is_said_in_its_line(sums):
    sums.write(NAME, SUM + "    return (\n")
    said = sums.checker("sums.1").stdout
    assert f"{NAME}:7: return (" in said
    assert "SyntaxError" in said


def test_hint_solve_reset_and_undo(sums):
    """The commands that take an exercise take a stage, and edit the module as a whole."""
    assert "split first" in sums.checker("hint", "sums.2", "--all").stdout
    assert "int(one) * int(two)" in sums.checker("solution", "sums.2", "--yes").stdout
    sums.write("workbook/pristine.py", (sums.root / "workbook/pristine.py").read_text("utf-8"))
    assert sums.python("-m", "workbook.pristine").returncode == 0
    path = sums.root / NAME
    path.write_text("x = 1\n", "utf-8")
    assert sums.checker("solve", "sums").returncode == 0
    assert path.read_text("utf-8") == SUM + PRODUCT
    assert verdicts(sums, "sums.2") == {"sums.2": "solved"}
    assert sums.checker("reset", "sums.1").returncode == 0
    assert path.read_text("utf-8") == SPECIFICATION
    assert sums.checker("undo").returncode == 0
    assert path.read_text("utf-8") == SUM + PRODUCT


def test_what_is_asked_for_and_not_there(sums):
    for word, told in (
        ("sums.3", "There is no stage sums.3; sums has sums.1, sums.2."),
        ("other.1", "There is no stage other.1; the workbook has sums.1, sums.2."),
        ("other", "a challenge (sums)"),
    ):
        done = sums.checker(word)
        assert done.returncode == 2
        assert told in " ".join(done.stderr.split())


def test_a_mistake_is_an_edit_of_the_whole_answer(sums):
    build = (
        "from pathlib import Path; from workbook import mistakes; "
        "[one] = [m for m in mistakes.all_of(Path('.').resolve()) if m.exercise.challenge]; "
        "print(mistakes.build(one, Path('built')).name)"
    )
    assert sums.python("-c", build).stdout == "sums_forgets_one.py\n"
    overlay = json.dumps({"plant": ["built/sums_forgets_one.py"]})
    code = "from steps.s01_mini.challenges.sums import answer; print(answer(b'SUM 3 5'))"
    assert sums.python("-c", code, STEPS_OVERLAY=overlay).stdout == "b':3\\n'\n"


BITMAPS = "steps/s06_types/challenges/bitmaps.py"

BROKEN = {
    "class GetBit(:\n": f"-ERR {BITMAPS} fails: SyntaxError: invalid syntax ({BITMAPS}:1)",
    "offset = 1\nsize = offset / 0\n": (
        f"-ERR {BITMAPS} fails: ZeroDivisionError: division by zero ({BITMAPS}:2)"
    ),
    "offset = 1\n": f"-ERR GETBIT is not written yet ({BITMAPS})",
    "": f"-ERR challenge bitmaps is not written yet ({BITMAPS}:1)",
}


@pytest.mark.parametrize("text", BROKEN)
def test_what_the_server_says_of_a_module(copy, text):
    """A client hears what is missing or wrong, and where; all other commands go on."""
    if text:
        (copy / BITMAPS).write_text(text, "utf-8")
    else:
        (copy / "solutions/s06_types/challenges/bitmaps.py").unlink()
    with wire.Server("s06", root=copy) as server, server.client() as client:
        for _ in range(2):
            assert client.ask("GETBIT", "k", "1") == BROKEN[text]
        assert client.ask("COMMAND", "INFO", "GET")[0][0] == b"get"
        assert client.ask("COMMAND", "COUNT") > 100
        assert server.stop() == 0
    traced = "Error:" in BROKEN[text]
    assert server.stderr().count("Error") == traced
    assert (BITMAPS in server.stderr()) == traced


LOADED = """
import traceback
from steps.s05_commands.deferred import Deferred
module = Deferred("steps.s06_types.challenges.bitmaps")
for _ in range(3):
    try:
        module.load()
    except Exception as error:
        print(len(list(traceback.walk_tb(error.__traceback__))))
"""


@pytest.mark.parametrize("text", BROKEN)
def test_a_module_that_fails_takes_no_more_room_each_time(copy, text):
    """An error that is raised again keeps only the frames of its first traceback."""
    if text:
        (copy / BITMAPS).write_text(text + "1 / 0\n", "utf-8")
    else:
        (copy / "solutions/s06_types/challenges/bitmaps.py").unlink()
    done = subprocess.run(
        [sys.executable, "-c", LOADED], cwd=copy, capture_output=True, text=True, check=True
    )
    first, *later = map(int, done.stdout.split())
    assert len(later) == 2
    assert all(frames <= first + 1 for frames in later)
