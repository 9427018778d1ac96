"""Attacks on the grader, each a small submission with what it is to get.

Most stand in exercise 0.4 (write a file atomically), beside honest answers to 0.1 and 0.2: the attack
gains nothing, and costs the honest ones nothing. Many would do the exercise properly if they got what
they want, so that a success would show as points. Nothing of a submission is left when it is graded:
no process, no file.

The attacks are bounded by themselves too: a hole in the confinement costs the test, and not the
machine.
"""

from __future__ import annotations

import io
import os
import socket
import sys
import tarfile
import tempfile
import textwrap
import time
import zipfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.grading import classroom
from workbook.grading import confine, intake, job, outside, probing, run

ROOT = classroom.ROOT
FILES = "steps/s00_warmup/files.py"
HOLE = 'raise NotImplementedError("exercise 0.4")'
SECRET = "a-secret-that-is-nobodys-business"

pytestmark = [
    pytest.mark.timeout(120),
    pytest.mark.usefixtures("clean"),
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="it takes Linux"),
]

PROPERLY = """
if reached:
    with open(path + ".tmp", "w", encoding="utf-8") as file:
        file.write(text)
    os.replace(path + ".tmp", path)
"""

SMALL = {"memory": 250 << 20, "processes": 60, "disk": 16 << 20, "file": 8 << 20, "cpu": 3}


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """All of a grading happens in here, and here is nothing when it is over."""
    if probing.best().name != confine.SEALED:
        pytest.skip(probing.best().why)
    here = tmp_path / "place"
    here.mkdir()
    monkeypatch.setenv("TMPDIR", str(here))
    monkeypatch.setattr(tempfile, "tempdir", None)
    monkeypatch.setenv("WORKBOOK_SECONDS", "3")
    yield here
    # pytest's own folders, of runs on the answers, are none of a submission's
    assert [path for path in here.iterdir() if not path.name.startswith("pytest-of-")] == []
    assert processes_in(here) == []


def processes_in(place: Path) -> list[str]:
    """What still runs with this place in its environment or its command line; it is ended."""
    found = []
    for pid, _ in outside.processes():
        try:
            known = Path(f"/proc/{pid}/environ").read_bytes()
            words = Path(f"/proc/{pid}/cmdline").read_bytes()
        except OSError:
            continue
        if pid != os.getpid() and str(place).encode() in known + words:
            found.append(words.replace(b"\0", b" ").decode("utf-8", "replace"))
            os.kill(pid, 9)
    return found


def indented(code: str, by: str = "    ") -> str:
    return textwrap.indent(textwrap.dedent(code).strip("\n"), by).lstrip()


def submission(body: str = HOLE, top: str = "", **names: object) -> dict[str, bytes]:
    """Honest answers to 0.1 and 0.2, and this body in 0.4; `top` stands at the top of its file."""
    text = (ROOT / FILES).read_text("utf-8")
    code = textwrap.dedent(body).replace("PROPERLY", PROPERLY.strip("\n"))
    head = textwrap.dedent(top)
    for name, value in names.items():
        code, head = code.replace(name, repr(value)), head.replace(name, repr(value))
    future = "from __future__ import annotations\n"
    text = text.replace(HOLE, indented(code)).replace(future, future + head)
    return {**classroom.written(["0.1", "0.2"]), FILES: text.encode()}


def grade(files: Mapping[str, bytes], *steps: int, **limits: int) -> dict[str, Any]:
    order = classroom.order(files, *(steps or (0,)), limits={**SMALL, **limits})
    result = job.grade_one(order)
    assert result["state"] == "graded", result["error"]
    return result


def rows(result: Mapping[str, Any], exercise: str = "0.4") -> list[dict[str, Any]]:
    return next(one["tests"] for one in result["exercises"] if one["id"] == exercise)


def check_honest(result: Mapping[str, Any]) -> None:
    """0.4 is not solved, and the rest is not affected."""
    words = classroom.verdicts(result)
    assert words.pop("0.4") in ("wrong", "crashed", "hung"), rows(result)
    honest = [*rows(result, "0.1"), *rows(result, "0.2")]
    lost = [(one["test"], one["facts"]) for one in honest if one["outcome"] != "passed"]
    assert not lost, str(lost)
    assert words == {"0.1": "solved", "0.2": "solved", "0.3": "not written yet"}, words
    assert len(rows(result)) > 3
    assert SECRET not in str(result)


