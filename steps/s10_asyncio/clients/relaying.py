"""The command line of the relay. You may skip this file."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
from importlib import import_module

from steps.s01_echo.cli import HOST, PORT, StartError, port_number
from steps.s01_echo.server import listen


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of `relay`."""
    parser.add_argument("--port", type=port_number, default=PORT + 1, help="where clients connect")
    parser.add_argument("--to", type=port_number, default=PORT, help="the port of the server")


def run(options: argparse.Namespace) -> None:
    """The tool `relay`: runs until Ctrl-C."""
    try:
        listener = listen(HOST, options.port)
    except OSError as error:
        raise StartError(f"cannot listen at port {options.port}: {error.strerror}.") from error
    port = listener.getsockname()[1]
    with listener, contextlib.suppress(KeyboardInterrupt):
        relay = import_module("steps.s10_asyncio.clients.relay").relay
        print(f"port {port} leads to port {options.to}; Ctrl-C ends it", flush=True)
        asyncio.run(relay(listener, options.to))
