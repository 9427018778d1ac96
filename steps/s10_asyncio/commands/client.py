"""The commands on the connection: who the client is, which protocol it speaks, which database it uses.

https://redis.io/docs/latest/commands/?group=connection
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable, Mapping
from time import monotonic
from typing import TYPE_CHECKING, TypeAlias

from steps.s02_resp.values import (
    OK,
    PONG,
    SYNTAX_ERROR,
    CommandError,
    Reply,
    Request,
    SimpleString,
    Verbatim,
)
from steps.s05_commands.command import Family, Flags
from steps.s05_commands.commands import connection
from steps.s05_commands.fields import (
    Bulk,
    Integer,
    ManyOption,
    Maybe,
    OneOf,
    Option,
    PairOption,
    Rest,
)
from steps.s05_commands.session import CommandSession
from steps.s09_logging.errors import NoAuth, NoProto, WrongPass
from steps.s10_asyncio.command import Command, Help
from steps.s10_asyncio.session import ClientSession
from steps.s10_asyncio.state import REDIS_VERSION

if TYPE_CHECKING:
    from typing import Self

ANYTIME = Flags.NOSCRIPT | Flags.LOADING | Flags.STALE
NAME_ERROR = "ERR Client names cannot contain spaces, newlines or special characters."
UNBLOCKED = "UNBLOCKED client unblocked via CLIENT UNBLOCK"
KINDS = ("NORMAL", "MASTER", "REPLICA", "SLAVE", "PUBSUB")
NO_PASSWORD = (
    "ERR AUTH <password> called without any password configured for the default user. Are you sure"
    " your configuration is correct?"
)


SELECT_RANGE = f"ERR value is out of range, value must between {-(2**31)} and {2**31 - 1}"


class ConnectionCommand(Command, abstract=True):
    """A command of the group `connection`."""

    group = "connection"


class Ping(connection.Ping):
    """PONG, or the message; to a RESP2 client that is subscribed, an array like a message."""

    registry = Command.registry

    def execute(self, session: CommandSession) -> Reply:
        assert isinstance(session, ClientSession)
        if session.protocol == 2 and (session.channels or session.patterns):
            return [b"pong", self.message or b""]
        return PONG if self.message is None else self.message


def authenticate(session: ClientSession, user: bytes, password: bytes) -> None:
    """Lets the client in. Raises CommandError. There is one user, `default`, as in a plain Redis."""
    wanted = session.state.settings.requirepass.encode("utf-8", "surrogateescape")
    # Comparing with `==` ends at the first wrong byte, and how long it took can be measured.
    if user != b"default" or (wanted and not hmac.compare_digest(wanted, password)):
        raise WrongPass("invalid username-password pair or user is disabled.")
    session.authenticated = True
    session.guard()


class Auth(ConnectionCommand, flags=ANYTIME | Flags.FAST | Flags.NO_AUTH | Flags.ALLOW_BUSY):
    """Gives the password that the server asks for."""

    first = Bulk()
    second = Maybe(Bulk())

    def execute(self, session: ClientSession) -> Reply:
        if self.second is None and not session.state.settings.requirepass:
            raise CommandError(NO_PASSWORD)
        user, password = (
            (b"default", self.first) if self.second is None else (self.first, self.second)
        )
        authenticate(session, user, password)
        return OK


def checked_name(name: bytes) -> bytes:
    """A name for a client: printable, without blanks. Raises CommandError."""
    if re.fullmatch(rb"[!-~]*", name) is None:
        raise CommandError(NAME_ERROR)
    return name


def wrong_option(request: Request) -> str:
    """The word of a HELLO that begins no option, or one that lacks its value."""
    at, lengths = 2, {b"AUTH": 3, b"SETNAME": 2}
    while at + (length := lengths.get(request[at].upper(), len(request))) <= len(request):
        at += length
    return request[at].decode("utf-8", "replace")


class Hello(ConnectionCommand, flags=ANYTIME | Flags.FAST | Flags.NO_AUTH | Flags.ALLOW_BUSY):
    """Chooses the protocol, 2 or 3; tells what the server is."""

    version = Maybe(Integer(error="ERR Protocol version is not an integer or out of range"))
    auth = PairOption("AUTH", Bulk(), Bulk())
    setname = Option("SETNAME", Bulk())

    @classmethod
    def parse(cls, request: Request) -> Self:
        """A syntax error names the option. A client that tries HELLO looks for what is missing."""
        try:
            return super().parse(request)
        except CommandError as error:
            if str(error) == SYNTAX_ERROR:
                raise CommandError(
                    f"ERR Syntax error in HELLO option '{wrong_option(request)}'"
                ) from error
            raise

    def execute(self, session: ClientSession) -> Reply:
        if self.version is not None and self.version not in (2, 3):
            raise NoProto("unsupported protocol version")
        if self.auth:
            authenticate(session, *self.auth)
        if not session.authenticated:
            raise NoAuth(
                "HELLO must be called with the client already authenticated, otherwise the"
                " HELLO AUTH <user> <pass> option can be used to authenticate the client and select"
                " the RESP protocol version at the same time"
            )
        if self.setname is not None:
            name_client(session, self.setname)
        session.protocol = self.version or session.protocol
        return {
            b"server": b"redis",
            b"version": REDIS_VERSION.encode(),
            b"proto": session.protocol,
            b"id": session.client.id,
            b"mode": b"standalone",
            b"role": b"master",
            b"modules": [],
        }


class Select(ConnectionCommand, flags=Flags.LOADING | Flags.STALE | Flags.FAST):
    """Works on another database from now on."""

    index = Integer(low=-(2**31), high=2**31 - 1, range_error=SELECT_RANGE)

    def execute(self, session: ClientSession) -> Reply:
        if self.index not in session.state.databases:
            raise CommandError("ERR DB index is out of range")
        session.select(self.index)
        return OK


class Reset(ConnectionCommand, flags=ANYTIME | Flags.FAST | Flags.NO_AUTH | Flags.ALLOW_BUSY):
    """Makes the connection as new."""

    def execute(self, session: ClientSession) -> Reply:
        session.begin_anew()
        return SimpleString("RESET")


# --- CLIENT --------------------------------------------------------------------------------------


def name_client(session: ClientSession, name: bytes) -> None:
    """Gives the client a name, for CLIENT LIST and the slow log."""
    session.client.name = session.client_name = checked_name(name)


def situation(session: ClientSession) -> str:
    """The situations a client is in, a letter each: it watches, listens, queues, waits; N: none."""
    letters = {
        "O": session in session.state.monitors,
        "P": session.listens(),
        "x": session.transaction.open,
        "b": session.waiter is not None,
    }
    return "".join(letter for letter, there in letters.items() if there) or "N"


def described(session: ClientSession) -> bytes:
    """One line of CLIENT LIST. https://redis.io/docs/latest/commands/client-list/"""
    client, now = session.client, monotonic()
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
        "ssub": 0,
        "multi": len(session.transaction.queue) if session.transaction.open else -1,
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


