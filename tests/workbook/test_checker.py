"""The first checker: calls, verdicts, exit codes; and the environment that it makes for itself."""

from __future__ import annotations

import os
import sys
import textwrap
from pathlib import Path

import pytest

from workbook import bootstrap, checker, checking, judging, overview, running
from workbook.catalogue import Exercise
from workbook.running import Result, Run

pytestmark = pytest.mark.timeout(120)

RIGHT_ADD = "return a + b"
RIGHT_ANSWER = 'return b"+" + data.upper().replace(b"I", b"O")'

# ---------------------------------------------------------------- calls


def test_the_map_says_what_is_written_and_what_is_next(mini):
    mini.learner(add=RIGHT_ADD)
    done = mini.checker()
    assert done.returncode == 0
    assert "0 of 2 exercises solved, 0 of 3 points; about 10 minutes left." in done.stdout
    assert "In the complete server: 2 exercises: 1 yours, 1 from solutions/." in done.stdout
    assert "○ written, not checked in its present form" in done.stdout
    assert "Next: 1.1 Add two numbers" in done.stdout
    assert mini.checker("1.1").returncode == 0
    done = mini.checker()
    assert "1 of 2 exercises solved, 1 of 3 points; about 5 minutes left." in done.stdout
    assert "Next: 1.2 Answer a client" in done.stdout
    assert "steps/s01_mini/numbers.py:11" in done.stdout
    assert all(len(line) <= 80 for line in done.stdout.splitlines())


@pytest.mark.parametrize(
    ("typed", "said"), [("python3", "python3"), ("py", "py"), ("sh -c", "python")]
)
def test_commands_are_named_as_this_one_was_typed(mini, typed, said):
    assert f"      {said} checker.py 1.1" in mini.checker(WORKBOOK_CALLED=typed).stdout


