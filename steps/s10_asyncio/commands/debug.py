"""DEBUG: for tests of a server, and for those who look inside. Nothing else should need it.

Source: the replies of redis-server; https://redis.io/docs/latest/commands/debug/ says only that
these commands are for developers of Redis.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from typing import Final

from steps.s02_resp.values import (
    OK,
    CommandError,
    Encoded,
    Push,
    Replies,
    Reply,
    Request,
    SimpleString,
    Verbatim,
    parse_int64,
    text_of,
)
from steps.s05_commands.command import OPERATOR, wrong_form
from steps.s05_commands.fields import Bulk, Rest, parse_double
from steps.s07_persistence.commands.dump import dumped
from steps.s10_asyncio.command import Command
from steps.s10_asyncio.commands.config import allowed
from steps.s10_asyncio.commands.object import encoding
from steps.s10_asyncio.memory import digest
from steps.s10_asyncio.session import LOADING, ClientSession, replayer

NO_DEBUG: Final = (
    'ERR DEBUG command not allowed. If the enable-debug-command option is set to "local", you can'
    " run it from a local connection, otherwise you need to set this option in the configuration"
    " file, and then restart the server."
)
NO_KEY: Final = "ERR no such key"
OTHER_OPTION: Final = "ERR DEBUG RELOAD only supports the MERGE, NOFLUSH and NOSAVE options."
NO_JOURNAL: Final = "ERR DEBUG LOADAOF needs an append-only file: CONFIG SET appendonly yes"
NOT_POSITIVE: Final = "ERR value is out of range, must be positive"
OTHER_TYPE: Final = (
    "ERR Wrong protocol type name. Please use one of the following:"
    " string|integer|double|bignum|null|array|set|map|attrib|push|verbatim|true|false"
)
ONLY_RESP3: Final = "ERR RESP2 is not supported by this command"
BIG: Final = b"1234567999999999999999999999999999999"
AFTER_PUSH: Final = b"Some real reply following the push reply"
FOLLOWS: Final = b"Some real reply following the attribute"
ATTRIBUTE: Final = b"|1\r\n$14\r\nkey-popularity\r\n*2\r\n$7\r\nkey:123\r\n:90\r\n"

HELP: Final = (
    "DEBUG <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
    "DIGEST",
    "    Output a hex signature representing the current DB content.",
    "DIGEST-VALUE <key> [<key> ...]",
    "    Output a hex signature of the values of all the specified keys.",
    "ERROR <string>",
    "    Return a Redis protocol error with <string> as message. Useful for clients",
    "    unit tests to simulate Redis errors.",
    "LOADAOF",
    "    Flush the AOF buffers on disk and reload the AOF in memory.",
    "OBJECT <key>",
    "    Show low level info about `key` and associated value.",
    "POPULATE <count> [<prefix>] [<size>]",
    "    Create <count> string keys named key:<num>. If <prefix> is specified then",
    "    it is used instead of the 'key' prefix. These are not propagated to",
    "    replicas. Cluster slots are not respected so keys not belonging to the",
    "    current node can be created in cluster mode.",
    "PROTOCOL <type>",
    "    Reply with a test value of the specified type. <type> can be: string,",
    "    integer, double, bignum, null, array, set, map, attrib, push, verbatim,",
    "    true, false.",
    "RELOAD [option ...]",
    "    Save the RDB on disk and reload it back to memory. Valid <option> values:",
    "    * MERGE: conflicting keys will be loaded from RDB.",
    "    * NOFLUSH: the existing database will not be removed before load, but",
    "      conflicting keys will generate an exception and kill the server.",
    "    * NOSAVE: the database will be loaded from an existing RDB file.",
    "    Examples:",
    "    * DEBUG RELOAD: verify that the server is able to persist, flush and reload",
    "      the database.",
    "    * DEBUG RELOAD NOSAVE: replace the current database with the contents of an",
    "      existing RDB file.",
    "    * DEBUG RELOAD NOSAVE NOFLUSH MERGE: add the contents of an existing RDB",
    "      file to the database.",
    "SET-ACTIVE-EXPIRE <0|1>",
    "    Setting it to 0 disables expiring keys (and hash fields) in background ",
    "    when they are not accessed (otherwise the default behavior). Setting it",
    "    to 1 reenables back the default.",
    "SLEEP <seconds>",
    "    Stop the server for <seconds>. Decimals allowed.",
    "HELP",
    "    Prints this help.",
)


class Debug(Command, flags=OPERATOR):
    """Looks at data, loads it again from the files, or keeps all clients waiting."""

    group = "server"
    subcommand = Bulk()
    arguments = Rest(Bulk(), least=0)

    def execute(self, session: ClientSession) -> Reply:
        if not allowed(session.state.settings.enable_debug_command, session):
            raise CommandError(NO_DEBUG)
        match [self.subcommand.upper(), *self.arguments]:
            case [b"SLEEP", seconds]:
                time.sleep(min(max(parse_double(seconds) or 0, 0), threading.TIMEOUT_MAX))
                return OK
            case [b"RELOAD", *options]:
                return self.reload(session, [option.upper() for option in options])
            case [b"LOADAOF"]:
                return self.load_journal(session)
            case [b"QUICKLIST-PACKED-THRESHOLD", _]:
                return OK  # lists are not packed here, so there is nothing to change
            case [b"SET-ACTIVE-EXPIRE", on]:
                session.state.expires_actively = on != b"0"
                return OK
            case [b"DIGEST"]:
                return SimpleString(digest.of_databases(session.state.databases).hex())
            case [b"DIGEST-VALUE", *keys]:
                return [SimpleString(self.digest_of(session, key).hex()) for key in keys]
            case [b"OBJECT", key]:
                return self.describe(session, key)
            case [b"POPULATE", count, *more] if len(more) <= 2:
                return self.populate(session, count, *more)
            case [b"PROTOCOL", kind]:
                return example(kind.lower(), session.protocol)
            case [b"ERROR", text]:
                raise CommandError(text_of(text))
            case [b"HELP"]:
                return [SimpleString(line) for line in HELP]
        raise wrong_form(self.request)

    def effects(self, reply: Reply) -> list[Request]:
        """Nothing for the journal, whatever has become of the keys."""
        return []

    def reload(self, session: ClientSession, options: Sequence[bytes]) -> Reply:
        """Saves all data, and loads it from the file."""
        if not {*options} <= {b"MERGE", b"NOFLUSH", b"NOSAVE"}:
            raise CommandError(OTHER_OPTION)
        state = session.state
        if state.files.loading:  # or an empty snapshot would take the place of what is being loaded
            raise CommandError(LOADING)
        before = state.databases[0].libraries
        state.files.reload(
            save=b"NOSAVE" not in options,
            flush=b"NOFLUSH" not in options,
            merge=b"MERGE" in options,
        )
        if [*state.databases[0].libraries] != [*before]:
            state.scripting = None  # it begins again, with these
        return OK

    def load_journal(self, session: ClientSession) -> Reply:
        """Loads all data from the append-only file."""
        if session.state.files.journal is None:
            raise CommandError(NO_JOURNAL)
        session.state.files.reload_journal(replayer(session.state).replay)
        return OK

    def digest_of(self, session: ClientSession, key: bytes) -> bytes:
        """The digest of a value, also of one that has expired but is still in memory."""
        value = session.store.data.get(key)
        expires = session.store.expires.get(key) is not None
        return digest.NOTHING if value is None else digest.of_value(value, expires)

    def describe(self, session: ClientSession, key: bytes) -> Reply:
        """Redis tells of its own objects in this way. An object of Python has no counterpart to LRU."""
        value = session.store.data.get(key)  # also one that has expired
        if value is None:
            raise CommandError(NO_KEY)
        name = encoding(value, session.state.settings).decode()
        length = len(dumped(value)) - 11  # without the type, the version and the checksum
        return SimpleString(
            f"Value at:{id(value):#x} refcount:1 encoding:{name} serializedlength:{length}"
            " lru:0 lru_seconds_idle:0"
        )

    def populate(
        self, session: ClientSession, count: bytes, prefix: bytes = b"key", size: bytes = b"0"
    ) -> Reply:
        """Strings under keys with numbers; keys that are there stay."""
        numbers = [parse_int64(word) for word in (count, size)]
        if any(number is None or number < 0 for number in numbers):
            raise CommandError(NOT_POSITIVE)
        many, length = (number or 0 for number in numbers)
        for number in range(many):
            key, value = b"%b:%d" % (prefix, number), b"value:%d" % number
            if session.store.find(key) is None:
                session.store.put(key, value[:length].ljust(length, b"\0") if length else value)
        return OK


EXAMPLES: Final[dict[bytes, Reply]] = {
    b"string": b"Hello World",
    b"integer": 12345,
    b"double": 3.141,
    b"null": None,
    b"array": [0, 1, 2],
    b"set": {0, 1, 2},
    b"map": {0: False, 1: True, 2: False},
    b"attrib": FOLLOWS,
    b"push": Replies([Push([b"server-cpu-usage", 42]), AFTER_PUSH]),
    b"verbatim": Verbatim(b"This is a verbatim\nstring"),
    b"true": True,
    b"false": False,
    b"bignum": BIG,
}
OF_RESP3: Final[dict[bytes, Reply]] = {
    b"attrib": Encoded(ATTRIBUTE + b"$%d\r\n%b\r\n" % (len(FOLLOWS), FOLLOWS)),
    b"bignum": Encoded(b"(%b\r\n" % BIG),
}
"""The examples for which RESP3 has another form, and there is no value that is encoded so."""


def example(kind: bytes, protocol: int) -> Reply:
    """A reply of that type, for tests of clients."""
    if kind not in EXAMPLES:
        raise CommandError(OTHER_TYPE)
    if kind == b"push" and protocol == 2:
        raise CommandError(ONLY_RESP3)
    return OF_RESP3.get(kind, EXAMPLES[kind]) if protocol == 3 else EXAMPLES[kind]
