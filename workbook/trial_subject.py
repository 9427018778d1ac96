"""Serves an object of the steps at a port, for checks of step 8 that need no whole server.

`python -m workbook.trial_subject store` runs on the trusted side. Each line that comes is a question
in JSON: `{"make": true}` for a new object, or `{"on": 1, "call": "get", "args": [...], "named":
{...}}`. Each line that goes back is `{"value": ...}`, or `{"raised": ["CommandError", "ERR ..."]}`.
Bytes travel as `{"bytes": "..."}` (Latin-1), tuples as `{"tuple": [...]}`; whatever comes is made of
Python's own types, and nothing is ever unpickled.
"""

from __future__ import annotations

import importlib
import json
import socket
import sys
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple


class Parsing:
    """A kind of parser: for each list of pieces a new one is made and fed."""

    def __init__(self, make: Callable[[], Any]) -> None:
        self.make = make

    def parse(self, pieces: list[bytes]) -> list[list[bytes]]:
        """The requests in these pieces."""
        parser = self.make()
        return [request for piece in pieces for request in parser.feed(piece)]


class Kind(NamedTuple):
    """Objects to ask: the class, what may be asked, and what stands between the two, if anything."""

    module: str
    name: str
    methods: tuple[str, ...]
    wrapper: type[Parsing] | None = None


STORE = ("get", "set", "delete", "exists", "set_if", "increment")
KINDS = {
    "store": Kind("steps.s03_store.store", "Store", STORE),
    "parser": Kind("steps.s02_resp.parser", "RequestParser", ("parse",), Parsing),
    "fast parser": Kind("steps.s08_testing.fast_parser", "FastParser", ("parse",), Parsing),
}

MOST = 64 * 1024 * 1024
"""Bytes in one line."""


def pack(value: Any) -> Any:
    """`value` as JSON knows it; whatever can be walked through becomes a list."""
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, (bytes, bytearray, memoryview)):
        return {"bytes": bytes(value).decode("latin-1")}
    items = [pack(item) for item in value]
    return {"tuple": items} if isinstance(value, tuple) else items


def unpack(value: Any) -> Any:
    """The opposite of `pack`."""
    if isinstance(value, list):
        return [unpack(item) for item in value]
    if isinstance(value, dict):
        if "bytes" in value:
            return str(value["bytes"]).encode("latin-1")
        return tuple(unpack(item) for item in value["tuple"])
    return value


class Subject:
    """The objects that one check has made, and their answers."""

    def __init__(self, kind: Kind) -> None:
        self.kind = kind
        made = getattr(importlib.import_module(kind.module), kind.name)
        self.make = partial(kind.wrapper, made) if kind.wrapper else made
        self.objects: list[Any] = []

    def answer(self, question: dict[str, Any]) -> dict[str, Any]:
        """The answer to one question. What the object raises is an answer, too."""
        if question.get("make"):
            self.objects.append(self.make())
            return {"value": len(self.objects) - 1}
        if question["call"] not in self.kind.methods:
            raise ValueError(f"no check may call {question['call']!r}")
        method = getattr(self.objects[question["on"]], question["call"])
        args = [unpack(item) for item in question["args"]]
        named = {str(name): unpack(item) for name, item in question["named"].items()}
        try:
            return {"value": pack(method(*args, **named))}
        except Exception as error:
            return {"raised": [type(error).__name__, str(error)]}


def serve(listener: socket.socket, kind: Kind) -> None:
    """Answers one client after another, each with objects of its own."""
    while True:
        connection, _ = listener.accept()
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with connection, connection.makefile("rb") as lines:
            subject = Subject(kind)
            try:
                while line := lines.readline(MOST):
                    answer = subject.answer(json.loads(line))
                    connection.sendall(json.dumps(answer).encode() + b"\n")
            except Exception as error:  # whatever was asked, the next client gets its answers
                print(f"the conversation ended: {error!r}", file=sys.stderr)


def main() -> None:
    """Listens on a free port, and says which."""
    kind = KINDS[sys.argv[1]]
    Subject(kind)  # whatever keeps it from being imported shows before anybody asks
    with socket.create_server(("127.0.0.1", 0)) as listener:
        host, port = listener.getsockname()
        print(f"subject listening on {host}:{port}", flush=True)
        serve(listener, kind)


if __name__ == "__main__":
    main()
