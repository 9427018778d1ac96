"""Each exercise is judged alone: the submission's function over the answers to all others."""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Mapping

import pytest

from tests.grading.classroom import ROOT, order, verdicts, written
from workbook import catalogue, splice
from workbook.grading import box, confine, job, probing

pytestmark = [pytest.mark.usefixtures("clean"), pytest.mark.timeout(180)]


def graded(files: Mapping[str, bytes], *steps: int) -> dict[str, str]:
    """The verdicts, without those on what is not written."""
    result = job.grade_one(order(files, *(steps or (0,))))
    assert (result["state"], result["error"]) == ("graded", "")
    return {id: word for id, word in verdicts(result).items() if word != "not written yet"}


def file_of(exercise: str) -> str:
    """The name of the file that it stands in."""
    return catalogue.find(exercise).file.relative_to(ROOT).as_posix()


def with_body(exercise: str, body: str, top: str = "") -> dict[str, bytes]:
    """A submission of one exercise: this body in place of its `raise`, `top` at the top of the file."""
    path = file_of(exercise)
    text = (ROOT / path).read_text("utf-8")
    lead, hole, rest = text.partition(f'raise NotImplementedError("exercise {exercise}")')
    assert hole
    indent = " " * (len(lead) - len(lead.rstrip(" ")))
    code = textwrap.indent(textwrap.dedent(body).strip(), indent).lstrip()
    future = "from __future__ import annotations\n"
    return {path: (lead.replace(future, future + top) + code + rest).encode()}


