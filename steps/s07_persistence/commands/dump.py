"""DUMP and RESTORE: a value as bytes that another server, or this one later, makes a value again.

The bytes are those of a snapshot's entry without its key, then the version of the format, and a checksum
over it all. Source: https://redis.io/docs/latest/commands/dump/
"""

from __future__ import annotations

import io
from struct import pack, unpack
from typing import Any, Final

from steps.s02_resp.values import (
    INT64_MAX,
    OK,
    SYNTAX_ERROR,
    CommandError,
    Reply,
    Request,
    integer,
)
from steps.s03_store.store import Value
from steps.s05_commands.command import DENYOOM, READ, WRITE
from steps.s05_commands.fields import Bulk, Flag, Integer, Key, Option, Words
from steps.s06_types.command import BY_CHANCE
from steps.s07_persistence.command import Command
from steps.s07_persistence.commands.expire import Later
from steps.s07_persistence.damage import DamagedFile
from steps.s07_persistence.rdb import format as rdb
from steps.s07_persistence.rdb.crc64 import crc64
from steps.s07_persistence.rdb.reader import is_known, read_value
from steps.s07_persistence.rdb.source import Source
from steps.s07_persistence.rdb.writer import encode_any
from steps.s07_persistence.session import JournalSession

WRONG_PAYLOAD: Final = "ERR DUMP payload version or checksum are wrong"
BAD_FORMAT: Final = "ERR Bad data format"
BUSY: Final = "BUSYKEY Target key name already exists."


def dumped(value: Value) -> bytes:
    """The payload for a value."""
    entry = encode_any(b"", value)  # a byte for the type, one for the key, which is empty
    return with_footer(entry[:1] + entry[2:])


def with_footer(body: bytes) -> bytes:
    """A payload: the bytes, the version of the format, and the checksum of both."""
    payload = body + pack("<H", rdb.VERSION)
    return payload + pack("<Q", crc64(payload))


def without_footer(payload: bytes) -> bytes:
    """The bytes that `with_footer` made a payload of. Raises CommandError."""
    body, footer = payload[:-10], payload[-10:]
    if len(footer) < 10:
        raise CommandError(WRONG_PAYLOAD)
    version, checksum = unpack("<HQ", footer)
    if version > rdb.VERSION or crc64(payload[:-8]) != checksum:
        raise CommandError(WRONG_PAYLOAD)
    return body


def restored(payload: bytes) -> Value:
    """The value of a payload. Raises CommandError where it is none, or of a later version."""
    source = Source(io.BytesIO(without_footer(payload)), "")
    try:
        kind = source.byte()
        if not is_known(kind):
            raise CommandError(BAD_FORMAT)
        value = read_value(source, kind, b"")
    except DamagedFile as damage:
        raise CommandError(BAD_FORMAT) from damage
    if not value and not isinstance(value, bytes):
        raise CommandError(BAD_FORMAT)  # no key has an empty list
    return value


class Use(Option[Any]):
    """How long a key was not used, or how often it was: a request tells one of the two."""

    def take_option(self, word: str, words: Words) -> Any:
        if words.given - {word}:
            raise CommandError(SYNTAX_ERROR)
        words.given |= {word}
        return super().take_option(word, words)


class Dump(Command, flags=READ):
    """The value at key as bytes that RESTORE makes a value again; null if there is none."""

    tips = BY_CHANCE
    key = Key()

    def execute(self, session: JournalSession) -> Reply:
        value = session.store.find(self.key)
        return None if value is None else dumped(value)


class Restore(Command, flags=WRITE | DENYOOM):
    """Keeps at key the value that DUMP made bytes of; ttl is in milliseconds, 0 for none."""

    categories = ("keyspace", "dangerous")
    key = Key()
    ttl = Later()
    payload = Bulk()
    replace = Flag("REPLACE")
    absttl = Flag("ABSTTL")
    # A server that takes no notice of how a key is used takes the words.
    idletime = Use(
        "IDLETIME", Integer(low=0, range_error="ERR Invalid IDLETIME value, must be >= 0")
    )
    freq = Use(
        "FREQ",
        Integer(low=0, high=255, range_error="ERR Invalid FREQ value, must be >= 0 and <= 255"),
    )

    def execute(self, session: JournalSession) -> Reply:
        keyspace = session.store
        if not self.replace and keyspace.find(self.key) is not None:
            raise CommandError(BUSY)
        deadline = integer(self.ttl)
        if deadline < 0:
            raise CommandError("ERR Invalid TTL value, must be >= 0")
        value = restored(self.payload)
        now = keyspace.clock()
        if deadline and not self.absttl:
            deadline += now
        if deadline and not now < deadline <= INT64_MAX:  # too late, or too far away to be told
            keyspace.settle(self.key, b"")
            self.journal: list[Request] = [[b"DEL", self.key]]
            return OK
        if self.key in keyspace.data:
            keyspace.settle(self.key, b"")
            keyspace.count(-1)  # one change, although two happen to the key
        if deadline:
            keyspace.put_until(self.key, value, deadline)
        else:
            keyspace.put(self.key, value)
        words = [b"RESTORE", self.key, b"%d" % deadline, self.payload, b"REPLACE"]
        self.journal = [[*words, b"ABSTTL"] if deadline else words]
        return OK

    def effects(self, reply: Reply) -> list[Request]:
        return self.journal