# ---------------------------------------------------------------- the attack is what 0.4 does

CALLS: dict[str, str] = {
    "exit_0": "os._exit(0)",
    "sys_exit_0": "raise SystemExit(0)",
    "keyboard_interrupt": "raise KeyboardInterrupt",
    "pytest_skip": "import pytest; pytest.skip('not today')",
    "pytest_xfail": "import pytest; pytest.xfail('as expected')",
    "pytest_exit": "import pytest; pytest.exit('done', returncode=0)",
    "an_exception_called_skipped": """
        Skipped = type("Skipped", (BaseException,), {"__module__": "_pytest.outcomes"})
        raise Skipped("not today")
        """,
    "atexit": "import atexit; atexit.register(os._exit, 0)",
    "pytest_patched": """
        import builtins, unittest
        import _pytest.assertion.rewrite, _pytest.outcomes, _pytest.python, _pytest.runner
        _pytest.python.Function.runtest = lambda self: None
        _pytest.runner.call_and_report = lambda *args, **more: None
        _pytest.outcomes.Failed = _pytest.outcomes.Skipped
        builtins.AssertionError = type("AssertionError", (Exception,), {})
        builtins.isinstance = lambda *args: True
        """,
    "report_overwritten": """
        import glob, json
        line = json.dumps({"event": "finished", "id": "x", "outcome": "passed"}) + chr(10)
        found = glob.glob("/tmp/**/report-*", recursive=True) + glob.glob(PLACE + "/**/report-*")
        found += [value for value in os.environ.values() if "report" in value]
        for place in found:
            with suppress(OSError), open(place, "a") as file:
                file.write(line)
        reached = bool(found)
        PROPERLY
        """,
    "all_open_files_written_to": """
        for number in range(3, 256):
            with suppress(OSError):
                os.write(number, b'{"v":null}' + bytes([10]))
        """,
    "frames_and_gc_walked": """
        import gc, sys
        frame = sys._getframe()
        while frame:
            for name, value in list(frame.f_locals.items()):
                if type(value).__name__ in ("Far", "Leftovers", "Packer"):
                    type(value).answer = lambda self, question: {"v": True}
            frame = frame.f_back
        for one in gc.get_objects():
            if type(one).__name__ in ("Far", "Handle", "Peer", "Reporter", "TestReport"):
                type(one).answer = lambda self, question: {"v": True}
        """,
    "pickle_payload": """
        class Payload:
            def __reduce__(self):
                return os.system, ("touch " + PLACE + "/was-here",)
        return Payload()
        """,
    "values_without_measure": """
        deep = []
        for _ in range(100_000):
            deep = [deep]
        return [10 ** 100_000, deep, float("nan"), "x" * 10_000_000, chr(0xDCE9)]
        """,
    "an_object_that_lies_about_everything": """
        class Liar:
            def __getattribute__(self, name):
                raise KeyboardInterrupt
            __class__ = property(lambda self: type(None))
            __eq__ = __ne__ = __bool__ = lambda self, *other: True
            __str__ = __repr__ = lambda self: (_ for _ in ()).throw(SystemExit(0))
        return Liar()
        """,
    "answers_read": """
        reached = False
        with suppress(OSError), open(ROOT + "/solutions/s00_warmup/files.py") as file:
            reached = bool(file.read())
        PROPERLY
        """,
    "answers_imported": """
        import sys
        sys.path[:0] = [ROOT]
        os.environ["STEPS_OVERLAY"] = '{"reference": ["all"]}'
        reached = False
        with suppress(ImportError):
            import solutions.s00_warmup.files
            reached = hasattr(solutions.s00_warmup.files, "write_atomically")
        PROPERLY
        """,
    "a_link_to_answers": """
        reached = False
        for target in (ROOT + "/solutions/s00_warmup/files.py", SECRET_FILE):
            for link in (path, path + ".folder", "link"):
                with suppress(OSError):
                    os.remove(link)
                with suppress(OSError):
                    os.symlink(target, link)
                with suppress(OSError), open(link) as file:
                    reached = bool(file.read()) or reached
        """,
    "fork_bomb": """
        import time
        for _ in range(150):
            with suppress(OSError):
                if not os.fork():
                    time.sleep(20)
                    os._exit(0)
        time.sleep(0.3)  # where no cgroup counts, somebody has to look while they are there
        """,
    "orphan_daemon": """
        import signal, sys
        if not os.fork():
            os.setsid()
            if not os.fork():
                code = "import signal, time; signal.signal(15, signal.SIG_IGN); time.sleep(30)"
                os.execv(sys.executable, [sys.executable, "-I", "-S", "-c", code, PLACE])
            os._exit(0)
        os.wait()
        """,
    "endless_output": """
        for _ in range(200):
            os.write(1, b"x" * 1_000_000)
        """,
    "huge_allocation": "return len(bytearray(1 << 40))",
    "allocation_in_small_pieces": """
        import time
        kept = [b"x" * 10_000_000 for _ in range(40)]
        time.sleep(2)
        """,
    "disk_filled": """
        for number in range(30):
            with open(f"{path}.{number}", "wb") as file:
                file.write(bytes(1 << 20))
        """,
    "hidden_files": """
        os.makedirs("closed/inner", exist_ok=True)
        os.chmod("closed/inner", 0)
        for _ in range(300):
            os.makedirs("d" * 100, exist_ok=True)
            os.chdir("d" * 100)
        """,
    "hang_with_signals_ignored": """
        import faulthandler, signal, time
        faulthandler.cancel_dump_traceback_later()
        for number in range(1, 65):
            with suppress(OSError, ValueError):
                signal.signal(number, signal.SIG_IGN)
        end = time.monotonic() + 60
        while time.monotonic() < end:
            time.sleep(1)
        """,
    "processor_time": """
        import faulthandler, time
        faulthandler.cancel_dump_traceback_later()
        end = time.process_time() + 20
        while time.process_time() < end:
            pass
        """,
    "clock_stopped": """
        import time
        time.monotonic = time.time = time.perf_counter = lambda: 0.0
        """,
    "seed_probed": """
        import sys
        seen = repr(os.environ) + repr(sys.argv)
        for name in os.listdir("/proc"):
            with suppress(OSError), open(f"/proc/{name}/cmdline") as file:
                seen += file.read()
            with suppress(OSError), open(f"/proc/{name}/environ") as file:
                seen += file.read()
        reached = "4711" in seen or "--seed" in seen
        PROPERLY
        """,
    "another_port": """
        import socket
        reached = False
        with suppress(OSError), socket.create_connection(("127.0.0.1", PORT), 2) as client:
            client.sendall(b"PING" + bytes([13, 10]))
            reached = True
        PROPERLY
        """,
    "proxy_to_a_real_server": """
        import shutil, subprocess
        folders = "/usr/bin:/bin:/usr/local/bin:/usr/sbin"
        reached = shutil.which("redis-server", path=folders) is not None
        with suppress(OSError):
            subprocess.run(["/usr/bin/redis-server", "--version"], check=True)
            reached = True
        PROPERLY
        """,
    "grader_killed": """
        import signal
        for number in [os.getppid(), -1, 1, *range(2, 300)]:
            if number not in (0, os.getpid()):
                with suppress(OSError):
                    os.kill(number, signal.SIGKILL)
        """,
    "grader_traced": """
        import ctypes
        libc = ctypes.CDLL(None)
        reached = False
        for number in {os.getppid(), 1, GRADER}:
            if number > 0 and number != os.getpid():
                reached = reached or libc.ptrace(0x4206, number, 0, 0) == 0
                with suppress(OSError), open(f"/proc/{number}/mem", "rb"):
                    reached = True
        PROPERLY
        """,
    "html_and_terminal": """
        text = "<script>alert(1)</script>" + chr(27) + "[2J" + chr(27) + "]0;x" + chr(7)
        print(text)
        raise ValueError(text)
        """,
}

