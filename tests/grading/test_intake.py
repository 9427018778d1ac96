"""What is taken of a submission, and what is not: links, names, sizes, archives of all kinds."""

from __future__ import annotations

import io
import os
import socket
import stat
import subprocess
import tarfile
import zipfile
from datetime import UTC, datetime

import pytest

from workbook.grading import intake, sources, submissions

PARSER = "steps/s02_resp/parser.py"
CODE = b"def parse():\n    return 1\n"
OURS = {
    PARSER: b"pristine\n",
    "steps/s02_resp/exercises.toml": b"[]\n",
    "steps/__init__.py": b"\n",
}


def take(source):
    return intake.take(source, OURS)


def refused(source):
    """What was refused, and why."""
    return {one.name: one.why for one in take(source).refused}


def folder(top, files):
    for name, data in files.items():
        (top / name).parent.mkdir(parents=True, exist_ok=True)
        (top / name).write_bytes(data)
    return top


def zipped(path, files):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


def tarred(path, files, mode="w:gz"):
    with tarfile.open(path, mode) as archive:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return path


FILES = {PARSER: CODE, "README.md": b"mine", "tests/conftest.py": b"", "steps/notes.txt": b"!"}
WANTED = {PARSER: CODE, "steps/notes.txt": b"!"}


# ---------------------------------------------------------------- the ordinary ways


@pytest.mark.parametrize("lead", ["", "redis-in-python-ada/", "./"])
@pytest.mark.parametrize("kind", ["folder", "zip", "tar", "tgz", "tar.bz2", "tar.xz"])
def test_each_kind_of_submission(tmp_path, kind, lead):
    """A folder, a zip, a tar file; with a folder around everything or without: the same files."""
    files = {lead + name: data for name, data in FILES.items()}
    if kind == "folder":
        source = folder(tmp_path / "ada", files)
    elif kind == "zip":
        source = zipped(tmp_path / "ada.zip", files)
    else:
        mode = {"tar": "w:", "tgz": "w:gz", "tar.bz2": "w:bz2", "tar.xz": "w:xz"}[kind]
        source = tarred(tmp_path / f"ada.{kind}", files, mode)
    taken = take(source)
    assert taken.files == WANTED
    assert taken.refused == []
    assert submissions.id_of(source) == "ada"


def test_what_is_the_workbooks_own(tmp_path):
    """Files that are as they were handed out need not travel; those of the tests are not taken."""
    source = folder(tmp_path, {**OURS, "steps/s02_resp/exercises.toml": b"cheating\n"})
    assert take(source).files == {}
    assert refused(source) == {
        "steps/s02_resp/exercises.toml": "it belongs to the tests; the workbook's own copy was used"
    }


def test_leftovers_of_tools(tmp_path):
    """Caches, hidden files and compiled modules are left out without a word."""
    names = [".vscode/x", "__pycache__/parser.cpython-311.pyc", "parser.pyc", ".DS_Store"]
    source = folder(tmp_path, {f"steps/s02_resp/{name}": b"\0" for name in names})
    taken = take(source)
    assert (taken.files, taken.refused) == ({}, [])


def test_the_submissions_of_a_class(tmp_path):
    """Folders and archives are submissions, in the order of their ids; other files are not."""
    folder(tmp_path / "bob", {PARSER: CODE})
    zipped(tmp_path / "ada lovelace.zip", {PARSER: CODE})
    tarred(tmp_path / "eve.tar.gz", {PARSER: CODE})
    folder(tmp_path, {"roster.csv": b"", ".hidden/x": b"", "grading.toml": b""})
    found = submissions.find(tmp_path)
    assert [one.id for one in found] == ["ada_lovelace", "bob", "eve"]
    assert [intake.when(one.source) is None for one in found] == [False, True, False]


def test_a_single_submission(tmp_path):
    """A folder with steps in it, or an archive, is one submission."""
    one = folder(tmp_path / "ada", {PARSER: CODE})
    assert [one.id for one in submissions.find(one)] == ["ada"]
    archive = zipped(tmp_path / "bob.zip", {PARSER: CODE})
    assert [one.id for one in submissions.find(archive)] == ["bob"]


def test_nothing_to_grade(tmp_path):
    """A class without a submission is refused in a sentence."""
    with pytest.raises(submissions.IntakeTrouble, match="no submission"):
        submissions.find(tmp_path)
    with pytest.raises(submissions.IntakeTrouble, match="There is no"):
        submissions.find(tmp_path / "none")


