"""The one command line that every step reuses: `python -m steps.sNN serve --port 6379`.

A step passes in a function that builds its server from a listening socket, the options it adds to
`serve`, and its other tools (`repl`, `bench`). Anything with a method `run` is a server: it may
loop over a listener, wait for signals or run an event loop, and may return an exit code.

A user's mistake becomes one sentence on stderr and an exit code: 2 if the command line itself is
wrong, 1 if the server cannot start. Tracebacks are for bugs.
"""

from __future__ import annotations

import argparse
import errno
import os
import signal
import socket
import sys
from collections.abc import Callable, Mapping
from typing import NamedTuple, Protocol, TextIO

import steps
from steps.s01_echo.server import host_port, listen
from steps.unwritten import Unwritten

HOST = "127.0.0.1"
PORT = 6379  # Redis' own
MAX_PORT = 65535

AddOptions = Callable[[argparse.ArgumentParser], None]


class Service(Protocol):
    """A server that is built but not yet running."""

    announce: Callable[[], None] | None
    """Set by `serve`. `run` calls it once, when clients can connect and `run` handles Ctrl-C."""

    def run(self) -> int | None:
        """Serve until told to stop; return the exit code (None is 0). Handles Ctrl-C."""


Build = Callable[[socket.socket, argparse.Namespace], Service]


class Tool(NamedTuple):
    """A sub-command besides `serve`: its help, its options, and what it does with them."""

    help: str
    run: Callable[[argparse.Namespace], int | None]
    add_options: AddOptions | None = None


class StartError(Exception):
    """Raised by a build function or a tool; its sentence says what is wrong and what to do."""


def main(
    step: int,
    build: Build,
    add_options: AddOptions | None = None,
    argv: list[str] | None = None,
    tools: Mapping[str, Tool] | None = None,
) -> int:
    """Run the command line of a step; returns the exit code of the process.

    `build` gets the listening socket and the parsed options, and returns the server. The ready
    line is then printed, and the server runs.
    """
    serving = Tool("run the server", lambda options: serve(step, build, options), add_options)
    parser = command_line(step, {"serve": serving, **(tools or {})})
    options = parser.parse_args(argv)
    if options.tool is None:
        parser.print_help(sys.stderr)
        return 2
    try:
        return options.tool.run(options) or 0
    except StartError as error:
        return fail(str(error))
    except Unwritten as error:
        return fail(f"{error.not_written}.")


def serve(step: int, build: Build, options: argparse.Namespace) -> int:
    """Listen, build the server, print the ready line, run it."""
    listener = open_port(options.host, options.port)
    with listener:
        server = build(listener, options)
        if hasattr(signal, "SIGBREAK"):  # Windows: Ctrl-Break, which also ends a child process
            signal.signal(signal.SIGBREAK, signal.default_int_handler)
        ready = f"step {step:02} listening on {host_port(listener.getsockname())}\n{steps.whose(step)}\n"
        server.announce = lambda: say(sys.stdout, ready)
        code = server.run()
    say(sys.stdout, f"step {step:02} stopped\n")
    return code or 0


def open_port(host: str, port: int) -> socket.socket:
    """A listening socket, or StartError with the reason in words."""
    try:
        return listen(host, port)
    except (OSError, UnicodeError) as error:
        raise StartError(reason(host, port, error)) from error


def reason(host: str, port: int, error: OSError | UnicodeError) -> str:
    """Why the server cannot listen at `host` and `port`, and what to do about it."""
    if isinstance(error, (socket.gaierror, UnicodeError)):
        return f"host {host!r} is not known; give an address of this machine, like --host {HOST}."
    if isinstance(error, PermissionError):
        return f"port {port} needs special rights; choose one from 1024 to {MAX_PORT} with --port."
    if error.errno == errno.EADDRINUSE:
        return (
            f"port {port} is in use; stop the server that has it, or choose another with --port "
            "(--port 0 takes a free one)."
        )
    if error.errno == errno.EADDRNOTAVAIL:
        return f"{host} is not an address of this machine; give one that is, like --host {HOST}."
    return f"cannot listen on {host} port {port}: {error.strerror}; try another --host or --port."


def command_line(step: int, tools: Mapping[str, Tool]) -> argparse.ArgumentParser:
    """The parser for `python -m steps.sNN`, with one sub-command for each tool."""
    parser = argparse.ArgumentParser(prog=f"python -m steps.s{step:02}", allow_abbrev=False)
    parser.set_defaults(tool=None)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    for name, entry in tools.items():
        tool = Tool(*entry)
        command = commands.add_parser(
            name,
            help=tool.help,
            description=tool.help,
            allow_abbrev=False,
            formatter_class=argparse.ArgumentDefaultsHelpFormatter,
        )
        command.set_defaults(tool=tool)
        if name == "serve":
            add_address(command)
        if tool.add_options is not None:
            tool.add_options(command)
    return parser


def add_address(parser: argparse.ArgumentParser) -> None:
    """The options --host and --port."""
    parser.add_argument("--host", type=host_name, default=HOST, help="address to listen at")
    parser.add_argument("--port", type=port_number, default=PORT, help="0 takes a free one")


def host_name(text: str) -> str:
    """An argparse type: a host that is not empty."""
    if not text.strip():
        raise argparse.ArgumentTypeError(f"the host is empty; give an address, like {HOST}")
    return text


def port_number(text: str) -> int:
    """An argparse type: a port from 0 to 65535."""
    # `int` alone would accept " 1_0 " and digits of other scripts.
    if not (text.isascii() and text.isdigit() and len(text) <= 5 and int(text) <= MAX_PORT):
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a port; give a number from 0 to {MAX_PORT}"
        )
    return int(text)


def fail(sentence: str) -> int:
    """Say on stderr why the server does not start; the exit code is 1."""
    say(sys.stderr, f"error: {sentence}\n")
    return 1


def say(stream: TextIO | None, text: str) -> None:
    """Write and flush. A server keeps serving even when nobody reads its output any more."""
    if stream is None:  # Python sets it so when the process starts with the stream closed
        return
    try:
        stream.write(text)
        stream.flush()
    except (OSError, ValueError):
        mute(stream)


def mute(stream: TextIO) -> None:
    """Discard what is left in the buffer of a broken stream, or Python fails on it at exit."""
    try:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
    except (OSError, ValueError):
        pass
