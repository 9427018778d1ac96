"""The session of the complete server.

Three things are new. It needs no locks, since one thread serves all clients and no command gives
up control, so it runs a command as soon as it is parsed. A client may be in a situation in which
not everything is allowed: not yet authenticated, subscribed, between MULTI and EXEC, monitoring
others; then the session checks each request (`parse_guarded`). And it may wait, listen, and change
its database.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from time import monotonic, perf_counter
from typing import Protocol

from steps.s02_resp.encode import encode
from steps.s02_resp.parser import RequestParser
from steps.s02_resp.values import (
    NEED_MORE,
    CommandError,
    Encoded,
    NeedMore,
    ProtocolError,
    Push,
    Replies,
    Reply,
    Request,
)
from steps.s05_commands.command import Command, Flags
from steps.s05_commands.forms import form_of
from steps.s07_persistence.session import JournalSession
from steps.s09_logging.errors import NoAuth
from steps.s09_logging.session import LoggingSession
from steps.s10_asyncio.interest import Interest
from steps.s10_asyncio.memory.keyspace import Keyspace
from steps.s10_asyncio.state import State
from steps.s10_asyncio.transaction import ABORTED_FOR, Queued, Transaction
from steps.s10_asyncio.waiting.keys import Waiter

_IDS = count(1)


@dataclass(eq=False)
class Client:
    """What the server knows about one client. https://redis.io/docs/latest/commands/client-list/"""

    address: str
    local_address: str
    descriptor: int = -1
    id: int = field(default_factory=lambda: next(_IDS))
    since: float = field(default_factory=monotonic)
    by_path: bool = False
    """Whether it has come through the socket in the file system."""
    name: bytes = b""
    library: bytes = b""
    library_version: bytes = b""
    stays: bool = False
    """CLIENT NO-EVICT."""
    heard: Callable[[], float] = monotonic
    """When its last bytes arrived, by the monotonic clock."""
    unsent: Callable[[], int] = lambda: 0
    """How many bytes of replies wait to go out."""
    stop_reading: Callable[[], None] = lambda: None
    """Leaves what the client sends in the hands of the system, until its connection is regulated."""


@dataclass(eq=False)
class Aside:
    """What a command sends to its own client besides its reply: before it, and after it."""

    before: list[bytes] = field(default_factory=list)
    after: list[bytes] = field(default_factory=list)


class BlockingCommand(Protocol):
    """What a session needs to know about a command that may wait."""

    kind: type
    timeout: float
    timeout_reply: Reply
    empty_reply: Reply
    """The reply in a transaction, where no command waits."""
    lost_reply: Reply
    """The reply if a key of a waiting client is removed, or gets a value of another type; None: it goes
    on waiting.
    """
    counts_late: bool
    """Whether taking an item after waiting counts as a change, as it does for some commands in
    Redis.
    """

    def waits_for(self) -> list[bytes]:
        """The keys; the first one that has something is used."""

    def attempt(self, session: ClientSession, key: bytes) -> Reply:
        """Takes what it wants from `key`: the reply, or None if there is nothing to be had."""

    def effects(self, reply: Reply) -> list[Request]:
        """What the journal keeps of it."""


NO_REPLY = Replies()
"""The reply of a command that is answered later."""

WHILE_SUBSCRIBED = frozenset(
    {
        *(b"SUBSCRIBE", b"UNSUBSCRIBE", b"PSUBSCRIBE", b"PUNSUBSCRIBE"),
        *(b"SSUBSCRIBE", b"SUNSUBSCRIBE", b"PING", b"QUIT", b"RESET"),
    }
)
"""The commands of a RESP2 client that listens to channels: its replies and messages look alike."""

NOT_QUEUED = frozenset({b"EXEC", b"DISCARD", b"MULTI", b"WATCH", b"QUIT", b"RESET"})
"""The commands that run at once between MULTI and EXEC."""


LOADING = "LOADING Redis is loading the dataset in memory"
"""The error of most commands while the files are being loaded."""

OUT_OF_MEMORY = "OOM command not allowed when used memory > 'maxmemory'."
"""The error of commands that need memory, while the process has more of it than it may have."""

MOST_WORDS = 10
"""Words in a request of a client that has not sent the password, as in Redis."""

MOST_BYTES = 16 * 1024
"""Bytes in a word of such a request."""


