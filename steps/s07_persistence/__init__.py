"""Step 7: time and files. Keys with a time to live, snapshots, and an append-only file.

`python -m steps.s07 serve --dir data --appendonly yes` loads what is in the folder and keeps it.
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
