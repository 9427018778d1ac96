"""How often each command was run, and how long that took."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Usage:
    """What is counted of one command."""

    calls: int = 0
    seconds: float = 0.0
    rejected: int = 0
    """How often it was refused before it could run: by the number of words, or by the situation."""
    failed: int = 0
    """How often its reply was an error."""
