"""The commands on times to live. https://redis.io/docs/latest/commands/?group=generic"""

from __future__ import annotations

from steps.s02_resp.values import (
    INT64_MAX,
    INT64_MIN,
    OK,
    CommandError,
    Reply,
    Request,
    integer,
    text_of,
)
from steps.s05_commands.command import DENYOOM, FAST, READ, WRITE
from steps.s05_commands.commands import generic, strings
from steps.s05_commands.fields import Bulk, ChoiceOf, Field, Flag, Key, Words
from steps.s05_commands.session import CommandSession
from steps.s06_types.command import BY_CHANCE
from steps.s07_persistence.clock import SECOND
from steps.s07_persistence.command import Command
from steps.s07_persistence.keyspace import NO_DEADLINE, Keyspace
from steps.s07_persistence.session import JournalSession

BOTH = "ERR NX and XX, GT or LT options at the same time are not compatible"
GT_AND_LT = "ERR GT and LT options at the same time are not compatible"


def deadline_of(amount: int, unit: int, base: int, name: str) -> int:
    """`amount` units of `unit` milliseconds after `base`. Raises CommandError if it leaves 64 bits."""
    deadline = amount * unit + base
    if not (INT64_MIN <= amount * unit <= INT64_MAX and INT64_MIN <= deadline <= INT64_MAX):
        raise CommandError(f"ERR invalid expire time in '{name}' command")
    return deadline


def journal_deadline(keyspace: Keyspace, key: bytes) -> Request:
    """What a journal keeps of a deadline: the moment, not the time left; or that it has passed."""
    deadline = keyspace.expires.get(key)
    return [b"DEL", key] if deadline is None else [b"PEXPIREAT", key, b"%d" % deadline]


def journal_string(keyspace: Keyspace, key: bytes, value: bytes) -> Request:
    """The same for a string that was set with a deadline, which may already have passed."""
    deadline = keyspace.expires.get(key)
    if deadline is None:
        return [b"DEL", key]
    return [b"SET", key, value, b"PXAT", b"%d" % deadline]


class Later(Bulk):
    """A number that is read after the whole request is parsed: Redis first looks for syntax errors."""

    kind = "integer"


class Expiring(Command, abstract=True, flags=WRITE | FAST):
    """EXPIRE and its three variants: in seconds or milliseconds, from now or since 1970."""

    unit = SECOND
    absolute = False

    key = Key()
    time = Later()
    nx = Flag("NX")
    xx = Flag("XX")
    gt = Flag("GT")
    lt = Flag("LT")

    def execute(self, session: JournalSession) -> Reply:
        keyspace = session.store
        base = 0 if self.absolute else keyspace.clock()
        condition = self.condition()
        deadline = deadline_of(integer(self.time), self.unit, base, self.name.decode().lower())
        # XX goes with GT or LT. Without a deadline GT does nothing, but LT would.
        none = self.xx and keyspace.ttl(self.key) == NO_DEADLINE
        done = not none and keyspace.expire_at(self.key, deadline, condition)
        self.journal = [journal_deadline(keyspace, self.key)]
        return int(done)

    @classmethod
    def unexpected(cls, words: Words) -> CommandError:
        word = words.next().partition(b"\0")[0].strip(b"\r\n")
        return CommandError(f"ERR Unsupported option {text_of(word)}")

    def condition(self) -> str | None:
        """The one option that was given, if any. Raises CommandError for two that contradict."""
        if self.nx and (self.xx or self.gt or self.lt):
            raise CommandError(BOTH)
        if self.gt and self.lt:
            raise CommandError(GT_AND_LT)
        return next(
            (word.upper() for word in ("nx", "gt", "lt", "xx") if getattr(self, word)), None
        )

    def effects(self, reply: Reply) -> list[Request]:
        return self.journal


class Expire(Expiring):
    """Removes key after that many seconds."""


class PExpire(Expiring):
    """Removes key after that many milliseconds."""

    unit = 1


class ExpireAt(Expiring):
    """Removes key at a time in seconds since 1970."""

    absolute = True


class PExpireAt(Expiring):
    """Removes key at a time in milliseconds since 1970."""

    unit = 1
    absolute = True


