"""Answers to steps/s03_store/session.py."""

from __future__ import annotations

from steps.s02_resp.encode import encode
from steps.s02_resp.values import OK, PONG, Reply, Request, integer
from steps.s03_store import session
from steps.s03_store.session import unknown


class StoreSession(session.StoreSession):
    def receive(self, data: bytes) -> bytes:
        # The requests stay in a queue of the session, not in a local list: a session that pauses in
        # the middle of a batch must find the rest again. Sending each reply as it is made would be
        # correct but slow: one system call per request instead of one per batch.
        self.requests.extend(self.parser.feed(data))
        replies: list[bytes] = []
        while self.requests and not self.paused:
            replies.append(self.reply(self.requests.popleft()))
        if self.parser.error and not self.paused:
            replies.append(encode(self.parser.error, self.protocol))
            self.close()
        return b"".join(replies)

    def run(self, request: Request) -> Reply:
        # The pattern checks the number of words and takes them apart in one step. Only the name is
        # converted to capitals: converting the whole request would change keys and values. A bare
        # name (`case GET`) would not compare but bind, so the names are literals.
        store = self.store
        match [request[0].upper(), *request[1:]]:
            case [b"PING"]:
                return PONG
            case [b"PING" | b"ECHO", message]:
                return message
            case [b"QUIT"]:
                self.close()
                return OK
            case [b"GET", key]:
                return store.get(key)
            case [b"SET", key, value, *options]:
                return self.set(key, value, options)
            case [b"DEL", _, *_]:
                return store.delete(request[1:])
            case [b"EXISTS", _, *_]:
                return store.exists(request[1:])
            case [b"INCR", key]:
                return store.increment(key, 1)
            case [b"DECR", key]:
                return store.increment(key, -1)
            case [b"INCRBY", key, amount]:
                return store.increment(key, integer(amount))
            case [b"DECRBY", key, amount]:
                return store.increment(key, -integer(amount))
            case [b"DBSIZE"]:
                return len(store.keys())
            case [b"FLUSHALL"]:
                store.clear()
                return OK
            case _:
                raise unknown(request)
