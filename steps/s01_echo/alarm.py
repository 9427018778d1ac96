"""A bell that any thread or signal handler may ring to wake a waiting thread."""

from __future__ import annotations

import selectors
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress


class Alarm:
    """Wakes one waiting thread, by a byte through a pair of sockets.

    A selector can wait for an alarm as it does for a socket. And `ring` takes no lock, where a
    threading.Event does: a handler that runs while the main thread is inside `Event.wait` could
    wait for ever.
    """

    def __init__(self) -> None:
        self._listener, self._bell = socket.socketpair()
        self._listener.setblocking(False)
        self._bell.setblocking(False)

    def fileno(self) -> int:
        """The descriptor for a selector: it becomes readable once the bell has rung."""
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
        """Wait until the bell rings, for `seconds` at most. Earlier rings count."""
        with selectors.DefaultSelector() as selector:
            selector.register(self, selectors.EVENT_READ)
            if selector.select(seconds):
                self.silence()

    @contextmanager
    def rung_by_signals(self) -> Iterator[None]:
        """While the block runs, a signal rings the bell before Python handles it.

        Python runs the handler of a signal, such as Ctrl-C, in the main thread, between two of its
        instructions. If a signal arrives after the last instruction before a select, which is
        likely while another thread runs, it is not handled until the select returns. The bell
        makes it return.
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
