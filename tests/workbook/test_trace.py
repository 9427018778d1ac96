"""The way of a request through the server, as `checker.py trace` shows it: what ran, and whose it is."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from workbook import catalogue, trace, trace_child
from workbook.calls import CallTrouble
from workbook.editing import Edits

ROOT = catalogue.ROOT

pytestmark = pytest.mark.timeout(120)


def shown(step: int, *requests: str, **options: object) -> list[trace.Piece]:
    return list(trace.traced(step, requests, root=ROOT, **options))


def names(piece: trace.Piece) -> list[str]:
    return [one.name for one in piece.frames]


@pytest.fixture
def learner(copy):
    """The copy of what a learner has; `learner(...)` runs its checker."""

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "checker.py", *words],
            cwd=copy,
            capture_output=True,
            text=True,
            timeout=60,
            stdin=subprocess.DEVNULL,
        )

    run.root = copy
    return run


# ---------------------------------------------------------------- what ran


def test_the_way_of_set_and_get():
    put, get = shown(5, "SET k v", "GET k")
    way = [
        "RequestParser.feed",
        "Command.parse",
        "SharedSession.execute",
        "Set.execute",
        "Store.put",
    ]
    found = [name for name in names(put) if name in way]
    assert list(dict.fromkeys(found)) == way
    assert put.changes == ["b'k' is new: b'v'"]
    assert (put.came, get.came, get.changes) == (b"+OK\r\n", b"$1\r\nv\r\n", [])
    [execute] = [one for one in put.frames if one.name == "Set.execute"]
    [door] = [one for one in put.frames if one.name == "Store.put"]
    assert door.depth == execute.depth + 1
    assert door.arguments == ["b'k'", "b'v'"]
    assert execute.result == "'OK'"
    assert (ROOT / door.file).read_text().splitlines()[door.line - 1].strip().startswith("def put(")


@pytest.mark.parametrize("step", range(1, 11))
def test_every_step_has_a_way(step):
    """What comes back is what the server sends; the calls stand in files that are there."""
    [piece] = shown(step, "PING")
    assert piece.came == {1: b"PING\n", 2: b"*1\r\n$4\r\nPING\r\n"}.get(step, b"+PONG\r\n")
    assert piece.frames or step == 1
    assert piece.inside.rpartition(", line ")[2].isdigit()
    assert all((ROOT / one.file).is_file() and one.line > 0 for one in piece.frames)
    assert not piece.more


def test_a_cut_request():
    first, second = shown(2, "ECHO hi", cuts=[9])
    assert (first.sent, first.came) == (b"*2\r\n$4\r\nE", b"")
    assert (second.sent, second.came) == (
        b"CHO\r\n$2\r\nhi\r\n",
        b"*2\r\n$4\r\nECHO\r\n$2\r\nhi\r\n",
    )
    [fed] = [one for one in first.frames if one.name == "RequestParser.feed"]
    assert fed.result == "[]"


def test_an_error_is_raised_from_frame_to_frame():
    [piece] = shown(5, "INCR")
    raised = [one for one in piece.frames if one.raised]
    assert [one.name for one in raised][-1] == "Registry.find"
    assert all(one.raised.startswith("CommandError: ") for one in raised)
    assert piece.came.startswith(b"-ERR wrong number of arguments")


def test_an_exception_that_is_caught_is_nobodys_result():
    [piece] = shown(6, "SET k v", "SADD k v")[1:]
    [lookup] = [one for one in piece.frames if one.name == "Keyspace.lookup"]
    assert lookup.raised.startswith("WrongType")
    [reply] = [one for one in piece.frames if one.name == "StoreSession.reply"]
    assert reply.raised is None
    assert reply.result == f"b'-WRONGTYPE Operation against a key'... ({len(piece.came)} bytes)"


def test_databases_deadlines_and_the_journal():
    put, moved, gone = shown(10, "SET k v PX 100000", "MOVE k 3", "FLUSHALL", journal=True)
    assert re.fullmatch(r"b'k' is new: b'v', until \d+ ms", *put.changes)
    assert b"PXAT" in put.journal
    assert moved.changes[0] == "b'k' is gone"
    assert moved.changes[1].startswith("database 3: b'k' is new: b'v'")
    assert gone.changes == ["database 3: b'k' is gone"]
    assert gone.journal.endswith(b"FLUSHALL\r\n")


def test_raw_and_inline_and_the_end_of_the_connection():
    raw, inline, bad = shown(3, r".raw *1\r\n$4\r\nPING\r\n", ".inline PING", r".raw *1\r\n$x\r\n")
    assert raw.came == inline.came == b"+PONG\r\n"
    assert bad.came.startswith(b"-ERR Protocol error")
    assert bad.closed


def test_what_other_threads_do_is_left_out():
    """Calls of several threads come mixed."""

    def call(thread, name):
        return {
            "depth": 0,
            "thread": thread,
            "name": name,
            "file": "steps/s03_store/store.py",
            "line": 1,
            "again": False,
            "arguments": [("data", "b'PING'")] if name == "mine" else [],
        }

    calls = [call("main", "mine"), call("other", "theirs"), call("main", "late")]
    assert [one.name for one in trace.frames(calls, b"PING", ROOT)] == ["mine", "late"]


def test_a_command_that_waits():
    [piece] = shown(10, "BLPOP q 0")
    assert (piece.came, piece.closed) == (b"", False)
    assert "ClientSession.block" in names(piece)
    assert "nothing" in trace.as_text(piece)


# ---------------------------------------------------------------- what is shown of it


def test_lines_are_short_whatever_the_values_are():
    text = "\n".join(map(trace.as_text, shown(6, "SET k " + "x" * 5000, "RPUSH l " + "yy " * 300)))
    assert max(map(len, text.splitlines())) <= 80
    assert "..." in text


PASSWORD = "sesame-open"
REQUESTS = [
    f"AUTH {PASSWORD}",
    f"auth default {PASSWORD}",
    f"HELLO 3 AUTH default {PASSWORD}",
    f".inline AUTH {PASSWORD}",
    f"CONFIG SET requirepass {PASSWORD}",
    "CONFIG GET requirepass",
]


def shows_a_part(piece: trace.Piece) -> bool:
    text = trace.as_text(piece) + trace.as_svg(piece)
    return any(PASSWORD[at : at + 6] in text for at in range(len(PASSWORD) - 5))


def test_passwords_are_hidden():
    pieces = shown(10, *REQUESTS)
    assert len(pieces) == len(REQUESTS)
    assert all("(hidden)" in trace.as_text(piece) for piece in pieces)
    assert not any(map(shows_a_part, pieces))


@pytest.mark.parametrize("request_", [REQUESTS[0], REQUESTS[2]])
def test_passwords_are_hidden_where_they_are_cut(request_):
    at = trace.encoded(10, request_).index(PASSWORD.encode())
    pieces = shown(10, request_, cuts=[at - 2, at + 2, at + 8])
    assert len(pieces) == 4
    assert not any(map(shows_a_part, pieces))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (b"a\r\n", r"b'a\r\n'"),
        (b"x" * 100, f"b'{'x' * 34}'... (100 bytes)"),
        ("x" * 100, f"'{'x' * 35}'... (100 characters)"),
        ([b"a", 1, None], "[b'a', 1, None]"),
        ({b"a": 1.5}, "{b'a': 1.5}"),
        (set(), "{}"),
        (ValueError("no"), "ValueError: 'no'"),
        (ValueError, "ValueError"),
    ],
)
def test_values_in_a_few_characters(value, text):
    assert trace_child.described(value) == text


def test_nothing_of_the_servers_is_called_to_show_a_value():
    class Touchy:
        def __repr__(self) -> str:
            raise AssertionError("asked")

        __str__ = __repr__

    assert trace_child.described([Touchy()]) == "[Touchy]"


def test_the_picture_says_in_words_whose_each_call_is():
    [piece] = shown(5, "SET k <v>")
    svg = trace.as_svg(piece)
    assert svg.count("<rect") == len(piece.frames)
    assert svg.count(">answer<") == sum(one.whose == "answer" for one in piece.frames)
    assert "<v>" not in svg
    assert "&lt;v&gt;" in svg


# ---------------------------------------------------------------- whose it is


OWN = """return self.own(key, value, old)

    def own(self, key, value, old):
        self.put(key, value)
        return old"""


def test_whose_a_function_is(learner):
    root = learner.root
    file = root / "steps/s03_store/store.py"
    edits = Edits(root)
    edits.solve(catalogue.find("3.1", root))
    [data] = [source.data for source in edits.sources.values()]
    own = data.decode().replace("self.put(key, value)\n        return old", OWN)
    assert own.count("own(") == 2
    file.write_text(own)
    done = learner("trace", "3", "SET k v", "DEL k")
    assert done.returncode == 0, done.stderr
    rows = re.finditer(r"^(yours|answer|given) +[│ ]*([\w.]+)", done.stdout, re.MULTILINE)
    marks = {row[2]: row[1] for row in rows}
    assert marks["StoreSession.run"] == "answer"
    assert marks["StoreSession.reply"] == "given"
    assert marks["Store.set"] == marks["Store.own"] == "yours"
    assert marks["Store.put"] == "given"


# ---------------------------------------------------------------- what can go wrong


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["trace"], "Say which step's server"),
        (["trace", "0", "PING"], "Step 0 has no server"),
        (["trace", "77", "PING"], "There is no step 77"),
        (["trace", "5"], "Say what to send, such as"),
        (["trace", "5", "PING", "--cut", "x"], "--cut takes the number of bytes to send first"),
        (["trace", "5", "SET k 'v"], "can't be sent: the quotes in 'v do not match"),
        (["trace", "5", r".raw \q"], "can't be sent"),
        (["trace", "3", "PING", "--journal"], "Only the steps from 7 on have a journal."),
    ],
)
def test_a_wrong_call(words, sentence):
    done = subprocess.run(
        [sys.executable, "checker.py", *words], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 2
    assert sentence in " ".join(done.stderr.split())
    assert not done.stdout


def broken(root: Path, body: str) -> None:
    """Puts `body` in the place of the stub of exercise 3.1."""
    file = root / "steps/s03_store/store.py"
    text = file.read_text()
    assert text.count('raise NotImplementedError("exercise 3.1")') == 1
    file.write_text(text.replace('raise NotImplementedError("exercise 3.1")', body))


def test_a_file_that_does_not_load(learner):
    broken(learner.root, "return (")
    done = learner("trace", "3", "SET k v")
    assert done.returncode == 1
    assert "steps/s03_store/store.py" in done.stdout
    assert "was never closed" in done.stdout
    assert len(done.stdout.splitlines()) < 15


def test_a_loop_without_end(learner):
    """It is ended with the trace, which shows where it turns."""
    broken(learner.root, "while self.get(key) is None:\n            pass")
    done = learner("trace", "3", "GETSET k v", "SET k v")
    assert done.returncode == 0, done.stderr
    assert "goes on" in done.stdout or "more calls" in done.stdout


def test_an_answer_that_is_not_there(learner):
    shutil.rmtree(learner.root / "solutions")
    done = learner("trace", "3", "PING")
    assert "Exercise 1.1 is not written yet" in done.stdout


def test_a_bug_of_the_learners(learner):
    broken(learner.root, "return self.nothing_of_this_name")
    done = learner("trace", "5", "GETSET k v")
    assert "raises AttributeError" in done.stdout
    assert re.search(r"^yours +[│ ]*Store.set\(", done.stdout, re.MULTILINE)
    assert "-ERR internal error" in done.stdout


def test_the_orders_of_the_child_are_json():
    recorder = trace_child.Recorder()
    assert recorder.begin() is True
    assert json.loads(json.dumps(recorder.end()))["calls"] == []
    with pytest.raises(CallTrouble):
        trace.positions("7,")
