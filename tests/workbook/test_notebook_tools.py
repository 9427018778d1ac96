"""What a notebook has at hand: checks shown in place, steps that are fresh, children that end."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from types import SimpleNamespace

import pytest

from workbook import (
    childhood,
    layers,
    lesson,
    magics,
    opening,
    replaying,
    transcript,
    unwritten,
    wire,
)
from workbook.catalogue import ROOT

SESSION = """
import json, sys
from pathlib import Path
from IPython.core.interactiveshell import InteractiveShell

shell = InteractiveShell.instance()
shell.run_line_magic("colors", "nocolor")
shell.run_cell("%load_ext workbook")
for where, text in json.loads(sys.argv[1]):
    Path(where).write_text(text) if where else shell.run_cell(text, store_history=True)
"""
"""A kernel without a notebook: runs cells, and between them writes files, as an editor does."""

FILE = "steps/s01_mini/numbers.py"


def session(mini, *cells: str | tuple[str, str]) -> str:
    """What the cells print; a pair is a file and its new text."""
    steps = [("", cell) if isinstance(cell, str) else cell for cell in cells]
    ipython = str(mini.root / "ipython")
    done = mini.python("-c", SESSION, json.dumps(steps), IPYTHONDIR=ipython, PYTHONPATH=".")
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def edited(mini, old: str, new: str) -> tuple[str, str]:
    """The learner's file with another text in it."""
    text = (mini.root / FILE).read_text("utf-8")
    assert old in text
    return FILE, text.replace(old, new)


EMPTY = 'raise NotImplementedError("exercise 1.1")'

# ---------------------------------------------------------------- checks


def test_a_check_says_in_place_what_the_checker_says(mini):
    mini.learner(add="return a - b")
    shown = session(mini, "%check 1.1")
    printed = mini.checker("1.1").stdout
    wanted = printed.replace("python checker.py hint 1.1", "%hint 1.1")
    assert wanted.replace("python checker.py 1.1", "%check 1.1").strip("\n") in shown
    assert "%hint 1.1" in shown


def test_a_hint_follows_the_one_before(mini):
    shown = session(mini, "%hint 1.1", "%hint 1.1")
    assert shown.index("hint 1 of 2") < shown.index("hint 2 of 2")


def test_what_a_learner_prints_has_no_power_over_the_page():
    shown = magics.as_html(1, "\x1b[31m✗ wrong\x1b[0m <script>alert('&')</script>")
    assert "<script" not in shown
    assert "&lt;script&gt;" in shown
    assert f'<span style="color: {magics.TONES["31"]}">✗ wrong</span>' in shown


@pytest.mark.parametrize(
    ("code", "text", "colour"),
    [
        (0, "  1.1   ✓ solved", magics.TONES["32"]),
        (1, "  1.1   ✗ wrong\n  1.2   ✓ solved", magics.TONES["31"]),
        (1, "  1.1   · not written yet", magics.GREY),
        (0, "  hint 1 of 2   a plus", magics.GREY),
        (2, "checker.py does not know 'x'", magics.TONES["33"]),
        (3, "  1.1   – not checked", magics.TONES["33"]),
    ],
)
def test_the_edge_has_the_colour_of_the_worst(code, text, colour):
    assert f"4px solid {colour}" in magics.as_html(code, text)


def test_a_place_is_a_link_to_its_line():
    shown = magics.linked("at steps/s01_echo/server.py:57, in run")
    assert '<a href="../steps/s01_echo/server.py#line=56">steps/s01_echo/server.py:57</a>' in shown


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_an_interrupted_check_ends_what_it_has_started(mini, ends):
    os.mkfifo(mini.root / "here")
    mini.learner(
        add="""
        import os
        with open("here", "w") as file:
            file.write(str(os.getpid()))
        while True:
            pass
        """
    )
    command = "from workbook import magics; magics.checker(['check', '1.1'])"
    with subprocess.Popen(
        [sys.executable, "-c", command], cwd=mini.root, stderr=subprocess.PIPE
    ) as kernel:
        pid = int((mini.root / "here").read_text())
        kernel.send_signal(signal.SIGINT)
        _, said = kernel.communicate(timeout=20)
    assert b"KeyboardInterrupt" in said
    assert ends(pid)


