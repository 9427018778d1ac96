"""What the complete server can be told, under Redis' own names."""

from __future__ import annotations

import argparse
from dataclasses import dataclass

from steps.s07_persistence import settings as file_settings
from steps.s09_logging import settings

PROTECTIONS = ("no", "yes", "local")


@dataclass
class Settings(settings.Settings):
    """The settings of step 10."""

    bind: str = ""
    port: int = 0
    """Where it listens: the server writes it here."""
    requirepass: str = ""
    maxclients: int = 10_000
    databases: int = 16
    timeout: int = 0
    """Seconds after which a client that asks nothing is disconnected; 0: never."""
    client_output_buffer_limit: int = 32 * 1024 * 1024
    """Bytes that may wait for a subscriber before it is cut off. Redis' own default."""
    enable_debug_command: str = "local"
    """Who may use DEBUG: `yes`, `no`, or `local`: clients on this machine. Redis: `no`."""
    enable_protected_configs: str = "no"
    """Who may have CONFIG SET write files elsewhere (`dir`, `dbfilename`)."""


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of the steps below, and those that are new."""
    file_settings.add_options(parser)
    settings.add_options(parser)
    default = Settings()
    parser.add_argument(
        "--requirepass", default=default.requirepass, help="the password that clients must give"
    )
    parser.add_argument(
        "--maxclients", type=positive, default=default.maxclients, help="clients at once"
    )
    parser.add_argument(
        "--databases", type=positive, default=default.databases, help="how many, for SELECT"
    )
    parser.add_argument(
        "--timeout", type=natural, default=default.timeout, help="seconds; 0 is for ever"
    )
    for name in ("enable-debug-command", "enable-protected-configs"):
        usual = getattr(default, name.replace("-", "_"))
        parser.add_argument(f"--{name}", choices=PROTECTIONS, default=usual, help="who may")


def natural(text: str) -> int:
    """An argparse type: a number from 0."""
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        raise argparse.ArgumentTypeError(f"{text!r} is no number; give one from 0 to 999999999")
    return int(text)


def positive(text: str) -> int:
    """An argparse type: a number from 1."""
    number = natural(text)
    if not number:
        raise argparse.ArgumentTypeError("0 is too few; give a number from 1")
    return number