def test_the_map_needs_no_packages(mini):
    code = "import sys; sys.modules['pytest'] = None; sys.argv = ['checker.py']; "
    code += "import runpy; runpy.run_path('checker.py', run_name='__main__')"
    done = mini.python("-c", code)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["7"], "There is no step 7; the workbook has 1."),
        (["1.9"], "There is no exercise 1.9; step 1 has 1.1, 1.2."),
        (["5.1"], "There is no exercise 5.1; the workbook has 1.1, 1.2."),
        (["dance"], "checker.py does not know 'dance'; it takes a step (1 to 1), an exercise"),
        (["1", "--jsn"], "checker.py does not know '--jsn'; it takes a step"),
        (["1", "--seed"], "--seed takes a number, such as --seed 4711."),
        (["--seed", "3"], "Say what to check: a step, an exercise such as 4.2, or all."),
    ],
)
def test_a_wrong_call_gets_a_sentence(mini, arguments, sentence):
    done = mini.checker(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert sentence in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr


def test_help(mini):
    done = mini.checker("--help")
    assert done.returncode == 0
    assert "python checker.py 4 | 4.2 | streams | all" in done.stdout


def test_a_broken_manifest_is_no_fault_of_the_learner(mini):
    mini.write("steps/s01_mini/exercises.toml", "title = 3")
    done = mini.checker("1")
    assert done.returncode == 2
    assert "exercises.toml: title: is 3" in " ".join(done.stderr.split())


def test_the_checkers_own_failure_is_told_apart(monkeypatch, capsys):
    def break_down(root: Path, as_json: bool) -> int:
        raise ZeroDivisionError

    monkeypatch.setattr(overview, "show_map", break_down)
    assert checker.main([]) == 3
    assert "this says nothing about your code" in capsys.readouterr().err


def test_a_broken_copy_is_told_apart(mini):
    (mini.root / "workbook/judging.py").unlink()
    done = mini.checker("1")
    assert done.returncode == 3
    assert "is this copy of the workbook whole?" in done.stderr


# ---------------------------------------------------------------- verdicts


def verdicts(done) -> dict[str, str]:
    """`{"1.1": "solved", ...}` from the checker's output."""
    rows = [line for line in done.stdout.splitlines() if line.startswith("  1.")]
    return {row[2:7].strip(): row[10:26].strip() for row in rows}


def test_nothing_written(mini):
    done = mini.checker("1")
    assert done.returncode == 1
    assert verdicts(done) == {"1.1": "not written yet", "1.2": "not written yet"}
    assert "0 of 2 solved." in done.stdout


def test_everything_solved(mini):
    mini.learner(RIGHT_ADD, RIGHT_ANSWER)
    for call in ("1", "all"):
        done = mini.checker(call)
        assert verdicts(done) == {"1.1": "solved", "1.2": "solved"}
        assert done.returncode == 0


def test_one_exercise_at_a_time(mini):
    mini.learner(add=RIGHT_ADD)
    done = mini.checker("1.1")
    assert (done.returncode, verdicts(done)) == (0, {"1.1": "solved"})
    assert mini.checker("1.2").returncode == 1


def test_a_wrong_one_shows_why_and_pytests_words(mini):
    mini.learner("print('in add')\nreturn a - b", RIGHT_ANSWER)
    done = mini.checker("1")
    assert done.returncode == 1
    assert verdicts(done) == {"1.1": "wrong", "1.2": "solved"}
    for row in (
        f"{'✗ 1.1  Add two numbers':<53}steps/s01_mini/numbers.py:6",
        "  why       Plus adds.",
        "  called    code.s01.add(1, 2)",
        "  expected  3",
        "  got       -1",
        "  printed   in add",
        "  more      1 more test of 1.1 failed",
        "  again     python checker.py 1.1",
        "  next      python checker.py hint 1.1",
    ):
        assert row in done.stdout.splitlines()
    assert "  why       Plus adds large numbers too." in mini.checker("1.1").stdout


def test_a_wrong_server_shows_the_bytes(mini):
    mini.learner(RIGHT_ADD, "return data")
    done = mini.checker("1.2")
    assert verdicts(done) == {"1.2": "wrong"}
    assert "sent      ping\\r\\n" in done.stdout
    assert "expected  +PONG\\r\\n" in done.stdout
    assert "got       ping\\r\\n" in done.stdout
    assert "            ^ byte 0 differs" in done.stdout


def test_a_crash_costs_the_test_it_happened_in(mini):
    mini.learner("import os\nif a > 5:\n    os._exit(0)\nreturn a + b", RIGHT_ANSWER)
    done = mini.checker("1")
    assert verdicts(done) == {"1.1": "crashed", "1.2": "solved"}
    assert "  got       the process ended by itself, with exit code 0" in done.stdout
    assert "A large sum is right." in done.stdout
    assert "One and two are three." not in done.stdout


def test_sys_exit_is_no_pass(mini):
    mini.learner("raise SystemExit(0)")
    assert verdicts(mini.checker("1.1")) == {"1.1": "wrong"}


def test_a_hang_is_called_one(mini):
    mini.learner("while True: pass")
    tests = (mini.root / "tests/s01_mini/test_numbers.py").read_text()
    mini.write(
        "tests/s01_mini/test_numbers.py",
        tests.replace("def test", "@pytest.mark.timeout(1)\ndef test"),
    )
    assert verdicts(mini.checker("1.1")) == {"1.1": "hung"}


def test_a_stub_with_a_print_in_it_is_not_written_yet(mini):
    mini.learner('print("soon")\nraise NotImplementedError("exercise 1.1")')
    done = mini.checker("1.1")
    assert verdicts(done) == {"1.1": "not written yet"}
    said = " ".join(done.stdout.split())
    assert (
        "Your code runs into the stub's own line, steps/s01_mini/numbers.py:9, and ends there: "
        "delete that line."
    ) in said
    assert "printed" not in said


def test_an_answer_never_stands_in_for_what_is_checked(mini):
    mini.write("steps/s01_mini/numbers.py", "def answer(data): return data.upper()\n")
    done = mini.checker("1")
    assert verdicts(done) == {"1.1": "wrong", "1.2": "crashed"}


def test_a_syntax_error_shows_its_line(mini):
    mini.learner("return a +")
    done = mini.checker("1.1")
    assert verdicts(done) == {"1.1": "wrong"}
    assert "return a +" in done.stdout
    assert "SyntaxError" in done.stdout


@pytest.mark.parametrize("body", ["a + b", "def sum():\n    return a + b\nsum()", "return"])
def test_a_function_that_returns_nothing_is_told_so(mini, body):
    mini.learner(body)
    said = mini.checker("1.1").stdout
    assert "`add` has no `return` with a value in it, so it returns None." in said
    assert said.count("  test  ") == 1
    assert "Plus adds" not in said


@pytest.mark.parametrize("body", ["return a - b", "yield a + b", "raise ValueError"])
def test_one_that_returns_something_is_not(mini, body):
    mini.learner(body)
    assert "has no `return`" not in mini.checker("1.1").stdout


def test_a_function_that_calls_itself_for_ever_is_a_slip(mini):
    mini.learner("return add(a, b)")
    said = mini.checker("1.1").stdout
    assert "RecursionError" in said
    assert "Plus adds" not in said


TWO_WHYS = """\
import pytest


@pytest.mark.exercise("1.1", why="Numbers add up.")
def test_small(code):
    \"""Two small numbers.\"""
    assert code.add(1, 2) == 3


@pytest.mark.exercise("1.1", why="Python's integers have no limit.")
def test_large(code):
    \"""Two large numbers.\"""
    assert code.add(10**30, 1) == 10**30 + 1
"""


@pytest.mark.parametrize(
    ("body", "said", "whys"),
    [
        ("return a + c", "NameError: name 'c' is not defined", 0),
        ("return a.plus(b)", "AttributeError: 'int' object has no attribute 'plus'", 0),
        ("return a + str(b)", "TypeError: unsupported operand", 0),
        ("return 3 if a == 1 else a.plus(b)", "AttributeError: 'int' object has no attri", 1),
        ("return 7", "expected  3\n", 2),
    ],
)
def test_a_slip_in_the_learners_line_is_told_once_and_has_no_why(mini, body, said, whys):
    """No test is about a wrong name. What only one test comes upon is what that test is about."""
    mini.learner(body)
    done = mini.checker("1.1")
    assert verdicts(done) == {"1.1": "wrong"}
    assert (done.stdout.count(said), done.stdout.count("\n  why ")) == (1, whys)


CAUGHT = """\
import traceback

import pytest


@pytest.mark.exercise("1.1", why="Numbers add up.")
def test_small(code):
    try:
        found = code.s01.add(1, 2)
    except Exception:
        traceback.print_exc()
        found = None
    assert found == 3
"""


@pytest.mark.parametrize(("body", "whys"), [("return a + c", 0), ("return 7", 1)])
def test_a_slip_that_a_server_catches_and_prints_has_no_why_either(mini, body, whys):
    mini.learner(body)
    mini.write("tests/s01_mini/test_numbers.py", CAUGHT)
    done = mini.checker("1.1")
    assert verdicts(done) == {"1.1": "wrong"}
    assert ("NameError: name 'c' is not defined" in done.stdout) == (not whys)
    assert done.stdout.count("\n  why ") == whys


def test_an_exercise_without_tests_is_not_checked(mini):
    mini.learner(RIGHT_ADD)
    mini.write("tests/s01_mini/test_numbers.py", "")
    done = mini.checker("1.1")
    assert (done.returncode, verdicts(done)) == (3, {"1.1": "not checked"})


def test_a_test_file_that_cannot_be_read_hides_no_test(mini):
    mini.learner(RIGHT_ADD)
    mini.write("tests/s01_mini/test_more.py", "import nothing_like_this  # to test 1.1 with\n")
    done = mini.checker("1.1")
    assert (done.returncode, verdicts(done)) == (3, {"1.1": "not checked"})
    assert "nothing_like_this" in done.stdout


def test_the_seed_is_passed_on(mini):
    test = """
        import pytest
        @pytest.mark.exercise("1.1", why="It is not.")
        def test_seed(code, seed):
            "The seed is what was asked for."
            assert (seed, code.s01.add(1, 2)) == (0, 3)
    """
    mini.learner(RIGHT_ADD)
    mini.write("tests/s01_mini/test_numbers.py", textwrap.dedent(test))
    output = mini.checker("1.1", "--seed", "4711").stdout
    assert "  got       (4711, 3)" in output
    assert "  again     python checker.py 1.1 --seed 4711" in output
    assert mini.checker("--seed", "0", "1.1").returncode == 0


EXERCISE = Exercise("1.1", "Add", Path("/x/steps/s01_mini/numbers.py"), "add", 1, 5, ("a", "b"))


@pytest.mark.parametrize(
    ("outcomes", "trouble", "word"),
    [
        (["passed", "passed"], "", "solved"),
        (["passed", "failed"], "", "wrong"),
        (["passed", "crashed", "failed"], "", "crashed"),
        (["hung"], "", "hung"),
        (["passed", "not run"], "", "not checked"),
        (["passed", "skipped"], "", "not checked"),
        (["failed", "not run"], "pytest died", "wrong"),
        (["passed"], "pytest died", "not checked"),
        ([], "", "not checked"),
    ],
)
def test_a_verdict_needs_evidence(outcomes, trouble, word):
    results = [Result(str(n), "1.1", "", "", outcome) for n, outcome in enumerate(outcomes)]
    assert judging.judge(EXERCISE, Run(results, trouble)).word == word


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["solved"], 0),
        (["solved", "wrong"], 1),
        (["wrong", "not checked"], 1),
        (["solved", "not checked"], 3),
        ([], 0),
    ],
)
def test_the_exit_code(words, code):
    assert checking.exit_code([judging.Verdict(EXERCISE, word) for word in words]) == code


