"""What is wrong with a file that cannot be loaded, in one sentence for the operator of the server."""

from __future__ import annotations


class DamagedFile(Exception):  # noqa: N818 - it names what was found
    """A file cannot be loaded as it is; nothing from it has been used."""

    remedy = ""

    def __init__(self, path: str, offset: int, what: str) -> None:
        super().__init__(f"{path} cannot be loaded: {what} (at byte {offset}); {self.remedy}")
        self.path = path
        self.offset = offset
        self.what = what


class DamagedSnapshot(DamagedFile):
    """A file that is not a complete RDB file, or one that this server must not load."""

    remedy = "put a backup in its place, or move it away to start without it"


class DamagedJournal(DamagedFile):
    """A part of an append-only file, or its manifest, that no server wrote like this."""

    remedy = (
        "make a copy of its folder, then repair it with redis-check-aof --fix, or put in a backup"
    )


class NotRun(DamagedJournal):
    """A whole request of an append-only file that this server can't run.

    Going on without it would lose what it did, and the next rewrite would lose the request itself.
    """

    remedy = "start the server that wrote the file, or make a copy of its folder and take it out"
