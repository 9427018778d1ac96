"""Step 5: commands as objects. One class per command; defining it is all it takes.

Adds the registry, fields from which parsing, arity and COMMAND follow, and the commands on strings
and keys, some thirty of them. `python -m steps.s05 serve` runs it.

Read first: command.py, registry.py and commands/strings.py.

    command.py              the base class of all commands, and their flags
    commands/               the commands of this step
    commands/connection.py  PING, ECHO, QUIT
    commands/generic.py     DEL, EXISTS, RENAME and others that work on any key
    commands/getrange.py    GETRANGE and SUBSTR: a whole command to write
    commands/introspect.py  COMMAND, which describes the others
    commands/strings.py     GET, SET, INCR and the other commands on strings
    deferred.py             commands whose module is imported when needed
    describe.py             what COMMAND INFO says about a command
    docs.py                 what COMMAND DOCS says about a command (may be skipped)
    fields.py               the kinds of arguments: keys, numbers, options
    forms.py                how many words a request has; a shortcut for simple ones
    glob.py                 patterns such as `user:*`
    longdouble.py           the arithmetic of INCRBYFLOAT (may be skipped)
    registry.py             finds a command by its name
    server.py               the server of step 5
    session.py              looks up a command, parses its request and runs it
    state.py                the store, the locks and the registry
"""

from __future__ import annotations

# Importing these registers their commands.
from steps.s05_commands import commands
from steps.s05_commands.command import REGISTRY, Command, Family, Flags
from steps.s05_commands.describe import describe
from steps.s05_commands.glob import matches
from steps.s05_commands.longdouble import add_long_doubles
from steps.s05_commands.registry import Registry
from steps.s05_commands.server import CommandServer
from steps.s05_commands.session import CommandSession
from steps.s05_commands.state import State

__all__ = [
    "REGISTRY",
    "Command",
    "CommandServer",
    "CommandSession",
    "Family",
    "Flags",
    "Registry",
    "State",
    "add_long_doubles",
    "commands",
    "describe",
    "matches",
]
