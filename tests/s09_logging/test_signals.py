"""Exercise 9.4: a signal sets and wakes, and does nothing else."""

from __future__ import annotations

import os
import signal

import pytest

posix = pytest.mark.skipif(os.name == "nt", reason="Windows sends no SIGTERM to a process")


@pytest.mark.exercise(
    "9.4",
    why="The first signal, whichever it is, asks the server to stop. If the process dies of it, or of "
    "one after the block, SIG_DFL was there: put back what `signal.signal` returned.",
)
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_the_first_signal_stops(code, name):
    """One signal: `stop`, then the interrupted code goes on, and the list has its number."""
    assert code.labs.s09.Signalled().during(name)[:3] == ["stop", "on", name]


@pytest.mark.exercise(
    "9.4", why="The sender of a second signal does not want to wait: `force`, not `stop` again."
)
def test_the_second_signal_forces(code):
    """Three signals: stop, force, force."""
    calls = code.labs.s09.Signalled().during("SIGINT", "SIGTERM", "SIGINT")
    assert calls[:6] == ["stop", "on", "force", "on", "force", "on"]
    assert calls[6] == "SIGINT SIGTERM SIGINT"


@pytest.mark.exercise(
    "9.4",
    why="A signal may come while the handler runs for the one before. If that has not been noted yet, "
    "this one is taken for the first: append the number before you call anything.",
)
def test_a_signal_within_the_handler(code):
    """A second signal that comes during `stop` forces."""
    assert code.labs.s09.Signalled().in_the_middle_of_stop() == ["stop", "force"]


@pytest.mark.exercise(
    "9.4", why="The previous handlers belong to the program in which the server runs."
)
def test_the_handlers_are_put_back(code):
    """A signal after the block goes where it went before."""
    assert code.labs.s09.Signalled().during()[-1] == "SIGTERM went elsewhere"


@pytest.mark.exercise("9.4", why="A block that fails ends too: put the handlers back in `finally`.")
def test_the_handlers_are_put_back_after_an_error(code):
    """After an error in the block, a signal goes where it went before; the error comes out."""
    calls = code.labs.s09.Signalled().during("SIGTERM", error="ValueError")
    assert calls == ["stop", "on", "failed", "SIGTERM went elsewhere"]


@pytest.mark.exercise(
    "9.4",
    why="With your handlers in place Ctrl-C raises nothing. A KeyboardInterrupt that still comes out of "
    "the block is somebody else's: only `finally` may see it, and no `except`.",
)
def test_an_interruption_comes_out(code):
    """A KeyboardInterrupt that the block raises comes out, and the handlers are put back."""
    calls = code.labs.s09.Signalled().during(error="KeyboardInterrupt")
    assert calls == ["interrupted", "SIGTERM went elsewhere"]


@pytest.mark.exercise(
    "9.4",
    why="A handler that was set outside of Python comes as None, which signal.signal does not "
    "accept: use signal.SIG_DFL instead.",
)
def test_an_unknown_handler_becomes_the_default(code):
    """If the previous handler is unknown, the default is restored."""
    assert set(code.labs.s09.Signalled().after_an_unknown_handler()) == {"SIG_DFL"}


@pytest.mark.exercise(
    "9.4",
    why="Not every handler is a function: a program that `nohup` or a shell started in the background "
    "ignores signals (signal.SIG_IGN), and is to go on ignoring them. Only None becomes the default.",
)
def test_what_was_ignored_is_ignored_again(code):
    """If signals were ignored before the block, they are ignored after it."""
    assert code.labs.s09.Signalled().where_it_was_ignored() == ["SIG_IGN", "SIG_IGN"]


@pytest.mark.exercise(
    "9.4",
    why="The handler runs in the middle of whatever the main thread was doing, which may hold the "
    "lock of the log, or be writing to the same stream. It may note the signal and wake the "
    "server, but not log or print.",
)
def test_a_handler_says_nothing(code):
    """While signals come, nothing is logged and nothing is printed."""
    assert code.labs.s09.Signalled().quietly() == (0, "")


@pytest.mark.exercise(
    "9.4", why="Only the main thread can have handlers; `stop_signals()` is empty in any other."
)
def test_a_thread_has_no_handlers(code):
    """In a thread the block runs without handlers, and no signal has come at its end."""
    assert code.labs.s09.Signalled().in_a_thread() == [""]


@posix
@pytest.mark.exercise("9.4", why="Without a handler SIGTERM kills the process on the spot.")
def test_sigterm_over_the_wire(server, events):
    """SIGTERM ends the server with exit code 0, and the log names the signal."""
    one = server("s09")
    assert one.client().ask("PING") == b"PONG"
    assert one.stop(signal.SIGTERM) == 0
    assert [line["signal"] for line in events(one, "stopping")] == ["SIGTERM"]


@posix
@pytest.mark.exercise(
    "9.4",
    why="The second signal ends the wait for running commands, without a message from Python.",
)
def test_ctrl_c_twice(lab, events, tmp_path):
    """A command runs on and on. Ctrl-C waits for it; Ctrl-C again does not."""
    server = lab("--shutdown-timeout", 2**31 - 1)
    busy, idle = server.client(), server.client()
    assert idle.ask("PING") == b"PONG"
    busy.send(f"LAB.WAIT k {tmp_path}/never\r\n".encode())
    server.wait_for("^waiting")
    server.interrupt()
    assert idle.closed()
    assert server.exit_code() is None
    assert server.stop(signal.SIGTERM) == 0
    assert [line["signal"] for line in events(server, "stopping")] == ["SIGINT"]
    assert len(events(server, "clients cut off")) == 1
    assert "Traceback" not in server.stderr()
