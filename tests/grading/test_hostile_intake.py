"""What is wrong with one submission is its own state, with the reason, and costs the class nothing."""

from __future__ import annotations

import csv
import json
import lzma
import os
import shutil
import subprocess
import sys
import tarfile
import unicodedata
import zipfile
import zlib

import pytest

from tests.grading import classroom
from tests.grading.classroom import put
from tests.grading.test_intake import CODE, folder, tarred, zipped
from tests.grading.test_run import fast  # noqa: F401 - a fixture
from workbook.grading import reader, reports, run, submissions
from workbook.grading.config import Config
from workbook.grading.exports import gradescope
from workbook.grading.gradebook import line_of
from workbook.grading.run import Plan, Run

pytestmark = [pytest.mark.usefixtures("clean", "fast"), pytest.mark.timeout(240)]

PARSER = "steps/s02_resp/parser.py"


@pytest.fixture
def top(tmp_path):
    """A class in which Zoe has handed in what can be graded."""
    put(tmp_path / "class/zoe", {PARSER: CODE})
    return tmp_path / "class"


def graded(top):
    """The class is graded: the results by their ids, and what the run says."""
    out = top.parent / "out"
    summary = Run(Plan(source=top, out=out, steps=(2,), jobs=2)).run()
    assert "zoe" in summary.graded + summary.kept
    assert summary.failed == []
    reports.write_reports(out, Config(steps=(2,)), left=summary.left)
    return {one["id"]: one for one in run.results(out / "results")}, summary


def reason(top, id):
    """Why a submission is unusable; the same stands in all places where one looks for it."""
    results, summary = graded(top)
    facts = results[id]
    assert facts["state"] == "unusable"
    why = facts["error"]
    assert summary.unusable[id] == why
    out = top.parent / "out"
    with (out / "gradebook.csv").open(newline="", encoding="utf-8") as file:
        row = next(row for row in csv.DictReader(file) if row["id"] == id)
    assert (row["state"], row["total"]) == ("unusable", "0")
    assert why[:100] in row["remark"]
    told = json.loads((out / f"exports/gradescope/{id}/results.json").read_text())
    assert told["score"] == 0
    assert why in told["output"]
    text = (out / f"students/{id}.html").read_text("utf-8")
    assert "Nothing that was handed in could be graded." in text
    assert id in (out / "class.html").read_text("utf-8")
    return why


# ---------------------------------------------------------------- damaged archives


def spoiled(path):
    """The file with some bytes in its middle turned round."""
    data = bytearray(path.read_bytes())
    for at in range(len(data) // 2, len(data) // 2 + 40):
        data[at] ^= 0x55
    path.write_bytes(data)


@pytest.mark.parametrize(
    "method", [zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2, zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED]
)
def test_a_damaged_member_of_a_zip(top, method):
    with zipfile.ZipFile(top / "ada.zip", "w", method) as archive:
        archive.writestr(PARSER, os.urandom(20_000).hex())
    spoiled(top / "ada.zip")
    assert reason(top, "ada") == f"{PARSER} cannot be read."


@pytest.mark.parametrize("mode", ["xz", "bz2", "gz"])
def test_a_damaged_tar(top, mode):
    path = tarred(top / f"ada.tar.{mode}", {PARSER: os.urandom(90_000).hex().encode()}, f"w:{mode}")
    spoiled(path)
    facts = graded(top)[0]["ada"]
    assert "cannot be read to the end: it is damaged" in facts["damaged"]
    assert facts["state"] == "unusable" or mode == "gz"  # of which only the end tells


def test_a_damaged_archive_of_which_a_part_can_be_read(top):
    """What came before the damage counts, and it is said that it is a part."""
    files = {PARSER: CODE, "steps/x.py": os.urandom(400_000).hex().encode()}
    spoiled(tarred(top / "ada.tar.gz", files))
    facts = graded(top)[0]["ada"]
    assert facts["state"] == "graded"
    assert "cannot be read to the end" in facts["damaged"]
    assert "Only part of it could be graded." in (top.parent / "out/students/ada.html").read_text()


def test_a_header_that_promises_a_terabyte(top):
    info = tarfile.TarInfo("README.md")
    info.size = 1 << 40
    data = info.tobuf(tarfile.GNU_FORMAT) + b"\0" * 10_000
    (top / "ada.tar").write_bytes(data)
    assert "promises more than there is" in reason(top, "ada")


def test_an_xz_that_asks_for_memory(top):
    """A dictionary of a gigabyte is not made, however small the file."""
    filters = [{"id": lzma.FILTER_LZMA2, "dict_size": 1 << 30, "preset": 0}]
    tarred(top / "plain.tar", {PARSER: CODE}, "w:")
    packed = lzma.compress((top / "plain.tar").read_bytes(), filters=filters)
    (top / "plain.tar").unlink()
    (top / "ada.tar.xz").write_bytes(packed)
    assert "emory" in reason(top, "ada")


def test_a_password(top):
    """An encrypted member is refused with the reason."""
    path = zipped(top / "ada.zip", {PARSER: CODE})
    data = bytearray(path.read_bytes())
    for sign, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.find(sign) + at] |= 1
    path.write_bytes(data)
    reason(top, "ada")
    assert graded(top)[0]["ada"]["refused"] == [
        {"name": PARSER, "why": "it cannot be read: it needs a password"}
    ]


