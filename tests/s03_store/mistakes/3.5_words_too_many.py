"""Lets words pass that the command does not have.

Caught by: test_the_wrong_number_of_words
"""

from __future__ import annotations

from steps.s02_resp.values import OK, PONG, Reply, Request
from steps.s03_store import session
from steps.s03_store.session import integer, unknown


class Session(session.Session):
    def dispatch(self, request: Request) -> Reply:
        store = self.store
        match [request[0].upper(), *request[1:]]:
            case [b"PING"]:
                return PONG
            case [b"PING" | b"ECHO", message]:
                return message
            case [b"QUIT"]:
                self.close()
                return OK
            case [b"GET", key, *_]:
                return store.get(key)
            case [b"SET", key, value, *options]:
                return self.set(key, value, options)
            case [b"DEL", _, *_]:
                return store.delete(request[1:])
            case [b"EXISTS", _, *_]:
                return store.exists(request[1:])
            case [b"INCR", key, *_]:
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
