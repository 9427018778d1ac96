"""Whose fault is it, and what follows? A taxonomy of what can go wrong with a request.

    CommandError       the client asked for what can't be done: a reply, nothing else
      Refused          … and its prefix tells programs why: NOAUTH, WRONGPASS, NOPROTO
      ProtocolError    the bytes are not RESP: a reply, then the connection closes
    a stub             an exercise is empty: the reply says which
    MachineError       the machine refuses, for lack of space or rights: not a bug, but the operator
                     has to take care of it
    anything else      a bug of ours: nobody knows in what state it left the session, so that ends

The first word of an error reply is for programs: redis-py turns NOAUTH into an AuthenticationError.
The rest of the line is for people. https://redis.io/docs/latest/develop/reference/protocol-spec/
"""

from __future__ import annotations

from typing import ClassVar, NamedTuple

from steps.s02_resp.values import CommandError, ProtocolError
from steps.s09_logging.log.levels import DEBUG, ERROR, NOTICE, VERBOSE, WARNING
from steps.unwritten import Unwritten


class Refused(CommandError):  # noqa: N818 - it is an error reply, named as what it says
    """A command error whose prefix says why; there is a subclass for each prefix."""

    prefix: ClassVar[str] = "ERR"

    def __init__(self, words: str) -> None:
        super().__init__(f"{self.prefix} {words}")


class NoAuth(Refused):
    """A password is needed first."""

    prefix = "NOAUTH"


class WrongPass(Refused):
    """The name or the password is wrong, and the reply does not say which."""

    prefix = "WRONGPASS"


class NoProto(Refused):
    """HELLO asked for a protocol that this server does not speak."""

    prefix = "NOPROTO"


class MachineError(Exception):
    """The machine refused what we asked for; the text says what that was, and why.

    Raised `from` the OSError, which knows the reason but not the purpose.
    """


class Verdict(NamedTuple):
    """What follows from an exception that came out of a command."""

    fault: str
    """Whose fault: `command`, `protocol`, `exercise`, `machine` or `bug`."""
    reply: CommandError
    """The reply to the client."""
    close: bool
    """Whether its connection ends."""
    level: int
    """At which level of `logging` it is logged."""


def verdict(error: Exception) -> Verdict:
    """Judges an exception that came out of a command.

        class           fault       reply                          closes   level
        CommandError    command     the error itself               no       DEBUG
        ProtocolError   protocol    the error itself               yes      VERBOSE
        Unwritten       exercise    ERR, and `error.not_written`   no       NOTICE
        MachineError    machine     ERR, and its text              no       WARNING
        any other       bug         ERR internal error             yes      ERROR

    A client may send wrong commands all day; that is not news. What a bug was is for the log, and
    not for a stranger. A trap: some of these classes derive from others.

    >>> verdict(NoAuth("Authentication required."))[0]
    'command'
    >>> verdict(KeyError("x")).reply
    CommandError('ERR internal error')
    """
    raise NotImplementedError("exercise 9.1")
