"""The session of the complete server.

Two ways lead through it. The short one, `reply`, is for a client in no special situation: nearly
every request of a busy server. The other is the way of the steps below, method by method; it does
everything, finds the words for what is wrong with a request, and here it also knows the situations
that a client may be in: not yet authenticated, subscribed, between MULTI and EXEC. While a session is
in one of them it is `guarded`, and takes only the second way.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import cache
from time import monotonic, perf_counter
from typing import Any, NamedTuple, Protocol

from steps.s02_resp.encode import encode
from steps.s02_resp.values import OK, CommandError, Push, Replies, Reply, Request
from steps.s05_commands.command import Command, Flags
from steps.s05_commands.fields import Bulk, Key, Optional
from steps.s05_commands.registry import Registry
from steps.s09_logging.session import Session as LoggingSession
from steps.s10_asyncio.client import Client
from steps.s10_asyncio.interest import Interest
from steps.s10_asyncio.plans import plans_of
from steps.s10_asyncio.state import State
from steps.s10_asyncio.transaction import ABORTED_FOR, Transaction
from steps.s10_asyncio.waiting_list import Waiter


class BlockingCommand(Protocol):
    """What a session needs to know of a command that may wait."""

    kind: type
    timeout: float
    timeout_reply: Reply
    empty_reply: Reply
    """The reply in a transaction, where nobody waits."""

    def waits_for(self) -> list[bytes]:
        """The keys, of which the first that has something serves."""

    def attempt(self, session: Session, key: bytes) -> Reply:
        """Takes what it wants from `key`: the reply, or None if there is nothing to be had."""

    def effects(self, request: Request, reply: Reply) -> list[Request]:
        """What the journal keeps of it."""


OK_LINE = b"+OK\r\n"

NO_REPLY = Replies()
"""The reply of a command that is answered later."""

WHILE_SUBSCRIBED = frozenset(
    {b"SUBSCRIBE", b"UNSUBSCRIBE", b"PSUBSCRIBE", b"PUNSUBSCRIBE", b"PING", b"QUIT", b"RESET"}
)
"""What a RESP2 client may ask while it listens to channels: its replies and messages look alike."""

NOT_QUEUED = frozenset({b"EXEC", b"DISCARD", b"MULTI", b"WATCH", b"QUIT", b"RESET"})
"""What is run at once between MULTI and EXEC."""


class Session(LoggingSession):
    """The conversation with one client of the complete server."""

    state: State

    def __init__(
        self,
        state: State,
        client: Client,
        send: Callable[[bytes], None],
        cut: Callable[[], None] = lambda: None,
    ) -> None:
        """`send` sends what is no reply to bytes that just came: a message, a late reply.

        `cut` ends the connection without a word.
        """
        super().__init__(state)
        self.client = client
        self.address = client.address
        self.send = send
        self.cut = cut
        self.find_way()
        self.index = 0
        self.transaction = Transaction()
        self.channels: dict[bytes, None] = {}
        self.patterns: dict[bytes, None] = {}
        self.waiter: Waiter | None = None
        self.authenticated = not state.settings.requirepass
        self.guarded = not self.authenticated
        self.executing = False
        self.ready = state.ready
        self.statistics = state.statistics
        self.last_request: Request = []
        self.requests_answered = 0

    def guard(self) -> None:
        """Finds out anew whether the client is in a special situation."""
        special = self.transaction.open or self.listens() or self in self.state.monitors
        self.guarded = not self.authenticated or special

    def find_way(self) -> None:
        """Finds out anew whether the short way is open: not while somebody watches all commands."""
        self.plans = {} if self.state.monitors else plans_of(self.state.registry)

    # --- from request to reply ----------------------------------------------------------------

    def receive(self, data: bytes) -> bytes:
        self.client.last_seen = monotonic()
        self.statistics.input_bytes += len(data)
        return super().receive(data)

    def reply(self, request: Request) -> bytes:
        """The hot path of the server: makes the command, runs it, encodes what it returns."""
        self.last_request = request
        self.requests_answered += 1
        plan = self.plans.get(request[0])
        if plan is None or self.guarded or not plan.least <= len(request) <= plan.most:
            encoded = super().reply(request)
        else:
            began = perf_counter()
            try:
                plain = plan.plain_least <= len(request) <= plan.plain_most
                command = plan.make(request) if plain else plan.command.parse(request)
                answer = self.run(command, request) if command.writes else command.execute(self)
            except Exception as error:
                answer = self.failure(error, request)
            seconds = perf_counter() - began
            if seconds > self.state.slow:
                self.took(request, seconds)
            encoded = OK_LINE if answer is OK else encode(answer, self.protocol)
        if self.ready:
            self.state.serve_waiting()
        return encoded

    def execute(self, request: Request) -> Reply:
        # No locks here: one thread serves all clients, and no command gives control away.
        # What EXEC runs has been judged when it was queued.
        guarded = self.guarded and not self.executing
        return self.execute_guarded(request) if guarded else self.dispatch(request)

    def execute_guarded(self, request: Request) -> Reply:
        """Executes a request, or queues it, if the situation of the client allows it."""
        name = request[0].upper()
        queues = self.transaction.open and name not in NOT_QUEUED
        try:
            # Redis refuses in this order, and clients tell by the error what their situation is.
            command = self.state.registry.find(request)
            self.require_password(command)
            self.require_subscription_command(command)
            self.require_watching_only(command)
            if queues and command.flags & Flags.NO_MULTI:
                raise CommandError("ERR Command not allowed inside a transaction")
        except CommandError as error:
            self.transaction.refused = self.transaction.open
            if name == b"EXEC":
                raise self.abort(error) from error
            raise
        return self.transaction.add(request) if queues else self.dispatch(request)

    def abort(self, error: CommandError) -> CommandError:
        """The error of an EXEC that is refused itself: the transaction is over all the same."""
        self.transaction.discard()
        self.guard()
        return CommandError(ABORTED_FOR + str(error).removeprefix(ABORTED_FOR).removeprefix("ERR "))

    def require_password(self, command: type[Command]) -> None:
        """Refuses a command that needs a password nobody has given yet."""
        if not self.authenticated and not command.flags & Flags.NO_AUTH:
            raise CommandError("NOAUTH Authentication required.")

    def require_subscription_command(self, command: type[Command]) -> None:
        """Refuses what a RESP2 client may not ask while it is subscribed."""
        if self.protocol == 2 and self.listens() and command.name not in WHILE_SUBSCRIBED:
            raise CommandError(
                f"ERR Can't execute '{command.full_name()}': only (P|S)SUBSCRIBE /"
                " (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context"
            )

    def require_watching_only(self, command: type[Command]) -> None:
        """Refuses what a client may not ask while it watches what others ask (MONITOR)."""
        if self in self.state.monitors and command.flags & (Flags.READONLY | Flags.WRITE):
            raise CommandError("ERR Replica can't interact with the keyspace")

    def dispatch(self, request: Request) -> Reply:
        try:
            return super().dispatch(request)
        finally:
            if self.state.monitors and not self.closing:  # QUIT is nothing to see
                self.show(request)

    def show(self, request: Request) -> None:
        """Shows a request that was run to those who watch, unless it is for nobody's eyes."""
        with suppress(CommandError):  # it was not run, for there is no such command
            command = self.state.registry.find(request)
            if not command.flags & (Flags.ADMIN | Flags.SKIP_MONITOR):
                for tell in list(self.state.monitors.values()):
                    tell(self, request)

    # --- databases ------------------------------------------------------------------------------

    def select(self, index: int) -> None:
        """From now on this client works on the database `index`."""
        self.store = self.state.databases[index]
        self.index = index

    def interest(self) -> Interest:
        """Where to ask to be told of changes of the selected database."""
        return self.state.interests[self.index]

    def execute_queue(self) -> Reply:
        """EXEC: runs what was queued. A client in the middle of it neither queues nor waits."""
        self.executing = True
        try:
            with self.state.files.together():
                return self.transaction.execute(self.answer)
        finally:
            self.executing = False
            self.guard()

    # --- waiting --------------------------------------------------------------------------------

    def block(self, command: BlockingCommand) -> Reply:
        """Waits until one of the command's keys has what it wants, or its time is up (0: never).

        In a transaction nobody waits: the command answers at once that there is nothing.
        """
        keys = command.waits_for()
        for key in keys:
            if (reply := command.attempt(self, key)) is not None:
                return reply
        if self.executing:
            return command.empty_reply
        waiting = self.state.waiting[self.index]
        waiter = Waiter(
            keys, lambda key: self.attempt_late(command, key), self.wake, command.timeout_reply
        )
        waiting.add(waiter)
        if command.timeout:
            waiter.timer = self.state.later(command.timeout, lambda: waiting.expire(waiter))
        self.waiter = waiter
        self.paused = True
        return NO_REPLY

    def attempt_late(self, command: BlockingCommand, key: bytes) -> Reply:
        """Tries once more, for a key that has changed; its effects are the journal's business."""
        if not isinstance(self.store.find(key), command.kind):
            return None
        before = self.store.changes
        try:
            reply = command.attempt(self, key)
        except CommandError as error:
            return error
        if self.store.changes != before:
            self.state.files.append(self.index, command.effects([], reply))
        return reply

    def wake(self, reply: Reply) -> None:
        """The wait is over: sends the reply. The requests that came meanwhile have their turn soon.

        Not at once: one of them may wake the next client, whose requests wake another, and the
        stack would grow with each. Still paused, `receive` brings the journal up to date, no more.
        """
        self.waiter = None
        self.send(encode(reply, self.protocol) + self.receive(b""))
        self.paused = self.closing
        self.state.later(0, self.go_on)

    def go_on(self) -> None:
        """Takes up the requests that came while the client waited."""
        self.send(self.receive(b""))

    def last_command(self) -> str:
        """The last command of this client, as CLIENT LIST writes it; NULL if there was none."""
        request = self.last_request
        command = self.state.registry.lookup(request) if request else None
        return command.full_name() if command else "NULL"

    def listens(self) -> bool:
        """Whether the client gets messages that it has not asked for one by one."""
        return bool(self.channels or self.patterns)

    def unblock(self, reply: Reply) -> None:
        """Ends the waiting from outside: CLIENT UNBLOCK."""
        if self.waiter:
            self.state.waiting[self.index].remove(self.waiter)
            self.waiter.wake(reply)

    def waits(self) -> bool:
        """Whether it is no wonder that the client asks nothing: it waits, or it listens."""
        return bool(self.waiter) or self.listens()

    def waiting_requests(self) -> int:
        """How many requests have come that are not answered yet."""
        return len(self.requests)

    # --- messages -------------------------------------------------------------------------------

    def push(self, message: Push) -> None:
        """Sends a message that nobody asked for."""
        self.send(encode(message, self.protocol))

    def forget(self) -> None:
        """Ends whatever the server keeps for this client: subscriptions, watched keys, waiting."""
        self.transaction.discard()
        for name in self.channels:
            self.state.hub.leave(self.state.hub.channels, name, self)
        for name in self.patterns:
            self.state.hub.leave(self.state.hub.patterns, name, self)
        self.channels.clear()
        self.patterns.clear()
        if self.waiter:
            self.state.waiting[self.index].remove(self.waiter)
            self.waiter = None
        if self.state.monitors.pop(self, None):
            self.state.monitors_changed()

    def begin_anew(self) -> None:
        """RESET: as if the client had just connected."""
        self.forget()
        self.protocol = 2
        self.client.name = self.client_name = b""
        self.select(0)
        self.authenticated = not self.state.settings.requirepass
        self.guard()

    def hang_up(self) -> None:
        """Ends the connection from our side once its replies are out, also while the client waits.

        It waits for nothing from now on: what it took would be lost.
        """
        self.close()
        self.forget()
        self.send(b"")

    def throw_out(self) -> None:
        """Ends the connection at once: a client that reads nothing must go too."""
        self.close()
        self.forget()
        self.cut()

    def leave(self) -> None:
        """The client is gone."""
        self.close()
        self.forget()
        self.state.clients.pop(self.client.id, None)
        self.state.statistics.commands += self.requests_answered
        if not self.state.clients:
            self.state.on_empty()