class Remaining(Command, abstract=True, flags=READ | FAST):
    """TTL and its variants: how long a key has left, or when it expires."""

    unit = SECOND
    absolute = False

    key = Key()

    def execute(self, session: JournalSession) -> Reply:
        keyspace = session.store
        left = keyspace.ttl(self.key)
        if left < 0:
            return left
        if self.absolute:
            return (keyspace.expires[self.key] + self.unit // 2) // self.unit
        return (left + self.unit // 2) // self.unit


class Ttl(Remaining):
    """The seconds that key has left; -1: no deadline; -2: no key."""

    tips = BY_CHANCE


class PTtl(Remaining):
    """The milliseconds that key has left; -1: no deadline; -2: no key."""

    tips = BY_CHANCE
    unit = 1


class ExpireTime(Remaining):
    """The time in seconds since 1970 at which key expires; -1: no deadline; -2: no key."""

    absolute = True


class PExpireTime(Remaining):
    """The time in milliseconds since 1970 at which key expires; -1: no deadline; -2: no key."""

    unit = 1
    absolute = True


class Persist(Command, flags=WRITE | FAST):
    """Takes the deadline from key: 1, or 0 if it has none."""

    key = Key()

    def execute(self, session: JournalSession) -> Reply:
        return int(session.store.persist(self.key))


class Copy(Command, generic.Copy):
    """Copies the value at source, and its deadline, to destination."""

    def execute(self, session: CommandSession) -> Reply:
        copied = super().execute(session)
        if copied:
            keyspace_of(session).copy_deadline(self.source, self.destination)
        return copied


def keyspace_of(session: CommandSession) -> Keyspace:
    """The keyspace of a session whose type, in a command of a lower step, is that of a plain one."""
    assert isinstance(session.store, Keyspace)
    return session.store


# --- strings with a deadline ---------------------------------------------------------------------


def deadline_option(**more: None) -> Field[tuple[str, bytes] | None]:
    """The options `EX seconds`, `PX milliseconds`, `EXAT`, `PXAT`, of which one may be given."""
    times = {word: Later() for word in ("EX", "PX", "EXAT", "PXAT")}
    return ChoiceOf(**times, **more)


def deadline_from(option: tuple[str, bytes], now: int, name: str) -> int:
    """The deadline that such an option asks for. Raises CommandError unless it is positive."""
    word, raw = option
    amount = integer(raw)
    if amount <= 0:
        raise CommandError(f"ERR invalid expire time in '{name}' command")
    unit = SECOND if word.startswith("EX") else 1
    return deadline_of(amount, unit, 0 if word.endswith("AT") else now, name)


class Set(strings.Set):
    """Keeps value at key, with a deadline if one is asked for (EX, PX, EXAT, PXAT, KEEPTTL)."""

    registry = Command.registry

    expiry = deadline_option(KEEPTTL=None)
    timed: Request | None = None
    """Afterwards: what the journal keeps, if the value has a deadline."""

    def with_options(self, session: CommandSession) -> Reply:
        keyspace = keyspace_of(session)
        deadline: int | None = None
        if self.expiry and self.expiry[0] == "KEEPTTL":
            keyspace.find(self.key)
            deadline = keyspace.expires.get(self.key)
        elif self.expiry:
            deadline = deadline_from(self.expiry, keyspace.clock(), "set")
        reply = super().with_options(session)
        if deadline is not None and self.written:
            keyspace.expire_at(self.key, deadline)
            keyspace.count(-1)
            self.timed = journal_string(keyspace, self.key, self.value)
        return reply

    def effects(self, reply: Reply) -> list[Request]:
        return [self.timed or [b"SET", self.key, self.value]]


class SetWithTime(Command, abstract=True, flags=WRITE | DENYOOM):
    """SETEX and PSETEX."""

    group = "string"
    word = ""

    key = Key()
    time = Later()
    value = Bulk()

    def execute(self, session: JournalSession) -> Reply:
        keyspace = session.store
        name = self.name.decode().lower()
        deadline = deadline_from((self.word, self.time), keyspace.clock(), name)
        keyspace.put_until(self.key, self.value, deadline)
        self.journal = [journal_string(keyspace, self.key, self.value)]
        return OK

    def effects(self, reply: Reply) -> list[Request]:
        return self.journal


class SetEx(SetWithTime):
    """Keeps value at key for that many seconds."""

    word = "EX"


class PSetEx(SetWithTime):
    """Keeps value at key for that many milliseconds."""

    word = "PX"


class GetEx(Command, flags=WRITE | FAST):
    """The string at key; gives the key a deadline, or removes it (PERSIST)."""

    group = "string"
    asks, asked_key = True, "key"

    key = Key()
    expiry = deadline_option(PERSIST=None)

    def execute(self, session: JournalSession) -> Reply:
        keyspace = session.store
        value = keyspace.get(self.key)
        if value is None or self.expiry is None:
            return value
        if self.expiry[0] == "PERSIST":
            keyspace.persist(self.key)
            self.journal: list[Request] = [[b"PERSIST", self.key]]
        else:
            deadline = deadline_from(self.expiry, keyspace.clock(), "getex")
            keyspace.expire_at(self.key, deadline)
            self.journal = [journal_deadline(keyspace, self.key)]
        return value

    def effects(self, reply: Reply) -> list[Request]:
        return self.journal
