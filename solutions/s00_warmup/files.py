from __future__ import annotations

import os
from contextlib import suppress


def write_atomically(path: str, text: str) -> None:
    # Beside the file, not in /tmp: a rename is atomic only within one file system, and refused
    # across two. With the process id in the name, two writers never use the same temporary file.
    temporary = f"{path}.{os.getpid()}.tmp"
    try:
        with open(temporary, "w", encoding="utf-8") as file:
            file.write(text)
        # After the `with`, so the file is closed and completely written. open(path, "w") would
        # empty the old file first, and a failure after that would lose both versions.
        os.replace(temporary, path)
    except BaseException:
        # Ctrl-C included: whatever stops us, the half-written file is removed.
        with suppress(FileNotFoundError):
            os.remove(temporary)
        raise
