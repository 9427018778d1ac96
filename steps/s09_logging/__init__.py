"""Step 9: errors, logs and a good end."""

from __future__ import annotations
