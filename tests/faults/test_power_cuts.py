"""The power goes before any one of the calls that change files: nothing acknowledged is lost.

The disk of these tests knows which bytes and which names were safe at that moment. What was not
safe is a matter of luck, so every kind of luck is tried: old names or new ones, with the old bytes,
the new ones, or half of the new ones.
"""

from __future__ import annotations

import itertools

import pytest

LUCK = list(itertools.product(["old", "new"], ["old", "half", "new"]))


@pytest.fixture
def lab(code):
    return code.labs.s07.files


def test_while_a_snapshot_is_saved(code, lab, tmp_path):
    """The old snapshot is there, or the new one, and whole."""
    old, new = lab.Shelf(), lab.Shelf()
    old.put(b"k", b"old")
    new.put(b"k", b"new and longer")
    for call in itertools.count():
        (tmp_path / str(call)).mkdir()
        path = str(tmp_path / str(call) / "dump.rdb")
        disk = lab.power_cut_while_saving(old, new, path, call)
        if disk is None:
            break
        for names, contents in LUCK:
            left = tmp_path / str(call) / f"{names} names, {contents} bytes"
            disk.leave(str(left), names=names, contents=contents)
            found = lab.loaded(str(left / "dump.rdb"))[0][b"k"][0]
            assert found in (b"old", b"new and longer"), (call, names, contents)
    assert call >= 5  # create, write, sync, replace, sync_folder
    assert lab.loaded(path)[0][b"k"][0] == b"new and longer"


def test_while_a_journal_is_written_and_rewritten(lab, tmp_path):
    """Under always every item that was acknowledged is there, in order, and none twice."""
    for call in itertools.count():
        folder = str(tmp_path / f"{call}")
        disk, acknowledged, tried, ended = lab.power_cut_in_the_journal(folder, call)
        items = [b"%d" % number for number in range(1, tried + 1)]
        for names, contents in LUCK:
            left = tmp_path / f"{call}, {names} names, {contents} bytes"
            disk.leave(str(left), names=names, contents=contents)
            base, requests, _ = lab.replayed(str(left))
            found = [
                *base.get(0, {}).get(b"l", ([], None))[0],
                *(words[2] for _, words in requests),
            ]
            assert found == items[: len(found)], (call, names, contents)
            assert len(found) >= acknowledged, (call, names, contents)
        if ended:
            break
    assert call > 50
