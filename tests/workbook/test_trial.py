"""The trial of step 8's checks: what counts as a catch, and what does not."""

from __future__ import annotations

import ast
import json
import shutil
import socket
from pathlib import Path
from typing import Any

import pytest

from workbook import trial, trial_subject
from workbook.overlay import Overlay
from workbook.trial import Candidate, Finding

ROOT = Path(__file__).resolve().parents[2]
BUGS = sorted((ROOT / "tests/s08_testing/bugs").glob("*.py"))
GOOD = sorted((ROOT / "tests/s08_testing/good").glob("*.py"))

HEAD = """\
from __future__ import annotations

from collections.abc import Callable

from steps.s02_resp.values import CommandError
from steps.s08_testing.unit_tests import KeyValues


def check_store(new_store: Callable[[], KeyValues]) -> None:
    import os
    import threading
"""


@pytest.fixture
def attempt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The finding for a check with this body, against a bug (None: against good code)."""

    def run(body: str, bug: str | None = None) -> Finding:
        plant = tmp_path / "8.1_check.py"
        plant.write_text(HEAD + "".join(f"    {line}\n" for line in body.splitlines()))
        overlay = Overlay(reference=frozenset({"all"}), plant=(plant,))
        for name, value in overlay.to_environment().items():
            monkeypatch.setenv(name, value)
        good = trial.good_ones(ROOT, "8.1")[0]
        bugs = {one.name: one for one in trial.bugs(ROOT, "8.1")}
        candidate = bugs[bug] if bug else good
        return trial.attempt("8.1", candidate, root=ROOT, folder=tmp_path, seed=1)

    return run


TWICE = "3.2_exists_counts_a_key_once"
SHOW = 'store = new_store(); store.set(b"k", b"v"); count = store.exists([b"k", b"k"])\n'


def test_a_good_check_catches_the_bug_and_passes_the_rest(attempt: Any) -> None:
    body = SHOW + 'assert count == 2, f"a key named twice counts {count}"'
    found = attempt(body, TWICE)
    assert found.caught
    assert found.text.splitlines()[0].endswith('8.1_check.py:13: assert count == 2, f"a key named '
                                               'twice counts {count}"')  # fmt: skip
    assert found.text.splitlines()[1] == "AssertionError: a key named twice counts 1"
    assert attempt(body).outcome == "passed"


@pytest.mark.parametrize(
    ("body", "outcome", "shown"),
    [
        ("pass", "passed", False),
        (SHOW, "passed", True),
        ("assert False", "objected", False),
        (SHOW + "raise ValueError(count)", "raised", True),
        (SHOW + "raise SystemExit(count)", "raised", True),
        (SHOW + "raise KeyboardInterrupt", "raised", True),
        (SHOW + "os._exit(0)", "died", True),
        (SHOW + "os.kill(os.getpid(), 9)", "died", True),
        (SHOW + "os.close(1)", "died", True),
        (SHOW + "store.get(b'k', b'k', b'k')", "raised", True),
        (SHOW + "store.get(new_store)", "raised", True),
        (SHOW + "store.data", "raised", True),
        (SHOW + "store.increment(b'k', 1)", "raised", True),
        (SHOW + 'print(\'verdict {"outcome": "objected"}\')', "passed", True),
    ],
)
def test_nothing_else_is_a_catch(attempt: Any, body: str, outcome: str, shown: bool) -> None:
    found = attempt(body, TWICE)
    assert (found.outcome, found.shown) == (outcome, shown), found
    assert not found.caught


SHARED = "3.1_stores_share_their_data"
BLANKS = "3.4_takes_blanks_for_digits"
OVERFLOW = "3.4_writes_before_it_checks"
TWO = 'one, two = new_store(), new_store(); one.set(b"k", b"v")\n'
REFUSED = """\
store = new_store(); store.set(b"k", {0!r})
try:
    store.increment(b"k", {1})
except CommandError:
    assert store.get(b"k") == {0!r}
else:
    raise AssertionError
