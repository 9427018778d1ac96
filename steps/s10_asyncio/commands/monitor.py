"""MONITOR: shows every command that the server runs, to see what clients really send.

It has a cost, since each command is sent once more to each monitoring client. While no client
monitors, it costs nothing.

https://redis.io/docs/latest/commands/monitor/
"""

from __future__ import annotations

import re
import time

from steps.s02_resp.values import OK, CommandError, Reply, Request
from steps.s05_commands.command import OPERATOR
from steps.s09_logging.log.redact import redacted
from steps.s10_asyncio.command import Command
from steps.s10_asyncio.session import NO_REPLY, ClientSession

ESCAPES = {b"\n": b"\\n", b"\r": b"\\r", b"\t": b"\\t", b"\a": b"\\a", b"\b": b"\\b"}
ESCAPES |= {b'"': b'\\"', b"\\": b"\\\\"}


class Monitor(Command, flags=OPERATOR):
    """Sends all commands of all clients from now on, until RESET."""

    group = "server"

    def execute(self, session: ClientSession) -> Reply:
        if session.executing:
            raise CommandError("ERR MONITOR isn't allowed for DENY BLOCKING client")
        if session in session.state.monitors:
            return NO_REPLY
        session.state.start_monitoring(
            session, lambda asking, command: session.show(asking, seen(asking, command.request))
        )
        session.guard()
        return OK


def seen(asking: ClientSession, request: Request) -> bytes:
    """What monitoring clients get for one request: a line, whatever bytes are in the words."""
    seconds, microseconds = divmod(time.time_ns() // 1000, 1_000_000)
    words = b" ".join(map(quoted, redacted(request)))
    address = (
        f"unix:{asking.state.settings.unixsocket}" if asking.client.by_path else asking.address
    )
    head = f"+{seconds}.{microseconds:06} [{asking.index} {address}] "
    return head.encode() + words + b"\r\n"


def quoted(word: bytes) -> bytes:
    """A word in quotes, with escapes for what could be taken for something else."""
    return b'"%b"' % re.sub(rb'[^ -~]|["\\]', escaped, word)


def escaped(found: re.Match[bytes]) -> bytes:
    """The escape for one byte."""
    byte = found[0]
    return ESCAPES.get(byte) or b"\\x%02x" % byte[0]
