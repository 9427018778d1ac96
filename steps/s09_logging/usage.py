"""How often each command was run, and how long that took."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Usage:
    """What is counted for one command."""

    calls: int = 0
    seconds: float = 0.0
    rejected: int = 0
    """How often it was refused before it ran: for its number of words, or for the situation."""
    failed: int = 0
    """How often its reply was an error."""
