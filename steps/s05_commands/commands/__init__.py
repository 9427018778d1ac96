"""The commands of step 5, by Redis' groups. Importing this package registers them."""

from __future__ import annotations

from steps.s05_commands.command import REGISTRY
from steps.s05_commands.commands import connection, generic, introspect, strings

# Imported when a client asks for it: while the file is empty, or wrong, the others still work.
REGISTRY.defer("steps.s05_commands.commands.getrange", b"GETRANGE", b"SUBSTR")

__all__ = ["connection", "generic", "introspect", "strings"]
