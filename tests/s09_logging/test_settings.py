"""The command line of step 9, and where the log goes. All of this is given."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest


def serve(*arguments, cwd):
    """Runs `serve` with arguments that it refuses: its exit code and stderr."""
    environment = {**os.environ, "PYTHONPATH": os.getcwd()}
    done = subprocess.run(
        [sys.executable, "-m", "steps.s09", "serve", "--port", "0", *arguments],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    return done.returncode, done.stderr


@pytest.mark.parametrize(
    ("option", "value", "words"),
    [
        ("--loglevel", "loud", "give one of debug, verbose, notice, warning"),
        ("--log-format", "xml", "give one of text, json"),
        ("--slowlog-log-slower-than", "fast", "can't be used; give a number from -1"),
        ("--slowlog-log-slower-than", "1_0", "can't be used; give a number from -1"),
        ("--slowlog-max-len", "-1", "can't be used; give a number from 0 to 9223372036854775807"),
        (
            "--slowlog-max-len",
            "9" * 19,
            "can't be used; give a number from 0 to 9223372036854775807",
        ),
        ("--shutdown-timeout", "soon", "can't be used; give a number from 0 to 2147483647"),
        ("--shutdown-timeout", "-1", "can't be used; give a number from 0 to 2147483647"),
    ],
)
def test_bad_options_are_refused(tmp_path, option, value, words):
    """A wrong value: exit code 2, and what is wrong with it."""
    code, said = serve(option, value, cwd=tmp_path)
    assert code == 2
    assert words in said
    assert "Traceback" not in said


def test_a_log_that_cannot_be_written(tmp_path):
    """A log in a folder that is not there: one sentence, exit code 1."""
    code, said = serve("--logfile", "nowhere/server.log", cwd=tmp_path)
    assert (code, said.count("\n")) == (1, 1)
    assert said.startswith("error: the log 'nowhere/server.log' can't be written (No such file")


def test_stdout_has_the_ready_line_only(server):
    """The log goes to stderr, whatever its level."""
    one = server("s09", "--loglevel", "debug")
    assert one.client().ask("NOPE").startswith("-ERR unknown command")
    one.stop()
    assert [line.split()[:2] for line in one.stdout().splitlines() if "exercises" not in line] == [
        ["step", "09"],
        ["step", "09"],
    ]
    assert len(one.stderr().splitlines()) >= 5


def test_a_log_file(server, fields, tmp_path):
    """With --logfile the log goes there, and a file that was moved away is created again."""
    one = server("s09", "--logfile", "server.log", "--loglevel", "verbose")
    assert one.client().ask("PING") == b"PONG"
    if os.name == "posix":
        (tmp_path / "server.log").rename(tmp_path / "old.log")
    one.stop()
    assert one.stderr() == ""
    lines = (tmp_path / "server.log").read_text().splitlines()
    assert [fields(line)["event"] for line in lines][-1] == "stopped"
    if os.name == "posix":
        old = (tmp_path / "old.log").read_text().splitlines()
        assert fields(old[0])["event"] == "started"


@pytest.mark.parametrize("level", ["notice", "warning"])
def test_a_quiet_level(server, level):
    """Clients' errors are not logged at the usual levels."""
    one = server("s09", "--loglevel", level)
    client = one.client()
    assert client.ask("NOPE").startswith("-ERR")
    client.send(b"*1\r\n$x\r\n")
    client.expect(b"-ERR Protocol error: invalid bulk length\r\n")
    one.stop()
    assert "Protocol error" not in one.stderr()
    assert (one.stderr() == "") == (level == "warning")


def test_a_protocol_error_is_verbose(server, events):
    """Bytes that are not RESP are one line at level verbose."""
    one = server("s09", "--loglevel", "verbose")
    client = one.client()
    client.send(b"*1\r\n$x\r\n")
    client.expect(b"-ERR Protocol error: invalid bulk length\r\n")
    assert client.closed()
    one.stop()
    [line] = events(one, "protocol error")
    assert line["error"] == "ERR Protocol error: invalid bulk length"


def test_passwords_are_not_logged(server):
    """A password is neither in the request that is logged nor in the error that quotes it."""
    one = server("s09", "--loglevel", "debug")
    client = one.client()
    for line in ("AUTH hunter2", "CONFIG SET requirepass hunter2", "HELLO 3 AUTH me hunter2"):
        assert client.ask(*line.split()).startswith("-ERR")
    one.stop()
    assert one.stderr().count("(redacted)") >= 6
    assert "hunter2" not in one.stderr()


def test_a_bug_has_its_traceback_at_level_debug(lab, events):
    """At level debug the line of a bug has the whole traceback, still on one line."""
    one = lab("--loglevel", "debug")
    one.client().ask("LAB.BUG", "k")
    one.stop()
    [bug] = events(one, "bug error")
    assert bug["traceback"].startswith("Traceback (most recent call last):\n")
    assert "direct cause of the following exception" in bug["traceback"]
    assert bug["traceback"].rstrip().splitlines()[-1].startswith("while trying to run a command")


def test_a_request_in_the_log_is_cut(server, events):
    """The beginning of a large request is logged, and how much more there was."""
    one = server("s09", "--loglevel", "debug")
    assert one.client().ask("GET", "a" * 100_000, "b").startswith("-ERR")
    one.stop()
    [line] = events(one, "command error")
    assert line["request"] == "GET " + "a" * 252 + "... (99750 more bytes)"


def test_a_replayed_journal_is_in_no_slow_log(server):
    """Commands that are replayed at the start are not in the slow log."""
    arguments = ["--appendonly", "yes", "--slowlog-log-slower-than", "0"]
    one = server("s09", *arguments)
    assert one.client().ask("SET", "k", "v") == b"OK"
    assert one.stop() == 0
    again = server("s09", *arguments).client()
    assert again.ask("SLOWLOG", "LEN") == 0
    assert again.ask("GET", "k") == b"v"


def test_slowlog_help(server):
    """SLOWLOG HELP names the four subcommands."""
    lines = server("s09").client().ask("SLOWLOG", "HELP")
    assert lines[0] == b"SLOWLOG <subcommand> [<arg> [value] [opt] ...]. Subcommands are:"
    assert {b"GET", b"LEN", b"RESET", b"HELP"} <= set(lines)
