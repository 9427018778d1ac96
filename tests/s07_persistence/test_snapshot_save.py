"""Exercise 7.5: a file on the disk, whole, or not at all."""

from __future__ import annotations

import os

import pytest


@pytest.fixture
def path(tmp_path):
    """The file of this test; it holds something already."""
    path = tmp_path / "dump.rdb"
    path.write_bytes(b"old")
    return str(path)


@pytest.fixture
def disk(code):
    return code.labs.s07.files.RecordingDisk()


@pytest.fixture
def write(code, path, disk):
    """`write(pieces)` replaces the file; the name of the error, if any."""

    def call(*pieces, **more):
        return code.labs.s07.files.write_in_pieces(path, list(pieces), disk, **more)

    return call


def content(path):
    with open(path, "rb") as file:
        return file.read()


@pytest.mark.exercise("7.5", why="When replace_file returns, the file holds the pieces, in order.")
def test_the_pieces_are_the_file(write, path):
    """What was written is the content of the file."""
    assert write(b"one", b"", b"two") == ""
    assert content(path) == b"onetwo"
    assert write() == ""
    assert content(path) == b""


@pytest.mark.exercise(
    "7.5",
    why="First the bytes are on the disk, then the name leads to them, then the name is on the "
    "disk. In any other order there is a moment at which a power cut leaves an empty file under "
    "the proper name, or no file.",
)
def test_the_order_of_the_calls(write, disk, tmp_path):
    """Sync the file, replace, sync the folder: in this order."""
    write(b"one", b"two")
    calls = [" ".join(call.split()[:2]) for call in disk.calls]
    assert [call for call in calls if not call.startswith(("next", "write"))] == [
        "create temporary",
        "sync temporary",
        "replace dump.rdb",
        f"sync_folder {tmp_path.name}",
    ]


@pytest.mark.exercise(
    "7.5",
    why="The number after `sync` is how many bytes the operating system has been given by then, "
    "and the sync covers no others. What is still in Python's buffer reaches the system at the "
    "flush, or at the close, which is too late.",
)
def test_all_bytes_are_there_when_it_syncs(write, disk):
    """Nothing is left in Python's buffer when the file is synced."""
    write(b"x" * 100)
    assert "sync temporary 100" in disk.calls


@pytest.mark.exercise(
    "7.5",
    why="Close the file first: what is still in its buffer would be written after the rename, and "
    "Windows can't rename an open file. The `replace` comes after the `with`.",
)
def test_it_is_closed_before_it_is_replaced(write, disk):
    """The new file is closed when it takes the place of the old one."""
    assert write(b"one", b"two") == ""
    assert disk.calls.count("replace dump.rdb") == 1
    assert disk.open_when_replaced is False


@pytest.mark.exercise(
    "7.5",
    why="A snapshot may be larger than memory. Write each piece as it comes, with `disk.write`; "
    "b''.join(chunks) and list(chunks) hold all of them.",
)
def test_one_piece_at_a_time(write, disk):
    """Each piece is written before the next one is asked for."""
    write(b"one", b"three")
    assert disk.calls[:5] == [
        "create temporary",
        "next piece",
        "write temporary 3",
        "next piece",
        "write temporary 5",
    ]


@pytest.mark.exercise(
    "7.5",
    why="A program that opened the file before must find the old content to its end: another file "
    "takes over the name. Writing into the old file loses both versions if it fails half-way.",
)
def test_the_old_file_is_not_touched(write, path, tmp_path):
    """The old file is replaced, not overwritten."""
    os.link(path, tmp_path / "seen")  # another name for the same file, like that of a reader
    write(b"new and longer")
    assert content(path) == b"new and longer"
    assert content(tmp_path / "seen") == b"old"


@pytest.mark.exercise(
    "7.5",
    why="The disk may be full at any call. The caller gets the error, the old file is as it was, "
    "and the temporary file, which may be huge, is gone.",
)
@pytest.mark.parametrize("call", ["write", "sync", "replace"])
def test_a_call_fails(write, disk, path, call):
    """If a call fails, the old file stays and no temporary one is left."""
    disk.fail(call)
    assert write(b"new") == "OSError"
    assert content(path) == b"old"
    assert os.listdir(os.path.dirname(path)) == ["dump.rdb"]


