"""A session that runs commands, still without any I/O.

Every request takes the same way, in this step and in all that follow:

    receive ─ reply ─┬─ parse    the request becomes a command
                     ├─ execute  waits until the command may run; calls run
                     │   └─ run  runs it
                     └─ encode   the reply becomes bytes

`reply` is also the boundary where an exception becomes an error reply. A later step wraps its
addition around `execute` (step 4: locks) or `run` (step 7: a journal, step 9: a clock), and calls
the method of the step below. Nothing looks at a request a second time.

Bytes can lead to four outcomes, and each has its place here:
- more bytes are needed: no reply, the parser keeps them;
- a command goes wrong: CommandError becomes an error reply, the connection stays;
- the bytes are not RESP: one error reply, then the connection closes;
- the server itself is at fault: a traceback is reported, the client gets an internal error and its
  connection closes; other clients notice nothing.
"""

from __future__ import annotations

import math
import sys
import traceback
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any, Final

from steps.s02_resp.encode import encode
from steps.s02_resp.parser import RequestParser
from steps.s02_resp.values import (
    OK,
    PONG,
    SYNTAX_ERROR,
    CommandError,
    Reply,
    Request,
    integer,
    text_of,
)
from steps.s03_store.state import State
from steps.unwritten import Unwritten

MOST_OUTPUT: Final = 1024 * 1024
"""A session waits once it has this many bytes of replies to send. One reply may be longer."""

SMALL: Final = 256
"""Replies up to this size do not count: a chunk of requests can only ask for a limited number of
them.
"""

OK_LINE: Final = b"+OK\r\n"
PONG_LINE: Final = b"+PONG\r\n"
"""The most frequent replies, already encoded, so that they cost no call."""