class StrangersParser(RequestParser):
    """Step 2's parser, with little memory, for a client that has not sent the password.

    A feed returns at most one request, as that may be AUTH, which lifts the limits for the next.
    """

    taken = False
    """Whether the last feed returned a request: then there may be another in the buffer."""

    def feed(self, data: bytes) -> list[Request]:
        self.taken = False
        return super().feed(data)

    def next_request(self) -> Request | NeedMore:
        if self.taken:
            return NEED_MORE
        request = super().next_request()
        self.taken = request is not NEED_MORE and bool(request)
        return request

    def read_header(self, marker: bytes, maximum: int, bad: str, long: str) -> int | NeedMore:
        number = super().read_header(marker, maximum, bad, long)
        if number is not NEED_MORE:
            if marker == b"*" and number > MOST_WORDS:
                raise ProtocolError("unauthenticated multibulk length")
            if marker == b"$" and number > MOST_BYTES:
                raise ProtocolError("unauthenticated bulk length")
        return number


def going_on(parser: RequestParser, kind: type[RequestParser]) -> RequestParser:
    """A parser of another kind that continues where `parser` is between two feeds."""
    new = kind()
    new.buffer, new.error = parser.buffer, parser.error
    new.words, new.missing, new.length = parser.words, parser.missing, parser.length
    return new


