"""Single keys from a terminal, without Enter: `termios` on Unix, `msvcrt` on Windows."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

LOOK = 0.2
"""Seconds between two looks whether it is over."""


@contextlib.contextmanager
def reading(put: Callable[[str], Any]) -> Iterator[None]:
    """Hands each key to `put` while this lasts; does nothing where there is no terminal."""
    stop = threading.Event()
    with contextlib.ExitStack() as stack:
        stack.callback(stop.set)
        if _is_terminal():
            read = _windows if os.name == "nt" else _unix
            if os.name != "nt":
                stack.enter_context(single())
            thread = threading.Thread(target=read, args=(put, stop), daemon=True)
            thread.start()
        yield


def _is_terminal() -> bool:
    with contextlib.suppress(Exception):
        return sys.stdin.isatty() and sys.stdout.isatty()
    return False


@contextlib.contextmanager
def single() -> Iterator[None]:
    """The terminal hands on each key at once; afterwards, and while stopped, it is as before."""
    import termios
    import tty

    number = sys.stdin.fileno()
    before = termios.tcgetattr(number)

    def again(signum: int = 0, frame: object = None) -> None:
        tty.setcbreak(number)  # not raw: Ctrl-C and Ctrl-Z stay what they are

    known = signal.signal(signal.SIGCONT, again)
    again()
    try:
        yield
    finally:
        signal.signal(signal.SIGCONT, known)
        termios.tcsetattr(number, termios.TCSADRAIN, before)


def _unix(put: Callable[[str], Any], stop: threading.Event) -> None:
    import select

    number = sys.stdin.fileno()
    while not stop.is_set():
        ready, _, _ = select.select([number], [], [], LOOK)
        if ready and not stop.is_set():
            data = os.read(number, 16)
            if not data:  # the terminal is gone
                put("q")
                return
            if not data.startswith(b"\x1b"):  # an arrow, say
                for key in data.decode("utf-8", "ignore"):
                    put(key)


def _windows(put: Callable[[str], Any], stop: threading.Event) -> None:
    import msvcrt

    console: Any = msvcrt  # its functions are known on Windows only
    while not stop.is_set():
        if not console.kbhit():
            time.sleep(LOOK)
        elif (key := console.getwch()) in "\x00\xe0":
            console.getwch()  # an arrow, say: a second half follows
        else:
            put(key)
