"""Exercise 7.7: an append-only file and its fsync policies."""

from __future__ import annotations

import pytest

NAME = "appendonly.aof.1.incr.aof"
FULL = "MISCONF Errors writing to the AOF file: No space left on device"
SELECT_0 = b"*2\r\n$6\r\nSELECT\r\n$1\r\n0\r\n"


def encoded(*words):
    """A request as it is in the file."""
    return b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%b\r\n" % (len(w), w) for w in words)


SET = [b"SET", b"k", b"v"]
SIZE = len(SELECT_0) + len(encoded(*SET))


@pytest.fixture
def clock(code):
    return code.s07.ManualClock(1_000_000)


@pytest.fixture
def disk(code):
    return code.labs.s07.files.RecordingDisk()


@pytest.fixture
def journal(code, tmp_path, disk, clock):
    """`journal(policy)`: a journal that has just been started."""
    started = []

    def start(policy):
        journal = code.s07.Journal(str(tmp_path / "aof"), policy=policy, clock=clock, disk=disk)
        journal.start({})
        disk.forget()
        started.append(journal)
        return journal

    return start


@pytest.fixture
def written(tmp_path):
    """`written()`: the bytes in the file of increments."""
    return (tmp_path / "aof" / NAME).read_bytes


@pytest.mark.exercise(
    "7.7",
    why="The write does not depend on the policy. The bytes leave the process before the reply "
    "does: from then on a crash of the server loses nothing.",
)
@pytest.mark.parametrize("policy", ["always", "everysec", "no"])
def test_written_before_the_reply(journal, written, policy):
    """After a flush the file has what was appended, under every policy."""
    one = journal(policy)
    one.append(0, [SET])
    assert written() == b""
    one.flush()
    assert written() == SELECT_0 + encoded(*SET)
    one.append(0, [[b"DEL", b"k"]])
    one.flush()
    assert written() == SELECT_0 + encoded(*SET) + encoded(b"DEL", b"k")


@pytest.mark.exercise(
    "7.7",
    why="Under always the reply promises that the bytes survive a power cut. So the sync is done "
    "when write_out returns, and it comes after the write.",
)
def test_always_syncs_at_once(journal, disk):
    """Under always each flush syncs what it wrote."""
    one = journal("always")
    one.append(0, [SET])
    one.flush()
    assert disk.calls == [f"write {NAME} {SIZE}", f"sync {NAME} {SIZE}"]


@pytest.mark.exercise(
    "7.7",
    why="A sync takes milliseconds, whether it covers one request or a thousand. One write and "
    "one sync for everything that take() returns make `always` bearable.",
)
def test_one_sync_for_a_batch(journal, disk):
    """Many requests share one write and one sync."""
    one = journal("always")
    for _ in range(10):
        one.append(0, [SET])
    one.flush()
    size = len(SELECT_0) + 10 * len(encoded(*SET))
    assert disk.calls == [f"write {NAME} {size}", f"sync {NAME} {size}"]


@pytest.mark.exercise(
    "7.7",
    why="While one client waits for the disk, the others append. The next sync covers all of "
    "them; sync for each would make them queue up.",
)
def test_clients_share_a_sync(code, tmp_path):
    """Clients that commit while the disk is busy share one write and one sync."""
    calls = code.labs.s07.files.commit_together(str(tmp_path / "aof"), 8)
    assert [call.split()[0] for call in calls] == ["write", "sync", "write", "sync"]


@pytest.mark.exercise(
    "7.7", why="Nothing new and nothing unsynced: the disk is left alone, ten times a second."
)
@pytest.mark.parametrize("policy", ["always", "everysec", "no"])
def test_nothing_to_do(journal, disk, clock, policy):
    """If nothing was appended, nothing is called."""
    one = journal(policy)
    one.flush()
    clock.advance(5000)
    one.tick()
    assert disk.calls == []


@pytest.mark.exercise(
    "7.7",
    why="everysec syncs at most once a second. self.clock() is the time, and the second begins "
    "with the last sync: self.synced_at.",
)
def test_everysec_syncs_once_a_second(journal, disk, clock):
    """Under everysec the background syncs when a second has gone by, and something was written."""
    one = journal("everysec")
    one.append(0, [SET])
    one.flush()
    clock.advance(999)
    one.tick()
    assert disk.calls == [f"write {NAME} {SIZE}"]
    clock.advance(1)
    one.tick()
    assert disk.calls[1:] == [f"sync {NAME} {SIZE}"]
    clock.advance(1000)
    one.tick()
    assert len(disk.calls) == 2  # nothing new: nothing to sync


@pytest.mark.exercise(
    "7.7",
    why="After a sync a new second begins, and self.synced_at says when that was.",
)
def test_the_next_second(journal, disk, clock):
    """After a sync under everysec a whole second has to go by again."""
    one = journal("everysec")
    syncs = []
    for _ in range(40):  # ten ticks a second, for four seconds
        clock.advance(100)
        one.append(0, [SET])
        one.tick()
        syncs.append(sum(call.startswith("sync") for call in disk.calls))
    assert syncs[-1] == 4


