"""The server of step 3: one store, one client after another."""

from __future__ import annotations

import argparse
import socket
from importlib import import_module
from typing import TYPE_CHECKING

from steps.s03_store import protected
from steps.s03_store.protected import ProtectedServer
from steps.s03_store.session import StoreSession
from steps.s03_store.state import State
from steps.s03_store.store import Store

if TYPE_CHECKING:
    from typing import Self


class StoreServer(ProtectedServer):
    """Gives every client a session over the same state."""

    def __init__(self, listener: socket.socket) -> None:
        super().__init__(listener)
        self.state = State()

    @classmethod
    def build(cls, listener: socket.socket, options: argparse.Namespace) -> Self:
        """The server that the command line asks for."""
        server = cls(listener)
        server.protected = options.protected_mode == "yes"
        if options.max_keys:
            server.state.store = forgetful(options.max_keys)
        return server

    def new_session(self) -> StoreSession:
        return StoreSession(self.state)


def forgetful(limit: int) -> Store:
    """A store of at most `limit` keys: that of exercise 3.7, which is imported when it is needed."""
    store: Store = import_module("steps.s03_store.lru").LruStore(limit)
    return store


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options --protected-mode and --max-keys."""
    protected.add_options(parser)
    parser.add_argument(
        "--max-keys", type=keys, default=0, help="how many keys to keep, at most (0: all)"
    )


def keys(text: str) -> int:
    """An argparse type: a number of keys, or 0."""
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of keys; give one from 0 on")
    return int(text)
