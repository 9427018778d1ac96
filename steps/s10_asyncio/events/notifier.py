"""Tells subscribers what happens to keys, as `notify-keyspace-events` says.

An event is published twice, as Redis does: to the channel of its key, `__keyspace@0__:key`, with
its name as the message, and to the channel of its name, `__keyevent@0__:set`, with the key.

No command knows of this. While the setting is on, a notifier observes the keyspaces and all
sessions run their commands through it: before a command it notes which keys are there, afterwards
`table.py` says what the command has done to those that changed. While the setting is off there is
no notifier, and nothing on the way of a command looks for one.

Source: https://redis.io/docs/latest/develop/use/keyspace-notifications/
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from steps.s02_resp.values import Reply
from steps.s05_commands.command import Command
from steps.s07_persistence.keyspace import Keyspace
from steps.s09_logging.state import Spectator
from steps.s10_asyncio.events.table import (
    MAKE_CONSUMERS,
    Change,
    Event,
    has_consumer,
    looked_up,
)
from steps.s10_asyncio.hub import Hub


class Notifier:
    """Publishes the events of some classes."""

    def __init__(
        self,
        letters: str,
        hub: Hub,
        databases: Mapping[int, Keyspace],
        spectators: dict[Spectator, None],
    ) -> None:
        """`letters` has the classes, and K, E or both for the channels."""
        self.letters = letters
        self.hub = hub
        self.databases = databases
        self.spectators = spectators
        self.running: list[Change] = []
        """The commands that are running: EXEC or a script, and the one that it runs now."""
        self.observers = {index: partial(self.touched, index) for index in databases}
        self.mourners = {index: partial(self.expired, index) for index in databases}

    def begin(self) -> None:
        """Observes from now on."""
        for index, store in self.databases.items():
            store.observers.append(self.observers[index])
            store.on_expired.append(self.mourners[index])
            store.on_count.append(self.counted)
        # First: clients that a command lets go on are served after its events.
        others = list(self.spectators)
        self.spectators.clear()
        self.spectators.update(dict.fromkeys([self.after, *others]))

    def end(self) -> None:
        """Observes no longer."""
        for index, store in self.databases.items():
            store.observers.remove(self.observers[index])
            store.on_expired.remove(self.mourners[index])
            store.on_count.remove(self.counted)
        del self.spectators[self.after]

    def run(self, session: Any, command: Command) -> Reply:
        """Runs a command in place of the session's own method, which it calls."""
        self.before(session, command)
        reply: Reply = type(session).run(session, command)
        return reply

    def before(self, session: Any, command: Any) -> None:
        """A command is about to run."""
        self.look_up(session, command)
        data = session.store.data
        there = {key: len(data[key]) for key in command.keys() if key in data}  # noqa: SIM118
        change = Change(session, command, self.databases, session.index, there)
        if command.name in MAKE_CONSUMERS and "t" in self.letters:
            change.newcomer = {key for key in there if not has_consumer(change, key)}
        self.running.append(change)

    def look_up(self, session: Any, command: Any) -> None:
        """Tells of the keys that the command looks up to read: those that are missing."""
        store = session.store
        for key in looked_up(command) if "m" in self.letters else ():
            if key in store.expires:
                store.remove_if_over(key)
            if key not in store.data:
                self.tell(Event("m", "keymiss", session.index, key))

    def after(self, session: Any, command: Any) -> None:
        """A command has run: tells of what it has done."""
        if not self.running or self.running[-1].command is not command:
            return  # it has only just switched this on
        change = self.running.pop()
        for event in change.events():
            self.tell(event)

    def touched(self, index: int, key: bytes) -> None:
        """A keyspace says that a key has changed."""
        if self.running:
            self.running[-1].touched.append((index, key))

    def counted(self, more: int) -> None:
        """A keyspace counts changes beside those of its keys."""
        if self.running:
            self.running[-1].counted += more

    def expired(self, index: int, key: bytes) -> None:
        """A keyspace says that a key has expired: not the command that is running has changed it."""
        event = Event("x", "expired", index, key)
        if not (self.running and self.running[-1].meets(event)):
            self.tell(event)

    def tell(self, event: Event) -> None:
        """Publishes an event, if its class is asked for."""
        if event.kind not in self.letters:
            return
        name = event.name.encode()
        if "K" in self.letters:
            self.hub.publish(b"__keyspace@%d__:%b" % (event.database, event.key), name)
        if "E" in self.letters:
            self.hub.publish(b"__keyevent@%d__:%b" % (event.database, name), event.key)
