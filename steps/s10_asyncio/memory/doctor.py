"""MEMORY STATS and MEMORY DOCTOR: what the memory of the server is used for, and what to do about it.

The system knows how much memory the process has, and Python does not say how much of it is free, so
what Redis calls allocated, active and resident is one number here. The advice is in Redis' words.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Mapping
from typing import Final, NamedTuple

from steps.s02_resp.values import Reply
from steps.s07_persistence.keyspace import Keyspace
from steps.s10_asyncio.statistics import ScriptCounts

LITTLE: Final = 5 * 1024 * 1024
"""With less than this many bytes of data there is nothing to advise on, as in Redis."""

HIGH_PEAK: Final = 1.5
LARGE_BUFFERS: Final = 200 * 1024
"""Bytes for each client, on average."""

EMPTY: Final = (
    "Hi Sam, this instance is empty or is using very little memory, my issues detector can't be used"
    " in these conditions. Please, leave for your mission on Earth and fill it with some data. The"
    " new Sam and I will be back to our programming as soon as I finished rebooting.\n"
)
HEALTHY: Final = (
    "Hi Sam, I can't find any memory issue in your instance. I can only account for what occurs on"
    " this base.\n"
)
FOUND: Final = "Sam, I detected a few issues in this Redis instance memory implants:\n\n"
PEAK: Final = (
    " * Peak memory: In the past this instance used more than 150% the memory that is currently"
    " using. The allocator is normally not able to release memory after a peak, so you can expect to"
    " see a big fragmentation ratio, however this is actually harmless and is only due to the memory"
    " peak, and if the Redis instance Resident Set Size (RSS) is currently bigger than expected, the"
    " memory will be used as soon as you fill the Redis instance with more data. If the memory peak"
    " was only occasional and you want to try to reclaim memory, please try the MEMORY PURGE command,"
    " otherwise the only other option is to shutdown and restart the instance.\n\n"
)
BUFFERS: Final = (
    " * Big client buffers: The clients output buffers in this instance are greater than 200K per"
    " client (on average). This may result from different causes, like Pub/Sub clients subscribed to"
    " channels bot not receiving data fast enough, so that data piles on the Redis instance output"
    " buffer, or clients sending commands with large replies or very large sequences of commands in"
    " the same pipeline. Please use the CLIENT LIST command in order to investigate the issue if it"
    " causes problems in your instance, or to understand better why certain clients are using a big"
    " amount of memory.\n\n"
)
SAFE: Final = "I'm here to keep you safe, Sam. I want to help you.\n"


class Memory(NamedTuple):
    """What is measured, in bytes."""

    used: int
    peak: int
    at_start: int
    """What the process had before there were any data."""
    unsent: int
    """In the output buffers of all clients."""
    clients: int
    """How many clients there are."""
    journal: int
    """In the buffer of the append-only file."""
    scripts: ScriptCounts = ScriptCounts()

    def stats(self, databases: Mapping[int, Keyspace]) -> dict[bytes, Reply]:
        """MEMORY STATS."""
        tables = {
            f"db.{index}".encode(): tables_of(one) for index, one in databases.items() if one.data
        }
        overhead = self.at_start + self.unsent + self.journal
        overhead += self.scripts.script_texts + self.scripts.function_texts
        overhead += sum(sum(sizes.values()) for sizes in tables.values())
        keys = sum(len(one.data) for one in databases.values())
        data = max(self.used - overhead, 0)
        net = max(self.used - self.at_start, 0)
        return {
            b"peak.allocated": self.peak,
            b"total.allocated": self.used,
            b"startup.allocated": self.at_start,
            b"replication.backlog": 0,
            b"clients.slaves": 0,
            b"clients.normal": self.unsent,
            b"cluster.links": 0,
            b"aof.buffer": self.journal,
            b"lua.caches": self.scripts.script_texts,
            b"functions.caches": self.scripts.function_texts,
            **tables,
            b"overhead.total": overhead,
            b"keys.count": keys,
            b"keys.bytes-per-key": net // keys if keys else 0,
            b"dataset.bytes": data,
            b"dataset.percentage": 100 * data / (net or 1),
            b"peak.percentage": 100 * self.used / (self.peak or 1),
            b"allocator.allocated": self.used,
            b"allocator.active": self.used,
            b"allocator.resident": self.used,
            b"allocator-fragmentation.ratio": 1.0,
            b"allocator-fragmentation.bytes": 0,
            b"allocator-rss.ratio": 1.0,
            b"allocator-rss.bytes": 0,
            b"rss-overhead.ratio": 1.0,
            b"rss-overhead.bytes": 0,
            b"fragmentation": 1.0,
            b"fragmentation.bytes": 0,
        }

    def advice(self) -> str:
        """MEMORY DOCTOR."""
        if self.used - self.at_start < LITTLE:
            return EMPTY
        issues = [
            *([PEAK] if self.peak > self.used * HIGH_PEAK else []),
            *([BUFFERS] if self.unsent > LARGE_BUFFERS * self.clients else []),
        ]
        return "".join([FOUND, *issues, SAFE]) if issues else HEALTHY


def tables_of(keyspace: Keyspace) -> dict[bytes, int]:
    """The size of the tables of a database, without what is in them."""
    return {
        b"overhead.hashtable.main": sys.getsizeof(keyspace.data),
        b"overhead.hashtable.expires": sys.getsizeof(keyspace.expires),
        b"overhead.hashtable.slot-to-keys": 0,
    }


def allocations() -> str:
    """MEMORY MALLOC-STATS: what Python says of its own memory."""
    lines = ["___ Begin Python statistics ___", f"Blocks: {sys.getallocatedblocks()}"]
    for generation, facts in enumerate(gc.get_stats()):
        shown = ", ".join(f"{name} {value}" for name, value in facts.items())
        lines.append(f"Generation {generation}: {shown}")
    return "\n".join([*lines, "--- End Python statistics ---", ""])