@pytest.mark.exercise(
    "7.7",
    why="everysec keeps clients from waiting for the disk. Only a tick syncs, however long ago "
    "the last sync was.",
)
def test_no_client_waits_under_everysec(journal, disk, clock):
    """A client's flush never syncs under everysec."""
    one = journal("everysec")
    clock.advance(5000)
    one.append(0, [SET])
    one.flush()
    assert disk.calls == [f"write {NAME} {SIZE}"]


@pytest.mark.exercise(
    "7.7",
    why="A sync can take a second. What is acknowledged during that time must reach the system "
    "too, so everysec does not sync in write_out, where the next write would have to wait.",
)
def test_written_before_the_reply_while_the_disk_syncs(code, tmp_path):
    """A flush writes its bytes while a sync is going on in the background, and waits for no disk."""
    calls = code.labs.s07.files.commit_during_a_sync(str(tmp_path / "aof"))
    other = len(encoded(b"DEL", b"k"))
    assert calls == [f"write {NAME} {SIZE}", f"sync {NAME} {SIZE}", f"write {NAME} {other}"]


@pytest.mark.exercise("7.7", why="no means never: the system writes to the disk when it likes.")
def test_no_never_syncs(journal, disk, clock):
    """Under the policy no nothing is ever synced."""
    one = journal("no")
    one.append(0, [SET])
    one.flush()
    clock.advance(60_000)
    one.tick()
    assert disk.calls == [f"write {NAME} {SIZE}"]


@pytest.mark.exercise(
    "7.7", why="A tick also writes what no client flushed: no client waits for the expiry of a key."
)
@pytest.mark.parametrize("policy", ["always", "everysec", "no"])
def test_a_tick_writes_what_waits(journal, written, policy):
    """A tick writes what has been appended since the last flush."""
    one = journal(policy)
    one.append(0, [[b"DEL", b"k"]])
    one.tick()
    assert written() == SELECT_0 + encoded(b"DEL", b"k")
    assert one.waiting == 0


@pytest.mark.exercise(
    "7.7",
    why="The disk is full, and half of the bytes got out. self.failed cuts them off again and "
    "keeps the data; the error it returns has to be raised, or the client hears OK.",
)
@pytest.mark.parametrize("policy", ["always", "everysec", "no"])
def test_a_write_fails(code, journal, disk, written, policy):
    """A failed write is reported, leaves no half request, and is repeated later."""
    one = journal(policy)
    one.append(0, [SET])
    disk.fail("write")
    assert code.labs.s07.files.reply_of_flush(one) == FULL
    assert written() == b""
    assert code.labs.s07.files.reply_of_flush(one) == ""
    assert written() == SELECT_0 + encoded(*SET)


@pytest.mark.exercise(
    "7.7",
    why="As long as self.error is set, the server refuses every write with MISCONF. After a write "
    "that succeeded it is None again, or nobody can ever write again.",
)
@pytest.mark.parametrize("policy", ["always", "everysec", "no"])
def test_an_error_is_over_after_a_write(code, journal, disk, policy):
    """The error of a failed write is kept until a write succeeds, and no longer."""
    one = journal(policy)
    one.append(0, [SET])
    disk.fail("write")
    code.labs.s07.files.reply_of_flush(one)
    assert one.error == FULL
    code.labs.s07.files.reply_of_flush(one)
    assert one.error is None


@pytest.mark.exercise(
    "7.7",
    why="`raise ... from error` keeps the disk's error as the cause, for the log of step 9. `from "
    "None` hides it, and nobody finds out which call failed, and where.",
)
def test_the_cause_is_kept(code, journal, disk):
    """The error of a failed write has the error of the disk as its cause."""
    one = journal("always")
    one.append(0, [SET])
    disk.fail("write")
    assert code.labs.s07.files.cause_of_flush(one) == "OSError"


@pytest.mark.exercise(
    "7.7",
    why="What is not an OSError is not the disk's fault but a bug, and stays what it is. `except "
    "Exception` tells clients that the disk is full.",
)
def test_a_bug_is_not_an_error_of_the_disk(journal, disk, monkeypatch):
    """An exception of another class comes out as it is."""
    one = journal("always")
    one.append(0, [SET])

    def write(file, data):
        raise ValueError("a bug")

    monkeypatch.setattr(disk, "write", write)
    with pytest.raises(ValueError, match="a bug"):
        one.flush()
    assert one.error is None


@pytest.mark.exercise(
    "7.7",
    why="CONFIG SET changes the policy of a running server. What was written under the old one is "
    "unsynced until a sync, and the new one counts for it: look at self.unsynced, not at the data of "
    "this call, and set it under every policy.",
)
def test_another_policy_from_now_on(journal, disk, clock):
    """What was written under `no` is synced by the next tick under another policy."""
    for policy in ("always", "everysec"):
        one = journal("no")
        one.append(0, [SET])
        one.flush()
        assert one.unsynced is True
        one.policy = policy
        clock.advance(1000)
        disk.forget()
        one.tick()
        assert [call.split()[0] for call in disk.calls] == ["sync"]


