"""Asks for each option once, in the order of the class: GET NX is not the same as NX GET.

Caught by: test_options_in_any_order
"""

from __future__ import annotations

from typing import Any

from steps.s05_commands import fields
from steps.s05_commands.fields import Words


class Options(fields.Options):
    def take(self, words: Words) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for option in self.options:
            word = words.peek().decode("utf-8", "replace").upper()
            if words and word in option.words:
                words.next()
                found[option.name] = option.take_option(word, words)
        return found
