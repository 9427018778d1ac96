"""Tools for experiments and tests of step 10. Nothing of the server uses them.

    live(b"PING\\r\\n", replies=b"+PONG\\r\\n")   what a connection does in its life
    Valve(limit=1000)                       a connection whose way out is blocked and free again
    clients.listens(b"+OK\\r\\n")            what a task that listens makes of what a server sends
    clients.updates(tasks=10)               what tasks make of a key that all of them change
    relays.greedy("client", most=1 << 26)   what a relay does with somebody who does not read
    scripts.looks_after_an_end()            how often the server looks at a script that runs
    Radio()                                 a hub, and subscribers that note what they hear
    Talk()                                  sessions over one state: no network, time by hand
    WaitingRoom()                           clients that wait for one list
    execute("SET k v", "GET k")             what EXEC makes of a queue
    run_background("counts", "fails")       what becomes of jobs, and of the task that runs them
    visits(visitors=3)                      what visitors measure at a server that sends byte by byte

Time stands still until somebody moves it, and a server here is as slow as it is told to be: so what
can go wrong in time goes wrong every time.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from functools import partial
from heapq import heappop, heappush
from importlib import import_module
from itertools import count
from typing import Any, Final

from steps.s02_resp.encode import encode
from steps.s02_resp.values import CommandError, Push, Reply
from steps.s03_store.attack import CrossProtocolAttack
from steps.s03_store.store import Store
from steps.s07_persistence.clock import ManualClock
from steps.s10_asyncio.command import REGISTRY
from steps.s10_asyncio.flow import Flow
from steps.s10_asyncio.hub import Hub
from steps.s10_asyncio.interest import Interest
from steps.s10_asyncio.session import Client, ClientSession
from steps.s10_asyncio.settings import Settings
from steps.s10_asyncio.state import State
from steps.s10_asyncio.transaction import Queued, Transaction
from steps.s10_asyncio.waiting.keys import Waiter
from workbook.labs.s10 import clients as clients
from workbook.labs.s10 import loop as loop
from workbook.labs.s10 import relays as relays
from workbook.labs.s10 import scripts as scripts

ROOM: Final = "room"
"""The key that a waiting room is about."""


def text(data: bytes) -> str:
    """Bytes as a note shows them: `+PONG`, without the CRLF at the end."""
    return data.decode("latin-1").removesuffix("\r\n")


# --- a connection --------------------------------------------------------------------------------


class NotingTransport(asyncio.Transport):
    """A whole transport, without a socket: it notes what is asked of it, and knows its own state."""

    def __init__(self, notes: list[str]) -> None:
        super().__init__()
        self.notes = notes
        self.unsent = 0
        self.reading = True
        self.ended = ""
        """How it has ended: "closed" or "aborted"."""
        self.marks = 16 * 1024, 64 * 1024

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.notes.append(f"write {text(bytes(data))}")

    def can_write_eof(self) -> bool:
        return True

    def write_eof(self) -> None:
        self.notes.append("write_eof")

    def close(self) -> None:
        self.notes.append("close")
        self.ended = self.ended or "closed"

    def abort(self) -> None:
        self.notes.append("abort")
        self.ended = "aborted"

    def is_closing(self) -> bool:
        return self.ended != ""

    def is_reading(self) -> bool:
        return self.reading and not self.ended

    def pause_reading(self) -> None:
        self.notes.append("pause_reading")
        self.reading = False

    def resume_reading(self) -> None:
        self.notes.append("resume_reading")
        self.reading = True

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        high = 64 * 1024 if high is None else high
        self.marks = high // 4 if low is None else low, high

    def get_write_buffer_limits(self) -> tuple[int, int]:
        return self.marks

    def get_write_buffer_size(self) -> int:
        return self.unsent


class ScriptedSession:
    """A session that answers what it is told to."""

    def __init__(
        self, notes: list[str], replies: bytes = b"", then: str = "", fails: str = ""
    ) -> None:
        self.notes = notes
        self.replies = replies
        self.then = then
        self.fails = fails
        self.closing = False
        self.paused = False
        self.backlog = 0
        self.subscribed = False

    def receive(self, data: bytes) -> bytes:
        self.notes.append(f"receive {text(data)}")
        if self.fails:
            raise CrossProtocolAttack if self.fails == "attack" else ValueError("a bug")
        self.closing = self.then == "closing"
        self.paused = self.then in ("closing", "paused")  # as QUIT and BLPOP leave a session
        return self.replies

    def is_full(self) -> bool:
        return False

    def next_portion(self) -> bytes:
        return b""

    def waiting_requests(self) -> int:
        return self.backlog

    def listens(self) -> bool:
        return self.subscribed

    def hang_up(self) -> None:
        self.notes.append("hang_up")

    def leave(self) -> None:
        self.notes.append("leave")


def live(
    *events: bytes | str, replies: bytes = b"", then: str = "", fails: str = ""
) -> dict[str, Any]:
    """What a connection does in its life: it is made, then come the events.

    An event is bytes that come, "eof", or "lost". The session answers each piece with `replies`, and
    is "closing" or "paused" then. It may fail: with a "bug", or with an "attack". In the result: what
    was asked of the session, of the transport and of the flow, in order; what `eof_received` returned;
    and what the statistics have counted.
    """
    notes: list[str] = []
    session = ScriptedSession(notes, replies, then, fails)
    transport = NotingTransport(notes)
    stays: list[bool | None] = []

    def welcome(flow: Flow) -> Any:
        notes.append("welcome" if flow.transport is transport else "welcome somebody else")
        return session

    connection = import_module("steps.s10_asyncio.connection").Connection(welcome)
    connection.regulate = lambda: notes.append("regulate")
    connection.fail = lambda error: notes.append(f"fail {error}")
    connection.connection_made(transport)
    timer = connection.timer = ManualTimer(lambda: None)
    for event in events:
        if isinstance(event, bytes):
            connection.data_received(event)
        elif event == "eof":
            stays.append(connection.eof_received())
        else:
            connection.connection_lost(None)
    return {
        "notes": notes,
        "stays open": [bool(one) for one in stays],
        "gone": connection.gone,
        "timer": "cancelled" if timer.cancelled else "runs",
        "counted": [connection.statistics.input_bytes, connection.statistics.output_bytes],
    }


class Valve:
    """A connection of which only the way in and the way out matter.

    Each method returns what has become of the transport: "reading", "paused", "aborted" or "closed".
    What is asked of a transport that has ended stands behind that: "aborted, then pause_reading".
    """

    def __init__(self, limit: int = 1000) -> None:
        self.notes: list[str] = []
        self.timers = ManualTimers()
        self.transport = NotingTransport(self.notes)
        self.session = ScriptedSession(self.notes)
        self.flow = Flow(lambda flow: self.session, limit, later=self.timers.later)
        self.flow.transport = self.transport
        self.flow.session = self.session

    def subscribe(self, channels: int = 1) -> None:
        """The client listens to that many channels from now on."""
        self.session.subscribed = channels > 0

    def regulate(self, unsent: int = 0, backlog: int = 0) -> str:
        """With that many bytes not sent yet, and that many requests not answered."""
        self.session.backlog = backlog
        return self.watch(self.flow.regulate, unsent)

    def blocked(self, unsent: int = 500) -> str:
        """The way out is blocked: the transport calls `pause_writing`."""
        return self.watch(self.flow.pause_writing, unsent)

    def free(self) -> str:
        """The way out is free again: the transport calls `resume_writing`."""
        return self.watch(self.flow.resume_writing, 0)

    def wait(self, seconds: float, unsent: int) -> str:
        """Time goes by, and at its end that many bytes are not sent yet."""
        return self.watch(lambda: self.timers.advance(seconds), unsent)

    def timers_left(self) -> str:
        """How many timers run, and what the connection keeps, if that says something else."""
        running = self.timers.pending()
        told = f"{running or 'none'} running"
        if running and self.flow.timer is None:
            return f"{told}, but self.timer is None"
        if self.flow.timer is not None and not running:
            return f"{told}, but self.timer is not None"
        return told

    def watch(self, call: Callable[[], None], unsent: int) -> str:
        """What has become of the transport after a call."""
        self.notes.clear()
        self.transport.unsent = unsent
        call()
        if not self.transport.ended:
            return "reading" if self.transport.is_reading() else "paused"
        asked = [note for note in self.notes if note not in ("abort", "close")]
        return ", then ".join([self.transport.ended, *asked])


# --- publish and subscribe -----------------------------------------------------------------------


class Ear:
    """A subscriber that notes what it hears, and may leave at once."""

    def __init__(self, radio: Radio, name: str, leaves: bool) -> None:
        self.radio = radio
        self.name = name
        self.leaves = leaves

    def push(self, message: Push) -> None:
        self.radio.heard.append([self.name, *message])
        if self.leaves:
            self.radio.leave(self)


class Radio:
    """A hub with its subscribers. What each of them hears is in `heard`, in order of time."""

    def __init__(self) -> None:
        self.hub = Hub()
        self.heard: list[list[Any]] = []

    def listen(
        self,
        name: str,
        channels: list[bytes],
        patterns: list[bytes] | None = None,
        *,
        leaves: bool = False,
    ) -> None:
        """`name` listens to channels and patterns; with `leaves`, until it hears something."""
        ear = Ear(self, name, leaves)
        for channel in channels:
            self.hub.join(self.hub.channels, channel, ear)
        for pattern in patterns or []:
            self.hub.join(self.hub.patterns, pattern, ear)

    def leave(self, ear: Ear) -> None:
        """A client is gone: it listens to nothing any more."""
        for listeners in (self.hub.channels, self.hub.patterns):
            for name in list(listeners):
                self.hub.leave(listeners, name, ear)

    def publish(self, channel: bytes, message: bytes) -> int:
        """How many times the hub says that it has sent the message."""
        return self.hub.publish(channel, message)


# --- sessions without a network ------------------------------------------------------------------


class ManualTimer:
    """A call that is to come, at a time by hand."""

    def __init__(self, call: Callable[[], None]) -> None:
        self.call = call
        self.cancelled = False

    def cancel(self) -> None:
        self.cancelled = True


class ManualTimers:
    """The event loop's `call_later`, for a time that somebody moves by hand."""

    def __init__(self) -> None:
        self.now = 0.0
        self.order = count()
        self.calls: list[tuple[float, int, ManualTimer]] = []

    def later(self, seconds: float, call: Callable[[], None]) -> ManualTimer:
        """Calls a function once that many seconds have passed."""
        timer = ManualTimer(call)
        heappush(self.calls, (self.now + seconds, next(self.order), timer))
        return timer

    def advance(self, seconds: float) -> None:
        """Lets time pass, and calls whatever is due by then."""
        end = self.now + seconds
        while self.calls and self.calls[0][0] <= end:
            self.now, _, timer = heappop(self.calls)
            if not timer.cancelled:
                timer.call()
        self.now = end

    def pending(self) -> int:
        """How many calls are still to come."""
        return sum(not timer.cancelled for _, _, timer in self.calls)