@pytest.mark.exercise(
    "7.5",
    why="The pieces come from a generator, and whatever that raises comes out of your loop. "
    "Ctrl-C is not an Exception: only BaseException catches it.",
)
def test_the_generator_fails(write, path):
    """If the source of the bytes fails, the old file stays and no temporary one is left."""
    assert write(b"new", interrupted=True) == "KeyboardInterrupt"
    assert content(path) == b"old"
    assert os.listdir(os.path.dirname(path)) == ["dump.rdb"]


@pytest.mark.exercise(
    "7.5",
    why="After a failure, too, the file is closed before it is removed: an open file keeps its room on "
    "the disk, and Windows does not remove one. A `with` inside of the `try` closes it in time.",
)
def test_it_is_closed_before_it_is_removed(write, disk):
    """If the source of the bytes fails, the temporary file is closed, and then removed."""
    assert write(b"new", interrupted=True) == "KeyboardInterrupt"
    assert disk.calls.count("remove temporary") == 1
    assert disk.open_when_removed is False


@pytest.mark.exercise(
    "7.5",
    why="Two things went wrong, and the first is the one to report: the error of removing the "
    "temporary file must not take its place. Suppress any OSError of `disk.remove`.",
)
def test_the_first_error_comes_out(write, disk, path):
    """If the temporary file cannot be removed either, the caller gets the first error."""
    disk.fail("remove")
    assert write(b"new", interrupted=True) == "KeyboardInterrupt"
    assert content(path) == b"old"


@pytest.mark.exercise(
    "7.5",
    why="A path without a folder is a file in the current one: `folder_of` gives a dot for it, and "
    "os.path.dirname gives an empty name, which cannot be opened.",
)
def test_a_file_in_the_current_folder(code, disk, tmp_path):
    """A path may be a name alone."""
    said = code.labs.s07.files.write_in_pieces("dump.rdb", [b"one"], disk, folder=str(tmp_path))
    assert said == ""
    assert content(tmp_path / "dump.rdb") == b"one"


@pytest.mark.exercise(
    "7.5",
    why="The file cannot be created: there is no temporary file to remove, and the error that the "
    "caller gets is the first one, not one from removing it.",
)
def test_no_file_can_be_created(write, disk, path):
    """If no file can be created, that is the error that the caller gets."""
    disk.fail("create")
    assert write(b"new") == "OSError"
    assert content(path) == b"old"


@pytest.mark.exercise(
    "7.5",
    why="If the name could not be made safe, nobody may be told that it was. The new file is "
    "complete, though, and stays.",
)
def test_the_folder_cannot_be_synced(write, disk, path):
    """An error of the last call reaches the caller, too."""
    disk.fail("sync_folder")
    assert write(b"new") == "OSError"
    assert content(path) == b"new"
    assert os.listdir(os.path.dirname(path)) == ["dump.rdb"]


@pytest.mark.exercise("7.5", why="SAVE is replace_file with the chunks of an RDB file.")
def test_save_goes_this_way(code, disk, path, tmp_path):
    """A snapshot is saved in the same way."""
    code.s07.save(code.labs.s07.files.Shelf(), path, disk)
    assert disk.calls[0] == "create temporary"
    assert disk.calls[-2:] == ["replace dump.rdb", f"sync_folder {tmp_path.name}"]
    assert content(path).startswith(b"REDIS0010")


def test_files_of_a_killed_process_are_swept_away(code, path, tmp_path):
    """Temporary files that an earlier process left are removed; nothing else is."""
    for name in ("dump.rdb.77.tmp", "dump.rdb.x.tmp", "dump.rdb.tmp", "other.rdb.77.tmp"):
        (tmp_path / name).write_bytes(b"")
    code.s07.disk.sweep(path)
    left = {"dump.rdb", "dump.rdb.x.tmp", "dump.rdb.tmp", "other.rdb.77.tmp"}
    assert set(os.listdir(tmp_path)) == left
    code.s07.disk.sweep(str(tmp_path / "missing" / "dump.rdb"))
