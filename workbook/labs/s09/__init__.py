"""Tools for experiments and tests of step 9. Nothing of the server uses them.

    judge("a bug")                       what `verdict` says of an exception of that kind
    through("disk full", "save it")      what comes out of a `context` that an exception goes through
    Recorder("notice", "json")           a log that keeps its lines
    Signalled().during("SIGTERM", …)     which methods are called when these signals come
    House("save")                        a house in which `save` fails; `leave_house` locks it up
    slow_log(128)                        a slow log, at a time that stands still
    logs.events(b"time=1 event=a\\n")     what is read back of a log

`server.py` is a server with commands that go wrong.
"""

from __future__ import annotations

import errno
import io
import logging
import signal
import sys
import threading
import time
from typing import Any, Final

from steps.s02_resp.values import CommandError, ProtocolError
from steps.s06_types.keyspace import WrongType
from steps.s07_persistence.aof.journal import JournalError
from steps.s09_logging.context import context
from steps.s09_logging.errors import MachineError, NoAuth, verdict
from steps.s09_logging.log.lines import Lines, Log
from steps.s09_logging.shutdown import leave
from steps.s09_logging.signals import stopping_on_signals
from steps.s09_logging.slowlog import SlowLog
from steps.unwritten import Unwritten
from workbook.labs.s09 import logs as logs

# --- errors and their context -------------------------------------------------------------------

ERRORS: Final[dict[str, BaseException]] = {
    "a command error": CommandError("ERR syntax error"),
    "a wrong type": WrongType(),
    "no password": NoAuth("Authentication required."),
    "no writing": JournalError("MISCONF Errors writing to the AOF file: No space left on device"),
    "a protocol error": ProtocolError("invalid bulk length"),
    "an empty exercise": Unwritten("exercise 6.3"),
    "a bug that looks like an exercise": NotImplementedError("not done for lists"),
    "trouble with the machine": MachineError("cannot save the snapshot: No space left on device"),
    "disk full": OSError(errno.ENOSPC, "No space left on device"),
    "no number": OSError("the disk is gone"),
    "a bug": KeyError("password=hunter2"),
    "Ctrl-C": KeyboardInterrupt(),
}


def judge(kind: str) -> dict[str, Any]:
    """What `verdict` says of an exception of this kind, as plain values."""
    error = ERRORS[kind]
    if not isinstance(error, Exception):
        raise ValueError(f"{kind} is no Exception")
    judged = verdict(error)
    return {**judged._asdict(), "reply": str(judged.reply)}


