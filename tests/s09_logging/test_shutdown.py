"""Exercise 9.5: drain, save, and the truth in the exit code."""

from __future__ import annotations

import os
import shutil
import signal

import pytest

ORDER = ["refuse", "drain", "hang_up", "close_journal", "save"]
TERM = signal.SIGINT if os.name == "nt" else signal.SIGTERM


@pytest.mark.exercise("9.5", why="Each step makes the next one safe. All went well: 0.")
def test_all_goes_well(code):
    """Five steps in order, exit code 0, and nothing in the log."""
    house = code.labs.s09.House()
    assert code.labs.s09.leave_house(house) == (0, [])
    assert house.calls == ORDER


@pytest.mark.exercise(
    "9.5",
    why="A snapshot that is taken before the last client is gone lacks what that client was "
    "promised last. (None: it was taken before `hang_up`, while clients could still write.)",
)
def test_the_snapshot_has_the_last_write(code):
    """Writes that are acknowledged while the server drains are in the snapshot."""
    house = code.labs.s09.House()
    code.labs.s09.leave_house(house)
    assert (house.acknowledged, house.saved) == (4, 4)


@pytest.mark.exercise(
    "9.5",
    why="A try around all five steps ends them at the first error: a socket that does not close "
    "would keep the data from the disk.",
)
@pytest.mark.parametrize("failing", ORDER)
def test_one_fails_and_the_rest_is_done(code, failing):
    """One of the five fails; all the others are still called."""
    house = code.labs.s09.House(failing)
    code.labs.s09.leave_house(house)
    assert house.calls == ORDER


@pytest.mark.exercise(
    "9.5",
    why="Exit code 0 means that everything acknowledged is kept. A supervisor believes it, and "
    "throws the rest away.",
)
@pytest.mark.parametrize("failing", ORDER)
def test_a_failure_is_in_the_exit_code(code, failing):
    """Whichever of the five fails, the exit code is 1."""
    assert code.labs.s09.leave_house(code.labs.s09.House(failing))[0] == 1


@pytest.mark.exercise(
    "9.5",
    why="The exit code is 0 or 1: it does not count. A supervisor knows some other numbers, and they "
    "mean something else.",
)
def test_two_failures_are_the_exit_code_1(code):
    """If two of the five fail, the exit code is still 1."""
    house = code.labs.s09.House("close_journal", "save")
    assert code.labs.s09.leave_house(house)[0] == 1


@pytest.mark.exercise(
    "9.5",
    why="Whatever goes wrong in one step, the others have their turn: a bug as well as an error of the "
    "machine. `except Exception`, not `except OSError`.",
)
def test_a_bug_is_a_failure_like_any_other(code, fields):
    """A bug in one of the five: it is logged, the rest is done, the exit code is 1."""
    house = code.labs.s09.House()

    def hang_up():
        house.note("hang_up")
        raise KeyError("a bug")

    house.hang_up = hang_up
    exit_code, lines = code.labs.s09.leave_house(house)
    assert (exit_code, house.calls) == (1, ORDER)
    assert [fields(line)["doing"] for line in lines] == ["hang_up"]


@pytest.mark.exercise(
    "9.5",
    why="`drain` that fails has not said that clients were cut off: it returns False for that. One "
    "failure is one line.",
)
def test_a_drain_that_fails_is_one_line(code, fields):
    """If `drain` raises an exception, nothing is said about clients."""
    _, lines = code.labs.s09.leave_house(code.labs.s09.House("drain"))
    assert [fields(line)["event"] for line in lines] == ["shutdown error"]


@pytest.mark.exercise(
    "9.5", why="The exit code says that something is lost; only the log can say what, and why."
)
def test_a_failure_is_logged(code, fields):
    """Two failures are two lines, with the step and the reason."""
    code_and_lines = code.labs.s09.leave_house(code.labs.s09.House("close_journal", "save"))
    lines = [fields(line) for line in code_and_lines[1]]
    assert [(line["level"], line["event"], line["doing"]) for line in lines] == [
        ("error", "shutdown error", "close_journal"),
        ("error", "shutdown error", "save"),
    ]
    assert "cannot save: No space left on device" in lines[1]["error"]


@pytest.mark.exercise(
    "9.5",
    why="A client that was cut off never got a reply, so nothing that was promised is lost: a "
    "warning, and exit code 0.",
)
def test_clients_that_took_too_long(code, fields):
    """`drain` gives up: a warning, and the rest as usual."""
    house = code.labs.s09.House(drained=False)
    exit_code, lines = code.labs.s09.leave_house(house)
    assert (exit_code, house.calls) == (0, ORDER)
    assert [fields(line)["event"] for line in lines] == ["clients cut off"]
    assert fields(lines[0])["level"] == "warning"


