"""CONFIG: reading and changing the settings of a running server.

https://redis.io/docs/latest/commands/config-get/
"""

from __future__ import annotations

import os
import re
from dataclasses import replace

from steps.s02_resp.values import OK, CommandError, Reply, text_of
from steps.s05_commands.command import OPERATOR, Family, Flags
from steps.s05_commands.fields import Bulk, Pairs, Rest
from steps.s05_commands.glob import compiled
from steps.s07_persistence.settings import Setting, attribute, table
from steps.s10_asyncio.command import Command, Help
from steps.s10_asyncio.session import LOADING, ClientSession
from steps.s10_asyncio.settings import OLD_NAMES, Settings
from steps.s10_asyncio.state import CannotApply

LOCAL = ("127.0.0.1:", "[::1]:", "[::ffff:127.0.0.1]:")

TABLE = table(Settings)
"""All settings by name."""
TABLE |= {old: TABLE[new] for old, new in OLD_NAMES.items()}


def stored_as(name: str) -> str:
    """The field of the settings in which the setting of that name is kept."""
    return attribute(OLD_NAMES.get(name, name))


def allowed(setting: str, session: ClientSession) -> bool:
    """Whether `yes`, `no` or `local` allows this client's request."""
    client = session.client
    local = client.by_path or client.address.startswith(LOCAL)
    return setting == "yes" or (setting == "local" and local)


class ConfigFamily(Command, Family, name="CONFIG", flags=Flags.NONE):
    """The settings."""

    group = "server"


class Config(
    Command,
    abstract=True,
    flags=OPERATOR,
):
    """A member of the family CONFIG."""

    group = "server"


class ConfigGet(Config, name="CONFIG GET"):
    """The settings whose names match one of the patterns, and their values."""

    patterns = Rest(Bulk())

    def execute(self, session: ClientSession) -> Reply:
        names: dict[str, bytes] = {}
        for pattern in self.patterns:
            names = dict(self.named(pattern)) | names
        return {shown: self.value(name, session) for name, shown in names.items()}

    def value(self, name: str, session: ClientSession) -> bytes:
        """The text of a setting's value."""
        value = getattr(session.state.settings, stored_as(name))
        return os.fsencode(TABLE[name].kind.write(value))

    def named(self, pattern: bytes) -> list[tuple[str, bytes]]:
        """The names that match a pattern. A pattern that is a name is shown as it was sent."""
        name = text_of(pattern.lower())
        if name in TABLE:
            return [(name, pattern)]
        fits = compiled(pattern, ignore_case=True).fullmatch
        return [(name, name.encode()) for name in TABLE if fits(name.encode())]


class ConfigSet(Config, name="CONFIG SET"):
    """Changes settings while the server runs: all of those named, or none."""

    tips = ("request_policy:all_nodes", "response_policy:all_succeeded")
    changes = Pairs(Bulk(), Bulk())

    def execute(self, session: ClientSession) -> Reply:
        state = session.state
        wanted: dict[bytes, Setting] = {}
        for name, _ in self.changes:
            one = self.settable(name, session)
            if name.lower() in wanted:
                raise self.failed(name, "duplicate parameter")
            wanted[name.lower()] = one
        values = {
            stored_as(text_of(name.lower())): self.read(wanted[name.lower()], name, value)
            for name, value in self.changes
        }
        before = replace(state.settings)
        try:
            state.change_settings(values)
        except CannotApply as problem:
            state.change_settings({name: getattr(before, name) for name in values})
            raise self.failed(problem.name.encode(), str(problem)) from problem
        return OK

    def settable(self, name: bytes, session: ClientSession) -> Setting:
        """The setting of that name. Raises CommandError if it may not be changed."""
        found = TABLE.get(text_of(name.lower()))
        if found is None:
            raise CommandError(
                f"ERR Unknown option or number of arguments for CONFIG SET - '{text_of(name)}'"
            )
        if session.state.files.loading and name.lower() == b"appendonly":
            raise CommandError(LOADING)
        if found.fixed:
            raise self.failed(name, "can't set immutable config")
        if found.protected and not allowed(
            session.state.settings.enable_protected_configs, session
        ):
            raise self.failed(name, "can't set protected config")
        return found

    def read(self, one: Setting, name: bytes, value: bytes) -> object:
        """The value that the client has sent."""
        if one.kind.until_zero:
            value = re.sub(rb"\0[^ ]*", b"", value)
        try:
            return one.kind.read(os.fsdecode(value))
        except ValueError as error:
            raise self.failed(name, str(error)) from error

    def failed(self, name: bytes, why: str) -> CommandError:
        """The error for a setting that can't be changed like this."""
        return CommandError(
            f"ERR CONFIG SET failed (possibly related to argument '{text_of(name)}') - {why}"
        )


class ConfigResetStat(Config, name="CONFIG RESETSTAT"):
    """Resets the counters of INFO."""

    def execute(self, session: ClientSession) -> Reply:
        session.state.reset_statistics()
        return OK


class ConfigRewrite(Config, name="CONFIG REWRITE"):
    """Would write the settings to their file; here they come from the command line."""

    def execute(self, session: ClientSession) -> Reply:
        raise CommandError("ERR The server is running without a config file")


class ConfigHelp(Help, name="CONFIG HELP"):
    """Says which subcommands there are."""

    group = "server"