class Talk:
    """Clients of one server, by name, as they come: `talk.say("ann", "SET k v", "GET k")`."""

    def __init__(self, **settings: Any) -> None:
        self.clock = ManualClock()
        self.timers = ManualTimers()
        self.state = State(Settings(**settings), self.clock, self.timers.later)
        self.sessions: dict[str, ClientSession] = {}
        self.late: dict[str, bytearray] = {}

    def session(self, name: str) -> ClientSession:
        """The session of a client, which connects if it has not yet."""
        if name not in self.sessions:
            late = self.late[name] = bytearray()
            client = Client(f"{name}:1", "server:1")
            session = ClientSession(self.state, client, late.extend, lambda: self.leave(name))
            self.sessions[name] = self.state.clients[client.id] = session
        return self.sessions[name]

    def say(self, name: str, *lines: str) -> bytes:
        """`name` sends lines, all in one piece; what it gets back for them at once."""
        data = "".join(f"{line}\r\n" for line in lines).encode()
        replies = self.session(name).receive(data)
        self.timers.advance(0)
        return replies

    def hears(self, name: str) -> bytes:
        """What `name` has got since the last call of this without having said anything."""
        heard = bytes(self.late[name])
        self.late[name].clear()
        return heard

    def leave(self, name: str) -> None:
        """The connection of `name` is gone."""
        self.sessions[name].leave()

    def wait(self, seconds: float) -> None:
        """Lets time pass: on the clock of the keys, and for waiting clients."""
        self.clock.advance(round(seconds * 1000))
        self.timers.advance(seconds)

    def kept(self) -> dict[str, int]:
        """How many of everything the server keeps for its clients: none, once they are gone."""
        interests = self.state.interests.values()
        return {
            "clients": len(self.state.clients),
            "channels": len(self.state.hub.channels) + len(self.state.hub.patterns),
            "waiting": sum(one.waiter is not None for one in self.state.clients.values()),
            "listened to": sum(len(one.listeners) for one in interests),
            "timers": self.timers.pending(),
        }


