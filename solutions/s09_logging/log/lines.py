"""Answers to steps/s09_logging/log/lines.py."""

from __future__ import annotations

import json
import logging

from steps.s09_logging.log import lines
from steps.s09_logging.log.lines import BARE
from steps.s09_logging.log.texts import shown


class Lines(lines.Lines):
    def line(self, record: logging.LogRecord) -> str:
        fields = {**self.head(record), "event": record.getMessage(), **self.facts(record)}
        if self.form == "json":
            return json.dumps(fields, default=shown)
        # json.dumps escapes line feeds, quotes, backslashes and everything outside ASCII,
        # including the escape sequences of a terminal. A `replace("\n", ...)` forgets \r and \x1b,
        # and quotes without escapes let a value end early and begin a field of its own.
        texts = {key: shown(value) for key, value in fields.items()}
        return " ".join(
            f"{key}={text if BARE.fullmatch(text) else json.dumps(text)}"
            for key, text in texts.items()
        )
