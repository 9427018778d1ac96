"""A client of a few lines: sends one request to a server, and prints the reply as a Python value.

`python -m steps.s02 ask SET greeting hello` works with every step's server, and with redis-server.
The replies are read by exercise 2.8.
"""

from __future__ import annotations

import argparse
import os
import socket
import sys
from collections.abc import Iterable, Iterator
from importlib import import_module
from typing import Any

from steps.s01_echo.cli import HOST, PORT, StartError, host_name, port_number, say
from steps.s01_echo.server import CHUNK
from steps.s02_resp.encode import encode
from steps.s02_resp.values import ProtocolError


def replies(pieces: Iterable[bytes]) -> Iterator[Any]:
    """The replies in a stream; the module with the exercise is imported when it is needed."""
    found: Iterator[Any] = import_module("steps.s02_resp.replies").replies(pieces)
    return found


def ask(options: argparse.Namespace) -> int:
    """Sends the words of the command line as a request; prints the reply."""
    try:
        with socket.create_connection((options.host, options.port)) as connection:
            connection.sendall(encode([os.fsencode(word) for word in options.words]))
            reply = next(replies(iter(lambda: connection.recv(CHUNK), b"")), None)
    except (OSError, ProtocolError) as error:
        raise StartError(f"no reply from {options.host} port {options.port}: {error}") from error
    say(sys.stdout, f"{reply!r}\n")
    return 0


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options --host and --port, and the words of the request."""
    parser.add_argument("--host", type=host_name, default=HOST, help="address of the server")
    parser.add_argument("--port", type=port_number, default=PORT, help="port of the server")
    parser.add_argument("words", nargs="+", metavar="WORD", help="the request")
