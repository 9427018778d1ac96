"""What the server knows of one client. https://redis.io/docs/latest/commands/client-list/"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from time import monotonic

_IDS = count(1)


@dataclass(eq=False)
class Client:
    """One connected client."""

    address: str
    local_address: str
    descriptor: int = -1
    id: int = field(default_factory=lambda: next(_IDS))
    since: float = field(default_factory=monotonic)
    name: bytes = b""
    library: bytes = b""
    library_version: bytes = b""
    heard: Callable[[], float] = monotonic
    """When its last bytes came, by the monotonic clock."""
