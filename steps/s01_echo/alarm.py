"""A bell that any thread and any signal handler may ring, to wake a thread that waits."""

from __future__ import annotations

import selectors
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress


class Alarm:
    """Wakes one waiting thread, by a byte through a pair of sockets.

    A selector can wait for an alarm, as for a socket. And `ring` takes no lock. A threading.Event
    does: a handler that runs while the main thread is inside `Event.wait` could wait for ever.
    """

    def __init__(self) -> None:
        self._listener, self._bell = socket.socketpair()
        self._listener.setblocking(False)
        self._bell.setblocking(False)

    def fileno(self) -> int:
        """What a selector asks for: there is something to read once the bell has rung."""
        return self._listener.fileno()

    def ring(self) -> None:
        """Wake the thread that waits. This never waits and never raises."""
        with suppress(OSError):  # no room or closed: then it is awake already
            self._bell.send(b"!")

    def silence(self) -> None:
        """Forget all rings so far."""
        with suppress(OSError):
            self._listener.recv(4096)

    def wait(self, seconds: float) -> None:
        """Wait until the bell rings, `seconds` at most. Rings from before count."""
        with selectors.DefaultSelector() as selector:
            selector.register(self, selectors.EVENT_READ)
            if selector.select(seconds):
                self.silence()

    @contextmanager
    def rung_by_signals(self) -> Iterator[None]:
        """While the block runs, a signal rings, before Python does anything about it.

        Python runs the handler of a signal, such as that of Ctrl-C, in the main thread, between two
        of its instructions. A signal that arrives after the last one before a select, which is likely
        while another thread runs, is not handled until the select returns. The bell makes it return.
        """
        if threading.current_thread() is not threading.main_thread():
            yield  # no signal is handled here
            return
        before = signal.set_wakeup_fd(self._bell.fileno(), warn_on_full_buffer=False)
        try:
            yield
        finally:
            signal.set_wakeup_fd(before)

    def close(self) -> None:
        """Close both sockets."""
        self._listener.close()
        self._bell.close()
