"""Results for Gradescope, GitHub Classroom and whatever reads JUnit's XML."""

from __future__ import annotations

import json
from xml.etree import ElementTree as Xml

import pytest

from tests.grading import made
from workbook import judging
from workbook.grading import exports
from workbook.grading.config import Config
from workbook.grading.gradebook import line_of

EVIL = "]]></failure><x/> <script>&\x00\x1b[31m\u202e\ud800\uffff \u2028"


def line(facts):
    """The line of a result."""
    return line_of(facts, None, Config(), made.EVERY)


def hide(facts, exercise, outcome):
    """Adds a test that students do not see."""
    row = next(row for row in facts["exercises"] if row["id"] == exercise)
    one = next(one for one in made.EVERY if one.id == exercise)
    more = {"test": "hidden/test_mine.py::test_x", "title": "SECRET", "why": "SECRET"}
    facts_ = {"got": "SECRET", "expected": "SECRET", "test": "SECRET.py:1"}
    hidden = made.check(one, outcome, hidden=True, printed="SECRET", server="SECRET", **more)
    hidden["facts"] = facts_ if outcome == "failed" else {}
    row["tests"].append(hidden)
    row["hidden"] = 1
    return facts


def gradescope(facts):
    """What Gradescope is given, as it reads it."""
    return json.loads(json.dumps(exports.gradescope(line(facts))))


def classroom(facts):
    """What GitHub Classroom is given, as it reads it."""
    return json.loads(json.dumps(exports.classroom(line(facts))))


def junit(facts):
    """What JUnit's readers are given, as they read it."""
    return Xml.fromstring(exports.junit(line(facts)).encode("utf-8"))


# ---------------------------------------------------------------- Gradescope


def test_gradescope_has_what_it_asks_for():
    facts = gradescope(made.result("ada", {"2.5": judging.WRONG}))
    assert facts["score"] == sum(one["score"] for one in facts["tests"])
    assert facts["output_format"] in {"text", "html", "simple_format", "md", "ansi"}
    assert facts["visibility"] == "visible"
    assert facts["stdout_visibility"] == "hidden"
    assert len(facts["tests"]) == len(made.EVERY)
    for one in facts["tests"]:
        assert set(one) == {
            *("score", "max_score", "status", "name", "number", "output", "tags", "visibility")
        }
        assert one["status"] == ("passed" if one["score"] else "failed")
        assert 0 <= one["score"] <= one["max_score"]
    bad = next(one for one in facts["tests"] if one["number"] == "2.5")
    assert bad["name"] == "2.5 Half a command"
    assert "expected  [[b'PING']]" in bad["output"]
    assert "got       []\n           ^ item 0 is missing" in bad["output"]


def test_gradescope_leaves_an_error_of_the_grader_in_no_doubt():
    facts = gradescope(made.result("ada", state="error", error="boom", exercises=[]))
    assert facts["score"] == 0
    assert "not your fault" in facts["output"]
    assert "boom" not in json.dumps(facts)


# ---------------------------------------------------------------- GitHub Classroom


def test_classroom_has_what_its_reporter_asks_for():
    facts = classroom(made.result("ada", {"2.5": judging.WRONG, "2.6": judging.NOT_WRITTEN}))
    assert (facts["version"], facts["status"]) == (1, "fail")
    assert facts["max_score"] == sum(one["max_score"] for one in facts["tests"])
    words = {one["name"][:3]: one for one in facts["tests"]}
    assert [words[id]["status"] for id in ("2.4", "2.5", "2.6")] == ["pass", "fail", "fail"]
    assert words["2.5"]["line_no"] > 1
    assert words["2.5"]["filename"].startswith("steps/s02_resp/")
    assert "item 0 is missing" in words["2.5"]["message"]
    assert words["2.6"]["message"] == "It is not written yet."
    assert classroom(made.result("ada"))["status"] == "pass"
    assert classroom(made.result("ada", state="error", exercises=[]))["status"] == "error"


# ---------------------------------------------------------------- JUnit


def test_junit_counts_what_it_holds():
    words = {
        "2.5": judging.WRONG,
        "2.6": judging.NOT_WRITTEN,
        "3.1": judging.HUNG,
        "4.1": judging.CRASHED,
        "5.1": "error",
    }
    top = junit(made.result("ada", words))
    assert top.tag == "testsuites"
    for suite in top:
        assert suite.tag == "testsuite"
        cases = suite.findall("testcase")
        assert int(suite.get("tests", "")) == len(cases) == len(list(suite))
        for name, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
            assert int(suite.get(name, "")) == len(suite.findall(f"testcase/{tag}"))
        assert all(case.get("classname") and case.get("name") for case in cases)
        assert float(suite.get("time", "")) >= 0
    for name in ("tests", "failures", "errors", "skipped"):
        assert int(top.get(name, "")) == sum(int(suite.get(name, "")) for suite in top)
    assert top.get("failures") == "6"
    assert top.get("errors") == "1"
    assert top.get("skipped") == "2"


def test_junit_takes_any_text():
    facts = made.result("ada", {"2.5": judging.WRONG})
    row = next(row for row in facts["exercises"] if row["id"] == "2.5")
    row["tests"][0] |= {"printed": EVIL, "server": EVIL, "title": EVIL, "why": EVIL}
    row["tests"][0]["facts"]["got"] = EVIL
    failure = junit(facts).find(".//failure")
    assert failure is not None
    assert "<script>&\\x00\\x1b[31m\\u202e\\ud800\\uffff" in str(failure.text)


# ---------------------------------------------------------------- what students do not see


def test_an_exercise_takes_as_long_as_the_tests_that_are_shown():
    plain = made.result("ada")
    hidden = hide(made.result("ada"), "2.5", "passed")
    assert classroom(hidden) == classroom(plain)


@pytest.mark.parametrize("outcome", ["failed", "passed", "hung", "not run"])
@pytest.mark.parametrize("verdict", [judging.SOLVED, judging.WRONG, "error", judging.NOT_WRITTEN])
def test_no_form_holds_anything_of_a_hidden_test(outcome, verdict):
    facts = hide(made.result("ada", {"2.5": verdict}), "2.5", outcome)
    row = next(row for row in facts["exercises"] if row["id"] == "2.5")
    row["trouble"] = "SECRET" if verdict == "error" else ""
    own = line(facts)
    text = json.dumps([exports.gradescope(own), exports.classroom(own)]) + exports.junit(own)
    assert "SECRET" not in text
    assert "test_mine" not in text
    assert "not shown" in text


def test_that_only_a_hidden_test_has_failed_is_said():
    facts = hide(made.result("ada"), "2.5", "failed")
    row = next(row for row in facts["exercises"] if row["id"] == "2.5")
    row["verdict"] = judging.WRONG
    bad = next(one for one in gradescope(facts)["tests"] if one["number"] == "2.5")
    assert "A check that is not shown here did not pass." in bad["output"]
    assert junit(facts).get("failures") == "1"