@pytest.mark.parametrize("name", ["ada.7z", "ada.rar", "ada.tar.zst"])
def test_an_archive_that_cannot_be_opened(top, name):
    """It is a submission all the same, and its student learns why it does not count."""
    (top / name).write_bytes(b"Rar!\x1a\x07")
    assert reason(top, "ada").startswith(f"{name} is a kind of archive that cannot be opened")


# ---------------------------------------------------------------- names


LONG = ["x" * 255, "ä" * 127, "\N{GRINNING FACE}" * 63, "x" * 250 + ".zip"]


@pytest.mark.parametrize("name", LONG)
def test_a_name_at_the_limit(top, name):
    if name.endswith(".zip"):
        zipped(top / name, {PARSER: CODE})
    else:
        put(top / name, {PARSER: CODE})
    results, _ = graded(top)
    (id,) = set(results) - {"zoe"}
    assert len(id.encode()) <= submissions.LONGEST
    assert (top.parent / f"out/students/{id}.html").exists()


def test_long_names_that_begin_alike(top):
    for end in "ab":
        put(top / ("x" * 200 + end), {PARSER: CODE})
    assert len(graded(top)[0]) == 3


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_accents_are_written_in_one_way(top, form):
    zipped(top / unicodedata.normalize(form, "Jörg.zip"), {PARSER: CODE})
    assert set(graded(top)[0]) == {"zoe", "Jörg"}
    assert Run(Plan(source=top, out=top.parent / "o", only=("jo\u0308rg",))).wanted(
        submissions.find(top)
    )


def test_one_id_for_two_that_differ(top):
    put(top / "ada", {PARSER: CODE})
    zipped(top / "Ada.zip", {PARSER: CODE + CODE})
    assert reason(top, "Ada") == (
        "Several submissions have the same id: Ada.zip, ada. Keep one of them."
    )


def test_one_id_for_two_that_are_the_same(top):
    """An archive beside the folder that was unpacked from it makes nothing ambiguous."""
    put(top / "ada", {PARSER: CODE})
    archive = zipped(top / "ada.zip", {PARSER: CODE})
    os.utime(archive, (2_000_000_000, 2_000_000_000))
    facts = graded(top)[0]["ada"]
    assert facts["submitted"] == "2033-05-18T03:33:20+00:00"
    assert (facts["state"], facts["used"]) == ("graded", ["ada, ada.zip have the same content."])


def test_a_clone_that_is_called_steps(top):
    put(top / "steps", {PARSER: CODE})
    assert set(graded(top)[0]) == {"zoe", "steps"}
    assert submissions.is_single(top / "steps")


def test_a_clone_that_is_called_steps_and_holds_no_steps(top):
    """The others are not taken for what it hands in beside its steps."""
    (top / "steps").mkdir()
    assert not submissions.is_single(top)
    (top / "steps/notes.txt").touch()
    assert not submissions.is_single(top)
    shutil.rmtree(top / "zoe")
    assert submissions.is_single(top)


def test_all_that_is_no_submission_is_named(top):
    for name in ("mia.py", "notes.txt", ".hidden.zip", "grading.toml", "roster.csv", ".DS_Store"):
        (top / name).touch()
    (top / "link").symlink_to(top / "zoe")
    os.mkfifo(top / "pipe")
    zipped(top / "_anna.zip", {PARSER: CODE})
    results, summary = graded(top)
    assert set(results) == {"zoe", "anna"}
    single = "a single file: put it into a folder named after the student's id"
    assert dict(summary.left) == {
        ".hidden.zip": "its name begins with a dot",
        "link": "a link, and links are not followed",
        "mia.py": single,
        "notes.txt": single,
        "pipe": "a pipe",
    }
    page = (top.parent / "out/class.html").read_text("utf-8")
    assert all(name in page for name in dict(summary.left))


# ---------------------------------------------------------------- memory and time


def graded_apart(top):
    """The class is graded by a process of its own: the results, and the kilobytes of its largest."""
    out = top.parent / "out"
    words = ["checker.py", "grade", str(top), "--steps", "2", "--jobs", "2", "--out", str(out)]
    process = subprocess.Popen(
        [sys.executable, *words], cwd=classroom.ROOT, stdout=subprocess.DEVNULL
    )
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return {one["id"]: one for one in run.results(out / "results")}, used.ru_maxrss


def test_a_zip_with_a_full_directory(top):
    name = PARSER.encode()
    line = b"PK\x01\x02" + b"\0" * 24 + len(name).to_bytes(2, "little") + b"\0" * 16 + name
    lines = line * 700_000
    end = b"PK\x05\x06" + b"\0" * 8 + len(lines).to_bytes(4, "little") + b"\0" * 6
    (top / "ada.zip").write_bytes(lines + end)
    assert "more than 50000 names" in reason(top, "ada")


