"""The pages: nothing of a submission gets to act on them, and a class can be looked through."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from html.parser import HTMLParser

import pytest

from tests.grading import made
from workbook import judging
from workbook.grading import classpage, pages, reports
from workbook.grading.config import Config
from workbook.grading.roster import Student

EVIL = "</script></pre><img src=x onerror=alert(1)>\"'`&<!--\x1b[31m\x07\u202e\u2066\ud800"
"""Would be an element, an end of one, a colour, a bell, another direction of writing."""


class Parser(HTMLParser):
    """What a page is made of."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.text, self.open = [], [], []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in {"meta", "col", "input"}:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)

    def all(self, name):
        """The attributes of each element of this kind."""
        return [attributes for tag, attributes in self.tags if tag == name]


def write(out, results, config=None, students=None):
    """The class page, and a way to those of students."""
    made.put(out, results)
    reports.write_reports(out, config, students)
    return (out / "class.html").read_text("utf-8")


def evil_result():
    """A result that is as evil as it can be in every place."""
    words = {"2.5": judging.WRONG, "3.1": judging.HUNG, "4.1": judging.CRASHED, "5.1": "error"}
    facts = made.result(
        "ada", words, refused=[{"name": EVIL, "why": EVIL}], limits=["memory", EVIL]
    )
    keys = ("called", "expected", "got", "sent", "said", "found", "differs", "raised", "line")
    for row in facts["exercises"]:
        if row["id"] in words:
            row["missing"] = row["trouble"] = row["file"] = EVIL
            for test in row["tests"]:
                test |= {"printed": EVIL, "server": EVIL}
                test["facts"] = dict.fromkeys(keys, EVIL) | {
                    "at": [EVIL],
                    "left": [EVIL],
                    "mark": 3,
                }
    return facts


# ---------------------------------------------------------------- nothing gets out


@pytest.mark.parametrize("name", ["class.html", "students/ada.html"])
def test_nothing_of_a_submission_acts_on_a_page(tmp_path, name):
    config = Config(title=EVIL)
    write(tmp_path, [evil_result()], config, {"ada": Student("ada", EVIL), "b": Student("b", EVIL)})
    data = (tmp_path / name).read_bytes()
    page = Parser(data.decode("utf-8"))
    assert page.open == []
    assert {tag for tag, _ in page.tags}.isdisjoint({"img", "iframe", "object", "link", "base"})
    for _, attributes in page.tags:
        assert not [key for key in attributes if key.startswith("on") or key in ("style", "src")]
        assert not str(attributes.get("href", "")).startswith(("javascript:", "http", "//"))
    assert not re.search(rb"[\x00-\x08\x0b-\x1f\x7f]", data)
    assert not re.search("[\u202a-\u202e\u2066-\u2069\x80-\x9f]", data.decode("utf-8"))


