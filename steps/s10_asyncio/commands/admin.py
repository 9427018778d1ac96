"""The commands for the operator of the server. https://redis.io/docs/latest/commands/?group=server"""

from __future__ import annotations

import time
from typing import Final

from steps.s02_resp.values import (
    SYNTAX_ERROR,
    CommandError,
    Reply,
    Request,
    Verbatim,
)
from steps.s05_commands.command import ANYTIME, FAST, NOT_SCRIPTED, OPERATOR, READ, Family, Flags
from steps.s05_commands.fields import Bulk, Choice, Flag, Integer, Rest
from steps.s06_types.command import ANY_ORDER
from steps.s10_asyncio.command import Command, Help
from steps.s10_asyncio.session import NO_REPLY, ClientSession
from steps.s10_asyncio.state import REDIS_VERSION


class Time(Command, flags=ANYTIME | FAST):
    """The time of the server: seconds since 1970, and microseconds of the second."""

    group = "server"
    tips = ("nondeterministic_output",)

    def execute(self, session: ClientSession) -> Reply:
        seconds, microseconds = divmod(time.time_ns() // 1000, 1_000_000)
        return [b"%d" % seconds, b"%d" % microseconds]


class Role(Command, flags=NOT_SCRIPTED | FAST):
    """The server's role in replication: a master, with no bytes to replicate and no replicas."""

    group = "server"
    categories = ("admin", "dangerous")

    def execute(self, session: ClientSession) -> Reply:
        return [b"master", 0, []]


class Wait(Command, flags=Flags.NOSCRIPT):
    """Waits until that many replicas have everything, or the time is up; returns how many have: 0."""

    categories = ("connection",)
    tips = ("request_policy:all_shards", "response_policy:agg_min")
    kind: type = type(None)
    timeout: float = 0
    timeout_reply: Reply = 0
    empty_reply: Reply = 0
    lost_reply: Reply = None
    counts_late = False

    replicas = Integer()
    milliseconds = Integer(
        low=0,
        error="ERR timeout is not an integer or out of range",
        range_error="ERR timeout is negative",
    )

    def execute(self, session: ClientSession) -> Reply:
        if self.replicas <= 0:
            return 0
        self.timeout = self.milliseconds / 1000
        return session.block(self)

    def waits_for(self) -> list[bytes]:
        """No key: only the timeout can end the waiting, as there are no replicas."""
        return []

    def attempt(self, session: ClientSession, key: bytes) -> Reply:
        """Is never called, as there are no keys."""
        return None

    def effects(self, reply: Reply) -> list[Request]:
        return []


PICTURE_SIZES: Final = {5: 3, 6: 2}
"""How many sizes the pictures of these versions have."""


class LolWut(Command, flags=READ | FAST):
    """The version. The pictures are Redis' own, but wrong sizes of theirs are refused here, too."""

    group = "server"
    categories = ()
    arguments = Rest(Bulk(), least=0)

    def execute(self, session: ClientSession) -> Reply:
        match self.arguments:
            case [word, version, *sizes] if word.upper() == b"VERSION":
                number = Integer().convert
                for size in sizes[: PICTURE_SIZES.get(number(version), 0)]:
                    number(size)
        return Verbatim(f"Redis ver. {REDIS_VERSION}\n".encode())


class Shutdown(Command, flags=OPERATOR | Flags.NO_MULTI | Flags.ALLOW_BUSY):
    """Ends the server; first saves the snapshot, if there are save rules or SAVE says so."""

    group = "server"

    save = Choice("NOSAVE", "SAVE")
    now = Flag("NOW")
    force = Flag("FORCE")
    abort = Flag("ABORT")

    def execute(self, session: ClientSession) -> Reply:
        if self.abort:
            if self.save or self.now or self.force:
                raise CommandError(SYNTAX_ERROR)
            # A shutdown does not wait here (Redis waits for its replicas), so there is nothing to
            # abort.
            raise CommandError("ERR No shutdown in progress.")
        if session.state.busy and self.save != "NOSAVE":
            raise CommandError(session.state.busy)
        self.stop(session)
        session.close()
        return NO_REPLY

    def stop(self, session: ClientSession) -> None:
        """Makes the server stop. If it can't save, it keeps running, unless FORCE is given."""
        try:
            session.state.stop({None: None, "SAVE": True, "NOSAVE": False}[self.save])
        except CommandError as error:
            if not self.force:
                raise CommandError("ERR Errors trying to SHUTDOWN. Check logs.") from error
            session.state.stop(False)


class ModuleFamily(Command, Family, name="MODULE", flags=Flags.NONE):
    """What was loaded into the server besides its own code."""

    group = "server"


class ModuleList(Command, name="MODULE LIST", flags=Flags.ADMIN | Flags.NOSCRIPT):
    """The loaded modules. This server loads none; clients ask when they connect."""

    group = "server"
    tips = ANY_ORDER

    def execute(self, session: ClientSession) -> Reply:
        return []


class ModuleHelp(Help, name="MODULE HELP"):
    """Says which subcommands there are."""

    group = "server"
