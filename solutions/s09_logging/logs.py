"""Answers to steps/s09_logging/logs.py."""

from __future__ import annotations

import json

from steps.s09_logging import logs
from steps.s09_logging.logs import BARE, shown


class Log(logs.Log):
    def event(self, level: int, name: str, /, **facts: object) -> None:
        # First of all, since this is called for every command that fails, and is off nearly always.
        # `self.logger.log` asks too, but by then the line is made.
        if not self.enabled(level):
            return
        fields = {**self.head(level), "event": name, **facts}
        if self.form == "json":
            line = json.dumps(fields, default=shown)
        else:
            texts = {key: shown(value) for key, value in fields.items()}
            # json.dumps escapes line feeds, quotes, backslashes and all that is not ASCII: the
            # escape sequences of a terminal, too. A `replace("\n", ...)` forgets \r and \x1b, and
            # quotes without escapes let a value end early and begin a field of its own.
            line = " ".join(
                f"{key}={text if BARE.fullmatch(text) else json.dumps(text)}"
                for key, text in texts.items()
            )
        self.logger.log(level, line)