HITS = {
    "fork_bomb": "processes",
    "allocation_in_small_pieces": "memory",
    "huge_allocation": "memory",
    "disk_filled": "disk",
    "endless_output": "output",
}
"""What is reported about limits when these attacks run into them."""

ROOMY = {"fork_bomb": {"memory": 1 << 30}}
"""Other limits, where an attack would not meet its own first."""


@pytest.mark.parametrize("name", CALLS)
def test_in_a_call(name: str, place: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text(SECRET)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        files = submission(
            CALLS[name],
            PLACE=str(place),
            ROOT=str(ROOT),
            SECRET_FILE=str(secret),
            PORT=listener.getsockname()[1],
            GRADER=os.getpid(),
        )
        result = grade(files, **ROOMY.get(name, {}))
        with pytest.raises(BlockingIOError):
            listener.accept()
    check_honest(result)
    assert name not in HITS or HITS[name] in result["limits"]


# ---------------------------------------------------------------- at the import

IMPORTS = {
    "exit_0": "import os; os._exit(0)",
    "exit_later": "import atexit, os; atexit.register(os._exit, 0); raise SystemExit(0)",
    "skip": "import pytest; pytest.skip('no', allow_module_level=True)",
    "hang": "import time; time.sleep(60)",
    "parent_killed": "import os; os.kill(os.getppid(), 9); os.kill(-1, 9)",
    "brackets": "x = " + "(" * 50_000,
    "a_name_that_is_no_code": "\ufffe",
}


@pytest.mark.parametrize("name", IMPORTS)
def test_at_the_import(name: str) -> None:
    files = submission("return None", IMPORTS[name] + "\n")
    result = grade({FILES: files[FILES]})
    words = classroom.verdicts(result)
    assert words.pop("0.4") in ("wrong", "crashed", "hung"), rows(result)
    assert set(words.values()) == {"not written yet"}
    assert "passed" not in {one["outcome"] for one in rows(result)}


def test_tools_of_the_tests_replaced() -> None:
    """A lie about one value is possible; the exercise takes more than that."""
    body = "import workbook.labs.s00 as lab; lab.failure = lambda *args: 'UnicodeEncodeError'"
    check_honest(grade(submission(body)))


def test_always_equal() -> None:
    """What says that it is equal to everything is compared where it has nothing to say."""
    path = "steps/s02_resp/encode.py"
    always = """\
    class Always(bytes):
            __eq__ = __ge__ = __le__ = __contains__ = lambda self, other: True
            __hash__ = bytes.__hash__
            __len__ = lambda self: 5
        return Always(b"$")
    """
    text = (ROOT / path).read_text("utf-8")
    text = text.replace('raise NotImplementedError("exercise 2.2")', always.strip())
    result = grade({path: text.encode()}, 2)
    assert classroom.verdicts(result)["2.2"] in ("wrong", "crashed")
    assert {one["outcome"] for one in rows(result, "2.2")} <= {"failed", "not run"}


def test_hard_coded_answers() -> None:
    """Knows a request from the tests, but not how it is cut this time."""
    path = "steps/s02_resp/parser.py"
    known = 'return {b"*1\\r\\n$4\\r\\nPING\\r\\n": [[b"PING"]]}.get(bytes(data), [])'
    text = (ROOT / path).read_text("utf-8")
    text = text.replace('raise NotImplementedError("exercise 2.5")', known)
    result = grade({path: text.encode()}, 2)
    assert classroom.verdicts(result)["2.5"] == "wrong"
    assert sum(one["points"] for one in result["exercises"]) == 0


# ---------------------------------------------------------------- what is handed in

DROPPED = {
    "steps/conftest.py": "it would change how pytest runs",
    "steps/s00_warmup/conftest.py": "it would change how pytest runs",
    "steps/sitecustomize.py": "it would change how Python starts",
    "steps/x.pth": "it would change how Python starts",
    "steps/s00_warmup/exercises.toml": "it belongs to the tests",
    "steps/s00_warmup/bin.py": "it is not text",
}
IGNORED = (
    *("conftest.py", "tests/conftest.py", "tests/s00_warmup/test_todo.py", "pytest.ini"),
    *(
        "workbook/judging.py",
        "workbook/labs/s00.py",
        "workbook/grading/far.py",
        "checker.py",
        "solutions/x.py",
    ),
)
RESULT_OF_NOTHING = dict.fromkeys(("0.1", "0.2", "0.3", "0.4"), "not written yet")


def take(source: Path) -> intake.Taken:
    return intake.take(source, classroom.pristine())


def told(taken: intake.Taken) -> str:
    return str(taken.told())


def test_files_that_change_the_tests(tmp_path: Path) -> None:
    """conftest.py dropped, tests edited, Python's start changed: nothing of it is taken."""
    evil = b"import pytest, os\nos._exit(0)\n"
    files = {name: evil + b"\0" * name.endswith("bin.py") for name in (*DROPPED, *IGNORED)}
    taken = take(classroom.put(tmp_path / "ada", files))
    assert taken.files == {}
    assert all(why in told(taken) for why in DROPPED.values())
    assert classroom.verdicts(grade(taken.files)) == RESULT_OF_NOTHING


def test_links_pipes_and_sockets(tmp_path: Path) -> None:
    """No link is followed, and nothing is opened that could wait for ever."""
    folder = classroom.put(tmp_path / "ada", {"steps/s01_echo/x.py": b""}) / "steps"
    (folder / "s00_warmup").symlink_to(ROOT / "solutions/s00_warmup")
    (folder / "link.py").symlink_to(ROOT / "solutions/s00_warmup/files.py")
    (folder / "home").symlink_to("/")
    os.mkfifo(folder / "pipe.py")
    here = os.getcwd()
    with socket.socket(socket.AF_UNIX) as server:
        os.chdir(folder)
        try:
            server.bind("socket.py")
        finally:
            os.chdir(here)
        taken = take(tmp_path / "ada")
    assert set(taken.files) <= {"steps/s01_echo/x.py"}
    for kind in ("a link", "a pipe", "a socket"):
        assert f"it is {kind}" in told(taken)


ESCAPING = (
    *("../steps/x.py", "steps/../../x.py", "/steps/x.py", "/tmp/x.py", "steps/../x.py"),
    *("steps\\..\\..\\x.py", "C:\\steps\\x.py", "steps/ \u202e.py", "steps/a;b.py", "steps/.git/x"),
)


@pytest.mark.parametrize("kind", ["zip", "tar.gz"])
def test_names_that_lead_out(tmp_path: Path, kind: str) -> None:
    archive = tmp_path / "in" / f"ada.{kind}"
    archive.parent.mkdir()
    names = [*ESCAPING, "steps/s00_warmup/ok.py"]
    if kind == "zip":
        with zipfile.ZipFile(archive, "w") as file:
            for name in names:
                file.writestr(name, "x = 1\n")
    else:
        with tarfile.open(archive, "w:gz") as file:
            for name in names:
                info = tarfile.TarInfo(name)
                info.size = 6
                file.addfile(info, io.BytesIO(b"x = 1\n"))
            for name, kind_of in (("steps/l.py", tarfile.SYMTYPE), ("steps/h.py", tarfile.LNKTYPE)):
                info = tarfile.TarInfo(name)
                info.type, info.linkname = kind_of, "/etc/passwd"
                file.addfile(info)
            info = tarfile.TarInfo("steps/dev.py")
            info.type = tarfile.CHRTYPE
            file.addfile(info)
    taken = take(archive)
    assert set(taken.files) <= {"steps/s00_warmup/ok.py", "steps/x.py"}
    assert "steps/s00_warmup/ok.py" in taken.files
    assert "leads out" in told(taken)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in", "place"]


def test_a_zip_bomb(tmp_path: Path) -> None:
    """A kilobyte that becomes a gigabyte: what comes out is counted, whatever it says of itself."""
    archive = tmp_path / "ada.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        for number in range(3):
            with file.open(f"steps/s00_warmup/bomb{number}.py", "w", force_zip64=True) as entry:
                for _ in range(64):
                    entry.write(b"#" * (1 << 20))
    begun = time.process_time()
    taken = take(archive)
    assert taken.files == {}
    assert "MB" in told(taken)
    assert time.process_time() - begun < 5


# ---------------------------------------------------------------- beside others


def test_others_lose_nothing(tmp_path: Path, place: Path) -> None:
    """Honest submissions are graded at the same time as the worst, and get what they get alone."""
    honest = submission(HOLE)
    bad = ("fork_bomb", "allocation_in_small_pieces", "disk_filled", "grader_killed")
    folder = tmp_path / "class"
    for name in ("ann", "mia", "zoe"):
        classroom.put(folder / name, honest)
    for name in bad:
        files = submission(CALLS[name], PLACE=str(place))
        classroom.put(folder / f"bad_{name}", files)
    plan = run.Plan(folder, tmp_path / "out", steps=(0,), jobs=3, seed=1, limits=SMALL)
    summary = run.Run(plan).run()
    assert len(summary.graded) == len(bad) + 3, summary
    for result in run.results(plan.results):
        points = {one["id"]: one["points"] for one in result["exercises"]}
        assert points == {"0.1": 3, "0.2": 1, "0.3": 0, "0.4": 0}, result["id"]


def test_the_attacks_are_many() -> None:
    tests: list[Callable[..., Any]] = [
        *(test_tools_of_the_tests_replaced, test_always_equal, test_hard_coded_answers),
        *(test_files_that_change_the_tests, test_links_pipes_and_sockets),
        *(test_names_that_lead_out, test_a_zip_bomb),
    ]
    assert len(CALLS) + len(IMPORTS) + len(tests) >= 45