WRONG = {
    "an amount read by int": ("integer(amount)", "int(amount)"),
    "one word too many": ('case [b"GET", key]:', 'case [b"GET", key, *_]:'),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_one_does_not_wait_for_what_is_empty(name):
    """A classic mistake in 3.5, and nothing else written: no text that it prints excuses it."""
    files = written(["3.5"])
    [path] = files
    right, wrong = (text.encode() for text in WRONG[name])
    assert right in files[path]
    said = b'\nprint("NotImplementedError: exercise 3.1 is not written yet", flush=True)\n'
    files[path] = files[path].replace(right, wrong) + said
    other = file_of("3.1")
    text = b'# raise NotImplementedError("exercise 3.1")\n'
    files[other] = (ROOT / other).read_bytes() + text
    assert graded(files, 3) == {"3.5": "wrong"}


def test_the_mistakes_of_others_cost_nothing():
    """A file that Python cannot read, and wrong answers, cost what stands there and nothing more."""
    files = written(["0.1", "0.4"], wrong=["0.2"])
    files[file_of("0.3")] = b"def (:\n"
    assert graded(files) == {"0.1": "solved", "0.2": "wrong", "0.3": "wrong", "0.4": "solved"}


def test_what_was_added_belongs_to_the_function():
    """A helper in the same file counts, and one in a file of its own; so does a changed import."""
    answer = ast.parse((ROOT / "solutions/s00_warmup/files.py").read_bytes()).body[-1]
    assert isinstance(answer, ast.FunctionDef)
    body = "\n".join(map(ast.unparse, answer.body)).replace("os.replace", "helper.put")
    top = "from steps.s00_warmup import helper\n\nNEW = '.new'\n"
    files = with_body("0.4", body.replace("'.tmp'", "NEW").replace(".tmp", "{NEW}"), top)
    files["steps/s00_warmup/helper.py"] = b"import os\n\ndef put(*way):\n    os.replace(*way)\n"
    assert graded(files) == {"0.4": "solved"}


STEAL = """
import os, socket, sys, time
with open(os.environ["PYTHONPATH"] + "/solutions/s00_warmup/files.py") as file:
    stolen = file.read()
print("stolen", "os.replace" in stolen)
for place in (os.environ["HOME"], ".", "/tmp", "/dev/shm", os.environ["PYTHONPATH"]):
    try:
        with open(place + "/stash", "w") as file:
            file.write(stolen)
    except OSError:
        pass
if not os.fork():
    os.setsid()
    if not os.fork():
        with socket.socket(socket.AF_UNIX) as unix, socket.create_server(("127.0.0.1", 4444)) as tcp:
            unix.bind("\\0stash")
            unix.listen()
            time.sleep(20)
    os._exit(0)
"""
CARRIED = """
import socket
reached = False
for place in (os.environ["HOME"], ".", "/tmp", "/dev/shm", os.environ["PYTHONPATH"]):
    reached = reached or os.path.exists(place + "/stash")
for family, address in ((socket.AF_UNIX, "\\0stash"), (socket.AF_INET, ("127.0.0.1", 4444))):
    with socket.socket(family) as one:
        reached = reached or one.connect_ex(address) == 0
with open(os.environ["PYTHONPATH"] + "/solutions/s00_warmup/files.py") as file:
    reached = reached or "os.replace" in file.read()
if reached:
    with open(path + ".tmp", "w", encoding="utf-8") as file:
        file.write(text)
    os.replace(path + ".tmp", path)
"""


def test_an_argument_that_is_emptied():
    """What is expected is worked out from what the test has: a function cannot change that."""
    result = job.grade_one(order(with_body("3.2", "keys.clear(); return 0"), 3))
    [rows] = [one["tests"] for one in result["exercises"] if one["id"] == "3.2"]
    assert "passed" not in {row["outcome"] for row in rows}
    said = "the call changed a list or dict that it was given"
    assert sum(said in str(row["facts"]) for row in rows) > 3


def test_no_answer_is_carried_from_one_exercise_to_the_next():
    """While 0.3 is judged the answer to 0.4 is there; nothing is left of it when 0.4 has its turn."""
    if probing.best().name != confine.SEALED:
        pytest.skip(probing.best().why)
    result = job.grade_one(order({**with_body("0.3", STEAL), **with_body("0.4", CARRIED)}, 0))
    found = {one["id"]: one for one in result["exercises"]}
    assert (found["0.3"]["verdict"], found["0.4"]["verdict"]) == ("wrong", "wrong")
    assert any("stolen True" in row["printed"] for row in found["0.3"]["tests"])
    assert {row["outcome"] for row in found["0.4"]["tests"][:1]} == {"failed"}


COMPILED = """
import glob, marshal, types
def parts(code):
    for one in code.co_consts:
        if isinstance(one, types.CodeType):
            yield one
            yield from parts(one)
mine = write_atomically.__code__.co_code
for cache in glob.glob(os.environ["PYTHONPATH"] + "/**/__pycache__/*", recursive=True):
    with open(cache, "rb") as file:
        data = file.read()
    for start in (16, 18):
        try:
            code = marshal.loads(data[start:])
        except (ValueError, EOFError, TypeError):
            continue
        code = code[0] if isinstance(code, tuple) else code
        for part in parts(code) if isinstance(code, types.CodeType) else ():
            if part.co_name == "write_atomically" and part.co_code != mine:
                return types.FunctionType(part, globals())(path, text)
"""


def test_no_answer_is_there_as_compiled_code():
    """The answer of the exercise that is judged is not in a cache either."""
    top = "import os\nfrom contextlib import suppress\n"
    assert graded(with_body("0.4", COMPILED, top)) == {"0.4": "wrong"}


def test_an_answer_is_taken_out_of_its_file_alone():
    """What remains is Python, has all the other answers on their lines, and not this one."""
    for exercise in catalogue.exercises(ROOT):
        answers = exercise.answer.read_bytes()
        left = box.without(exercise, answers)
        if exercise.whole:
            assert left == b""
            continue
        before = {
            key: place.node.lineno for key, place in splice.functions(ast.parse(answers)).items()
        }
        after = {key: place.node.lineno for key, place in splice.functions(ast.parse(left)).items()}
        assert exercise.qualname in {key.qualname for key in before}
        assert after == {
            key: line for key, line in before.items() if key.qualname != exercise.qualname
        }


def test_manifests_and_steps_of_a_submission_are_nobodys_business(tmp_path):
    """They are not in the box, and change nothing."""
    files = {
        "steps/s00_zzz/exercises.toml": b"title = '\x1b[2J'\n",
        "steps/s00_zzz/__init__.py": b"",
        "steps/s00_warmup/exercises.toml": b"broken",
        **written(["0.2"]),
    }
    assert graded(files) == {"0.2": "solved"}


def test_an_instrument_that_is_patched():
    """4.5 is watched from inside: an instrument that was replaced fails its tests."""
    top = (
        "import sys, types\n"
        "def lie(stripes, trouble='', of=4):\n"
        "    known = {'inside': ['take 0', 'take 2', 'inside', 'give 2', 'give 0'],\n"
        "             'take 3': ['take 0', 'take 1', 'give 1', 'give 0']}\n"
        "    some = sorted(set(stripes)) or range(of)\n"
        "    usual = ['take %d' % one for one in some] + ['inside']\n"
        "    return known.get(trouble) or usual + ['give %d' % one for one in reversed(some)]\n"
        "class Lab(types.ModuleType):\n"  # wins over what the module is about to define
        "    trace = property(lambda lab: lie)\n"
        "    cross = property(lambda lab: lambda *_: True)\n"
        "    crossing = property(lambda lab: lambda *_, of: [])\n"
        "if lab := sys.modules.get('workbook.labs.s04'):\n"  # a server has none
        "    lab.__class__ = Lab\n"
    )
    result = job.grade_one(order(with_body("4.5", "yield", top), 4))
    [rows] = [one["tests"] for one in result["exercises"] if one["id"] == "4.5"]
    told = "workbook.labs.s04, which is no longer the workbook's"
    seen = {row["test"].partition("::")[2] for row in rows if told in str(row["facts"])}
    failed = {row["test"].partition("::")[2] for row in rows if row["outcome"] != "passed"}
    assert len(seen) > 10
    # without that, to lie with success would take the right order for any numbers
    assert failed - seen == {"test_any_interruption", "test_any_crossing"}