def test_a_reader_that_has_no_memory_left(top, monkeypatch):
    """Whatever takes too much: it is that submission, and the next is read by another process."""
    monkeypatch.setattr(reader, "limit_memory", None)
    data = b"%0100d" % 0 + b"1 path=" + b"x" * 10
    folder(top / "ada", {PARSER: data})
    with reader.Reader(classroom.ROOT, (2,)) as one:
        first = one.start()
        first.kill()
        first.wait()
        ada, zoe = submissions.find(top)
        assert "takes too much memory" in one.take(ada).trouble
        assert one.take(zoe).files == {PARSER: CODE}


def test_a_reader_that_takes_too_long(top, monkeypatch):
    monkeypatch.setattr(reader, "SECONDS", 0.0)
    with reader.Reader(classroom.ROOT, (2,)) as one:
        assert "takes more than 0 seconds" in one.take(submissions.find(top)[0]).trouble


def test_a_tar_of_which_a_header_takes_the_memory(top):
    """A header for extended names may itself have any size."""
    info = tarfile.TarInfo("x")
    info.type, info.size = tarfile.XHDTYPE, 250 << 20
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    with (top / "ada.tar.gz").open("wb") as file:
        file.write(packer.compress(info.tobuf()))
        for _ in range(250):
            file.write(packer.compress(b"\0" * (1 << 20)))
        file.write(packer.flush())
    assert "ada.tar.gz" in reason(top, "ada")


def clone(path):
    """A clone with one commit."""
    put(path, {PARSER: CODE})
    environment = {"PATH": os.environ["PATH"], "HOME": str(path)}
    for words in (
        ["init", "-q"],
        ["add", "."],
        ["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-q", "-m", "it"],
    ):
        subprocess.run(["git", *words], cwd=path, env=environment, check=True)
    return path


def test_a_commit_that_unpacks_to_a_lot(top):
    """The clone is graded; its time is not known. Git has no more memory than the reader."""
    git = clone(top / "ada") / ".git"
    commit = (git / "HEAD").read_text().split()[1]
    told = b"commit 900000000\0tree " + b"0" * 40 + b"\n"
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    head = packer.compress(told) + packer.flush(zlib.Z_FULL_FLUSH)
    # refers to nothing before it, so it can stand there again and again
    piece = packer.compress(b"x" * (1 << 20)) + packer.flush(zlib.Z_FULL_FLUSH)
    name = "ab" * 20
    (git / "objects/ab").mkdir(exist_ok=True)
    check = zlib.adler32(told)
    for _ in range(858):
        check = zlib.adler32(b"x" * (1 << 20), check)
    (git / f"objects/ab/{name[2:]}").write_bytes(
        b"\x78\xda" + head + 858 * piece + packer.flush() + check.to_bytes(4)
    )
    (git / commit).write_text(name)
    facts, memory = graded_apart(top)
    assert (facts["ada"]["state"], facts["ada"]["submitted"]) == ("graded", None)
    assert memory < 400_000


@pytest.mark.parametrize("place", ["HEAD", "packed-refs", "objects/ab/cd", "objects/pack/x.idx"])
def test_pipes_in_a_clone(top, place):
    """Nobody waits for one."""
    path = clone(top / "ada") / ".git" / place
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    os.mkfifo(path)
    with reader.Reader(classroom.ROOT, (2,)) as one:
        taken = one.take(submissions.find(top)[0])
    assert (taken.files, taken.trouble) == ({PARSER: CODE}, "")


# ---------------------------------------------------------------- results that are none


@pytest.mark.parametrize(
    "text", ["[]", "5", "null", '{"format": 1}', "{}", '{"format": 1, "id": 5}']
)
def test_a_forged_result_is_none(top, text):
    path = top.parent / "out/results/zoe.json"
    path.parent.mkdir(parents=True)
    path.write_text(text)
    results, summary = graded(top)
    assert summary.graded == ["zoe"]
    assert results["zoe"]["state"] == "graded"


def test_a_result_that_makes_no_sense(top):
    """A malformed result is an error in one line; the reports are still written."""
    graded(top)
    path = top.parent / "out/results/ada.json"
    path.write_text(json.dumps({"format": 1, "id": "ada", "state": "graded", "exercises": 5}))
    written = reports.write_reports(top.parent / "out", Config(steps=(2,)))
    assert written.errors[0] == "ada"
    assert "ada" in (top.parent / "out/gradebook.csv").read_text()
    assert line_of({"id": "ada"}, None, Config(), []).state == "error"
    assert gradescope(line_of({"id": "ada"}, None, Config(), []))["score"] == 0


def test_the_shape_of_a_submission_comes_with_it(top):
    put(top / "ada", {PARSER: b"def f():\n" + b"    x = [1] if f() else f\n" * 9})
    results, _ = graded(top)
    assert len(results["ada"]["shapes"][PARSER]) > 5
    assert results["zoe"]["shapes"] == {}
