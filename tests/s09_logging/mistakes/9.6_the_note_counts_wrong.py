"""Keeps 31 words and says that 32 are there.

Caught by: test_many_words
"""

from __future__ import annotations

from steps.s02_resp.values import Request
from steps.s09_logging import slowlog
from steps.s09_logging.redact import redacted
from steps.s09_logging.slowlog import MICROSECONDS, MOST_ARGUMENTS, MOST_BYTES, Entry


class SlowLog(slowlog.SlowLog):
    def add(self, request: Request, seconds: float, client: str = "", name: bytes = b"") -> None:
        words = redacted(request)
        if len(words) > MOST_ARGUMENTS:
            more = len(words) - MOST_ARGUMENTS
            words = [*words[: MOST_ARGUMENTS - 1], b"... (%d more arguments)" % more]
        arguments = [
            word
            if len(word) <= MOST_BYTES
            else word[:MOST_BYTES] + b"... (%d more bytes)" % (len(word) - MOST_BYTES)
            for word in words
        ]
        with self.lock:
            entry = Entry(
                self.next_id, int(self.now()), int(seconds * MICROSECONDS), arguments, client, name
            )
            self.entries.append(entry)
            self.next_id += 1