@pytest.mark.exercise(
    "7.7",
    why="`self.sync(file)` syncs and notes it. `self.disk.sync(file)` leaves self.unsynced as it was, "
    "and the same bytes are synced again and again.",
)
def test_what_is_synced_is_not_synced_again(journal, disk):
    """Under always a tick that has nothing to write does not sync again."""
    one = journal("always")
    one.append(0, [SET])
    one.flush()
    assert one.unsynced is False
    one.tick()
    assert disk.calls == [f"write {NAME} {SIZE}", f"sync {NAME} {SIZE}"]


@pytest.mark.exercise(
    "7.7",
    why="A failed sync means that the bytes are not on the disk, so treat it like a failed write. "
    "The next time they are written once more, as the system has forgotten them. `failed` cuts the file "
    "back to `self.size`, so count them there only when all has gone well.",
)
def test_a_sync_fails(code, journal, disk, written):
    """A failed sync under always is reported; the bytes are written and synced again later."""
    one = journal("always")
    one.append(0, [SET])
    disk.fail("sync")
    assert code.labs.s07.files.reply_of_flush(one) == FULL
    assert written() == b""
    disk.forget()
    assert code.labs.s07.files.reply_of_flush(one) == ""
    assert disk.calls == [f"write {NAME} {SIZE}", f"sync {NAME} {SIZE}"]
    assert written() == SELECT_0 + encoded(*SET)


@pytest.mark.exercise(
    "7.7",
    why="In the background, too, an error is remembered, and the bytes are still unsynced: the "
    "next tick tries again.",
)
def test_a_sync_in_the_background_fails(code, journal, disk, clock):
    """A failed sync under everysec is reported and tried again."""
    one = journal("everysec")
    one.append(0, [SET])
    one.flush()
    clock.advance(1000)
    disk.fail("sync")
    assert code.labs.s07.files.reply_of_flush(one, tick=True) == FULL
    assert one.trouble == FULL
    disk.forget()
    clock.advance(100)
    assert code.labs.s07.files.reply_of_flush(one, tick=True) == ""
    assert disk.calls == [f"sync {NAME} {SIZE}"]
    assert one.trouble is None


@pytest.mark.exercise(
    "7.7",
    why="self.size is the end of the last good byte, where `failed` cuts. If it does not grow "
    "with each write, the next failure cuts off what was acknowledged.",
)
def test_a_failure_cuts_off_nothing_else(code, journal, disk, written):
    """What was written before a failed write stays."""
    one = journal("always")
    one.append(0, [SET])
    one.flush()
    assert one.size == SIZE
    disk.fail("write")
    one.append(0, [[b"DEL", b"k"]])
    assert code.labs.s07.files.reply_of_flush(one) == FULL
    assert written() == SELECT_0 + encoded(*SET)


@pytest.mark.exercise(
    "7.7",
    why="Bytes that are written when the journal is closed are handled in the same way, and "
    "synced.",
)
@pytest.mark.parametrize("policy", ["always", "everysec", "no"])
def test_the_end(journal, disk, written, policy):
    """Closing writes and syncs what there is, whatever the policy."""
    one = journal(policy)
    one.append(0, [SET])
    one.close()
    assert written() == SELECT_0 + encoded(*SET)
    assert disk.calls[-1] == f"sync {NAME} {SIZE}"


def test_the_file_cannot_even_be_cut(code, journal, disk, written):
    """If half a request got out and cannot be cut off, the next attempt writes the other half."""
    one = journal("always")
    one.append(0, [SET])
    disk.fail("write")
    disk.fail("cut")
    assert code.labs.s07.files.reply_of_flush(one) == FULL
    assert written() == (SELECT_0 + encoded(*SET))[: SIZE // 2]
    one.append(0, [[b"DEL", b"k"]])
    assert code.labs.s07.files.reply_of_flush(one) == ""
    assert written() == SELECT_0 + encoded(*SET) + encoded(b"DEL", b"k")


# --- what is given -------------------------------------------------------------------------------


def test_a_change_of_database(journal, written):
    """The file has a SELECT where the database changes, and at its beginning."""
    one = journal("no")
    one.append(3, [[b"DEL", b"a"]])
    one.append(3, [[b"DEL", b"b"]])
    one.append(0, [[b"DEL", b"c"]])
    one.flush()
    assert written() == (
        encoded(b"SELECT", b"3") + encoded(b"DEL", b"a") + encoded(b"DEL", b"b")
        + encoded(b"SELECT", b"0") + encoded(b"DEL", b"c")
    )  # fmt: skip


def test_several_changes_at_once(journal, written):
    """Several requests in one call are enclosed in MULTI and EXEC; no request leaves no trace."""
    one = journal("no")
    one.append(0, [])
    one.append(0, [[b"DEL", b"a"], [b"DEL", b"b"]])
    one.flush()
    body = encoded(b"DEL", b"a") + encoded(b"DEL", b"b")
    assert written() == SELECT_0 + encoded(b"MULTI") + body + encoded(b"EXEC")