# ---------------------------------------------------------------- the runner


def test_a_server_does_not_outlive_a_crash(mini, ends):
    test = """
        import os, pytest
        @pytest.mark.exercise("1.1", why="-")
        def test_dies(server):
            "It dies."
            print("pid", server("s01").pid, file=open("pid", "w"))
            os._exit(7)
        @pytest.mark.exercise("1.1", why="-")
        def test_lives(server):
            "It lives."
            assert server("s01").stop() == 0
    """
    mini.learner(RIGHT_ADD, RIGHT_ANSWER)
    mini.write("tests/s01_mini/test_numbers.py", textwrap.dedent(test))
    done = running.run(mini.root, [mini.root / "tests/s01_mini"], exercises=["1.1"])
    assert [result.outcome for result in done.results] == ["crashed", "passed"]
    assert not done.trouble
    pid = int((mini.root / "pid").read_text().split()[1])
    assert ends(pid)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such pipes")
def test_nothing_outlives_the_checker(mini, ends):
    test = """
        import os, pytest, threading
        @pytest.mark.exercise("1.1", why="-")
        def test_waits(server):
            "It waits."
            print(os.getpid(), server("s01").pid, file=open("pids", "w"))
            threading.Event().wait()
    """
    mini.learner(RIGHT_ADD, RIGHT_ANSWER)
    mini.write("tests/s01_mini/test_numbers.py", textwrap.dedent(test))
    code = """
        import os, threading
        from workbook import checker
        def die():
            print(open("pids").read(), flush=True)
            os.kill(os.getpid(), 9)
        threading.Thread(target=die).start()
        checker.main(["1.1"])
    """
    os.mkfifo(mini.root / "pids")  # who reads waits for who writes
    done = mini.python("-c", textwrap.dedent(code))
    assert done.returncode == -9
    pids = [int(word) for word in done.stdout.split()]
    assert [ends(pid) for pid in pids] == [True, True]


