"""A session that logs its errors, and records slow commands."""

from __future__ import annotations

from time import perf_counter

from steps.s02_resp.values import CommandError, Reply, Request
from steps.s05_commands.command import Command, Flags
from steps.s07_persistence.aof.journal import JournalError
from steps.s07_persistence.session import JournalSession
from steps.s08_testing.fast_parser import FastParser
from steps.s09_logging.context import context
from steps.s09_logging.errors import Verdict, verdict
from steps.s09_logging.log.levels import DEBUG, NOTICE, VERBOSE, WARNING
from steps.s09_logging.log.texts import Lazy, beginning, discreet, whole_traceback
from steps.s09_logging.state import State
from steps.s09_logging.usage import Usage
from steps.unwritten import Unwritten


class LoggingSession(JournalSession):
    """Step 7's session with the parser of step 8, a log, and a slow log.

    A command that succeeds quickly costs two more readings of a clock than in step 8.
    """

    parser_class = FastParser
    state: State
    address = ""
    """The client's address, as the server passes it: `127.0.0.1:50000`."""
    client_name = b""
    last_command: type[Command] | None = None

    def __init__(self, state: State) -> None:
        super().__init__(state)
        self.usage: dict[type[Command], Usage] = {}
        """Each session has its own counts, so that threads do not spoil each other's."""
        self.ran = False
        """Whether the error was raised while the command ran, not when it was parsed."""

    def cannot_keep(self, error: JournalError) -> bytes:
        self.state.log(WARNING, "journal error", client=self.address, error=error)
        return super().cannot_keep(error)

    def close(self) -> None:
        if (bad := self.parser.error) and not self.closing:
            self.state.log(VERBOSE, "protocol error", client=self.address, error=bad)
        super().close()

    def run(self, command: Command) -> Reply:  # type: ignore[override] # as in step 5
        """Times the command. It already has its locks, as waiting for others is not its fault."""
        state = self.state
        kind = self.last_command = command.__class__
        began = perf_counter()
        try:
            if command.reads:
                return self.read(command)
            if state.files.journal is None and state.files.last_ok:
                # There is nothing to keep: step 7's layer would do no more, and each write would
                # pay for the call.
                return command.execute(self)
            return JournalSession.run(self, command)  # half the cost of super() in Python 3.11
        except CommandError:
            self.ran = True
            raise
        except Exception:
            # Only now: a context around each command would slow all of them down for a rare case.
            with context("run a command", **self.facts(command)):
                raise
        finally:
            seconds = perf_counter() - began
            usage = self.usage.get(kind)
            if usage is None:
                usage = self.usage[kind] = Usage()
            usage.calls += 1
            usage.seconds += seconds
            if seconds > state.slow:
                self.took(command, seconds)
            if state.spectators:
                for show in list(state.spectators):
                    show(self, command)

    def read(self, command: Command) -> Reply:
        """Runs a command that looks keys up. If it changes nothing, the journal need not keep it."""
        return JournalSession.run(self, command) if command.writes else command.execute(self)

    def took(self, command: Command, seconds: float) -> None:
        """A command was slow: puts it into the slow log, unless it is one that never goes there."""
        if self.state.files.loading or command.flags & Flags.SKIP_SLOWLOG:
            return  # no client waits for a replay of the journal
        try:
            self.state.slowlog.add(command.request, seconds, self.address, self.client_name)
        except Unwritten as stub:
            # The command itself is done, and its reply must not be affected.
            self.state.log(NOTICE, "slow command not kept", why=stub.not_written)

    def failure(self, error: Exception, request: Request) -> CommandError:
        """The boundary: no lower level logs; everything is judged and logged here, once."""
        try:
            judged = verdict(error)
        except Unwritten as stub:
            hint = Lazy(discreet, error, request)
            self.state.log(NOTICE, "error without a verdict", client=self.address, error=hint)
            # Without this exercise, the first missing one is still the one to report.
            return super().failure(error if isinstance(error, Unwritten) else stub, request)
        self.note(judged, error, request)
        if judged.close:
            self.close()
        return judged.reply

    def note(self, judged: Verdict, error: Exception, request: Request) -> None:
        """Logs what went wrong in a command. Facts become text only if the level is on."""
        facts = {
            "client": self.address,
            "request": Lazy(beginning, request),
            "error": Lazy(discreet, error, request),
        }
        if judged.fault == "bug" and self.state.log.enabled(DEBUG):
            facts["traceback"] = Lazy(discreet, Lazy(whole_traceback, error), request)
        self.state.log(judged.level, f"{judged.fault} error", **facts)

    def report(self, bug: Exception, request: Request) -> None:
        self.note(verdict(bug), bug, request)

    def facts(self, command: Command) -> dict[str, object]:
        """Which client sent which command, with which keys."""
        keys = b" ".join(command.keys())
        return {"client": self.address, "command": command.request[0], "keys": keys}
