from __future__ import annotations

import os
from contextlib import suppress


def write_atomically(path: str, text: str) -> None:
    # Beside the file, not in /tmp: a rename is atomic within one file system only, and refused
    # across two. With the process id in its name, two writers at once don't write into the same
    # temporary file.
    temporary = f"{path}.{os.getpid()}.tmp"
    try:
        with open(temporary, "w", encoding="utf-8") as file:
            file.write(text)
        # Behind the `with`: the file is closed and all of it written. open(path, "w") instead
        # would empty the old file first, and a failure from then on would lose both versions.
        os.replace(temporary, path)
    except BaseException:
        # Ctrl-C included: whatever stops us, the half-written file goes.
        with suppress(FileNotFoundError):
            os.remove(temporary)
        raise