def test_what_hangs_beyond_reach_is_ended_from_outside(mini, monkeypatch):
    body = """
        import signal, threading
        signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
        threading.Event().wait()
    """
    mini.learner(body)
    monkeypatch.setenv("WORKBOOK_SECONDS", "1")
    done = running.run(mini.root, [mini.root / "tests/s01_mini"], names=["test_small"])
    assert [result.outcome for result in done.results] == ["hung"]


def test_a_thread_that_goes_on_does_not_hold_the_run_up(mini, monkeypatch):
    mini.learner(
        "import threading\nthreading.Thread(target=threading.Event().wait).start()\nreturn a + b"
    )
    monkeypatch.setattr(running, "LEAVE", 0.5)
    done = running.run(mini.root, [mini.root / "tests/s01_mini"], exercises=["1.1"])
    assert [result.outcome for result in done.results] == ["failed", "failed"]


IN_VAIN = """\
import threading

import pytest

from workbook.patience import patience


@pytest.mark.exercise("1.1", why="It comes.")
def test_first():
    \"""It never comes.\"""
    print(patience())
    threading.Event().wait(2 * patience())
    assert False


@pytest.mark.exercise("1.1", why="It comes.")
def test_second():
    \"""The same exercise.\"""
    print(patience())


@pytest.mark.exercise("1.2", why="It comes.")
def test_third():
    \"""Another exercise.\"""
    print(patience())
"""


def test_once_a_test_has_waited_in_vain_the_others_of_its_exercise_are_impatient(mini, monkeypatch):
    mini.write("tests/s01_mini/test_numbers.py", IN_VAIN)
    monkeypatch.setenv("WORKBOOK_WAIT", "0.1")
    done = running.run(mini.root, [mini.root / "tests/s01_mini/test_numbers.py"])
    seen = [(result.outcome, result.output.strip()) for result in done.results]
    assert seen == [("failed", "0.1"), ("passed", "0.02"), ("passed", "0.1")]


def test_a_pytest_that_cannot_start_is_trouble(mini):
    mini.write("pyproject.toml", "nonsense")
    done = running.run(mini.root, [mini.root / "tests/s01_mini"])
    assert (done.results, "pyproject.toml" in done.trouble) == ([], True)


# ---------------------------------------------------------------- the proof, in miniature