# ---------------------------------------------------------------- fresh steps


def test_what_is_saved_is_what_the_next_cell_runs(mini):
    shown = session(
        mini,
        "from steps.s01 import add, numbers\nimport steps.s01_mini as mini\nplus = add",
        "print('before', add(2, 3))",
        edited(mini, EMPTY, "return a * b"),
        "print('after', add(2, 3), plus(2, 3), numbers.add(2, 3), mini.add(2, 3))",
    )
    assert "before 5" in shown  # the answer stood in
    assert "after 6 6 6 6" in shown


def test_a_lab_is_fresh_too(mini):
    """A lab holds what it has imported of a step, and makes classes and constants of that."""
    mini.write(
        "workbook/labs/mini.py",
        "from steps.s01 import add\n\nFIVE = add(2, 3)\n\n\ndef twice(a):\n    return add(a, a)\n",
    )
    shown = session(
        mini,
        "from workbook.labs import mini as lab\nfrom workbook.labs.mini import FIVE, twice",
        "print('before', lab.twice(5), twice(5), FIVE)",
        edited(mini, EMPTY, "return a * b"),
        "print('after', lab.twice(5), twice(5), FIVE)",
    )
    assert "before 10 10 5" in shown
    assert "after 25 25 6" in shown


def test_answers_and_constants_are_fresh_too(mini):
    text = (mini.root / "solutions/s01_mini/numbers.py").read_text("utf-8")
    shown = session(
        mini,
        edited(mini, "def add", "LIMIT = 7_000\n\n\ndef add"),
        "from steps.s01_mini.numbers import LIMIT, add",
        edited(mini, "def add", "LIMIT = 9_000\n\n\ndef add"),
        ("solutions/s01_mini/numbers.py", text.replace("a + b", "a - b")),
        "print(LIMIT, add(2, 3))",
    )
    assert "9000 -1" in shown


def test_a_file_that_cannot_be_imported_is_told_of_in_a_sentence(mini):
    shown = session(
        mini,
        "from steps.s01 import add",
        edited(mini, EMPTY, "return a +"),
        "print('old', add(2, 3))",
        edited(mini, EMPTY, "return a * b"),
        "print('new', add(2, 3))",
    )
    assert re.search(rf"{FILE}:\d+ cannot be imported: SyntaxError: invalid syntax\.", shown)
    assert "Traceback" not in shown
    assert "old 5" in shown
    assert "new 6" in shown


def test_a_cell_that_needs_an_empty_exercise_says_so_in_a_sentence(mini):
    """Without the answers a stub is not a bug: it gets no traceback, and a bug keeps its own."""
    (mini.root / "solutions").rename(mini.root / "hidden")
    shown = session(
        mini,
        "from steps.s01 import add\nadd(2, 3)",
        "raise NotImplementedError('of another kind')",
    )
    said = rf"Exercise 1\.1 is not written yet \({FILE}:\d+\)\.\n{magics.WRITE_IT}"
    assert re.search(said, shown)
    assert "exercise 1.1" not in shown
    assert shown.count("Traceback") == 1  # of the other


def test_whatever_an_exception_says_of_a_missing_exercise_is_told(mini):
    """A server answers with an error, and a lab raises that."""
    (mini.root / "solutions").rename(mini.root / "hidden")
    shown = session(mini, "raise OSError('ERR exercise 1.1 is not written yet (steps/x.py:7)')")
    assert f"Exercise 1.1 is not written yet (steps/x.py:7).\n{magics.WRITE_IT}" in shown
    assert "Traceback" not in shown


