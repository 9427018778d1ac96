"""The files of an append-only file: its manifest, its base, a rewrite. All of it is given."""

from __future__ import annotations

import os

import pytest

MANIFEST = "appendonly.aof.manifest"
SET = [b"SET", b"k", b"v"]


@pytest.fixture
def lab(code):
    return code.labs.s07.files


@pytest.fixture
def folder(tmp_path):
    return str(tmp_path / "aof")


@pytest.fixture
def disk(lab):
    return lab.RecordingDisk()


@pytest.fixture
def journal(code, folder, disk):
    journal = code.s07.Journal(folder, policy="always", clock=code.s07.ManualClock(), disk=disk)
    journal.start({})
    return journal


def manifest(folder):
    with open(os.path.join(folder, MANIFEST), encoding="ascii") as file:
        return file.read()


def names(folder):
    return sorted(os.listdir(folder))


def write(folder, name, data):
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, name), "wb") as file:
        file.write(data)


FIRST = """file appendonly.aof.1.base.rdb seq 1 type b
file appendonly.aof.1.incr.aof seq 1 type i
"""
SECOND = FIRST.replace("1", "2")


def test_a_new_folder(journal, folder):
    """A new folder has a base, a file of increments, and a manifest that names them."""
    assert manifest(folder) == FIRST
    assert names(folder) == [
        "appendonly.aof.1.base.rdb",
        "appendonly.aof.1.incr.aof",
        "appendonly.aof.manifest",
    ]


def test_what_is_there_at_the_start_becomes_the_base(code, lab, folder):
    """The databases that a journal is started with are its base."""
    shelf = lab.Shelf()
    shelf.put(b"k", b"v", 5000)
    shelf.put(b"l", [b"a"], database=2)
    journal = code.s07.Journal(folder)
    journal.start(shelf)
    journal.append(2, [SET])
    journal.close()
    base = {0: {b"k": (b"v", 5000)}, 2: {b"l": ([b"a"], None)}}
    assert lab.replayed(folder) == (base, [(2, SET)], [])


def test_a_journal_goes_on(code, lab, journal, folder):
    """A second start appends to the same file, and states the database again."""
    journal.append(1, [SET])
    journal.close()
    again = code.s07.Journal(folder)
    assert again.load() == {}
    assert list(again.replay()) == [(1, SET)]
    again.start({})
    again.append(1, [[b"DEL", b"k"]])
    again.close()
    assert lab.replayed(folder) == ({}, [(1, SET), (1, [b"DEL", b"k"])], [])
    assert manifest(folder) == FIRST


def test_a_rewrite(lab, journal, folder):
    """A rewrite leaves a new base, an empty file of increments, and nothing of the old files."""
    shelf = lab.Shelf()
    shelf.put(b"k", b"v")
    journal.append(0, [SET])
    journal.rewrite(shelf)
    assert manifest(folder) == SECOND
    assert names(folder) == [
        "appendonly.aof.2.base.rdb",
        "appendonly.aof.2.incr.aof",
        "appendonly.aof.manifest",
    ]
    journal.append(0, [[b"DEL", b"k"]])
    journal.close()
    assert lab.replayed(folder) == ({0: {b"k": (b"v", None)}}, [(0, [b"DEL", b"k"])], [])


def test_changes_during_a_rewrite(lab, journal, folder):
    """Changes made while the base is being written come after it, and are not in it."""
    shelf = lab.Shelf()
    for key, value in ((b"l", [b"a"]), (b"s", {b"a"}), (b"h", {b"a": b"a"}), (b"z", {b"a": 1.0})):
        shelf.put(key, value)
    before = lab.plain_databases(shelf)
    rewrite = journal.begin_rewrite(shelf)
    for key in (b"l", b"s", b"h", b"z"):
        shelf.change(key, b"b")
    shelf.put(b"new", b"v", 7)
    journal.append(0, [[b"RPUSH", b"l", b"b"]])
    journal.flush()
    rewrite.finish()
    journal.close()
    assert lab.replayed(folder) == (before, [(0, [b"RPUSH", b"l", b"b"])], [])