class WaitingRoom:
    """Clients that wait for lists, and what becomes of them: `served`, in order of time."""

    def __init__(self) -> None:
        self.store = Store()
        self.timers = ManualTimers()
        self.interest = Interest(self.store)
        module = import_module("steps.s10_asyncio.waiting.blocked")
        self.blocked = module.BlockedClients(self.interest, self.timers.later, {})
        self.waiters: dict[str, Waiter] = {}
        self.served: list[list[str]] = []
        self.in_vain = 0
        """Attempts on a key that was gone."""
        self.late: list[str] = []
        """What was still there of a wait when its client was woken: its keys, and `timer`."""

    def wait(
        self, name: str, *keys: str, seconds: float = 0, wants: str = "list", then: str = ""
    ) -> None:
        """`name` waits for one of the keys, for an item or for (`wants`) something of another type.

        `then` is what it does when it is woken: "waits again", "ends bob", or "adds x".
        """
        waiter = self.waiters[name] = Waiter(
            [key.encode() for key in keys or (ROOM,)],
            partial(self.take, wants),
            partial(self.woken, name, then),
            seconds,
            b"time is up",
        )
        self.blocked.wait(waiter)

    def take(self, wants: str, key: bytes) -> Reply:
        """The attempt of a waiter."""
        items = self.store.find(key)
        if not isinstance(items, deque):
            self.in_vain += 1
            return None
        if wants != "list":
            return None
        item: bytes = items.popleft()
        if not items:
            self.store.discard(key)
        return item

    def woken(self, name: str, then: str, reply: Reply) -> None:
        """A waiter has its reply."""
        self.served.append([name, reply.decode() if isinstance(reply, bytes) else str(reply)])
        waiter = self.waiters[name]
        self.late += [key.decode() for key in waiter.keys if waiter in self.blocked.waiters(key)]
        self.late += ["timer"] * self.timers.pending()
        if then == "waits again":
            self.wait(name)
        elif then.startswith("ends "):
            self.leave(then.removeprefix("ends "))
        elif then:
            self.fill(*self.left(), then.removeprefix("adds "))

    def fill(self, *items: str, key: str = ROOM) -> list[list[str]]:
        """Puts items into a list, and has those who wait served; who has been served by now."""
        self.store.put(key.encode(), deque(item.encode() for item in items))
        self.blocked.serve(key.encode())
        return self.served

    def leave(self, name: str) -> None:
        """The client is gone."""
        self.blocked.leave(self.waiters[name])

    def advance(self, seconds: float) -> list[list[str]]:
        """Lets time pass; who has got a reply by now."""
        self.timers.advance(seconds)
        return self.served

    def left(self, key: str = ROOM) -> list[str]:
        """What is still in a list."""
        items = self.store.find(key.encode())
        return [item.decode() for item in items] if isinstance(items, deque) else []

    def still_waiting(self, key: str = ROOM) -> list[str]:
        """The clients that wait for a key, in order."""
        names = {waiter: name for name, waiter in self.waiters.items()}
        there = self.blocked.waiters(key.encode())
        return [names.get(waiter, "one whose wait has ended") for waiter in there]

    def kept(self) -> dict[str, Any]:
        """The timers that run, and the keys of which the keyspace tells."""
        listened = sorted(key.decode() for key in self.interest.listeners)
        return {"timers": self.timers.pending(), "listened to": listened}