class StoreSession:
    """The conversation with one client, over the store that all clients share."""

    parser_class: type[RequestParser] = RequestParser
    room: float = math.inf
    """How many more bytes of replies may be made; no limit if they are not sent anywhere."""

    def __init__(self, state: State) -> None:
        self.parser = self.parser_class()
        self.state = state
        self.store = state.store
        self.requests: deque[Request] = deque()
        self.closing = self.paused = False
        self.protocol = 2

    def receive(self, data: bytes) -> bytes:
        """Takes the bytes that arrived; returns the replies to all requests that are complete now.

        The replies go out in the order of the requests, since nothing on the wire says which is
        which, and as one bytes object. The cost grows with the number of bytes, not with its
        square.

        A request may pause the session (`self.paused`), as QUIT does. The requests after it are
        kept in `self.requests`, unanswered, until a later call, perhaps with no new bytes, finds
        that the session is no longer paused. If bytes came that are not RESP (`self.parser.error`),
        the requests before them are still answered; then the error is the last reply, and the
        session closes.

        >>> session = StoreSession(State())
        >>> session.receive(b"PING\\r\\nSET k v\\r\\nGE")
        b'+PONG\\r\\n+OK\\r\\n'
        >>> session.receive(b"T k\\r\\n")
        b'$1\\r\\nv\\r\\n'
        """
        raise NotImplementedError("exercise 3.6")

    def close(self) -> None:
        """Take no more requests: the server hangs up once the replies so far are sent."""
        self.closing = self.paused = True

    def reply(self, request: Request) -> bytes:
        """The encoded reply to one request: the boundary where an exception becomes a reply.

        Raises CrossProtocolAttack, which ends the connection as if the client had left.
        """
        try:
            answer = self.execute(self.parse(request))
        except Exception as error:
            self.state.attacks.refuse(request)  # no command has such a name, so it always fails
            answer = self.failure(error, request)
        if answer is OK:
            return OK_LINE
        if answer is PONG:
            return PONG_LINE
        encoded = encode(answer, self.protocol)
        if len(encoded) > SMALL:
            self.room -= len(encoded)
            if self.room < 0:
                self.fill()
        return encoded

    # --- no more at once than can be sent -----------------------------------------------------

    def fill(self) -> None:
        """Enough replies for now: the next request waits until they are sent."""
        self.paused = True

    def is_full(self) -> bool:
        """Whether the session is paused because of its replies; `next_portion` continues."""
        return self.room < 0

    def next_portion(self) -> bytes:
        """The replies so far have been sent: handles the requests that are left."""
        self.room = MOST_OUTPUT
        self.paused = self.closing
        return self.receive(b"")

    def portions(self, data: bytes) -> Iterator[bytes]:
        """The replies to the bytes that arrived, no more at a time than may be held in memory.

        A request of a few bytes may ask for a value of a megabyte, and a chunk holds thousands of
        them. So send each portion before asking for the next.
        """
        self.room = MOST_OUTPUT
        yield self.receive(data)
        while self.is_full():
            yield self.next_portion()

    def answer(self, request: Request) -> Reply:
        """The reply to one request as a value: for the prompt, and other callers that send no bytes."""
        try:
            reply: Reply = self.execute(self.parse(request))
        except Exception as error:
            return self.failure(error, request)
        return reply

    def failure(self, error: Exception, request: Request) -> CommandError:
        """The error reply for an exception; what happens depends on whose fault it is."""
        if isinstance(error, CommandError):
            return error
        if isinstance(error, Unwritten):
            return CommandError(f"ERR {error.not_written}")
        self.report(error, request)
        self.close()
        return CommandError("ERR internal error")

    def report(self, bug: Exception, request: Request) -> None:
        """The server is at fault: says so on stderr, with everything that helps to find out why."""
        print(f"bug while executing {request[0]!r}", file=sys.stderr)
        traceback.print_exception(bug)

    def parse(self, request: Request) -> Any:
        """The command for `request`. Here it is the request itself; step 5 makes an object."""
        return request

    def execute(self, command: Any) -> Reply:
        """Runs a command when it may run: here at once. Step 4 waits for its keys first."""
        return self.run(command)

    def run(self, request: Request) -> Reply:
        """Runs the command that `request` names, and returns its reply. These are the commands:

            PING [message] · ECHO message · QUIT · DBSIZE · FLUSHALL
            GET key · SET key value [option ...] · DEL key [key ...] · EXISTS key [key ...]
            INCR key · DECR key · INCRBY key number · DECRBY key number

        PING without a message replies PONG; with one, it replies as ECHO does, with the message.
        QUIT closes the session and replies OK, FLUSHALL empties the store and replies OK. DBSIZE
        is the number of keys. SET knows its options: `self.set`. The others reply what the
        store's method for them returns.

        The name may come in any case: `get`, `Get` and `GET` are one. Keys and values are taken as
        they are, and the request stays as it is, since others may look at it later.

        Raises CommandError: `unknown(request)` for a name that is not in the list, and for one with
        too few words, or too many; that of `integer` for a number that is none.

        >>> StoreSession(State()).run([b"echo", b"hello"])
        b'hello'
        """
        raise NotImplementedError("exercise 3.5")

    def set(self, key: bytes, value: bytes, options: list[bytes]) -> Reply:
        """SET with the options NX, XX and GET. https://redis.io/docs/latest/commands/set/"""
        if not options:
            self.store.set(key, value)
            return OK
        names = {option.upper() for option in options}
        if not names <= {b"NX", b"XX", b"GET"} or names >= {b"NX", b"XX"}:
            raise CommandError(SYNTAX_ERROR)
        written, old = self.store.set_if(key, value, nx=b"NX" in names, xx=b"XX" in names)
        if b"GET" in names:
            return old
        return OK if written else None


def unknown(request: Request) -> CommandError:
    """The error for a request that fits no case of the `match`. Step 5 is more precise."""
    name = text_of(request[0][:128])
    return CommandError(f"ERR unknown command '{name}', or the wrong number of arguments for it")