def test_a_crash_during_a_rewrite(lab, journal, folder):
    """Before the new base is in force the old files count, followed by the new one."""
    journal.append(0, [SET])
    journal.begin_rewrite({})
    journal.append(0, [[b"DEL", b"k"]])
    journal.flush()
    assert lab.replayed(folder) == ({}, [(0, SET), (0, [b"DEL", b"k"])], [])


def test_one_rewrite_at_a_time(lab, journal, folder):
    """A second rewrite is refused while one is going on."""
    rewrite = journal.begin_rewrite({})
    assert lab.why_not_rewritten(journal) == (
        "ERR Background append only file rewriting already in progress"
    )
    rewrite.finish()
    assert lab.why_not_rewritten(journal) == ""
    assert manifest(folder) == FIRST.replace("1", "3")


@pytest.mark.parametrize("call", ["create", "write", "sync", "replace", "sync_folder", "extend"])
def test_a_rewrite_that_fails(lab, journal, disk, folder, call):
    """If a rewrite fails, nothing is lost, and the journal and the next rewrite work."""
    journal.append(0, [SET])
    journal.flush()
    disk.fail(call)
    assert lab.why_not_rewritten(journal) != ""
    journal.append(0, [[b"DEL", b"k"]])
    journal.flush()
    assert lab.replayed(folder)[1:] == ([(0, SET), (0, [b"DEL", b"k"])], [])
    assert not [name for name in names(folder) if name.endswith(".tmp")]
    assert lab.why_not_rewritten(journal) == ""
    assert lab.replayed(folder) == ({}, [], [])


def test_history_is_removed_at_the_start(code, folder, journal):
    """Files that could not be removed because of a crash are removed at the next start."""
    journal.close()
    write(folder, "appendonly.aof.0.base.rdb", b"old")
    write(folder, MANIFEST, FIRST.encode() + b"file appendonly.aof.0.base.rdb seq 1 type h\n")
    again = code.s07.Journal(folder)
    again.start({})
    assert manifest(folder) == FIRST
    assert "appendonly.aof.0.base.rdb" not in names(folder)


def test_sizes(lab, journal, folder):
    """The journal knows its size and that of its base, for INFO and for rewrites."""
    base = os.path.getsize(os.path.join(folder, "appendonly.aof.1.base.rdb"))
    assert (journal.base_size, journal.total_size) == (base, base)
    journal.append(0, [SET])
    journal.flush()
    assert journal.total_size == base + len(b"*2\r\n$6\r\nSELECT\r\n$1\r\n0\r\n") + 27
    journal.rewrite({})
    assert journal.total_size == journal.base_size == base


def test_a_base_of_requests(lab, folder):
    """A base may be a file of requests, as aof-use-rdb-preamble no makes it."""
    write(folder, "appendonly.aof.1.base.aof", b"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1\r\nv\r\n")
    write(folder, "appendonly.aof.1.incr.aof", b"*2\r\n$3\r\nDEL\r\n$1\r\nk\r\n")
    write(folder, MANIFEST, FIRST.replace("rdb", "aof").encode())
    assert lab.replayed(folder) == ({}, [(0, SET), (0, [b"DEL", b"k"])], [])


def test_a_base_that_goes_on_with_requests(code, lab, folder):
    """A base may begin as a snapshot and go on with requests, as files of Redis 4 to 6 do."""
    shelf = lab.Shelf()
    shelf.put(b"n", b"1")
    os.makedirs(folder)
    path = os.path.join(folder, "appendonly.aof")
    code.s07.save(shelf, path)
    with open(path, "ab") as file:
        file.write(b"*2\r\n$4\r\nINCR\r\n$1\r\nn\r\n")
    write(folder, MANIFEST, b"file appendonly.aof seq 1 type b\n")
    assert lab.replayed(folder) == ({0: {b"n": (b"1", None)}}, [(0, [b"INCR", b"n"])], [])
    journal = code.s07.Journal(folder)
    journal.start({})
    assert manifest(folder) == (
        "file appendonly.aof seq 1 type b\nfile appendonly.aof.1.incr.aof seq 1 type i\n"
    )


