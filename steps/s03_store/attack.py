"""Requests that a web browser was tricked into sending. You may skip this file.

A web page can make its reader's browser send HTTP to a port on the reader's own machine, past
every firewall. The server takes inline commands, so it would run the lines of such a request. But
an HTTP request with lines of the attacker's choice begins with POST, or has a line `Host:` before
them. No command has such a name, so a client that sends one is cut off at once.

https://redis.io/docs/latest/operate/oss_and_stack/management/security/ lists other dangers.
"""

from __future__ import annotations

import logging
import math
import time
from typing import Final

from steps.s02_resp.values import Request

NAMES: Final = frozenset({b"POST", b"HOST:"})

WARNING: Final = (
    "Possible SECURITY ATTACK detected. It looks like somebody is sending POST or Host: commands to"
    " Redis. This is likely due to an attacker attempting to use Cross Protocol Scripting to"
    " compromise your Redis instance. Connection aborted."
)

PERIOD: Final = 60.0
"""Seconds for which one warning is enough: a page can make a browser try endlessly."""

log = logging.getLogger(__name__)


class CrossProtocolAttack(ConnectionAbortedError):  # noqa: N818 - it says what it is
    """The client is cut off without a word; its earlier replies in the same batch are lost, too."""


class Attacks:
    """Recognizes such requests, and warns of them."""

    def __init__(self) -> None:
        self.warned = -math.inf

    def refuse(self, request: Request) -> None:
        """Raises CrossProtocolAttack if `request` can only be a line of HTTP."""
        if request[0].upper() not in NAMES:
            return
        now = time.monotonic()
        if now - self.warned > PERIOD:
            self.warned = now
            log.warning(WARNING)
        raise CrossProtocolAttack