@pytest.mark.exercise(
    "9.5", why="What a client has sent before the signal is answered: drain before you hang up."
)
def test_running_commands_are_answered(lab, tmp_path):
    """SIGTERM during a command: it and later ones are answered; idle and new clients are cut off."""
    server = lab()
    busy, idle = server.client(), server.client()
    assert idle.ask("PING") == b"PONG"
    busy.send(f"LAB.WAIT k {tmp_path}/go\r\nSET a 1\r\nINCR a\r\n".encode())
    server.wait_for("^waiting")
    server.interrupt(TERM)
    assert idle.closed()
    with pytest.raises(AssertionError, match="no connection"):
        server.client()
    (tmp_path / "go").touch()
    busy.expect(b"$6\r\nwaited\r\n+OK\r\n:2\r\n")
    assert busy.closed()
    assert server.end() == 0


@pytest.mark.exercise(
    "9.5", why="With save rules the shutdown writes a snapshot after the last reply, as in Redis."
)
def test_what_was_acknowledged_is_saved(lab, server, tmp_path):
    """A write that is acknowledged while the server drains is there after the next start."""
    first = lab("--save", "900 1")
    client = first.client()
    client.send(f"SET before 1\r\nLAB.WAIT k {tmp_path}/go\r\nSET during 2\r\n".encode())
    first.wait_for("^waiting")
    first.interrupt(TERM)
    (tmp_path / "go").touch()
    client.expect(b"+OK\r\n$6\r\nwaited\r\n+OK\r\n")
    assert first.end() == 0
    again = server("s09").client()
    assert again.ask("MGET", "before", "during") == [b"1", b"2"]


@pytest.mark.exercise(
    "9.5", why="The last save failed, so the exit code is 1. The snapshot from before is untouched."
)
def test_a_save_that_fails(server, events, tmp_path):
    """The last snapshot cannot be written: exit code 1, a line in the log, the old one is whole."""
    one = server("s09", "--save", "900 100", "--loglevel", "warning")
    client = one.client()
    assert client.ask("SET", "k", "old") == b"OK"
    assert client.ask("SAVE") == b"OK"
    old = (tmp_path / "dump.rdb").read_bytes()
    assert client.ask("SET", "k", "new") == b"OK"
    (tmp_path / f"dump.rdb.{one.own_pid}.tmp").mkdir()  # where the new one would be written first
    assert one.stop(TERM) == 1
    assert [line["doing"] for line in events(one, "shutdown error")] == ["save"]
    assert (tmp_path / "dump.rdb").read_bytes() == old


@pytest.mark.exercise(
    "9.5", why="`drain` gave up on a client: cut it off, say so, and go on to the files."
)
def test_a_command_that_does_not_end(lab, events, tmp_path):
    """A command runs on and on: after --shutdown-timeout the server ends without it."""
    server = lab("--shutdown-timeout", 0)
    client = server.client()
    client.send(f"LAB.WAIT k {tmp_path}/never\r\n".encode())
    server.wait_for("^waiting")
    server.interrupt(TERM)
    assert client.closed()
    assert server.end(20) == 0
    assert len(events(server, "clients cut off")) == 1


def test_without_rules_no_snapshot_is_written(server, tmp_path):
    """No save rules, no snapshot at the end."""
    one = server("s09")
    assert one.client().ask("SET", "k", "v") == b"OK"
    assert one.stop(TERM) == 0
    assert not (tmp_path / "dump.rdb").exists()


def test_the_journal_is_complete(server, tmp_path):
    """A journal that nothing syncs has everything after SIGTERM."""
    arguments = ["--appendonly", "yes", "--appendfsync", "no"]
    one = server("s09", *arguments)
    client = one.client()
    for number in range(100):
        assert client.ask("RPUSH", "list", number) == number + 1
    assert one.stop(TERM) == 0
    again = server("s09", *arguments).client()
    assert again.ask("LLEN", "list") == 100


def test_a_folder_that_is_gone(server, events, tmp_path):
    """The folder of the files is gone: exit code 1, no traceback."""
    (tmp_path / "data").mkdir()
    one = server("s09", "--dir", "data", "--save", "900 1")
    assert one.client().ask("SET", "k", "v") == b"OK"
    shutil.rmtree(tmp_path / "data")
    assert one.stop(TERM) == 1
    assert len(events(one, "shutdown error")) == 1
