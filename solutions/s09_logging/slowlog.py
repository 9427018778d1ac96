"""Answers to steps/s09_logging/slowlog.py."""

from __future__ import annotations

from steps.s02_resp.values import Request
from steps.s09_logging import slowlog
from steps.s09_logging.log.redact import redacted
from steps.s09_logging.slowlog import MICROSECONDS, MOST_ARGUMENTS, MOST_BYTES, Entry


class SlowLog(slowlog.SlowLog):
    def add(self, request: Request, seconds: float, client: str = "", name: bytes = b"") -> None:
        # Before anything is cut, while positions and words are still those of the request.
        words = redacted(request)
        if len(words) > MOST_ARGUMENTS:
            kept = MOST_ARGUMENTS - 1
            words = [*words[:kept], b"... (%d more arguments)" % (len(words) - kept)]
        # The note about the missing words is shorter than MOST_BYTES, so it passes unchanged.
        arguments = [
            word
            if len(word) <= MOST_BYTES
            else word[:MOST_BYTES] + b"... (%d more bytes)" % (len(word) - MOST_BYTES)
            for word in words
        ]
        # The lock covers both the id and the append: in between, another thread could append a
        # later id first. The deque (`maxlen`) makes sure that there are never too many.
        with self.lock:
            self.entries.append(
                Entry(
                    self.next_id,
                    int(self.now()),
                    int(seconds * MICROSECONDS),
                    arguments,
                    client,
                    name,
                )
            )
            self.next_id += 1
