"""Opens the file itself for writing, which empties it first.

Caught by: test_a_failure_loses_nothing
"""

from __future__ import annotations


def write_atomically(path: str, text: str) -> None:
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
