"""Step 1: sockets. A server that listens, accepts clients one after another, and echoes."""

from __future__ import annotations

from steps.s01_echo.cli import StartError, Tool, main
from steps.s01_echo.lab import (
    BrokenServer,
    TroubledServer,
    connect,
    free_listener,
    left_open,
    pair,
    through_a_needle,
    why_not,
)
from steps.s01_echo.server import Server, hang_up, listen

__all__ = [
    "BrokenServer",
    "Server",
    "StartError",
    "Tool",
    "TroubledServer",
    "connect",
    "free_listener",
    "hang_up",
    "left_open",
    "listen",
    "main",
    "pair",
    "through_a_needle",
    "why_not",
]
