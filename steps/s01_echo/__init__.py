"""Step 1: sockets. A server that listens, accepts clients one after another, and echoes."""

from __future__ import annotations

from steps.s01_echo.cli import StartError, Tool, main
from steps.s01_echo.server import Server, hang_up, listen

__all__ = [
    "Server",
    "StartError",
    "Tool",
    "hang_up",
    "listen",
    "main",
]
