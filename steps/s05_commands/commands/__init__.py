"""The commands of step 5, by Redis' groups. Importing this package registers them."""

from __future__ import annotations

from steps.s05_commands.commands import connection, generic, introspect, strings

__all__ = ["connection", "generic", "introspect", "strings"]