class Listening(logging.Handler):
    """Counts what is logged meanwhile, by anybody."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    def emit(self, record: logging.LogRecord) -> None:
        self.count += 1


def through(kind: str, *doing: str, **facts: object) -> dict[str, Any]:
    """What comes out when an exception of this kind goes through `context(doing, **facts)`.

    Several `doing` are contexts within each other, the innermost first. In the result are the
    class, the text and the notes of what came out; whether it is the very same exception; the
    class of its cause; whether the way it took is still to be seen; and how often it was logged.
    Where nothing came out, the class is "nothing".
    """
    thrown = ERRORS[kind]
    thrown.__notes__ = []
    listening = Listening()
    logging.getLogger().addHandler(listening)
    try:
        nested(thrown, doing, facts)
    except BaseException as error:
        if isinstance(error, Unwritten):
            raise
        cause = error.__cause__
        return {
            "class": type(error).__name__,
            "text": str(error),
            "notes": list(getattr(error, "__notes__", [])),
            "same": error is thrown,
            "cause": None if cause is None else type(cause).__name__,
            "origin": "raise_it" in functions_in(error if error is thrown else cause),
            "logged": listening.count,
        }
    finally:
        logging.getLogger().removeHandler(listening)
    none = dict.fromkeys(("text", "cause"))
    told = {"notes": [], "same": False, "origin": False, "logged": listening.count}
    return {"class": "nothing", **none, **told}


def nested(thrown: BaseException, doing: tuple[str, ...], facts: dict[str, object]) -> None:
    """Raises inside of as many contexts."""
    if not doing:
        raise_it(thrown)
    with context(doing[-1], **facts):
        nested(thrown, doing[:-1], facts)


def raise_it(error: BaseException) -> None:
    """The place where it goes wrong."""
    error.__traceback__ = error.__cause__ = error.__context__ = None
    raise error


def functions_in(error: BaseException | None) -> list[str]:
    """The names of the functions in a traceback."""
    trace = error.__traceback__ if error else None
    names = []
    while trace is not None:
        names.append(trace.tb_frame.f_code.co_name)
        trace = trace.tb_next
    return names


def untroubled() -> list[str]:
    """What happens around a `with context(...)` in which nothing goes wrong."""
    happened = ["before"]
    with context("do nothing"):
        happened.append("inside")
    happened.append("after")
    return happened


# --- the log ------------------------------------------------------------------------------------


class Keeping(logging.Handler):
    """Keeps the lines of what is logged, as if all of it happened at 12:00:00.250."""

    def __init__(self, lines: Lines) -> None:
        super().__init__()
        self.lines: list[str] = []
        self.line = lines.line

    def emit(self, record: logging.LogRecord) -> None:
        record.created = 1714564800.25
        self.lines.append(self.line(record))


class Costly:
    """A value that is expensive to turn into text, and counts how often that is done."""

    def __init__(self) -> None:
        self.times = 0

    def __str__(self) -> str:
        self.times += 1
        return "at great cost"


class Recorder:
    """A log at a time that stands still, 12:00:00.250 UTC on May 1st 2024, and its `lines`."""

    def __init__(self, level: str = "notice", form: str = "text") -> None:
        keeping = Keeping(Lines(form=form))
        logger = logging.Logger("lab")  # noqa: LOG001 - one that no other recorder knows
        logger.addHandler(keeping)
        self.lines = keeping.lines
        self.log = Log(logger)
        self.log.set_level(level)

    def event(self, level: int, name: str, **facts: object) -> None:
        """Logs an event."""
        self.log(level, name, **facts)


# --- signals ------------------------------------------------------------------------------------


class Forgetful:
    """In the place of `signal.signal`: it does not know who was there before, and notes what comes."""

    def __init__(self, notes: list[str]) -> None:
        self.notes = notes
        self.known: set[int] = set()

    def __call__(self, number: int, handler: Any) -> Any:
        if number not in self.known:
            self.known.add(number)
            return None
        if handler is None:
            raise TypeError("signal handler must be signal.SIG_IGN, signal.SIG_DFL, or a callable")
        self.notes.append(getattr(handler, "name", "a function"))
        return None


class Signalled:
    """A server that notes what it is told. `calls` is what happened, in order."""

    def __init__(self) -> None:
        self.calls: list[str] = []

    def stop(self) -> None:
        self.calls.append("stop")

    def force(self) -> None:
        self.calls.append("force")

    def missed(self, number: int, frame: object) -> None:
        """The handler from before: of a program in which the server runs."""
        self.calls.append(f"{signal.Signals(number).name} went elsewhere")

    def during(self, *names: str, error: str = "") -> list[str]:
        """Sends this process the signals while the block runs, and one SIGTERM after it.

        The block ends with an exception, if one is named: "ValueError" or "KeyboardInterrupt".
        """
        numbers = [signal.SIGINT, signal.SIGTERM]
        before = {number: signal.signal(number, self.missed) for number in numbers}
        try:
            self.block(names, error)
            signal.raise_signal(signal.SIGTERM)
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
        return self.calls

    def block(self, names: tuple[str, ...] = (), error: str = "") -> None:
        """The `with` block; it ends with this exception, if any."""
        try:
            with stopping_on_signals(self) as came:
                for name in names:
                    signal.raise_signal(getattr(signal, name))
                    self.calls.append("on")
                if error:
                    raise {"ValueError": ValueError, "KeyboardInterrupt": KeyboardInterrupt}[error]
        except ValueError:
            self.calls.append("failed")
        except KeyboardInterrupt:
            self.calls.append("interrupted")
        else:
            self.calls.append(" ".join(signal.Signals(number).name for number in came))

    def quietly(self) -> tuple[int, str]:
        """How often is logged, and what is printed, while three signals come."""
        listening, root = Listening(), logging.getLogger()
        level, out, err = root.level, sys.stdout, sys.stderr
        sys.stdout = sys.stderr = printed = io.StringIO()
        root.addHandler(listening)
        root.setLevel(logging.DEBUG)
        try:
            self.during("SIGINT", "SIGTERM", "SIGINT")
        finally:
            sys.stdout, sys.stderr = out, err
            root.setLevel(level)
            root.removeHandler(listening)
        return listening.count, printed.getvalue()

    def after_an_unknown_handler(self) -> list[str]:
        """What is put back where `signal.signal` did not know the handler from before."""
        put_back: list[str] = []
        given = signal.signal
        signal.signal = Forgetful(put_back)  # type: ignore[assignment]
        try:
            self.block()
        finally:
            signal.signal = given
        return put_back

    def in_the_middle_of_stop(self) -> list[str]:
        """What is called if a second signal comes while `stop` runs for the first."""
        calls: list[str] = []

        class Server:
            def stop(self) -> None:
                calls.append("stop")
                if len(calls) == 1:
                    signal.raise_signal(signal.SIGTERM)

            def force(self) -> None:
                calls.append("force")

        with stopping_on_signals(Server()):
            signal.raise_signal(signal.SIGTERM)
        return calls

    def where_it_was_ignored(self) -> list[str]:
        """What is put back where the program has told Python to ignore SIGINT and SIGTERM."""
        numbers = [signal.SIGINT, signal.SIGTERM]
        before = {number: signal.signal(number, signal.SIG_IGN) for number in numbers}
        try:
            self.block()
            return [getattr(signal.getsignal(number), "name", "a handler") for number in numbers]
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def in_a_thread(self) -> list[str]:
        """Runs the block where no handler can be installed."""
        thread = threading.Thread(target=self.block, args=((), False))
        thread.start()
        thread.join()
        return self.calls


# --- the end ------------------------------------------------------------------------------------


class House:
    """A house whose methods note that they were called; those in `failing` raise an error."""

    def __init__(self, *failing: str, drained: bool = True) -> None:
        self.failing = failing
        self.drained = drained
        self.calls: list[str] = []
        self.acknowledged = 3
        self.saved: int | None = None
        """How many of the acknowledged writes are in the snapshot."""

    def note(self, name: str) -> None:
        self.calls.append(name)
        if name in self.failing:
            raise MachineError(f"cannot {name}: No space left on device")

    def refuse(self) -> None:
        self.note("refuse")

    def drain(self) -> bool:
        self.acknowledged += 1  # the last command of a client that was at it
        self.note("drain")
        return self.drained

    def hang_up(self) -> None:
        self.note("hang_up")

    def close_journal(self) -> None:
        self.note("close_journal")

    def save(self) -> None:
        self.saved = self.acknowledged if "hang_up" in self.calls else None
        self.note("save")


def leave_house(house: House) -> tuple[int, list[str]]:
    """The exit code, and the lines of the log."""
    recorder = Recorder()
    return leave(house, recorder.log), recorder.lines


# --- the slow log -------------------------------------------------------------------------------


def slow_log(length: int = 128) -> SlowLog:
    """A slow log at 1714564800.9 seconds after 1970."""
    return SlowLog(length, now=lambda: 1714564800.9)


def filled_by_threads(threads: int, each: int) -> list[int]:
    """The ids in a slow log, the oldest first, to which that many threads have added.

    Whoever asks this one for the time lets the others go first: what can go wrong does go wrong.
    """

    def now() -> float:
        time.sleep(0.001)
        return 1714564800.9

    log = SlowLog(threads * each, now)

    def add() -> None:
        for _ in range(each):
            log.add([b"PING"], 1.0)

    crowd = [threading.Thread(target=add) for _ in range(threads)]
    for thread in crowd:
        thread.start()
    for thread in crowd:
        thread.join()
    return [entry.id for entry in log.entries]