@pytest.mark.parametrize(("name", "scripts"), [("class.html", 1), ("students/ada.html", 0)])
def test_a_page_needs_and_may_use_nothing_but_itself(tmp_path, name, scripts):
    write(tmp_path, [made.result("ada", {"2.5": judging.WRONG})])
    text = (tmp_path / name).read_text("utf-8")
    policy = Parser(text).all("meta")[1]["content"]
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    styles = re.findall(r"<style>(.*?)</style>", text, re.S)
    code = re.findall(r"<script>(.*?)</script>", text, re.S)
    assert len(styles) == 1
    assert len(code) == scripts
    for part in styles + code:
        digest = base64.b64encode(hashlib.sha256(part.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in policy
    assert "url(" not in styles[0]
    assert "@import" not in styles[0]
    assert not re.search(r"fetch|XMLHttp|innerHTML|eval|import\(|document\.write", "".join(code))


def test_explanations_travel_as_data(tmp_path):
    text = write(tmp_path, [evil_result()])
    data = re.search(r'<script type="application/json" id="texts">(.*?)</script>', text, re.S)
    assert data is not None
    assert "<" not in data[1]
    told = json.loads(data[1])
    assert any("onerror=alert(1)>" in entry[2] for entries in told for entry in entries)


# ---------------------------------------------------------------- what stands there


def test_each_cell_leads_to_its_explanation(tmp_path):
    page = Parser(write(tmp_path, [made.result("ada@x", {"2.5": judging.WRONG})]))
    cells = {one["aria-label"]: one for one in page.all("a") if "aria-label" in one}
    assert len(cells) == len(made.EVERY)
    assert cells["2.5 wrong"]["href"] == "students/ada%40x.html#e2.5"
    assert "data-x" in cells["2.5 wrong"]
    assert "data-x" not in cells["2.4 solved"]
    own = Parser((tmp_path / "students" / "ada@x.html").read_text("utf-8"))
    assert {"id": "e2.5"} in own.all("article")
    assert "[[b'PING']]" in own.text


def test_the_map_is_a_real_table(tmp_path):
    page = Parser(write(tmp_path, list(made.some_class(3))))
    assert ("caption", {}) in page.tags
    assert len([one for one in page.all("th") if one.get("scope") == "row"]) >= 3
    assert len([one for one in page.all("th") if one.get("scope") == "colgroup"]) == 10
    assert len([one for one in page.all("th") if "data-id" in one]) == len(made.EVERY)
    assert page.all("a")[0] == {"class": "skip", "href": "#map"}
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert page.all("html") == [{"lang": "en"}]


def test_where_a_class_struggles(tmp_path):
    results = [
        made.result("a", {"2.5": judging.WRONG, "2.6": judging.NOT_WRITTEN}),
        made.result("b", {"2.5": judging.WRONG, "2.6": judging.WRONG}),
        made.result("c", {"2.5": judging.WRONG}),
        made.result("d", state="error", error="boom", exercises=[]),
    ]
    text = "".join(Parser(write(tmp_path, results)).text)
    hardest = text[text.index("Hardest exercises") : text.index("Commonest mistakes")]
    assert re.findall(r"(2\.\d) \D+(\d of \d)", hardest) == [("2.5", "3 of 3"), ("2.6", "1 of 2")]
    commonest = text[text.index("Commonest mistakes") : text.index("Students and exercises")]
    assert re.search(r"3\s*2\.5 Half a command", commonest)
    assert "grade them again" in text


def test_a_class_of_nobody_has_a_page(tmp_path):
    text = write(tmp_path, [], None, {"ada": Student("ada", "Ada")})
    assert "Nothing was handed in by Ada." in "".join(Parser(text).text)


def test_more_explanations_than_a_page_holds_stand_on_the_other_pages(tmp_path, monkeypatch):
    monkeypatch.setattr(classpage, "EMBEDDED", 10)
    assert 'data-far="1"' in write(tmp_path, [made.result("ada", {"2.5": judging.WRONG})])


# ---------------------------------------------------------------- the student's page


def test_hidden_tests_do_not_show_on_the_students_page_and_show_on_the_instructors(tmp_path):
    facts = made.result("ada", {"2.5": judging.WRONG, "2.6": "error"})
    for row in facts["exercises"]:
        if row["id"] in ("2.5", "2.6"):
            one = next(one for one in made.EVERY if one.id == row["id"])
            secret = {"title": "SECRET", "why": "SECRET", "printed": "SECRET", "hidden": True}
            outcome = "failed" if row["id"] == "2.5" else "not run"
            row["tests"] = [made.check(one, "passed"), made.check(one, outcome, **secret)]
            row |= {"hidden": 1, "trouble": "SECRET" if outcome == "not run" else ""}
    text = write(tmp_path, [facts])
    own = (tmp_path / "students" / "ada.html").read_text("utf-8")
    assert "SECRET" in text
    assert "SECRET" not in own
    assert "Some of the checks are not shown on this page." in own
    assert "A check that is not shown here did not pass." in own


def test_the_students_page_names_nobody_else(tmp_path):
    write(tmp_path, [made.result("ada"), made.result("zorro")])
    assert "zorro" not in (tmp_path / "students" / "ada.html").read_text("utf-8")


def test_tracebacks_name_files_as_the_student_knows_them(tmp_path):
    facts = made.result("ada", {"2.5": judging.CRASHED})
    row = next(row for row in facts["exercises"] if row["id"] == "2.5")
    frame = 'File "/tmp/grading-x1/box/steps/s02_resp/parser.py", line 71, in feed'
    row["tests"][0]["server"] = f"Traceback (most recent call last):\n  {frame}\nValueError: 7\n"
    write(tmp_path, [facts])
    text = "".join(Parser((tmp_path / "students" / "ada.html").read_text("utf-8")).text)
    assert 'File "steps/s02_resp/parser.py", line 71, in feed' in text


def test_what_was_refused_and_which_limit_was_hit_is_told(tmp_path):
    refused = [{"name": "steps/conftest.py", "why": "it would change how pytest runs"}]
    write(tmp_path, [made.result("ada", refused=refused, limits=["memory"])])
    text = "".join(Parser((tmp_path / "students" / "ada.html").read_text("utf-8")).text)
    assert "steps/conftest.py: it would change how pytest runs" in text
    assert "it used more than 1024 MB of memory" in text


# ---------------------------------------------------------------- the look


def luminance(colour):
    """The relative luminance of #rrggbb."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [one / 12.92 if one <= 0.03928 else ((one + 0.055) / 1.055) ** 2.4 for one in parts]
    return sum(one * weight for one, weight in zip(linear, (0.2126, 0.7152, 0.0722), strict=True))


@pytest.mark.parametrize("scheme", [0, 1, 2], ids=["light", "dark", "print"])
def test_every_text_stands_out_from_its_ground(scheme):
    block = re.findall(r":root \{(.*?)\}", pages.part("page.css"), re.S)[scheme]
    colours = dict(re.findall(r"--([\w-]+): (#\w{6})", block))
    pairs = [(name, name.removesuffix("-text")) for name in colours if name.endswith("-text")]
    pairs += [(one, "ground") for one in ("text", "quiet", "link")]
    pairs += [(one, "card") for one in ("text", "quiet", "link")]
    for front, back in pairs:
        light, dark = sorted((luminance(colours[front]), luminance(colours[back])), reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 4.5, f"{front} on {back}"


# ---------------------------------------------------------------- in a browser


@pytest.fixture
def browse(program):
    """Opens a file in a headless Chromium; the page must neither complain nor ask for a thing."""
    path = program("chromium", "chromium")
    sync_api = pytest.importorskip("playwright.sync_api", reason="it comes with the extra dev")
    with sync_api.sync_playwright() as tools:
        browser = tools.chromium.launch(executable_path=path, args=["--no-sandbox"])
        troubles = []

        def open_page(file):
            page = browser.new_page(reduced_motion="reduce")
            page.on("console", lambda message: troubles.append(message.text))
            page.on("pageerror", lambda error: troubles.append(str(error)))
            page.on("dialog", lambda dialog: troubles.append(dialog.message))
            page.on("request", lambda request: troubles.append(request.url))
            page.goto(file.as_uri())
            troubles.remove(file.as_uri())
            return page

        yield open_page
        browser.close()
        assert troubles == []


@pytest.mark.timeout(90)
def test_an_instructor_looks_through_a_class(tmp_path, browse):
    students = {"ada": Student("ada", "Zoe"), "bob": Student("bob", "Bob")}
    results = [evil_result(), made.result("bob", {"2.5": judging.WRONG}), made.result("eve")]
    write(tmp_path, results, None, students)
    page = browse(tmp_path / "class.html")

    def names():
        return page.locator("#map tbody tr:visible th a").all_inner_texts()

    # a click on a cell, on to the next student, and back to where one was
    page.locator("a[aria-label='2.5 wrong']").first.click()
    panel = page.locator("dialog")
    assert panel.locator("h2").inner_text() == "2.5 Half a command"
    assert "onerror=alert(1)>" in panel.inner_text()
    assert "\\x1b[31m" in panel.inner_text()
    page.get_by_role("button", name="next student").click()
    assert "Bob bob: wrong, 0 of" in panel.inner_text()
    assert "[[b'PING']]" in panel.inner_text()
    page.keyboard.press("Escape")
    assert not panel.is_visible()

    # the keyboard: arrows move, Enter opens
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == "2.5 wrong"
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    assert panel.locator("h2").inner_text().startswith("2.6 ")
    assert "eve: solved" in panel.inner_text()
    page.keyboard.press("Escape")
    assert page.locator("#map td a[tabindex='0']").count() == 1

    # sorting: by name, by points, by an exercise
    assert names() == ["Zoe", "Bob", "eve"]
    page.get_by_role("button", name="student", exact=True).click()
    assert names() == ["Bob", "eve", "Zoe"]
    page.get_by_role("button", name="total").click()
    page.get_by_role("button", name="total").click()
    assert names()[0] == "eve"
    assert page.locator("#map th[aria-sort]").get_attribute("aria-sort") == "descending"
    page.locator("a[data-column='3.1']").first.click()
    assert names()[0] == "Zoe"
    assert page.locator("#map th[aria-sort]").get_attribute("data-id") == "3.1"

    # searching
    page.get_by_label("Find a student").fill("bo")
    assert names() == ["Bob"]
    assert page.get_by_role("status").inner_text() == "1 of 3 students shown."


def until(page, true):
    """Waits until an expression is true. Playwright's own way evaluates text, which the page forbids."""
    look = f"() => ({true}) ? done() : requestAnimationFrame(look)"
    page.evaluate(f"new Promise(done => {{ const look = {look}; look() }})")


@pytest.mark.timeout(90)
def test_a_map_that_is_wider_than_the_window_shows_it(tmp_path, browse):
    """Shadows and buttons say on which side it goes on; where all of it fits, there are none."""
    write(tmp_path, [made.result("ada")])
    page = browse(tmp_path / "class.html")
    page.set_viewport_size({"width": 900, "height": 700})
    later = page.get_by_role("button", name="later steps")
    earlier = page.get_by_role("button", name="earlier steps")
    sides = page.locator("#sides")

    def shadow(side):
        return page.evaluate(
            "side => getComputedStyle(document.getElementById('sides'), side).opacity", f"::{side}"
        )

    assert (later.is_enabled(), earlier.is_enabled()) == (True, False)
    until(page, "getComputedStyle(sides, '::after').opacity == 1")
    assert shadow("before") == "0"
    while later.is_enabled():
        at = page.evaluate("document.querySelector('.frame').scrollLeft")
        later.click()
        until(page, f"document.querySelector('.frame').scrollLeft > {at}")
        page.evaluate(
            "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
        )
    until(page, "getComputedStyle(sides, '::before').opacity == 1")
    assert earlier.is_enabled()
    assert page.locator("#map thead [data-id]").last.is_visible()
    page.set_viewport_size({"width": 4000, "height": 700})
    until(page, "document.getElementById('scroll').hidden")
    assert "after" not in (sides.get_attribute("class") or "").split()


@pytest.mark.timeout(90)
def test_a_long_name_leaves_room_for_the_map(tmp_path, browse):
    """On a phone, the names that stay in place cover less than half of it."""
    write(tmp_path, [made.result("a-name-that-never-ends-" * 4)])
    page = browse(tmp_path / "class.html")
    page.set_viewport_size({"width": 360, "height": 700})
    names, frame = (page.locator(one).first.bounding_box() for one in ("tbody .who", ".frame"))
    assert names["width"] < frame["width"] / 2
    page.locator("#map tbody td a").nth(30).click()
    assert page.get_by_role("dialog").is_visible()