class ClientSession(LoggingSession):
    """The conversation with one client of the complete server."""

    state: State
    store: Keyspace

    def __init__(
        self,
        state: State,
        client: Client,
        send: Callable[[bytes], None],
        cut: Callable[[], None] = lambda: None,
        proceed: Callable[[], None] = lambda: None,
    ) -> None:
        """`send` sends data that the client did not just ask for: a message, a late reply.

        `cut` ends the connection silently. `proceed` takes the `next_portion` of the replies
        once those before it are sent.
        """
        super().__init__(state)
        self.client = client
        self.address = client.address
        self.send = send
        self.cut = cut
        self.proceed = proceed
        self.index = 0
        self.transaction = Transaction()
        self.channels: dict[bytes, None] = {}
        self.patterns: dict[bytes, None] = {}
        self.shards: dict[bytes, None] = {}
        """What the client listens to: channels, patterns, and channels of shards."""
        self.muted = ""
        """CLIENT REPLY: OFF, SKIP for the next command, SKIPPING during that one, or nothing."""
        self.waiter: Waiter | None = None
        self.authenticated = not state.settings.requirepass
        self.executing = self.ending = False
        self.aside: Aside | None = None
        self.rejected = False
        """Whether the error is about the situation, not the command itself."""
        self.usage = state.statistics.usage  # there is one thread, so all sessions count together
        # No other thread runs commands, so a command need not wait before it runs.
        self.execute = self.run  # type: ignore[method-assign]
        state.sessions.add(self)
        if state.notifier:
            self.choose_run()
        self.guard()

    def choose_run(self) -> None:
        """Has commands run by the notifier, if there is one."""
        self.__dict__.pop("run", None)
        if notifier := self.state.notifier:
            self.run = partial(notifier.run, self)  # type: ignore[method-assign]
        self.execute = self.run  # type: ignore[method-assign]

    def guard(self) -> None:
        """Checks again whether the client is in a special situation, after a change."""
        state = self.state
        special = self.transaction.open or self.hears_itself() or state.busy or state.full
        if special or state.files.loading or not self.authenticated:
            self.parse = self.parse_guarded  # type: ignore[method-assign]
        else:
            self.__dict__.pop("parse", None)  # the method of step 5 is there again
        if self.hears_itself() or self.muted or state.pause.on:
            self.reply = self.reply_specially  # type: ignore[method-assign]
        else:
            self.__dict__.pop("reply", None)
        if self.authenticated == isinstance(self.parser, StrangersParser):
            self.trust()

    def trust(self) -> None:
        """Changes the parser: the password was sent, or is required again."""
        if self.authenticated:
            self.parser = going_on(self.parser, self.parser_class)
            self.__dict__.pop("receive", None)
        else:
            self.parser = going_on(self.parser, StrangersParser)
            self.receive = self.receive_one_by_one  # type: ignore[method-assign]

    def receive_one_by_one(self, data: bytes) -> bytes:
        """As `receive`, but parses a request only when the one before it has been run."""
        replies: list[bytes] = []
        taken = True
        while taken and not (replies and self.paused):
            parser = self.parser
            replies.append(super().receive(data))
            data = b""
            taken = isinstance(parser, StrangersParser) and parser.taken
        return b"".join(replies)

    def parse_guarded(self, request: Request) -> Command:
        """Parses a request, or has it queued, if the situation of the client allows it."""
        name = request[0].upper()
        queues = self.transaction.open and name not in NOT_QUEUED
        try:
            # Redis refuses in this order, and clients recognize their situation by the error.
            command = self.state.registry.find(request)
            self.require_password(command)
            self.require_memory(command, queues)
            self.require_subscription_command(command)
            self.require_loaded(command)
            self.require_patience(command)
            self.require_watching_only(command)
            if queues and command.flags & Flags.NO_MULTI:
                raise CommandError("ERR Command not allowed inside a transaction")
        except CommandError as error:
            self.transaction.refused = self.transaction.open
            self.rejected = True
            if name == b"EXEC":
                raise self.abort(error) from error
            raise
        queued = Queued(command, request)
        return queued if queues else queued.parsed()

    def abort(self, error: CommandError) -> CommandError:
        """The error of an EXEC that is itself refused, which still ends the transaction."""
        self.transaction.discard()
        self.guard()
        return CommandError(ABORTED_FOR + str(error).removeprefix(ABORTED_FOR).removeprefix("ERR "))

    def require_password(self, command: type[Command]) -> None:
        """Refuses a command that needs a password, if none was sent."""
        if not self.authenticated and not command.flags & Flags.NO_AUTH:
            raise NoAuth("Authentication required.")

    def require_memory(self, command: type[Command], queues: bool) -> None:
        """Refuses what may need memory, if there is too little: most writing, and a longer queue."""
        if not self.state.refuses_growth():
            return
        runs = self.transaction.queue if command.name == b"EXEC" else []
        denied = any(one.flags & Flags.DENYOOM for one in (command, *(one.command for one in runs)))
        if queues or denied:
            raise CommandError(OUT_OF_MEMORY)

    def require_subscription_command(self, command: type[Command]) -> None:
        """Refuses commands that a RESP2 client may not send while it is subscribed."""
        if self.protocol == 2 and self.listens() and command.name not in WHILE_SUBSCRIBED:
            raise CommandError(
                f"ERR Can't execute '{command.full_name()}': only (P|S)SUBSCRIBE /"
                " (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context"
            )

    def require_watching_only(self, command: type[Command]) -> None:
        """Refuses commands that a client may not send while it monitors others."""
        about_data = command.flags & (Flags.READONLY | Flags.WRITE) or command.name == b"PUBLISH"
        if about_data and self in self.state.monitors:
            raise CommandError("ERR Replica can't interact with the keyspace")

    def require_loaded(self, command: type[Command]) -> None:
        """Refuses most commands while the files are being loaded."""
        if self.state.files.loading and not command.flags & Flags.LOADING:
            raise CommandError(LOADING)

    def require_patience(self, command: type[Command]) -> None:
        """Refuses most commands while a script takes too long."""
        if self.state.busy and not command.flags & Flags.ALLOW_BUSY:
            raise CommandError(self.state.busy)

    # --- statistics -----------------------------------------------------------------------------

    def read(self, command: Command) -> Reply:
        """As in step 9, and counts whether the keys that the command looks up are there."""
        store, past = self.store, self.state.statistics
        found, missed = store.found, store.missed
        if command.asked_key:
            store.find(getattr(command, command.asked_key))
            found, missed = store.found - found, store.missed - missed
            past.hits += found
            past.misses += missed
            return JournalSession.run(self, command)
        try:
            return JournalSession.run(self, command) if command.writes else command.execute(self)
        finally:
            past.hits += store.found - found
            past.misses += store.missed - missed

    def failure(self, error: Exception, request: Request) -> CommandError:
        """As in step 9, and counts the error."""
        reply = super().failure(error, request)
        ran, rejected = self.ran, self.rejected
        self.ran = self.rejected = False
        kind = None if self.state.registry.stub else self.state.registry.known(request)
        if kind is not None:
            form = form_of(kind)
            rejected = rejected or not form.least <= len(request) <= form.most
            self.last_command = self.last_command if rejected else kind
            self.state.statistics.count_failure(kind, ran=ran, rejected=rejected)
        self.state.statistics.count_error(str(reply))
        return reply

    # --- databases ------------------------------------------------------------------------------

    def select(self, index: int) -> None:
        """From now on this client works on the database `index`."""
        self.store = self.state.databases[index]
        self.index = index

    def interest(self) -> Interest:
        """Where to register for changes of the selected database."""
        return self.state.interests[self.index]

    def execute_queue(self) -> Reply:
        """EXEC: runs the queued commands. Meanwhile, the client neither queues nor waits."""
        self.executing = True
        try:
            with self.state.files.together:
                return self.transaction.execute(self.run_queued)
        finally:
            self.executing = False
            self.guard()

    def run_queued(self, queued: Queued) -> Reply:
        """Runs a command that was queued. Its error is a reply like any other.

        The reply is encoded now, since a HELLO after it may change the protocol.
        """

        def answer() -> bytes:
            try:
                reply = self.run(queued.parsed())
            except Exception as error:
                reply = self.failure(error, queued.request)
            return encode(reply, self.protocol)

        # if the client wants no replies, only what is sent to it meanwhile reaches it
        return Encoded(answer() if self.muted else self.in_order(answer))

    # --- waiting --------------------------------------------------------------------------------

    def block(self, command: BlockingCommand) -> Reply:
        """Waits until one of the command's keys has what it wants, or its time is up (0: never).

        In a transaction no command waits: it replies at once that there is nothing.
        """
        keys = command.waits_for()
        for key in keys:
            if (reply := command.attempt(self, key)) is not None:
                return reply
        if self.executing:
            return command.empty_reply
        waiter = Waiter(
            keys,
            lambda key: self.attempt_late(command, key),
            self.wake,
            command.timeout,
            command.timeout_reply,
            lambda key: self.lost(command, key),
        )
        self.state.waiting_in(self.index).wait(waiter)
        self.waiter = waiter
        self.paused = True
        return NO_REPLY

    def took(self, command: Command, seconds: float) -> None:
        """As in step 9; but a command that is waiting has not taken any time yet."""
        if self.waiter is None:
            self.report_time(command, seconds)

    def report_time(self, command: Command, seconds: float) -> None:
        """A command took long, or all are reported: for the slow log and for LATENCY."""
        state = self.state
        if seconds > state.log_slow:
            super().took(command, seconds)
        state.spikes.note("fast-command" if command.flags & Flags.FAST else "command", seconds)
        if state.settings.latency_tracking:
            state.histograms.count(type(command), seconds)

    def attempt_late(self, command: BlockingCommand, key: bytes) -> Reply:
        """Tries once more, for a key that has changed; its effects go into the journal."""
        if not isinstance(self.store.find(key), command.kind):
            return None
        files = self.state.files
        before, began = files.here.made, perf_counter()
        notifier = self.state.notifier
        if notifier:
            notifier.before(self, command)
        try:
            reply = command.attempt(self, key)
        except CommandError as error:
            return error
        finally:
            if notifier:
                notifier.after(self, command)
        seconds = perf_counter() - began
        if seconds > self.state.slow and isinstance(command, Command):
            self.report_time(command, seconds)
        if files.here.made != before:
            self.wrote = True
            files.append(self.index, command.effects(reply))
            if not command.counts_late:
                self.store.count(-1)
        return reply

    def lost(self, command: BlockingCommand, key: bytes) -> Reply:
        """The reply for a client that waits for a key that is gone; None: it goes on waiting."""
        there = isinstance(self.store.find(key), command.kind)
        return None if there else command.lost_reply

    def wake(self, reply: Reply) -> None:
        """The wait has ended: sends the reply.

        The requests that arrived meanwhile have their turn soon.

        Not at once: one of them may wake the next client, whose requests wake another, and the
        stack would grow with each.
        """
        self.waiter = None
        if isinstance(reply, CommandError):
            if self.last_command:
                self.state.statistics.count_failure(self.last_command, ran=True, rejected=False)
            self.state.statistics.count_error(str(reply))
        encoded = self.kept(encode(reply, self.protocol))
        self.send(b"" if self.muted == "OFF" else encoded)
        self.paused = self.closing
        self.state.later(0, lambda: self.send(self.receive(b"")))

    def fill(self) -> None:
        super().fill()
        self.state.later(0, self.proceed)

    def last_command_name(self) -> str:
        """The last command of this client, as CLIENT LIST writes it; NULL if there was none."""
        return self.last_command.full_name() if self.last_command else "NULL"

    def listens(self) -> bool:
        """Whether the client gets messages without asking for each."""
        return bool(self.channels or self.patterns or self.shards)

    def unblock(self, reply: Reply) -> None:
        """CLIENT UNBLOCK: ends the waiting from outside."""
        if self.waiter:
            self.state.waiting_in(self.index).leave(self.waiter)
            self.waiter.wake(reply)

    def waits(self) -> bool:
        """Whether the client has a reason to send nothing: it waits, or it listens."""
        return bool(self.waiter) or self.listens()

    def waiting_requests(self) -> int:
        """How many requests have arrived that are not answered yet."""
        return len(self.requests)

    # --- messages -------------------------------------------------------------------------------

    def push(self, message: Push) -> None:
        """Sends a message; one caused by its own command comes right before that command's reply."""
        data = encode(message, self.protocol)
        if self.aside:
            self.aside.before.append(data)
        else:
            self.send(data)

    def show(self, asking: ClientSession, line: bytes) -> None:
        """Sends a line of MONITOR; one about its own command comes right after that command's reply."""
        if asking is self and self.aside:
            self.aside.after.append(line)
        else:
            self.send(line)

    def hears_itself(self) -> bool:
        """Whether a command of the client may send it something besides the reply."""
        return self.listens() or self in self.state.monitors

    def reply_specially(self, request: Request) -> bytes:
        """As `reply`, together with what the command sends to this client, if it may run and speak."""
        if self.is_held(request):
            self.requests.appendleft(request)
            self.paused = True
            self.state.pause.held[self.go_on] = None
            return b""
        return self.in_order(lambda: self.reply_if_wanted(request))

    def is_held(self, request: Request) -> bool:
        """Whether CLIENT PAUSE keeps the request from being handled."""
        if not self.state.pause.on:
            return False
        try:
            command = self.state.registry.find(request)
        except Exception:  # which is its reply, at once
            return False
        return self.state.pause.holds(command, request, self)

    def is_blocked(self) -> bool:
        """Whether a command of the client waits: for a key, or for the end of a pause."""
        return self.waiter is not None or self.go_on in self.state.pause.held

    def go_on(self) -> None:
        """Handles the requests that had to wait."""
        self.paused = self.closing
        self.send(self.receive(b""))

    def reply_if_wanted(self, request: Request) -> bytes:
        """As `reply`, but nothing where CLIENT REPLY has told the server to be silent."""
        if self.muted == "SKIP":
            self.muted = "SKIPPING"
        reply = super().reply(request)
        silent = self.muted in ("SKIPPING", "OFF")
        if self.muted == "SKIPPING":
            self.mute("")
        return b"" if silent else reply

    def mute(self, how: str) -> None:
        """From now on the client gets all replies (""), none ("OFF"), or not the next one ("SKIP")."""
        self.muted = how
        self.guard()

    def in_order(self, answer: Callable[[], bytes]) -> bytes:
        """What `answer` returns, and around it what is sent to this client meanwhile.

        If it were sent at once, it would come before the replies to earlier requests of the batch.
        """
        outer, self.aside = self.aside, Aside()
        try:
            reply = answer()
            return b"".join([*self.aside.before, reply, *self.aside.after])
        finally:
            self.aside = outer

    def forget(self) -> None:
        """Removes all that the server keeps for this client: subscriptions, watched keys, waiting."""
        self.transaction.discard()
        hub = self.state.hub
        for own, listeners in (
            (self.channels, hub.channels),
            (self.patterns, hub.patterns),
            (self.shards, hub.shards),
        ):
            for name in own:
                hub.leave(listeners, name, self)
            own.clear()
        self.state.pause.held.pop(self.go_on, None)
        if self.waiter:
            self.state.waiting_in(self.index).leave(self.waiter)
            self.waiter = None
        self.state.stop_monitoring(self)

    def begin_anew(self) -> None:
        """RESET: as if the client had just connected."""
        self.forget()
        self.protocol = 2
        self.client.name = self.client_name = b""
        self.select(0)
        self.authenticated = not self.state.settings.requirepass
        self.mute("")

    def hang_up(self) -> None:
        """Ends the connection from our side once its replies are out, even while the client waits.

        It stops waiting, as whatever it took from now on would be lost.
        """
        self.ending = True
        if not self.is_full():
            self.close()
            self.forget()
            self.send(b"")

    def next_portion(self) -> bytes:
        replies = super().next_portion()
        if self.ending and not self.is_full():
            self.close()
            self.forget()
        return replies

    def throw_out(self) -> None:
        """Ends the connection at once, even that of a client that reads nothing."""
        self.close()
        self.forget()
        self.cut()

    def leave(self) -> None:
        """The client is gone."""
        self.close()
        self.forget()
        self.state.clients.pop(self.client.id, None)
        if not self.state.clients:
            self.state.on_empty()


def replayer(state: State) -> ClientSession:
    """A session without a client, which replays the journal."""
    session = ClientSession(state, Client("", ""), lambda data: None)
    # Requests in the journal have been acknowledged: they need no password, and count nowhere.
    session.authenticated, session.usage = True, {}
    session.guard()
    return session
