"""Error replies that commands on several types have in common, in the words of Redis 7.0."""

from __future__ import annotations

NO_SUCH_KEY = "ERR no such key"
NOT_POSITIVE = "ERR value is out of range, must be positive"
NO_NUMKEYS = "ERR numkeys should be greater than 0"
NO_COUNT = "ERR count should be greater than 0"
NEGATIVE_LIMIT = "ERR LIMIT can't be negative"