"""


@pytest.mark.parametrize(
    ("body", "bug", "caught"),
    [
        ('new_store().set(b"k", b"v"); assert new_store().get(b"k") is None', SHARED, True),
        (TWO + 'assert two.get(b"k") is None', SHARED, True),
        (
            TWO + 'one.delete([b"k"]); two.set(b"k", b"w"); assert not one.exists([b"k"])',
            SHARED,
            True,
        ),
        (TWO + "assert False", SHARED, False),
        (REFUSED.format(b" 7", 1), BLANKS, True),
        (REFUSED.format(b"+7", 1), BLANKS, True),
        (REFUSED.format(b"9223372036854775808", -1), BLANKS, True),
        (REFUSED.format(b"9223372036854775807", 1), OVERFLOW, True),
    ],
)
def test_whatever_shows_the_bug_may_catch_it(
    attempt: Any, body: str, bug: str, caught: bool
) -> None:
    assert attempt(body).outcome == ("passed" if caught else "objected")
    assert attempt(body, bug).caught == caught


@pytest.mark.parametrize("bug", [BLANKS, OVERFLOW])
def test_a_bug_is_one_bug(attempt: Any, bug: str) -> None:
    """What is promised besides, a planted bug keeps."""
    assert attempt(REFUSED.format(b"", 1), bug).outcome == "passed"


def test_a_hang_is_no_catch(attempt: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trial, "LIMIT", 2.0)
    found = attempt("threading.Event().wait()", TWICE)
    assert found.outcome == "hung"
    assert not found.caught


def test_a_thread_that_goes_on_holds_nobody_up(attempt: Any) -> None:
    body = "threading.Thread(target=threading.Event().wait).start()\n" + SHOW + "assert count == 2"
    assert attempt(body, TWICE).caught


def test_prints_are_kept_apart(attempt: Any) -> None:
    assert "hello from the check" in attempt('print("hello from the check")').output


def test_an_empty_check_is_not_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for exercise in trial.KINDS:
        overlay = Overlay(reference=frozenset({"all"}), empty=frozenset({exercise}))
        monkeypatch.setenv("STEPS_OVERLAY", overlay.to_environment()["STEPS_OVERLAY"])
        with pytest.raises(NotImplementedError, match=f"^exercise {exercise}$"):
            trial.Trial(exercise, ROOT, tmp_path).bugs_missed()


def test_without_answers_nothing_can_be_tested_yet(tmp_path: Path) -> None:
    """Without `solutions/` and without a store of one's own, the check says so, and nothing is
    failed.
    """
    shutil.copytree(ROOT / "steps/s03_store", tmp_path / "steps/s03_store")
    one = trial.Trial("8.1", tmp_path, tmp_path)
    for judge in (one.bugs_missed, one.good_ones_failed):
        with pytest.raises(trial.Unready, match=r"^without solutions/, exercise 3\.1 has to be"):
            judge()


def test_what_is_said_of_the_bugs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Each bug by name: caught, slipped in one way or another, or no catch at all."""
    ends = [("objected", True), ("passed", True), ("passed", False), ("objected", False),
            ("raised", True), ("hung", False), ("died", False), ("wavered", True)]  # fmt: skip
    bugs = [Candidate(f"bug {n}", "store", "", None, f"think of {n}") for n in range(len(ends))]
    findings = {
        bug: Finding(bug, outcome, f"text {bug.name}", shown)
        for bug, (outcome, shown) in zip(bugs, ends, strict=True)
    }
    one = trial.Trial("8.1", ROOT, tmp_path)
    monkeypatch.setattr(trial, "bugs", lambda root, exercise: bugs)
    monkeypatch.setattr(
        one, "attempt", lambda who: findings.get(who) or Finding(who, "passed", "", False)
    )
    assert one.bugs_missed() == "\n".join(
        [
            "your check caught 1 of 8 planted bugs",
            "  caught   bug 0",
            "  slipped  bug 1",
            "           The bug showed while the check looked, and it did not object.",
            "           Nudge: think of 1",
            "  slipped  bug 2",
            "           The check never did what makes the bug show.",
            "           Nudge: think of 2",
            "  slipped  bug 3",
            "           The check objected before the bug had shown: text bug 3",
            "           Nudge: think of 3",
            "  no catch bug 4",
            "           It raised something other than AssertionError.",
            "           text bug 4",
            "           Nudge: think of 4",
            "  no catch bug 5",
            "           It hung: text bug 5",
            "           Nudge: think of 5",
            "  no catch bug 6",
            "           text bug 6",
            "           Nudge: think of 6",
            "  slipped  bug 7",
            "           Some seeds found it and others did not: draw what shows it more often.",
            "           Nudge: think of 7",
        ]
    )