# --- transactions --------------------------------------------------------------------------------


def execute(
    *requests: str,
    begun: bool = True,
    refused: bool = False,
    overtaken: bool = False,
    failing: str = "",
) -> dict[str, Any]:
    """What EXEC makes of queued requests; `failing` is one that is answered with an error.

    In the result are the reply as it goes out; what was run; what was still open or queued when the
    first of them was run; and whether anything of the transaction is left afterwards.
    """
    transaction = Transaction()
    interest = Interest(Store())
    interest.add(b"watched", transaction.watch.changed)
    transaction.watch.keys[interest, b"watched"] = None
    transaction.refused, transaction.watch.overtaken = refused, overtaken
    if begun:
        transaction.begin()
        for request in requests:
            words = request.encode().split()
            transaction.add(Queued(REGISTRY.commands[words[0]], words))
    run: list[str] = []
    during: list[Any] = []

    def answer(queued: Queued) -> Reply:
        during.append([transaction.open, len(transaction.queue), len(interest.listeners)])
        run.append(b" ".join(queued.request).decode())
        failed = run[-1] == failing
        return CommandError("ERR no") if failed else b"reply to " + queued.request[0]

    try:
        reply = transaction.execute(answer)
    except CommandError as error:
        reply = error
    left = transaction.open or transaction.refused or transaction.queue or interest.listeners
    return {
        "reply": encode(reply),
        "run": run,
        "during": during[0] if during else None,
        "left": bool(left or transaction.watch.overtaken),
    }
