"""The commands on the connection: who the client is, which protocol it speaks, which database it uses.

https://redis.io/docs/latest/commands/?group=connection
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable, Iterable
from functools import partial
from time import monotonic

from steps.s02_resp.values import OK, PONG, CommandError, Reply, SimpleString, Verbatim
from steps.s05_commands import connection
from steps.s05_commands.command import Flags
from steps.s05_commands.fields import (
    SYNTAX_ERROR,
    Bulk,
    Flag,
    Integer,
    Maybe,
    OneOf,
    Option,
    PairOption,
    Rest,
)
from steps.s05_commands.session import Session as CommandSession
from steps.s10_asyncio.command import Command
from steps.s10_asyncio.session import Session

VERSION = "7.0.15"
"""The Redis whose behaviour this server has; clients ask for it to know what they may use."""

ANYTIME = Flags.NOSCRIPT | Flags.LOADING | Flags.STALE
NAME_ERROR = "ERR Client names cannot contain spaces, newlines or special characters."
WRONG_PASSWORD = "WRONGPASS invalid username-password pair or user is disabled."
NO_PASSWORD = (
    "ERR AUTH <password> called without any password configured for the default user. Are you sure"
    " your configuration is correct?"
)


class ConnectionCommand(Command, abstract=True):
    """A command of the group `connection`."""

    group = "connection"


class Ping(connection.Ping):
    """PONG, or the message; to a RESP2 client that is subscribed, an array like a message."""

    registry = Command.registry

    def execute(self, session: CommandSession) -> Reply:
        assert isinstance(session, Session)
        if session.protocol == 2 and (session.channels or session.patterns):
            return [b"pong", self.message or b""]
        return PONG if self.message is None else self.message


def authenticate(session: Session, user: bytes, password: bytes) -> None:
    """Lets the client in. Raises CommandError. There is one user, `default`, as in a plain Redis."""
    wanted = session.state.settings.requirepass.encode("utf-8", "surrogateescape")
    # Comparing with `==` ends at the first wrong byte, and how long it took can be measured.
    if user != b"default" or (wanted and not hmac.compare_digest(wanted, password)):
        raise CommandError(WRONG_PASSWORD)
    session.authenticated = True
    session.guard()


class Auth(ConnectionCommand, flags=ANYTIME | Flags.FAST | Flags.NO_AUTH | Flags.ALLOW_BUSY):
    """Gives the password that the server asks for."""

    first = Bulk()
    second = Maybe(Bulk())

    def execute(self, session: Session) -> Reply:
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


class Hello(ConnectionCommand, flags=ANYTIME | Flags.FAST | Flags.NO_AUTH | Flags.ALLOW_BUSY):
    """Chooses the protocol, 2 or 3; tells what the server is."""

    version = Maybe(Integer(error="ERR Protocol version is not an integer or out of range"))
    auth = PairOption("AUTH", Bulk(), Bulk())
    setname = Option("SETNAME", Bulk())

    def execute(self, session: Session) -> Reply:
        if self.version is not None and self.version not in (2, 3):
            raise CommandError("NOPROTO unsupported protocol version")
        if self.auth:
            authenticate(session, *self.auth)
        if not session.authenticated:
            raise CommandError(
                "NOAUTH HELLO must be called with the client already authenticated, otherwise the"
                " HELLO <proto> AUTH <user> <pass> option can be used to authenticate the client and"
                " select the RESP protocol version at the same time"
            )
        if self.setname is not None:
            name_client(session, self.setname)
        session.protocol = self.version or session.protocol
        return {
            b"server": b"redis",
            b"version": VERSION.encode(),
            b"proto": session.protocol,
            b"id": session.client.id,
            b"mode": b"standalone",
            b"role": b"master",
            b"modules": [],
        }


class Select(ConnectionCommand, flags=Flags.LOADING | Flags.STALE | Flags.FAST):
    """Works on another database from now on."""

    index = Integer(error="ERR invalid DB index")

    def execute(self, session: Session) -> Reply:
        if self.index not in session.state.databases:
            raise CommandError("ERR DB index is out of range")
        session.select(self.index)
        return OK


class Reset(ConnectionCommand, flags=ANYTIME | Flags.FAST | Flags.NO_AUTH | Flags.ALLOW_BUSY):
    """Makes the connection as new."""

    def execute(self, session: Session) -> Reply:
        session.begin_anew()
        return SimpleString("RESET")


# --- CLIENT --------------------------------------------------------------------------------------


def name_client(session: Session, name: bytes) -> None:
    """Gives the client a name, for CLIENT LIST and the slow log."""
    session.client.name = session.client_name = checked_name(name)


def described(session: Session) -> bytes:
    """One line of CLIENT LIST. https://redis.io/docs/latest/commands/client-list/"""
    client, now = session.client, monotonic()
    flags = "b" if session.waiter else "P" if session.channels or session.patterns else "N"
    facts: dict[str, object] = {
        "id": client.id,
        "addr": client.address,
        "laddr": client.local_address,
        "fd": client.descriptor,
        "name": client.name.decode(),
        "age": int(now - client.since),
        "idle": int(now - client.last_seen),
        "flags": "x" if session.transaction.open else flags,
        "db": session.index,
        "sub": len(session.channels),
        "psub": len(session.patterns),
        "multi": len(session.transaction.queue) if session.transaction.open else -1,
        "cmd": session.last_command(),
        "user": "default",
        "resp": session.protocol,
    }
    return " ".join(f"{name}={value}" for name, value in facts.items()).encode()


