"""Protected mode: no password, no clients from other machines. You may skip this file.

Anyone who can reach the port can read, change and delete everything and, from step 7 on, have
files written. So as long as no password is set, a client on another machine is turned away with an
explanation, even if `--host` would let it in. `--protected-mode no` lets everyone in.

https://redis.io/docs/latest/operate/oss_and_stack/management/security/#protected-mode
"""

from __future__ import annotations

import argparse
import socket
from contextlib import suppress
from typing import Final

from steps.s01_echo.server import turn_away
from steps.s02_resp.server import SessionServer

LOCAL: Final = frozenset({"127.0.0.1", "::1", "::ffff:127.0.0.1"})
"""The addresses of a client on this machine; the last is the first as an IPv6 socket shows it."""

DENIED: Final = (
    b"-DENIED Redis is running in protected mode because protected mode is enabled and no password"
    b" is set for the default user. In this mode connections are only accepted from the loopback"
    b" interface. If you want to connect from external computers to Redis you may adopt one of the"
    b" following solutions: 1) Just disable protected mode sending the command 'CONFIG SET"
    b" protected-mode no' from the loopback interface by connecting to Redis from the same host the"
    b" server is running, however MAKE SURE Redis is not publicly accessible from internet if you"
    b" do so. Use CONFIG REWRITE to make this change permanent. 2) Alternatively you can just"
    b" disable the protected mode by editing the Redis configuration file, and setting the protected"
    b" mode option to 'no', and then restarting the server. 3) If you started the server manually"
    b" just for testing, restart it with the '--protected-mode no' option. 4) Setup a an"
    b" authentication password for the default user. NOTE: You only need to do one of the above"
    b" things in order for the server to start accepting connections from the outside.\r\n"
)
"""What Redis says, word for word. CONFIG and passwords come with step 10; the option is there now."""


def is_local(address: object) -> bool:
    """Whether a socket address belongs to a client on this machine."""
    return not isinstance(address, tuple) or address[0] in LOCAL  # a Unix socket has no tuple


class ProtectedServer(SessionServer):
    """Step 2's server, for clients of this machine only unless `protected` is False."""

    protected = True

    def _accept(self) -> socket.socket | None:
        connection = super()._accept()
        if connection is None or not self.protected:
            return connection
        with suppress(OSError):  # it has left already
            if is_local(connection.getpeername()):
                return connection
        turn_away(connection, DENIED)
        return None


def add_options(parser: argparse.ArgumentParser) -> None:
    """The option --protected-mode."""
    parser.add_argument(
        "--protected-mode",
        choices=("yes", "no"),
        default="yes",
        help="whether to serve clients of this machine only",
    )
