"""Writes every value bare.

Caught by: test_a_forged_line_over_the_wire
"""

from __future__ import annotations

import json

from steps.s09_logging import logs
from steps.s09_logging.logs import shown


class Log(logs.Log):
    def event(self, level: int, name: str, /, **facts: object) -> None:
        if not self.enabled(level):
            return
        fields = {**self.head(level), "event": name, **facts}
        if self.form == "json":
            line = json.dumps(fields, default=shown)
        else:
            line = " ".join(f"{key}={shown(value)}" for key, value in fields.items())
        self.logger.log(level, line)