def test_a_reply_that_names_a_missing_exercise_ends_the_cell():
    """Nobody has asked for it, and the next reply would not come."""
    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        childhood.Client(listener.getsockname()[1]) as client,
    ):
        server, _ = listener.accept()
        with server:
            server.sendall(f"-ERR no such key\r\n-ERR {MISSING}\r\n".encode())
            assert client.read() == "-ERR no such key"
            with pytest.raises(unwritten.Unwritten, match=r"exercise 1\.1 is not written yet"):
                client.read()


def test_an_object_from_before_an_exercise_was_written_is_to_be_made_again(mini):
    """It keeps the code that it was made of: "not written yet" would be wrong by now."""
    (mini.root / "solutions").rename(mini.root / "hidden")
    shown = session(
        mini,
        "from steps.s01 import add\nfrom functools import partial\nplus = partial(add, 2)",
        edited(mini, EMPTY, "return a * b"),
        "plus(3)",
        "print('now', add(2, 3))",
    )
    assert magics.MAKE_IT_AGAIN in shown
    assert "not written yet" not in shown
    assert "now 6" in shown


def test_a_name_that_a_cell_did_not_get_to_make_is_explained(mini):
    """One missing exercise is one sentence, in all the cells that follow from it."""
    (mini.root / "solutions").rename(mini.root / "hidden")
    shown = session(
        mini,
        "from steps.s01 import add\nfive = add(2, 3)",
        "ten = 2 * five",
        "print(ten)",
        "print(eleven)",
    )
    for name in ("five", "ten"):
        said = rf"`{name}` is made by a cell above, .*\nExercise 1\.1 is not written yet \({FILE}:"
        assert re.search(said, shown)
    assert shown.count("Traceback") == 1  # of eleven, of which nobody knows
    assert "`eleven`" not in shown


def test_a_cell_that_did_not_get_that_far_is_to_be_run_again_once_it_can(mini):
    (mini.root / "solutions").rename(mini.root / "hidden")
    shown = session(
        mini,
        "from steps.s01 import add\nfive = add(2, 3)",
        edited(mini, EMPTY, "return a * b"),
        "print(five)",
    )
    said = f"`five` is made by a cell above, which did not get that far.\n{magics.RUN_IT_AGAIN}"
    assert said in shown


def test_a_missing_exercise_ends_the_cell_of_a_session():
    """As an error reply it would take the place of the output that is stored."""
    session = lesson.session(SimpleNamespace(failure=lambda error, request: str(error)))
    assert session.failure(ValueError("a bug"), [b"GET"]) == "a bug"
    with pytest.raises(NotImplementedError, match=r"exercise 6\.1"):
        session.failure(NotImplementedError("exercise 6.1"), [b"RPUSH"])


def test_a_cell_says_which_exercises_it_needs(mini):
    """Nothing would fail in it, and what it shows would be wrong."""
    cells = ["from workbook import lesson\nlesson.needs('1.1')\nprint('it goes on')"]
    assert "it goes on" in session(mini, *cells)  # the answer stands in
    (mini.root / "solutions").rename(mini.root / "hidden")
    shown = session(mini, *cells)
    assert re.search(rf"Exercise 1\.1 is not written yet \({FILE}:\d+\)\.", shown)
    assert "it goes on" not in shown
    assert "Traceback" not in shown


def test_the_sentence_is_found_in_a_group_of_exceptions():
    """A task group ends with one, whatever went wrong in its tasks."""
    inner = ExceptionGroup("a group", [NotImplementedError("exercise 1.1")])
    group = ExceptionGroup("another", [ValueError("one"), inner])
    assert unwritten.sentence(group) == "Exercise 1.1 is not written yet (line unknown)."
    assert unwritten.sentence(ExceptionGroup("a group", [ValueError("one")])) == ""


