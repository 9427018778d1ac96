"""The log: one line an event, made of fields, that a program can read back.

`key=value` for people, JSON for programs, and the same fields in both: when, how bad, which step,
which client, what happened. Below it is the standard library's `logging`: it has the levels, the
locks and the files, and the modules of the lower steps log through it already.

Two invariants. One event is one line, whatever bytes a client has sent: a line that begins with
`time=` was written by this server. And an event below the level costs a comparison and no more.
"""

from __future__ import annotations

import json
import logging
import re
import time
from collections.abc import Callable
from typing import Final

from steps.s09_logging.levels import LEVELS, name_of
from steps.unwritten import Unwritten

STEP: Final = 9

BARE: Final = re.compile(r"[!#-<>-\[\]-~]+")
"""A value that needs no quotes: printable ASCII without blank, quote, `=` and backslash."""

LINES: Final = "steps.lines"
"""The logger that takes finished lines."""


class Log:
    """Writes events as lines: `log(NOTICE, "started", port=6379)`."""

    def __init__(
        self,
        logger: logging.Logger | None = None,
        step: int = STEP,
        form: str = "text",
        now: Callable[[], float] = time.time,
    ) -> None:
        self.logger = logger or logging.getLogger(LINES)
        self.step = step
        self.form = form
        self.now = now

    def __call__(self, level: int, name: str, /, **facts: object) -> None:
        """Logs an event; while exercise 9.3 is empty, its name at least."""
        try:
            self.event(level, name, **facts)
        except Unwritten as stub:
            self.logger.log(level, "%s (%s)", name, stub.not_written)

    def event(self, level: int, name: str, /, **facts: object) -> None:
        r"""Writes one line about an event, if `level` is on.

        - Off (`self.enabled(level)` is False): return at once. Some facts are expensive to turn
          into text (they are objects that do it in `__str__`), so none is.
        - The fields of the line are those of `self.head(level)` (time, level, step), then `event`,
          which is `name`, then the facts, all in order.
        - `self.form` is `"json"`: the line is the fields as one JSON object; what JSON does not
          know is `shown(value)` (that is what the `default` of `json.dumps` is for).
        - Otherwise the fields are written as `key=value`, with a blank between them. `shown(value)`
          is a value as text. If BARE matches all of it, it stands as it is. If not, it stands in
          quotes, and whatever could end the line or the quotes is escaped: `json.dumps(text)` does
          both.
        - `self.logger.log(level, line)` writes the line.

        A client that sends a line feed and then `time=... event="all is well"` gets no line of its
        own.

        >>> log.event(NOTICE, "client error", client="127.0.0.1:5000", request=b"SET k\n")
        time=2024-05-01T12:00:00.250Z level=notice step=9 event="client error"
        client=127.0.0.1:5000 request="SET k\n"        (all of it on one line)
        """
        raise NotImplementedError("exercise 9.3")

    def enabled(self, level: int) -> bool:
        """Whether events of this level are written: ask before you collect facts for one."""
        return self.logger.isEnabledFor(level)

    def head(self, level: int) -> dict[str, object]:
        """The fields that every line begins with."""
        return {"time": timestamp(self.now()), "level": name_of(level), "step": self.step}

    def set_level(self, name: str) -> None:
        """From now on logs what is at least so bad: debug, verbose, notice, warning."""
        self.logger.setLevel(LEVELS[name])


def timestamp(seconds: float) -> str:
    """ISO 8601 in UTC, to the millisecond: the logs of two machines can be laid side by side."""
    milliseconds = int(seconds * 1000)
    day = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(milliseconds // 1000))
    return f"{day}.{milliseconds % 1000:03}Z"


def shown(value: object) -> str:
    """A value as text, control characters and all. Bytes that are no UTF-8 can be told back."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "surrogateescape")
    return str(value)
