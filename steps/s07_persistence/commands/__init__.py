"""The commands of step 7: times to live, and saving. Importing this package registers them."""

from __future__ import annotations

from steps.s07_persistence.commands import expire, saving

__all__ = ["expire", "saving"]
