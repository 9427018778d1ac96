"""A session that notes what goes wrong in it, and what takes long."""

from __future__ import annotations

from contextlib import suppress
from time import perf_counter

from steps.s02_resp.encode import encode
from steps.s02_resp.values import CommandError, Reply, Request
from steps.s05_commands.command import Flags
from steps.s08_testing.session import Session as FastSession
from steps.s09_logging.context import Discreet, Shown, Told, Traceback, context
from steps.s09_logging.errors import Verdict, verdict
from steps.s09_logging.levels import DEBUG, NOTICE, VERBOSE, WARNING
from steps.s09_logging.state import State
from steps.unwritten import Unwritten


class Session(FastSession):
    """Step 8's session with a log and a slow log.

    A command that goes well and fast costs two looks at a clock more than in step 8.
    """

    state: State
    address = ""
    """Of the client, as the server tells it: `127.0.0.1:50000`."""
    client_name = b""

    def receive(self, data: bytes) -> bytes:
        try:
            replies = super().receive(data)
        except CommandError as error:
            # The journal failed under a whole batch: none of its replies is true, so none goes out.
            self.close()
            self.state.log(WARNING, "journal error", client=self.address, error=error)
            return encode(error, self.protocol)
        if self.closing and (bad := self.parser.error):
            self.state.log(VERBOSE, "protocol error", client=self.address, error=bad)
        return replies

    def dispatch(self, request: Request) -> Reply:
        """Times the command. By now it has its locks: waiting for others is not its fault."""
        began = perf_counter()
        try:
            return super().dispatch(request)
        except CommandError:
            raise
        except Exception:
            # Only now: a context around each command would cost all of them, for a rare one's sake.
            with context("run a command", **self.facts(request)):
                raise
        finally:
            seconds = perf_counter() - began
            if seconds > self.state.slow:
                self.took(request, seconds)

    def took(self, request: Request, seconds: float) -> None:
        """A command was slow: puts it into the slow log, unless it is one that never goes there."""
        if self.state.files.loading:
            return  # nobody waits for what is replayed from the journal
        try:
            if self.state.registry.find(request).flags & Flags.SKIP_SLOWLOG:
                return
            self.state.slowlog.add(request, seconds, self.address, self.client_name)
        except CommandError:
            return  # no command, so it did not run
        except Unwritten as stub:
            # The command itself is done, and its reply must not suffer.
            self.state.log(NOTICE, "slow command not kept", why=stub.not_written)

    def failure(self, error: Exception, request: Request) -> CommandError:
        """The boundary: nothing below logs, everything is judged and logged here, once."""
        try:
            judged = verdict(error)
        except Unwritten as stub:
            hint = Discreet(Told(error), request)
            self.state.log(NOTICE, "error without a verdict", client=self.address, error=hint)
            # Without this exercise, the one that was missing first is still the one to tell of.
            return super().failure(error if isinstance(error, Unwritten) else stub, request)
        self.note(judged, error, request)
        if judged.close:
            self.close()
        return judged.reply

    def note(self, judged: Verdict, error: Exception, request: Request) -> None:
        """Logs what went wrong in a command. Nothing becomes text unless its level is on."""
        # An error reply tells all there is; of the others one wants to know where they come from.
        told = error if isinstance(error, CommandError) else Told(error)
        facts = {
            "client": self.address,
            "request": Shown(request),
            "error": Discreet(told, request),
        }
        if judged.fault == "bug" and self.state.log.enabled(DEBUG):
            facts["traceback"] = Discreet(Traceback(error), request)
        self.state.log(judged.level, f"{judged.fault} error", **facts)

    def report(self, bug: Exception, request: Request) -> None:
        self.note(verdict(bug), bug, request)

    def facts(self, request: Request) -> dict[str, object]:
        """Who was asking, and for what: the command and its keys."""
        facts: dict[str, object] = {"client": self.address, "command": request[0]}
        with suppress(Exception):  # the bug may be in the parsing itself
            facts["keys"] = b" ".join(self.keys(request))
        return facts
