"""`python -m steps.s01 send FILE`: a client that runs on exercise 1.5. You may skip this file."""

from __future__ import annotations

import argparse
import sys
from importlib import import_module
from pathlib import Path

from steps.s01_echo.cli import HOST, PORT, StartError, host_name, port_number


def exchange(host: str, port: int, data: bytes) -> bytes:
    """What a server sends for this data; the module with the exercise is imported when needed."""
    answer: bytes = import_module("steps.s01_echo.client").exchange(host, port, data)
    return answer


def send(options: argparse.Namespace) -> int:
    """Sends the file; prints the answer as it is."""
    try:
        data = Path(options.file).read_bytes()
        answer = exchange(options.host, options.port, data)
        sys.stdout.buffer.write(answer)
        sys.stdout.buffer.flush()
    except OSError as error:
        raise StartError(f"cannot send {options.file} to port {options.port}: {error}") from error
    return 0


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options --host and --port, and the file."""
    parser.add_argument("--host", type=host_name, default=HOST, help="address of the server")
    parser.add_argument("--port", type=port_number, default=PORT, help="port of the server")
    parser.add_argument("file", metavar="FILE", help="what to send")