class ClientId(ConnectionCommand, name="CLIENT ID", flags=ANYTIME):
    """The number of this connection: each gets a greater one."""

    def execute(self, session: Session) -> Reply:
        return session.client.id


class ClientInfo(ConnectionCommand, name="CLIENT INFO", flags=ANYTIME):
    """What the server knows of this client."""

    def execute(self, session: Session) -> Reply:
        return Verbatim(described(session) + b"\n")


class ClientList(ConnectionCommand, name="CLIENT LIST", flags=ANYTIME | Flags.ADMIN):
    """What the server knows of all clients, a line for each."""

    kind = Option("TYPE", OneOf("NORMAL", "MASTER", "REPLICA", "SLAVE", "PUBSUB"))
    ids = Flag("ID")
    which = Rest(Integer(low=1, error="ERR Invalid client ID"), least=0)

    def execute(self, session: Session) -> Reply:
        lines = (described(one) + b"\n" for one in self.chosen(session.state.clients.values()))
        return Verbatim(b"".join(lines))

    def chosen(self, sessions: Iterable[Session]) -> Iterable[Session]:
        """The clients that the options ask for."""
        for session in sessions:
            listens = bool(session.channels or session.patterns)
            kind = "PUBSUB" if listens else "NORMAL"
            if self.kind in (None, kind) and (not self.ids or session.client.id in self.which):
                yield session


class ClientGetName(ConnectionCommand, name="CLIENT GETNAME", flags=ANYTIME):
    """The name of this client, or null."""

    def execute(self, session: Session) -> Reply:
        return session.client.name or None


class ClientSetName(ConnectionCommand, name="CLIENT SETNAME", flags=ANYTIME):
    """Gives this client a name."""

    new = Bulk()

    def execute(self, session: Session) -> Reply:
        name_client(session, self.new)
        return OK


class ClientNoEvict(ConnectionCommand, name="CLIENT NO-EVICT", flags=ANYTIME | Flags.ADMIN):
    """Accepted for the sake of clients that ask for it: nobody is evicted here."""

    wanted = OneOf("ON", "OFF")

    def execute(self, session: Session) -> Reply:
        return OK


class ClientKill(ConnectionCommand, name="CLIENT KILL", flags=ANYTIME | Flags.ADMIN):
    """Hangs up on clients: on the one at an address, or on all that fit the filters."""

    wanted = Rest(Bulk())

    def execute(self, session: Session) -> Reply:
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

    def at_address(self, session: Session, address: str) -> Reply:
        """The old form: exactly one, or an error."""
        for one in session.state.clients.values():
            if one.client.address == address:
                end(one, session)
                return OK
        raise CommandError("ERR No such client")

    def filters(self) -> tuple[list[Callable[[Session], bool]], bool]:
        """The new form: pairs of a filter and its value; and whether to spare the caller."""
        if len(self.wanted) % 2:
            raise CommandError(SYNTAX_ERROR)
        filters: list[Callable[[Session], bool]] = []
        skip_me = True
        for name, value in zip(self.wanted[::2], self.wanted[1::2], strict=True):
            match name.upper():
                case b"SKIPME" if value.upper() in (b"YES", b"NO"):
                    skip_me = value.upper() == b"YES"
                case b"ID":
                    number = Integer(low=1, error="ERR client-id should be greater than 0")
                    filters.append(partial(has_id, number.convert(value)))
                case b"ADDR":
                    filters.append(partial(has_address, value.decode("utf-8", "replace")))
                case _:
                    raise CommandError(SYNTAX_ERROR)
        return filters, skip_me


def end(session: Session, caller: Session) -> None:
    """Hangs up on a client; on the caller only once it has its reply."""
    session.close()
    if session is not caller:
        session.hang_up()


def has_id(number: int, session: Session) -> bool:
    """A filter of CLIENT KILL."""
    return session.client.id == number


def has_address(address: str, session: Session) -> bool:
    """A filter of CLIENT KILL."""
    return session.client.address == address
