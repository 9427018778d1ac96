"""A snapshot: all databases in one RDB file. SAVE, BGSAVE, and the restore at start."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from threading import Event

from steps.s07_persistence.clock import Clock, steady
from steps.s07_persistence.databases import Contents, Databases
from steps.s07_persistence.disk import DISK, Disk, ignore, open_file, replace_file
from steps.s07_persistence.rdb.reader import read_all
from steps.s07_persistence.rdb.source import Source
from steps.s07_persistence.rdb.writer import rdb_chunks


class GivenUp(Exception):  # noqa: N818 - nothing has gone wrong
    """The snapshot is no longer wanted, and the previous file is still there."""


def save(
    databases: Databases,
    path: str,
    disk: Disk = DISK,
    clock: Clock = steady,
    given_up: Event | None = None,
) -> None:
    """Writes all databases into the RDB file `path`: whole and on the disk, or not at all.

    The databases must not change meanwhile. SAVE holds all locks; BGSAVE passes in a `picture` of
    them, taken under the locks, and works in a thread of its own. Raises OSError if it fails; the
    previous file is then still there. Raises GivenUp soon after `given_up` is set.
    """
    replace_file(path, wanted(rdb_chunks(databases, clock()), given_up or Event()), disk)


def wanted(chunks: Iterable[bytes], given_up: Event) -> Iterator[bytes]:
    """The chunks, as long as they are wanted."""
    for chunk in chunks:
        yield chunk
        if given_up.is_set():
            raise GivenUp


def load(
    path: str, now: int | None = None, on_read: Callable[[int], None] = ignore
) -> dict[int, Contents]:
    """The databases in the RDB file `path`; none if there is no such file.

    Raises DamagedSnapshot before anything has been changed. Keys whose deadline is before `now`, in
    milliseconds since 1970, are left out. `on_read` is called with each number of bytes that are read.
    """
    try:
        file = open_file(path)
    except FileNotFoundError:
        return {}
    with file:
        source = Source(file, path, on_read)
        databases = read_all(source)
        if source.left:
            # It is an append-only file that begins like a snapshot, and the rest would be lost.
            raise source.damaged("the snapshot has ended, but the file goes on")
    if now is not None:
        drop_expired(databases, now)
    return databases


def drop_expired(databases: dict[int, Contents], now: int) -> None:
    """Removes the keys that expired before `now`."""
    for contents in databases.values():
        over = [key for key, deadline in contents.expires.items() if deadline < now]
        for key in over:
            del contents.data[key], contents.expires[key]
