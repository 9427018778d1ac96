"""A bell that a signal handler may ring."""

from __future__ import annotations

import selectors
import socket
from contextlib import suppress


class Alarm:
    """Wakes one waiting thread. `ring` takes no lock: a threading.Event does, and a handler that
    comes while the main thread is inside `Event.wait` could wait for it for ever.
    """

    def __init__(self) -> None:
        self._listener, self._bell = socket.socketpair()
        self._bell.setblocking(False)
        self._listener.setblocking(False)
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._listener, selectors.EVENT_READ)

    def ring(self) -> None:
        """Any thread and any signal handler may call this; it never waits and never raises."""
        with suppress(OSError):  # no room or closed: then it is awake already
            self._bell.send(b"!")

    def wait(self, seconds: float) -> None:
        """Waits until somebody rings, `seconds` at most. Rings from before count."""
        if self._selector.select(seconds):
            with suppress(OSError):
                self._listener.recv(4096)

    def close(self) -> None:
        """Gives the sockets back."""
        self._selector.close()
        self._listener.close()
        self._bell.close()
