"""Answers to steps/s07_persistence/rdb/reader.py."""

from __future__ import annotations

from steps.s07_persistence.databases import Contents
from steps.s07_persistence.rdb import format as rdb
from steps.s07_persistence.rdb.reader import entries, shown
from steps.s07_persistence.rdb.source import Source


def read_databases(source: Source) -> dict[int, Contents]:
    # Everything goes into new databases, which are returned at the very end, so an error on the
    # way leaves the caller's own untouched. Filling those directly would save memory, but leave
    # half a database behind at the first bad byte.
    if source.take(len(rdb.MAGIC)) != rdb.MAGIC:
        raise source.damaged("it does not begin with REDIS, so it is not an RDB file")
    digits = source.take(4)
    if not digits.isdigit() or not 1 <= int(digits) <= rdb.NEWEST:
        raise source.damaged(f"its version {shown(digits)} is not one of 1 to {rdb.NEWEST}")
    databases: dict[int, Contents] = {}
    for entry in entries(source):
        contents = databases.setdefault(entry.database, Contents())
        if entry.key in contents.data:
            raise source.damaged(f"the key {shown(entry.key)} is there twice")
        contents.data[entry.key] = entry.value
        if entry.deadline is not None:
            contents.expires[entry.key] = entry.deadline
    if int(digits) >= rdb.FIRST_WITH_CHECKSUM:
        # Computed before the stored checksum is taken, or that would be part of it.
        computed = source.checksum()
        if source.integer(8) not in (0, computed):
            raise source.damaged("the checksum is wrong, so some byte before it is")
    return databases
