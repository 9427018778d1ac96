"""The challenges of step 10: whole modules to write, from a specification.

Importing this package tells the registry their commands; a module is imported when one of its
commands is first asked for.
"""

from __future__ import annotations

from steps.s10_asyncio.command import REGISTRY

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
# fmt: on
