"""Step 10: the complete server, on asyncio.

Publish and subscribe, transactions, commands that wait, configuration and administration; one
thread for any number of clients. `python -m steps.s10 serve` runs it.
"""

from __future__ import annotations

from steps.s10_asyncio import commands
from steps.s10_asyncio.server import AsyncServer
from steps.s10_asyncio.session import ClientSession
from steps.s10_asyncio.state import State

__all__ = [
    "AsyncServer",
    "ClientSession",
    "State",
    "commands",
]
