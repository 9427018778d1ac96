"""Cuts the number of words and not their length.

Caught by: test_long_words
"""

from __future__ import annotations

from steps.s02_resp.values import Request
from steps.s09_logging import slowlog
from steps.s09_logging.redact import redacted
from steps.s09_logging.slowlog import MICROSECONDS, MOST_ARGUMENTS, Entry


class SlowLog(slowlog.SlowLog):
    def add(self, request: Request, seconds: float, client: str = "", name: bytes = b"") -> None:
        words = redacted(request)
        if len(words) > MOST_ARGUMENTS:
            kept = MOST_ARGUMENTS - 1
            words = [*words[:kept], b"... (%d more arguments)" % (len(words) - kept)]
        arguments = list(words)
        with self.lock:
            entry = Entry(
                self.next_id, int(self.now()), int(seconds * MICROSECONDS), arguments, client, name
            )
            self.entries.append(entry)
            self.next_id += 1
