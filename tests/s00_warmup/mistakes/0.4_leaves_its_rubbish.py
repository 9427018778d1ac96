"""Leaves the temporary file behind where something fails.

Caught by: test_no_temporary_file_stays
"""

from __future__ import annotations

import os


def write_atomically(path: str, text: str) -> None:
    temporary = f"{path}.{os.getpid()}.tmp"
    with open(temporary, "w", encoding="utf-8") as file:
        file.write(text)
    os.replace(temporary, path)