def test_the_sentence_is_found_in_what_a_server_says():
    told = "the server ended\nerror: exercise 1.1 is not written yet (steps/s01_echo/server.py:70)."
    where = "Exercise 1.1 is not written yet (steps/s01_echo/server.py:70)."
    assert unwritten.sentence(wire.WireFailure(told)) == where
    assert unwritten.sentence(wire.WireFailure("expected +OK, got nothing")) == ""
    assert unwritten.sentence(NotImplementedError("a subclass does this")) == ""


@pytest.mark.parametrize("line", ["import sys; sys.exit(3)", "1 / 0", "raise KeyboardInterrupt"])
def test_nothing_that_a_file_does_ends_the_kernel(mini, line):
    shown = session(
        mini,
        "from steps.s01 import add",
        edited(mini, "def add", f"{line}\n\n\ndef add"),
        "print('alive', add(2, 3))",
    )
    assert "alive 5" in shown
    assert FILE in shown


def test_a_name_that_means_something_else_by_now_is_left_alone(mini):
    shown = session(
        mini,
        "from steps.s01 import add, answer",
        edited(mini, EMPTY, "return a +"),
        "add = 'mine'",
        edited(mini, EMPTY, "return a * b"),
        "print(add, answer(b'PING'))",
    )
    assert "mine b'+PONG'" in shown


def test_what_is_gone_is_told_of(mini):
    shown = session(
        mini,
        "from steps.s01_mini.numbers import answer as reply",
        ("steps/s01_mini/__init__.py", ""),
        edited(mini, "def answer", "def replied"),
        "print(reply(b'PING'))",
    )
    assert "steps.s01_mini.numbers no longer has answer; reply is still the old one." in shown
    assert "b'+PONG'" in shown


def test_the_first_cell_may_run_again(mini):
    assert "already loaded" not in session(mini, "%load_ext workbook", "%load_ext workbook")


# ---------------------------------------------------------------- children

PID = "print('pid', server.pid, flush=True)"


def pids(shown: str) -> list[int]:
    return [int(pid) for pid in re.findall(r"pid (\d+)", shown)]


def test_a_server_ends_with_its_block_and_has_a_folder(mini, ends):
    shown = session(
        mini,
        f"from workbook import lesson\nwith lesson.serve('s01') as server:\n    {PID}\n"
        "    client = server.client()\n    client.send(b'PING\\n')\n    client.expect(b'+PONG\\n')\n"
        "    print(server.folder.is_dir(), server)\nprint(server)",
    )
    assert "True <the server of s01, running>" in shown
    assert "<the server of s01, ended>" in shown
    assert all(map(ends, pids(shown)))


@pytest.mark.parametrize("trouble", ["1 / 0", "raise KeyboardInterrupt"])
def test_a_cell_that_fails_leaves_no_server(mini, trouble):
    shown = session(
        mini,
        f"from workbook import lesson\nserver = lesson.serve('s01')\n{trouble}",
        "print(server)",
    )
    assert "<the server of s01, ended>" in shown


def test_a_server_lives_from_cell_to_cell_and_ends_with_the_kernel(mini, ends):
    shown = session(
        mini,
        f"from workbook import lesson\nserver = lesson.serve('s01')\n{PID}",
        "print(server)",
    )
    assert "<the server of s01, running>" in shown
    assert all(map(ends, pids(shown)))


@pytest.mark.skipif(os.name == "nt", reason="no SIGKILL")
def test_a_server_ends_when_the_kernel_is_killed(mini, ends):
    command = (
        f"from workbook import lesson; server = lesson.serve('s01'); {PID};"
        "print(server.folder, flush=True); import os; os.kill(os.getpid(), 9)"
    )
    done = mini.python("-c", command)
    assert done.returncode == -9
    (pid,) = pids(done.stdout)
    assert ends(pid)


def test_an_experiment_prints_in_order_and_says_how_it_ended(mini):
    source = "import os, sys\nprint(1)\nprint(2, file=sys.stderr)\nprint(3)\nos._exit(9)"
    done = mini.python("-c", f"from workbook import lesson; lesson.run({source!r})")
    assert done.stdout == "1\n2\n3\n[the process ended with exit code 9]\n"


