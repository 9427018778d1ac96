"""Writing a file so that nobody ever finds half of it."""

from __future__ import annotations

import os
from contextlib import suppress


def write_atomically(path: str, text: str) -> None:
    """Make `text`, in UTF-8, the content of the file `path`: all of it or nothing.

    Write a temporary file in the same folder, then put it in the place of `path` with
    `os.replace`. Anyone who opens `path` meanwhile finds the old content or the new one, never an
    empty file or half a file.

    If anything fails (the disk is full; the text cannot be encoded in UTF-8; Ctrl-C is pressed),
    that error reaches the caller, `path` is as it was, and the temporary file is gone.

    (A power cut needs more than that: step 7 adds fsync.)
    """
    raise NotImplementedError("exercise 0.4")
