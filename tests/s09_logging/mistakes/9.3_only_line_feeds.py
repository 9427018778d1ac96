"""Escapes line feeds alone: a carriage return or a quote still ends the value.

Caught by: test_a_client_forges_nothing
"""

from __future__ import annotations

import json

from steps.s09_logging import logs
from steps.s09_logging.logs import BARE, shown


class Log(logs.Log):
    def event(self, level: int, name: str, /, **facts: object) -> None:
        if not self.enabled(level):
            return
        fields = {**self.head(level), "event": name, **facts}
        if self.form == "json":
            line = json.dumps(fields, default=shown)
        else:
            texts = {key: shown(value) for key, value in fields.items()}
            quoted = {
                key: text if BARE.fullmatch(text) else '"' + text.replace("\n", "\\n") + '"'
                for key, text in texts.items()
            }
            line = " ".join(f"{key}={text}" for key, text in quoted.items())
        self.logger.log(level, line)
