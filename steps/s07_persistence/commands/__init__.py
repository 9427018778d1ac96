"""The commands of step 7: times to live, payloads, and saving. Importing this package registers them."""

from __future__ import annotations

from steps.s07_persistence.commands import dump, expire, saving

__all__ = ["dump", "expire", "saving"]
