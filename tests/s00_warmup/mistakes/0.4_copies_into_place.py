"""Writes a temporary file, then copies its content into the old file.

Caught by: test_who_reads_meanwhile_finds_the_old_content
"""

from __future__ import annotations

import os
from contextlib import suppress


def write_atomically(path: str, text: str) -> None:
    import shutil

    temporary = f"{path}.{os.getpid()}.tmp"
    try:
        with open(temporary, "w", encoding="utf-8") as file:
            file.write(text)
        shutil.copyfile(temporary, path)
    finally:
        with suppress(FileNotFoundError):
            os.remove(temporary)