@pytest.mark.parametrize("make", [os.mkdir, getattr(os, "mkfifo", None), "link"])
def test_an_old_journal_that_is_no_file(code, folder, tmp_path, make):
    """A folder, a pipe or a broken link in place of the old file: nothing begins without its data."""
    path = tmp_path / "appendonly.aof"
    if make is None:
        pytest.skip("there are no pipes with a name here")
    try:
        os.symlink("nowhere", path) if make == "link" else make(path)
    except OSError:
        pytest.skip("this user may not make links")
    journal = code.s07.Journal(folder)
    with pytest.raises(OSError, match=r"appendonly\.aof is not a file"):
        journal.adopt(str(path))
    assert not os.path.exists(folder)
    assert os.path.lexists(path)


def test_a_damaged_base(lab, journal, folder):
    """A base that is damaged is refused."""
    journal.close()
    write(folder, "appendonly.aof.1.base.rdb", b"REDIS0010\xff12345678")
    sentence = lab.why_not_replayed(folder)
    assert sentence.startswith(os.path.join(folder, "appendonly.aof.1.base.rdb"))
    assert "checksum" in sentence


def test_a_file_is_missing(lab, journal, folder):
    """A manifest that names a file which is missing is refused before anything is replayed."""
    journal.close()
    os.remove(os.path.join(folder, "appendonly.aof.1.incr.aof"))
    assert "appendonly.aof.1.incr.aof, which is missing" in lab.why_not_replayed(folder)


def test_a_manifest_with_quotes_comments_and_more_facts(lab, folder):
    """A manifest may hold comments, names in quotes, and facts that are new."""
    write(folder, 'a "b".aof', b"*2\r\n$3\r\nDEL\r\n$1\r\nk\r\n")
    line = b'# comment\n\nseq 7 file "a \\"b\\".aof" color blue type i\n'
    write(folder, MANIFEST, line)
    assert lab.replayed(folder) == ({}, [(0, [b"DEL", b"k"])], [])


def test_a_name_with_a_space(code, lab, folder):
    """A name with a space in it is written so that it can be read again."""
    journal = code.s07.Journal(folder, 'my "own" file.aof')
    journal.start({})
    journal.append(0, [SET])
    journal.close()
    assert lab.replayed(folder, 'my "own" file.aof') == ({}, [(0, SET)], [])


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (b"", "names no file"),
        (b"# nothing\n", "names no file"),
        (b"file a.aof seq 1\n", "a line is not"),
        (b"file a.aof seq 1 type\n", "a line is not"),
        (b"file a.aof seq x type b\n", "'x'"),
        (b"file a.aof seq 1 type z\n", "'z'"),
        (b"file ../a.aof seq 1 type b\n", "leads out of the folder"),
        (b"file .. seq 1 type b\n", "leads out of the folder"),
        (b'file "a.aof seq 1 type b\n', "quote"),
        (b"file a seq 1 type b\nfile b seq 2 type b\n", "two bases"),
        (b"file a seq 2 type i\nfile b seq 1 type i\n", "not in order"),
        (b"\xff\xfe seq 1 type i\n", "a line is not"),
    ],
)
def test_a_manifest_that_makes_no_sense(lab, folder, text, what):
    """A manifest that makes no sense is refused, with the byte where its line begins."""
    write(folder, MANIFEST, text)
    sentence = lab.why_not_replayed(folder)
    assert what in sentence
    start = text.rstrip(b"\n").rfind(b"\n") + 1 if b"names" not in what.encode() else 0
    assert sentence.startswith(f"{os.path.join(folder, MANIFEST)} cannot be loaded: ")
    assert f"(at byte {start})" in sentence