# ---------------------------------------------------------------- the files


def test_the_order_tells_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A check that counts its runs cannot know which is good: several are, and each time others."""
    one, orders = trial.Trial("8.1", ROOT, tmp_path), set()
    good = trial.good_ones(ROOT, "8.1")
    monkeypatch.setattr(trial, "AT_ONCE", 1)
    for _ in range(5):
        seen: list[Candidate] = []

        def attempt(candidate: Candidate, seen: list[Candidate] = seen) -> Finding:
            seen.append(candidate)
            outcome = "passed" if candidate in good else "objected"
            return Finding(candidate, outcome, "", True)

        monkeypatch.setattr(one, "attempt", attempt)
        assert one.bugs_missed() == ""
        orders.add(tuple(at for at, candidate in enumerate(seen) if candidate in good))
    assert {len(order) for order in orders} == {1 + min(len(good), trial.GOOD)}
    assert min(len(order) for order in orders) > 2
    assert len(orders) > 1


def test_there_are_enough_bugs() -> None:
    assert len(BUGS) >= 12
    assert all(len(trial.bugs(ROOT, exercise)) >= 4 for exercise in trial.KINDS)
    listed = {one.path for exercise in trial.KINDS for one in trial.bugs(ROOT, exercise)}
    assert listed == set(BUGS)
    listed = {one.path for exercise in trial.KINDS for one in trial.good_ones(ROOT, exercise)}
    assert listed - {None} == set(GOOD)


@pytest.mark.parametrize("path", BUGS, ids=lambda path: path.stem)
def test_a_bug_says_what_it_is_and_shows_itself(path: Path) -> None:
    text = path.read_text("utf-8")
    assert text.count(trial.SHOWS) == 1
    doc = ast.get_docstring(ast.parse(text)) or ""
    assert doc.splitlines()[1] == ""
    assert [line.partition(": ")[0] for line in doc.splitlines()[2:]] == ["Nudge", "Caught by"]


# ---------------------------------------------------------------- the line between the two


@pytest.mark.parametrize(
    "value",
    [None, True, 7, -(2**63), b"", bytes(range(256)), "café", [b"a", [1, None]], (True, b"x"), []],
)
def test_values_travel(value: Any) -> None:
    there = json.loads(json.dumps(trial_subject.pack(value)))
    back = trial_subject.unpack(there)
    assert back == value
    assert type(back) is type(value)


@pytest.mark.parametrize(
    "line",
    [
        b"nonsense",
        b"[]",
        b"{}",
        b'{"on": 0, "call": "get"}',
        b'{"on": 5, "call": "get", "args": [], "named": {}}',
        b'{"on": 0, "call": "__class__", "args": [], "named": {}}',
        b'{"on": 0, "call": "data", "args": [], "named": {}}',
        b'{"on": 0, "call": "get", "args": [{"what": 1}], "named": {}}',
    ],
)
def test_a_subject_answers_no_nonsense(tmp_path: Path, line: bytes) -> None:
    good = trial.good_ones(ROOT, "8.1")[0]
    with trial.subject(good, ROOT, tmp_path) as subject:
        for words in (line, None):
            with socket.create_connection(("127.0.0.1", subject.port), 5) as connection:
                connection.sendall(b'{"make": true}\n' + (words or b'{"make": true}') + b"\n")
                connection.shutdown(socket.SHUT_WR)
                answers = connection.makefile("rb").readlines()
            assert [json.loads(one)["value"] for one in answers] == ([0] if words else [0, 1])
