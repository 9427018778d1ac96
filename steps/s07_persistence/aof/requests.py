"""Databases as requests, for the base of a journal that is all requests. You may skip this file.

`--aof-use-rdb-preamble no` asks for such a base, which people can read; before Redis 4 there was no
other. Exercise 7.9 makes the requests for the types that it knows. Libraries of functions and
streams are added here.

Source: aof.c of Redis 7.0 (rewriteAppendOnlyFileRio, rewriteStreamObject).
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from io import BytesIO
from typing import Any

from steps.s02_resp.encode import encode
from steps.s02_resp.values import Request
from steps.s07_persistence.databases import Contents, Databases, Holder
from steps.s07_persistence.rdb.source import Source
from steps.s07_persistence.rdb.streams import SEQUENCE, Group, Picture, read_stream
from steps.s07_persistence.rdb.writer import WRITERS


def aof_chunks(databases: Databases, now: int) -> Iterator[bytes]:
    """The requests as they are in a file. `now` is in milliseconds since 1970."""
    return map(encode, requests_of(databases, now))


def requests_of(databases: Databases, now: int) -> Iterator[Request]:
    """The requests that an empty server has to run, in order, to hold what `databases` do."""
    for holder in databases.values():
        for code in holder.libraries:
            yield [b"FUNCTION", b"LOAD", code]
    export = import_module("steps.s07_persistence.rdb.export")
    yield from export.requests_of({n: plain(holder) for n, holder in databases.items()}, now)
    for number, holder in databases.items():
        yield [b"SELECT", b"%d" % number]
        for key, value in holder.data.items():
            if type(value) in WRITERS:
                yield from stream_requests(key, picture_of(value))
                if key in holder.expires:
                    yield [b"PEXPIREAT", key, b"%d" % holder.expires[key]]


def plain(holder: Holder) -> Contents:
    """What a database has of the types that exercise 7.9 knows."""
    data = {
        key: bytes(value) if type(value) is bytearray else value
        for key, value in holder.data.items()
        if type(value) not in WRITERS
    }
    return Contents(data, {key: holder.expires[key] for key in holder.expires.keys() & data.keys()})


def picture_of(value: Any) -> Picture:
    """The neutral form of a stream, which its writer makes for snapshots only."""
    kind, data = WRITERS[type(value)](value)
    return read_stream(Source(BytesIO(data), ""), kind)


def stream_requests(key: bytes, stream: Picture) -> Iterator[Request]:
    """The requests that make a stream.

    As in Redis, two things are not in them: when a consumer was last active, and what is pending of
    entries that have been removed.
    """
    entries = [entry for block in stream.blocks for entry in block]
    for number, words in entries:
        yield [b"XADD", key, shown(number), *words]
    if not entries:
        yield [b"XADD", key, b"MAXLEN", b"0", b"0-1", b"x", b"y"]
    counts = [b"ENTRIESADDED", b"%d" % stream.added, b"MAXDELETEDID", shown(stream.max_deleted)]
    yield [b"XSETID", key, shown(stream.last), *counts]
    for name, group in stream.groups.items():
        yield from group_requests(key, name, group)


def group_requests(key: bytes, name: bytes, group: Group) -> Iterator[Request]:
    """The requests that make a consumer group."""
    read = b"%d" % (-1 if group.read is None else group.read)
    yield [b"XGROUP", b"CREATE", key, name, shown(group.last), b"ENTRIESREAD", read]
    for who, consumer in group.consumers.items():
        if not consumer.pending:  # otherwise XCLAIM creates it
            yield [b"XGROUP", b"CREATECONSUMER", key, name, who]
        for number in consumer.pending:
            pending = group.pending[number]
            when = [b"TIME", b"%d" % pending.delivered, b"RETRYCOUNT", b"%d" % pending.count]
            yield [b"XCLAIM", key, name, who, b"0", shown(number), *when, b"JUSTID", b"FORCE"]


def shown(number: int) -> bytes:
    """The id of an entry as commands write it."""
    return b"%d-%d" % divmod(number, SEQUENCE)