def test_an_experiment_that_fails_shows_its_own_lines_only(mini):
    source = "from steps.s01 import add\ndef f():\n    add('1', 2)\nf()"
    done = mini.python("-c", f"from workbook import lesson; lesson.run({source!r})")
    assert done.stdout.startswith('Traceback (most recent call last):\n  File "experiment", line 4')
    assert 'File "solutions/s01_mini/numbers.py", line 6, in add' in done.stdout
    assert "bounded" not in done.stdout


DEADLOCK = """
import threading
one, other, both = threading.Lock(), threading.Lock(), threading.Barrier(2)
def take(first, second):
    with first:
        both.wait()
        with second:
            print("never")
for name, locks in ("Ada", (one, other)), ("Ben", (other, one)):
    threading.Thread(target=take, args=locks, name=name).start()
print("both run")
"""


def test_a_deadlock_is_caught_with_both_its_sides(mini):
    done = mini.python("-c", f"from workbook import lesson; lesson.run({DEADLOCK!r}, seconds=0.5)")
    assert "both run\nStopped after 0.5 s. It was at:\n" in done.stdout
    for name in ("Ada", "Ben"):
        assert f"  {name} at\n    experiment:7, in take: with second:\n" in done.stdout
    assert "never" not in done.stdout


# ---------------------------------------------------------------- what is shown


@pytest.mark.parametrize("step", range(11))
def test_the_drawing_lights_one_layer_and_says_so_in_words(step):
    drawing = ElementTree.fromstring(layers.svg(step))
    space = {"svg": "http://www.w3.org/2000/svg"}
    grounds = [box.get("fill") for box in drawing.findall("svg:rect", space)]
    assert grounds.count(layers.LIT[0]) == 1
    assert grounds.count(layers.BUILT[0]) == max(step - 1, 0)
    assert str(step) in drawing.find("svg:title", space).text
    lit = next(layer for layer in (*layers.TABLE, layers.WARM_UP) if layer.step == step)
    assert lit.adds in drawing.find("svg:desc", space).text
    assert f"→ step {step}" in layers.text(step)


def test_a_table_reads_as_text_and_as_html():
    table = lesson.table([["<b>", 1], ["long name", 22]], ["name", "count"])
    assert repr(table) == "name       count\n---------  -----\n<b>            1\nlong name     22"
    assert "&lt;b&gt;" in table._repr_html_()


def test_a_plot_lies_on_light_pages_and_on_dark_ones():
    matplotlib = pytest.importorskip("matplotlib")
    with matplotlib.rc_context({"backend": "agg"}):
        axes = lesson.plot("Title", x="threads", y="seconds")
        assert axes.figure.get_facecolor()[3] == 0
        assert (axes.get_title(loc="left"), axes.get_xlabel()) == ("Title", "threads")


class Script:
    """A client that gets what it is given."""

    def __init__(self, replies: list[bytes]) -> None:
        self.replies = replies

    def send(self, data: bytes) -> None:
        """Nothing listens."""

    def read_raw(self) -> bytes:
        """The next one."""
        return self.replies.pop(0)


@pytest.mark.parametrize(
    ("reply", "verdict"),
    [(b"+PONG\r\n", "Both answer the same."), (b"+PANG\r\n", "1 of 1 answers differs: marked")],
)
def test_a_recorded_talk_shows_what_differs(reply, verdict):
    source = transcript.parse("title: a ping\n\n> PING\n< +PONG\\r\\n\n", ROOT / "ping.txt")
    rows = replaying.play(source, lambda: Script([reply]))
    shown = replaying.shown(source, rows)
    assert verdict in shown["text/plain"]
    assert verdict in shown["text/html"]
    assert ("≠" in shown["text/html"].partition("<p>")[0]) == (reply != b"+PONG\r\n")