@pytest.mark.parametrize(
    ("name", "id"),
    [
        *(("Ada Lovelace (123)", "Ada_Lovelace_123"), ("../../x", "x"), ("=1+2", "1+2")),
        *(("con", "con_"), ("é", "é"), ("...", "submission"), ("\x1b[31m", "31m")),
    ],
)
def test_ids(tmp_path, name, id):
    """An id is a name that can be a file on any system, and nothing in a terminal or a table."""
    assert submissions.id_of(tmp_path / name.rpartition("/")[2]) == id


def test_the_time_of_a_clone(tmp_path):
    """A git clone was handed in with its newest commit; its configuration is never used."""
    marker = tmp_path / "marker"
    source = folder(tmp_path / "ada", {PARSER: CODE})
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "GIT_COMMITTER_DATE": "2026-01-31T12:00:00+0000",
    }
    for words in (
        ["init", "-q"],
        ["add", "."],
        ["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-q", "-m", "it"],
        ["config", "log.showSignature", "true"],
        ["config", "gpg.program", f"touch {marker}"],
        ["config", "core.fsmonitor", f"touch {marker}"],
    ):
        subprocess.run(["git", *words], cwd=source, env=environment, check=True)
    assert intake.when(source) == datetime(2026, 1, 31, 12, tzinfo=UTC)
    (source / ".git/HEAD").write_text("ref: refs/../../../x\n")
    assert intake.when(source) is None
    assert not marker.exists()


# ---------------------------------------------------------------- names


BAD_NAMES = [
    *("../steps/evil.py", "steps/../../evil.py", "/steps/evil.py", "a/../steps/../../x.py"),
    *("steps\\..\\..\\evil.py", "C:\\steps\\evil.py", "steps/s02_resp/..", "steps//evil.py"),
    *("steps/a b.py", "steps/\u202ecod.py", "steps/x\x1b[31m.py", "steps/con.py", "steps/-rf.py"),
    *("steps/s02_resp/conftest.py", "steps/evil.pth", "steps/sitecustomize.py"),
]


@pytest.mark.parametrize("name", BAD_NAMES)
@pytest.mark.parametrize("kind", ["zip", "tar"])
def test_bad_names(tmp_path, kind, name):
    """Names that lead out, or that could do more than name a file, are refused; the rest counts."""
    make = {"zip": zipped, "tar": tarred}[kind]
    source = make(tmp_path / f"ada.{kind}", {name: CODE, PARSER: CODE})
    taken = take(source)
    assert taken.files == {PARSER: CODE}
    assert len(taken.refused) == 1
    assert taken.refused[0].name.isprintable()
    assert [path.name for path in tmp_path.iterdir()] == [source.name]


def test_names_that_differ_in_case(tmp_path):
    """Two names that are one on some systems: the first counts. So it is with the same name."""
    names = [PARSER, PARSER.replace("parser", "Parser")]
    source = zipped(tmp_path / "ada.zip", dict.fromkeys(names, CODE))
    assert list(take(source).files) == [PARSER]
    with zipfile.ZipFile(source, "w") as archive:
        archive.writestr(PARSER, CODE)
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr(PARSER, b"second")
    assert take(source).files == {PARSER: CODE}


# ---------------------------------------------------------------- other than regular files


def test_links_and_devices_in_a_folder(tmp_path, monkeypatch):
    """Links, pipes and sockets are refused; no link is followed, to a file or a folder."""
    secret = folder(tmp_path / "secret", {"a.py": CODE})
    source = folder(tmp_path / "ada", {PARSER: CODE})
    place = source / "steps/s02_resp"
    (place / "link.py").symlink_to(secret / "a.py")
    (place / "inside").symlink_to(secret)
    os.mkfifo(place / "pipe.py")
    monkeypatch.chdir(place)  # the name of a socket may have 107 characters, and folders are deep
    with socket.socket(socket.AF_UNIX) as made:
        made.bind("socket.py")
        why = refused(source)
    assert take(source).files == {PARSER: CODE}
    assert {name.rpartition("/")[2]: one for name, one in why.items()} == {
        "link.py": "it is a link, not a regular file",
        "inside": "it is a link, not a regular file",
        "pipe.py": "it is a pipe, not a regular file",
        "socket.py": "it is a socket, not a regular file",
    }


def test_steps_that_are_a_link(tmp_path):
    """A link in the place of the steps is nobody's steps."""
    folder(tmp_path / "bob", {PARSER: CODE})
    (tmp_path / "ada").mkdir()
    (tmp_path / "ada/steps").symlink_to(tmp_path / "bob/steps")
    assert take(tmp_path / "ada").files == {}