AWAY = """\
@@ it_gets_away @@
Is right.
Caught by: test_large
+ return b + a
"""
MISNAMED = AWAY.replace("it_gets_away", "misnamed").replace("test_large", "test_nothing")


def prove(mini) -> str:
    mini.write(
        "tests/workbook/test_proof.py", (Path(__file__).parent / "test_proof.py").read_text()
    )
    return mini.python(
        "-m", "pytest", "-q", "-rA", "tests/workbook/test_proof.py", "-k", "s01"
    ).stdout


def test_the_proof_passes(mini):
    assert "4 passed" in prove(mini)


def test_the_proof_finds_blind_tests_and_mistakes_that_get_away(mini):
    tests = (mini.root / "tests/s01_mini/test_numbers.py").read_text()
    blind = (
        '\n@pytest.mark.exercise("1.2", why="-")\ndef test_blind(code):\n    "It sees nothing."\n'
    )
    mini.write("tests/s01_mini/test_numbers.py", tests + blind)
    mini.write("tests/s01_mini/mistakes/1.1.diff", AWAY + MISNAMED)
    output = prove(mini)
    for line in (
        "::test_an_empty_exercise_fails_each_of_its_tests[s01_mini-1.2]",
        "test_large passes with the mistake",
        f"exercise 1.1 has no test test_nothing in {mini.root / 'tests/s01_mini'}",
        "3 failed, 2 passed",
    ):
        assert line in output


# ---------------------------------------------------------------- the environment


def test_the_lists_of_packages_are_read(mini):
    wanted = bootstrap.requirements(mini.root, ["learn", "dev"])
    names = {bootstrap.package_name(requirement) for requirement in wanted}
    assert names >= {"pytest", "pytest-timeout", "pytest-xdist", "ruff", "mypy"}


@pytest.mark.parametrize(
    ("requirement", "there"),
    [
        ("pytest", True),
        ("pytest>=8", True),
        ("pytest>=999", False),
        ("no-such-package-here", False),
    ],
)
def test_what_is_at_hand(requirement, there):
    assert bootstrap.at_hand(requirement) is there


def test_a_folder_in_the_way_is_left_alone(mini):
    mini.write(".venv/precious.txt", "mine")
    with pytest.raises(
        bootstrap.EnvironmentTrouble, match="in the way, and is not a virtual environment"
    ):
        bootstrap.ready_venv(mini.root, ["pytest"])
    assert (mini.root / ".venv/precious.txt").read_text() == "mine"


def test_a_call_that_was_started_anew_does_not_start_anew_again(mini, monkeypatch):
    text = (mini.root / "pyproject.toml").read_text().replace('"pytest>=8.3"', '"pytest>=999"')
    mini.write("pyproject.toml", text)
    mini.learner(RIGHT_ADD)
    done = mini.checker("1.1", WORKBOOK_INSIDE="1")
    assert done.returncode == 2
    assert ".venv was made, but still lacks pytest." in " ".join(done.stderr.split())


def test_without_a_network_one_sentence(mini):
    """Makes a real `.venv`; pip then has nowhere to go."""
    text = (mini.root / "pyproject.toml").read_text().replace('"pytest>=8.3"', '"pytest>=999"')
    mini.write("pyproject.toml", text)
    mini.learner(RIGHT_ADD)
    nowhere = "http://127.0.0.1:9/simple"
    done = mini.checker("1.1", PIP_INDEX_URL=nowhere, PIP_CONFIG_FILE=os.devnull, PIP_RETRIES="0")
    assert done.returncode == 2, done.stderr
    assert "there is no way to the package index" in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr


def test_without_the_venv_module_one_sentence(mini, monkeypatch):
    monkeypatch.setattr(bootstrap.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(bootstrap.EnvironmentTrouble, match="python3-venv"):
        bootstrap.make(mini.root / ".venv")


def test_what_pip_says_becomes_a_sentence():
    text = "Collecting x\nERROR: Could not find it\nERROR: No matching distribution found for x\n"
    assert bootstrap.why_pip_failed(text).endswith("No matching distribution found for x")
    assert bootstrap.why_pip_failed("Killed").endswith("pip said: Killed")


def test_progress_is_visible(capsys):
    progress = bootstrap.Progress("Installing")
    for number in range(40):
        progress.note(f"Collecting package-{number}>=1 (from x)\n")
    progress.note("Installing collected packages: many\n")
    progress.end()
    said = capsys.readouterr().err.splitlines()
    assert said == [
        "Installing (a minute or two) ...",
        "  20 packages found, package-19 ...",
        "  40 packages found, package-39 ...",
        "  40 packages found, writing them ...",
    ]