MISSING = "exercise 1.1 is not written yet (server.py:9)"


class Silent:
    """In place of a server, on which each client gets one error and no more."""

    def __init__(self, error: str) -> None:
        self.error = error

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        pass

    def client(self):
        return Refused(self.error)


class Refused(Script):
    """A client whose connection ends after an error."""

    def __init__(self, error: str) -> None:
        super().__init__([f"-ERR {error}\r\n".encode()])

    def read_raw(self) -> bytes:
        if not self.replies:
            raise wire.WireFailure("the connection has ended")
        return super().read_raw()

    def pending(self) -> bytes:
        """Nothing more has come."""
        return b""

    def receive(self, most: int) -> bytes:
        """Nothing more comes."""
        return b""

    def closed(self) -> bool:
        """It stays open, for ever."""
        return False

    def close(self) -> None:
        """Nobody notices."""


def starts_not(*words, **named):
    """A server that ends at once, and says why."""
    raise wire.WireFailure(MISSING)


def needs_more(*words, **named):
    """A server of which one reply says what is missing."""
    raise unwritten.Unwritten(MISSING)


@pytest.mark.parametrize("serve", [starts_not, needs_more, lambda *words, **named: Silent(MISSING)])
def test_a_recording_is_shown_alone_as_long_as_no_server_can_answer(monkeypatch, serve):
    """Lesson 0 shows what redis-server says, and the server itself comes in step 1."""
    forms = []
    monkeypatch.setattr(lesson, "show", forms.append)
    monkeypatch.setattr(lesson, "serve", serve)
    lesson.recorded("s03", "get_and_set")
    for shown in forms[0].values():
        assert "two words" in shown
        assert "cannot answer yet: Exercise 1.1 is not written yet (server.py:9)." in shown
        assert "≠" not in shown


def test_a_server_that_fails_otherwise_is_not_hidden(monkeypatch):
    forms = []
    monkeypatch.setattr(lesson, "show", forms.append)
    monkeypatch.setattr(lesson, "serve", lambda *words, **named: Silent("internal error"))
    lesson.recorded("s03", "get_and_set")
    assert "≠" in forms[0]["text/plain"]
    assert "cannot answer yet" not in forms[0]["text/plain"]


def test_the_server_has_acted_on_one_client_before_another_goes_on():
    """Two that wait for a list are to wait in their order, and who has left is to be gone."""
    happened = []

    class Noting(Script):
        def __init__(self):
            super().__init__([b":1\r\n"])

        def __enter__(self):
            return self

        def __exit__(self, *exc):
            pass

        def send(self, data):
            happened.append(data.split()[-1])

        def close(self):
            happened.append("closes")

        def ask(self, word):
            happened.append(word)

    talk = "title: a queue\n\nA> BLPOP q 0\nB> BLPOP q 7\nA>! close\n> RPUSH q x\n< :1\\r\\n\n"
    replaying.play(transcript.parse(talk, ROOT / "queue.txt"), Noting)
    assert happened == [b"0", "PING", b"7", "PING", "closes", "PING", b"x"]


def test_a_recording_that_is_not_there_is_said_with_those_that_are():
    with pytest.raises(ValueError, match=r"s02 has no recording 'none'; it has .*half_a_command"):
        replaying.find(ROOT, "s02", "none")


# ---------------------------------------------------------------- the command


def test_help_about_lessons_is_ours_and_not_that_of_jupyterlab(mini):
    done = mini.checker("notebook", "4", "--help")
    assert (done.returncode, done.stdout.strip()) == (0, opening.HELP)


@pytest.mark.parametrize("word", ["11", "x", "04_threads"])
def test_a_lesson_that_is_not_there_is_refused(mini, word):
    done = mini.checker("notebook", word)
    assert (done.returncode, done.stdout) == (2, "")
    assert f"There is no lesson {word!r}: say a step or a challenge, such as" in done.stderr