class ClientId(ConnectionCommand, name="CLIENT ID", flags=ANYTIME):
    """The number of this connection: each gets a greater one."""

    def execute(self, session: ClientSession) -> Reply:
        return session.client.id


class ClientInfo(ConnectionCommand, name="CLIENT INFO", flags=ANYTIME):
    """What the server knows of this client."""

    tips = ("nondeterministic_output",)

    def execute(self, session: ClientSession) -> Reply:
        return Verbatim(described(session) + b"\n")


def kind_of(session: ClientSession) -> str:
    """The kind of a client, of those that CLIENT LIST and CLIENT KILL know."""
    return "PUBSUB" if session.channels or session.patterns else "NORMAL"


KIND = OneOf(*KINDS, error="ERR Unknown client type '{}'")


class ClientList(ConnectionCommand, name="CLIENT LIST", flags=ANYTIME | Flags.ADMIN):
    """What the server knows of all clients, or of those of a kind, or of some; a line for each."""

    tips = ("nondeterministic_output",)
    kind = Option("TYPE", KIND)
    ids = ManyOption("ID", Integer(error="ERR Invalid client ID"))

    def execute(self, session: ClientSession) -> Reply:
        if self.kind and self.ids:
            raise CommandError(SYNTAX_ERROR)
        lines = (described(one) + b"\n" for one in self.chosen(session.state.clients))
        return Verbatim(b"".join(lines))

    def chosen(self, clients: Mapping[int, ClientSession]) -> list[ClientSession]:
        """The clients that the options ask for."""
        if self.ids:
            return [clients[number] for number in self.ids if number in clients]
        return [one for one in clients.values() if self.kind in (None, kind_of(one))]