def test_links_and_devices_in_a_tar(tmp_path):
    """The same in a tar file, hard links and devices included."""
    with tarfile.open(tmp_path / "ada.tar", "w") as archive:
        kinds = (
            tarfile.SYMTYPE,
            tarfile.LNKTYPE,
            tarfile.CHRTYPE,
            tarfile.BLKTYPE,
            tarfile.FIFOTYPE,
        )
        for number, kind in enumerate(kinds):
            info = tarfile.TarInfo(f"steps/s02_resp/x{number}.py")
            info.type, info.linkname = kind, "/etc/passwd"
            archive.addfile(info)
    taken = take(tmp_path / "ada.tar")
    assert taken.files == {}
    assert len(taken.refused) == 5


def test_a_link_in_a_zip(tmp_path):
    """A zip file can hold a link as well."""
    with zipfile.ZipFile(tmp_path / "ada.zip", "w") as archive:
        info = zipfile.ZipInfo(PARSER)
        info.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(info, "/etc/passwd")
    assert take(tmp_path / "ada.zip").files == {}
    assert refused(tmp_path / "ada.zip") == {PARSER: "it is a link, not a regular file"}


# ---------------------------------------------------------------- sizes


def test_sizes(tmp_path, monkeypatch):
    """A file, all files together and their number have limits; what fits counts."""
    monkeypatch.setattr(intake, "FILE", 1000)
    monkeypatch.setattr(intake, "TOTAL", 2500)
    monkeypatch.setattr(intake, "COUNT", 4)
    files = {
        f"steps/{name}.py": b"#" * size
        for name, size in zip("abcd", (999, 1001, 999, 999), strict=True)
    }
    assert list(take(folder(tmp_path / "ada", files)).files) == ["steps/a.py", "steps/c.py"]
    many = {f"steps/{number}.py": b"#" for number in range(9)}
    assert len(take(folder(tmp_path / "bob", many)).files) == 4


def test_a_zip_bomb(tmp_path):
    """What a zip file says of its sizes is not believed; no more is read than a file may have."""
    source = zipped(tmp_path / "ada.zip", {PARSER: b"#" * (50 << 20), "steps/x.py": CODE})
    data = bytearray(source.read_bytes())
    for sign, at in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        place = data.find(sign) + at
        data[place : place + 4] = (10).to_bytes(4, "little")
    source.write_bytes(data)
    taken = take(source)
    assert PARSER not in taken.files
    assert taken.refused


def test_a_tar_bomb(tmp_path, monkeypatch):
    """A tar file that unpacks to more and more is left where it became too much."""
    monkeypatch.setattr(sources, "UNPACKED", 3 << 20)
    files = {PARSER: CODE, "steps/big.bin": b"\0" * (20 << 20), "steps/x.py": CODE}
    taken = take(tarred(tmp_path / "ada.tgz", files))
    assert taken.files == {PARSER: CODE}
    assert any("cannot be read to the end" in one.why for one in taken.refused)


@pytest.mark.parametrize("name", ["ada.zip", "ada.tar", "ada.tar.gz", "ada.tar.xz"])
def test_broken_archives(tmp_path, name):
    """Garbage, and an archive that is cut off, are refused with a reason."""
    (tmp_path / name).write_bytes(b"\x1f\x8b garbage" * 100)
    assert take(tmp_path / name).refused
    make = zipped if name.endswith("zip") else tarred
    path = make(tmp_path / f"cut-{name}", {PARSER: os.urandom(5000).hex().encode()})
    path.write_bytes(path.read_bytes()[:-3000])
    taken = take(path)
    assert taken.refused
    assert taken.files == {}


def test_an_archive_that_is_too_large(tmp_path, monkeypatch):
    """An archive beyond the limit is not even opened."""
    monkeypatch.setattr(sources, "ARCHIVE", 100)
    source = zipped(tmp_path / "ada.zip", {PARSER: os.urandom(200).hex().encode()})
    assert "larger than" in refused(source)["ada.zip"]


def test_what_is_no_text(tmp_path):
    """Compiled code in the place of Python is refused."""
    source = folder(
        tmp_path, {PARSER: b"\x6f\x0d\0\0", "steps/x.py": b"\xff\xfe", "steps/y.so": b"\0"}
    )
    assert take(source).files == {}
    assert set(refused(source).values()) == {"it is not text"}


def test_many_refusals(tmp_path):
    """A hundred refusals are listed, the rest is counted."""
    many = {f"steps/{number} .py": b"#" for number in range(150)}
    told = take(folder(tmp_path, many)).told()
    assert len(told) == 101
    assert told[-1]["name"] == "50 more"
