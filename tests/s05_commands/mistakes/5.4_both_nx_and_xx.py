"""Takes NX and XX together; the last one wins.

Caught by: test_options_that_exclude_each_other
"""

from __future__ import annotations

from typing import Any

from steps.s05_commands import fields
from steps.s05_commands.fields import Words


class Options(fields.Options):
    def take(self, words: Words) -> dict[str, Any]:
        found: dict[str, Any] = {}
        while words:
            word = words.peek().decode("utf-8", "replace").upper()
            option = self.by_word.get(word)
            if option is None:
                break
            words.next()
            found[option.name] = option.take_option(word, words)
        return found
