"""Step 7: time and files. Keys with a time to live, snapshots, and an append-only file.

`python -m steps.s07 serve --dir data --appendonly yes` loads what is in the folder and keeps it.

Read first: keyspace.py, aof/journal.py and rdb/writer.py.

    aof/                the append-only file
    aof/journal.py      writes each change before the reply goes out
    aof/manifest.py     which files belong to the journal
    aof/replay.py       reads a journal, and cuts off an unfinished end
    aof/requests.py     databases as requests, for a journal without a snapshot (may be skipped)
    clock.py            the time, which a test can set
    command.py          the registry and the base class of the commands
    commands/           the commands of this step
    commands/dump.py    DUMP and RESTORE. You may skip it
    commands/expire.py  EXPIRE, TTL and the other commands on times to live
    commands/saving.py  SAVE, BGSAVE, BGREWRITEAOF, FLUSHALL
    damage.py           the errors for a file that cannot be loaded
    databases.py        the data alone, as it goes to files and comes from them
    disk.py             writes files so that they survive a power cut
    expiry.py           finds expired keys that nobody asks for
    keyspace.py         keys with a time to live
    persistence.py      loads the files at the start, and decides when to write
    rdb/                snapshots in the format of Redis
    rdb/crc64.py        the checksum at the end of a snapshot (may be skipped)
    rdb/export.py       a snapshot as commands: a whole module to write
    rdb/exporting.py    the command line of the export (may be skipped)
    rdb/format.py       the numbers of the format
    rdb/lzf.py          the compression of long strings (may be skipped)
    rdb/packed.py       old encodings of small collections (may be skipped)
    rdb/reader.py       reads a snapshot
    rdb/snapshot.py     saves and loads a snapshot file
    rdb/source.py       takes bytes from a file, and checks that they are there
    rdb/streams.py      a stream as files hold it (may be skipped)
    rdb/writer.py       writes a snapshot
    server.py           the server of step 7
    session.py          writes changes to the journal before it replies
    settings.py         the settings, and how a setting is declared
    state.py            the databases, the clock, the settings and the files
"""

from __future__ import annotations

from steps.s07_persistence import commands
from steps.s07_persistence.aof.journal import Journal
from steps.s07_persistence.clock import ManualClock, steady
from steps.s07_persistence.disk import Disk, replace_file
from steps.s07_persistence.expiry import expire_some
from steps.s07_persistence.keyspace import Keyspace
from steps.s07_persistence.rdb.snapshot import load, save
from steps.s07_persistence.server import PersistentServer
from steps.s07_persistence.session import JournalSession
from steps.s07_persistence.settings import Settings
from steps.s07_persistence.state import State

__all__ = [
    "Disk",
    "Journal",
    "JournalSession",
    "Keyspace",
    "ManualClock",
    "PersistentServer",
    "Settings",
    "State",
    "commands",
    "expire_some",
    "load",
    "replace_file",
    "save",
    "steady",
]
