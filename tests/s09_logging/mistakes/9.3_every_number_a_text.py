"""Makes a text of every value in JSON.

Caught by: test_a_line_of_json
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
            line = json.dumps({key: shown(value) for key, value in fields.items()})
        else:
            texts = {key: shown(value) for key, value in fields.items()}
            line = " ".join(
                f"{key}={text if BARE.fullmatch(text) else json.dumps(text)}"
                for key, text in texts.items()
            )
        self.logger.log(level, line)
