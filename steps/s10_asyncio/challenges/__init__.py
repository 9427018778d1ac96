"""The challenges of step 10: whole modules to write, from a specification.

Importing this package tells the registry their commands; a module is imported when one of its
commands is first asked for, or when a file holds a value of its type.

    scripting.py  EVAL and FCALL, and what belongs to them
    streams.py    XADD and the other commands on streams
"""

from __future__ import annotations

from steps.s05_commands.deferred import Deferred
from steps.s07_persistence.rdb import format as rdb
from steps.s07_persistence.rdb.reader import BROUGHT
from steps.s10_asyncio.command import REGISTRY

STREAMS = f"{__name__}.streams"

# fmt: off
REGISTRY.defer(
    f"{__name__}.scripting",
    b"EVAL", b"EVALSHA", b"EVAL_RO", b"EVALSHA_RO",
    b"SCRIPT", b"SCRIPT LOAD", b"SCRIPT EXISTS", b"SCRIPT FLUSH", b"SCRIPT KILL", b"SCRIPT DEBUG",
    b"SCRIPT HELP",
    b"FCALL", b"FCALL_RO",
    b"FUNCTION", b"FUNCTION LOAD", b"FUNCTION DELETE", b"FUNCTION FLUSH", b"FUNCTION LIST",
    b"FUNCTION STATS", b"FUNCTION KILL", b"FUNCTION DUMP", b"FUNCTION RESTORE", b"FUNCTION HELP",
)
REGISTRY.defer(
    STREAMS,
    b"XACK", b"XADD", b"XAUTOCLAIM", b"XCLAIM", b"XDEL", b"XLEN", b"XPENDING", b"XRANGE", b"XREAD",
    b"XREADGROUP", b"XREVRANGE", b"XSETID", b"XTRIM",
    b"XGROUP", b"XGROUP CREATE", b"XGROUP CREATECONSUMER", b"XGROUP DELCONSUMER", b"XGROUP DESTROY",
    b"XGROUP HELP", b"XGROUP SETID",
    b"XINFO", b"XINFO CONSUMERS", b"XINFO GROUPS", b"XINFO HELP", b"XINFO STREAM",
)
# fmt: on
for kind in (rdb.STREAM, rdb.STREAM_2, rdb.STREAM_3):
    BROUGHT[kind] = Deferred(STREAMS)