class ClientGetName(ConnectionCommand, name="CLIENT GETNAME", flags=ANYTIME):
    """The name of this client, or null."""

    def execute(self, session: ClientSession) -> Reply:
        return session.client.name or None


class ClientSetName(ConnectionCommand, name="CLIENT SETNAME", flags=ANYTIME):
    """Gives this client a name."""

    new = Bulk()

    def execute(self, session: ClientSession) -> Reply:
        name_client(session, self.new)
        return OK


class ClientNoEvict(ConnectionCommand, name="CLIENT NO-EVICT", flags=ANYTIME | Flags.ADMIN):
    """Accepted for the sake of clients that ask for it: nobody is evicted here."""

    wanted = OneOf("ON", "OFF")

    def execute(self, session: ClientSession) -> Reply:
        return OK


class ClientUnblock(ConnectionCommand, name="CLIENT UNBLOCK", flags=ANYTIME | Flags.ADMIN):
    """Ends the waiting of a client, as if its time were up or with an error: 1, or 0 if none waits."""

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


class ClientKill(ConnectionCommand, name="CLIENT KILL", flags=ANYTIME | Flags.ADMIN):
    """Hangs up on clients: on the one at an address, or on all that fit the filters."""

    wanted = Rest(Bulk())

    def execute(self, session: ClientSession) -> Reply:
        if len(self.wanted) == 1:
            return self.at_address(session, self.wanted[0].decode("utf-8", "replace"))
        filters, skip_me = self.filters()
        gone = [
            one
            for one in list(session.state.clients.values())
            if not (skip_me and one is session) and all(fits(one) for fits in filters)
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

    def filters(self) -> tuple[list[Filter], bool]:
        """The new form: pairs of a filter and its value; and whether to spare the caller."""
        if len(self.wanted) % 2:
            raise CommandError(SYNTAX_ERROR)
        filters: list[Filter] = []
        skip_me = True
        for word, value in zip(self.wanted[::2], self.wanted[1::2], strict=True):
            name = word.decode("utf-8", "replace").upper()
            if name == "SKIPME":
                skip_me = OneOf("YES", "NO").convert(value) == "YES"
            elif name in FILTERS:
                filters.append(FILTERS[name](value))
            else:
                raise CommandError(SYNTAX_ERROR)
        return filters, skip_me


def end(session: ClientSession, caller: ClientSession) -> None:
    """Hangs up on a client; on the caller only once it has its reply."""
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
    address = value.decode("utf-8", "replace")
    return lambda session: session.client.address == address


def by_local_address(value: bytes) -> Filter:
    """CLIENT KILL LADDR: clients that have connected to that address of ours."""
    address = value.decode("utf-8", "replace")
    return lambda session: session.client.local_address == address


def by_kind(value: bytes) -> Filter:
    """CLIENT KILL TYPE: clients of that kind."""
    kind = KIND.convert(value)
    return lambda session: kind_of(session) == kind


def by_user(value: bytes) -> Filter:
    """CLIENT KILL USER: there is one user, and all who have given the password are it."""
    if value != b"default":
        raise CommandError(f"ERR No such user '{value.decode('utf-8', 'replace')}'")
    return lambda session: session.authenticated


FILTERS: dict[str, Callable[[bytes], Filter]] = {
    "ID": by_id,
    "ADDR": by_address,
    "LADDR": by_local_address,
    "TYPE": by_kind,
    "USER": by_user,
}
"""The filters of CLIENT KILL, each made from its value."""
