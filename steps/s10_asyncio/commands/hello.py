"""Commands with which a client introduces itself and sets up its connection: AUTH, HELLO, SELECT …

https://redis.io/docs/latest/commands/?group=connection
"""

from __future__ import annotations

import hmac
import re
from typing import TYPE_CHECKING

from steps.s02_resp.values import (
    OK,
    PONG,
    SYNTAX_ERROR,
    CommandError,
    Reply,
    Request,
    SimpleString,
    text_of,
)
from steps.s05_commands.command import (
    ANYTIME,
    BEFORE_AUTH,
    FAST,
)
from steps.s05_commands.commands import connection
from steps.s05_commands.fields import (
    Bulk,
    Integer,
    Maybe,
    Option,
    PairOption,
)
from steps.s05_commands.session import CommandSession
from steps.s09_logging.errors import NoAuth, NoProto, WrongPass
from steps.s10_asyncio.command import Command
from steps.s10_asyncio.session import ClientSession
from steps.s10_asyncio.state import REDIS_VERSION

if TYPE_CHECKING:
    from typing import Self

NAME_ERROR = "ERR Client names cannot contain spaces, newlines or special characters."
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
        if session.protocol == 2 and session.listens():
            return [b"pong", self.message or b""]
        return PONG if self.message is None else self.message


def authenticate(session: ClientSession, user: bytes, password: bytes) -> None:
    """Checks name and password. Raises CommandError. The one user is `default`, as in a plain Redis."""
    wanted = session.state.settings.requirepass.encode("utf-8", "surrogateescape")
    # `==` stops at the first wrong byte, so the time it takes would show how many are right.
    if user != b"default" or (wanted and not hmac.compare_digest(wanted, password)):
        raise WrongPass("invalid username-password pair or user is disabled.")
    session.authenticated = True
    session.guard()


class Auth(ConnectionCommand, flags=BEFORE_AUTH):
    """Sends the password that the server requires."""

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


def name_client(session: ClientSession, name: bytes) -> None:
    """Gives the client a name, for CLIENT LIST and the slow log."""
    session.client.name = session.client_name = checked_name(name)


def wrong_option(request: Request) -> str:
    """The word of a HELLO that is not an option, or an option that lacks its value."""
    at, lengths = 2, {b"AUTH": 3, b"SETNAME": 2}
    while at + (length := lengths.get(request[at].upper(), len(request))) <= len(request):
        at += length
    return text_of(request[at])


class Hello(ConnectionCommand, flags=BEFORE_AUTH):
    """Chooses the protocol, 2 or 3; describes the server."""

    version = Maybe(Integer(error="ERR Protocol version is not an integer or out of range"))
    auth = PairOption("AUTH", Bulk(), Bulk())
    setname = Option("SETNAME", Bulk())

    @classmethod
    def parse(cls, request: Request) -> Self:
        """A syntax error names the option: a client that tries HELLO looks at it."""
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


class Select(ConnectionCommand, flags=ANYTIME | FAST):
    """Switches to another database."""

    index = Integer(low=-(2**31), high=2**31 - 1, range_error=SELECT_RANGE)

    def execute(self, session: ClientSession) -> Reply:
        if self.index not in session.state.databases:
            raise CommandError("ERR DB index is out of range")
        session.select(self.index)
        return OK


class Reset(ConnectionCommand, flags=BEFORE_AUTH):
    """Resets the connection to its initial state."""

    def execute(self, session: ClientSession) -> Reply:
        session.begin_anew()
        return SimpleString("RESET")
