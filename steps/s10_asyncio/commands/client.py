"""CLIENT: what the server knows about its clients, and how to disconnect one.

https://redis.io/docs/latest/commands/client-list/
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import chain
from time import monotonic
from typing import TypeAlias

from steps.s02_resp.encode import encode
from steps.s02_resp.values import (
    OK,
    SYNTAX_ERROR,
    CommandError,
    Reply,
    Verbatim,
    text_of,
)
from steps.s05_commands.command import (
    NOT_SCRIPTED,
    OPERATOR,
    Family,
    Flags,
)
from steps.s05_commands.fields import (
    Bulk,
    Integer,
    ManyOption,
    OneOf,
    Option,
    Rest,
)
from steps.s10_asyncio.command import Command, Help
from steps.s10_asyncio.commands.hello import ConnectionCommand, name_client
from steps.s10_asyncio.session import NO_REPLY, ClientSession

NO_TIMEOUT = "ERR timeout is not an integer or out of range"
UNBLOCKED = "UNBLOCKED client unblocked via CLIENT UNBLOCK"
KINDS = ("NORMAL", "MASTER", "REPLICA", "SLAVE", "PUBSUB")


def situation(session: ClientSession) -> str:
    """What is special about a client, a letter each: it monitors, listens, queues, waits, stays.

    `N` if nothing is.
    """
    letters = {
        "O": session in session.state.monitors,
        "P": session.listens(),
        "x": session.transaction.open,
        "b": session.is_blocked(),
        "U": session.client.by_path,
        "e": session.client.stays,
    }
    return "".join(letter for letter, there in letters.items() if there) or "N"


def described(session: ClientSession, request: Sequence[bytes] = ()) -> bytes:
    """One line of CLIENT LIST. https://redis.io/docs/latest/commands/client-list/

    `request` is what this very client asks for. As in Redis it still counts: its bytes (qbuf), as
    those of requests that have to wait, and its words (argv-mem), as those of half a request.

    The memory is that of the bytes themselves. This server has no reply buffers of a fixed size
    (rbs, rbp, obl): bytes that the kernel does not accept at once wait in the transport.
    """
    client, now = session.client, monotonic()
    arrived = [*([request] if request else []), *session.requests]
    buffered = len(session.parser.buffer) + sum(len(encode(one)) for one in arrived)
    words, unsent = sum(map(len, chain(request, session.parser.words))), client.unsent()
    queued = sum(len(word) for one in session.transaction.queue for word in one.request)
    facts: dict[str, object] = {
        "id": client.id,
        "addr": client.address,
        "laddr": client.local_address,
        "fd": client.descriptor,
        "name": client.name.decode(),
        "age": int(now - client.since),
        "idle": int(now - client.heard()),
        "flags": situation(session),
        "db": session.index,
        "sub": len(session.channels),
        "psub": len(session.patterns),
        "ssub": len(session.shards),
        "multi": len(session.transaction.queue) if session.transaction.open else -1,
        "qbuf": buffered,
        "qbuf-free": 0,
        "argv-mem": words,
        "multi-mem": queued,
        "rbs": 0,
        "rbp": 0,
        "obl": 0,
        "oll": int(unsent > 0),
        "omem": unsent,
        "tot-mem": buffered + words + queued + unsent,
        "events": "rw" if unsent else "r",
        "cmd": session.last_command_name(),
        "user": "default",
        "redir": -1,
        "resp": session.protocol,
    }
    return " ".join(f"{name}={value}" for name, value in facts.items()).encode()


class ClientFamily(Command, Family, name="CLIENT", flags=Flags.NONE):
    """The connections."""

    group = "connection"


class ClientHelp(Help, name="CLIENT HELP"):
    """Says which subcommands there are."""

    group = "connection"


class ClientId(ConnectionCommand, name="CLIENT ID", flags=NOT_SCRIPTED):
    """The number of this connection: each gets a higher one."""

    def execute(self, session: ClientSession) -> Reply:
        return session.client.id


class ClientInfo(ConnectionCommand, name="CLIENT INFO", flags=NOT_SCRIPTED):
    """What the server knows about this client."""

    tips = ("nondeterministic_output",)

    def execute(self, session: ClientSession) -> Reply:
        return Verbatim(described(session, self.request) + b"\n")


def kind_of(session: ClientSession) -> str:
    """The kind of a client, one of those that CLIENT LIST and CLIENT KILL know."""
    return "PUBSUB" if session.listens() else "NORMAL"


KIND = OneOf(*KINDS, error="ERR Unknown client type '{}'")


class ClientList(ConnectionCommand, name="CLIENT LIST", flags=OPERATOR):
    """What the server knows about all clients, those of a kind, or some; a line for each."""

    tips = ("nondeterministic_output",)
    kind = Option("TYPE", KIND)
    ids = ManyOption("ID", Integer(error="ERR Invalid client ID"))

    def execute(self, session: ClientSession) -> Reply:
        if self.kind and self.ids:
            raise CommandError(SYNTAX_ERROR)
        lines = [
            described(one, self.request if one is session else ()) + b"\n"
            for one in self.chosen(session.state.clients)
        ]
        return Verbatim(b"".join(lines))

    def chosen(self, clients: Mapping[int, ClientSession]) -> list[ClientSession]:
        """The clients that the options select."""
        if self.ids:
            return [clients[number] for number in self.ids if number in clients]
        return [one for one in clients.values() if self.kind in (None, kind_of(one))]


class ClientGetName(ConnectionCommand, name="CLIENT GETNAME", flags=NOT_SCRIPTED):
    """The name of this client, or null."""

    def execute(self, session: ClientSession) -> Reply:
        return session.client.name or None


class ClientSetName(ConnectionCommand, name="CLIENT SETNAME", flags=NOT_SCRIPTED):
    """Gives this client a name."""

    new = Bulk()

    def execute(self, session: ClientSession) -> Reply:
        name_client(session, self.new)
        return OK


class ClientGetRedir(ConnectionCommand, name="CLIENT GETREDIR", flags=NOT_SCRIPTED):
    """The client that gets the messages of tracking for this one: -1, as there is no tracking here."""

    def execute(self, session: ClientSession) -> Reply:
        return -1


class ClientTrackingInfo(ConnectionCommand, name="CLIENT TRACKINGINFO", flags=NOT_SCRIPTED):
    """Whether this client is told of changes of the keys it has read: it is not."""

    def execute(self, session: ClientSession) -> Reply:
        return {b"flags": [b"off"], b"redirect": -1, b"prefixes": []}


class ClientReply(ConnectionCommand, name="CLIENT REPLY", flags=NOT_SCRIPTED):
    """Whether this client gets replies: all from now on, none, or not the next one."""

    how = OneOf("ON", "OFF", "SKIP")

    def execute(self, session: ClientSession) -> Reply:
        if self.how == "ON":
            session.mute("")
            return OK
        if session.muted != "OFF":
            session.mute(self.how)
        return NO_REPLY


class ClientPause(ConnectionCommand, name="CLIENT PAUSE", flags=OPERATOR):
    """Holds the commands of all clients for that many milliseconds, or only those that may write."""

    timeout = Integer(error=NO_TIMEOUT, low=0, range_error="ERR timeout is negative")
    mode = OneOf("WRITE", "ALL", error="ERR CLIENT PAUSE mode must be WRITE or ALL", default="ALL")

    def execute(self, session: ClientSession) -> Reply:
        session.state.pause.begin(self.timeout / 1000, self.mode == "ALL")
        return OK


class ClientUnpause(ConnectionCommand, name="CLIENT UNPAUSE", flags=OPERATOR):
    """Ends the waiting that CLIENT PAUSE has begun."""

    def execute(self, session: ClientSession) -> Reply:
        session.state.pause.finish()
        return OK


class ClientNoEvict(ConnectionCommand, name="CLIENT NO-EVICT", flags=OPERATOR):
    """Whether this client is to stay when memory runs short. Here all do, so it is only noted."""

    wanted = OneOf("ON", "OFF")

    def execute(self, session: ClientSession) -> Reply:
        session.client.stays = self.wanted == "ON"
        return OK


class ClientUnblock(ConnectionCommand, name="CLIENT UNBLOCK", flags=OPERATOR):
    """Ends the waiting of a client, as at a timeout or with an error: 1, or 0 if it does not wait."""

    number = Integer()
    how = OneOf(
        "TIMEOUT",
        "ERROR",
        error="ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR",
        default="TIMEOUT",
    )

    def execute(self, session: ClientSession) -> Reply:
        waiting = session.state.clients.get(self.number)
        if waiting is None or waiting.waiter is None:
            return 0
        if self.how == "ERROR":
            waiting.unblock(CommandError(UNBLOCKED))
        else:
            waiting.unblock(waiting.waiter.timeout_reply)
        return 1


class ClientKill(ConnectionCommand, name="CLIENT KILL", flags=OPERATOR):
    """Hangs up on clients: the one at an address, or all that match the filters."""

    wanted = Rest(Bulk())

    def execute(self, session: ClientSession) -> Reply:
        if len(self.wanted) == 1:
            return self.at_address(session, text_of(self.wanted[0]))
        filters, skip_me = self.filters()
        gone = [
            one
            for one in list(session.state.clients.values())
            if not (skip_me and one is session) and all(fits(one) for fits in filters.values())
        ]
        for one in gone:
            end(one, session)
        return len(gone)

    def at_address(self, session: ClientSession, address: str) -> Reply:
        """The old form: exactly one, or an error."""
        for one in session.state.clients.values():
            if one.client.address == address:
                end(one, session)
                return OK
        raise CommandError("ERR No such client")

    def filters(self) -> tuple[dict[str, Filter], bool]:
        """The new form: pairs of a filter and its value; and whether to spare the caller.

        Of a filter that is named twice, the last value counts.
        """
        if len(self.wanted) % 2:
            raise CommandError(SYNTAX_ERROR)
        filters: dict[str, Filter] = {}
        skip_me = True
        for word, value in zip(self.wanted[::2], self.wanted[1::2], strict=True):
            name = text_of(word.upper())
            if name == "SKIPME":
                skip_me = OneOf("YES", "NO").convert(value) == "YES"
            elif name in FILTERS:
                filters[name] = FILTERS[name](value)
            else:
                raise CommandError(SYNTAX_ERROR)
        return filters, skip_me


def end(session: ClientSession, caller: ClientSession) -> None:
    """Hangs up on a client; on the caller only after its reply."""
    if session is caller:
        session.close()
    else:
        session.throw_out()


Filter: TypeAlias = Callable[[ClientSession], bool]


def by_id(value: bytes) -> Filter:
    """CLIENT KILL ID: the client of that number."""
    number = Integer(low=1, error="ERR client-id should be greater than 0").convert(value)
    return lambda session: session.client.id == number


def by_address(value: bytes) -> Filter:
    """CLIENT KILL ADDR: clients from that address."""
    address = text_of(value)
    return lambda session: session.client.address == address


def by_local_address(value: bytes) -> Filter:
    """CLIENT KILL LADDR: clients that have connected to that address of ours."""
    address = text_of(value)
    return lambda session: session.client.local_address == address


def by_kind(value: bytes) -> Filter:
    """CLIENT KILL TYPE: clients of that kind."""
    kind = KIND.convert(value)
    return lambda session: kind_of(session) == kind


def by_user(value: bytes) -> Filter:
    """CLIENT KILL USER: there is one user, which every client with the password is."""
    if value != b"default":
        raise CommandError(f"ERR No such user '{text_of(value)}'")
    return lambda session: session.authenticated


FILTERS: dict[str, Callable[[bytes], Filter]] = {
    "ID": by_id,
    "ADDR": by_address,
    "LADDR": by_local_address,
    "TYPE": by_kind,
    "USER": by_user,
}
"""The filters of CLIENT KILL, each made from its value."""
