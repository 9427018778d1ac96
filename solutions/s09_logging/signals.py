"""Answers to steps/s09_logging/signals.py."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager

from steps.s09_logging.signals import Stoppable, stop_signals


@contextmanager
def stopping_on_signals(server: Stoppable) -> Iterator[list[int]]:
    came: list[int] = []

    def handler(number: int, frame: object) -> None:
        # Only a note and a bell. Saving here would run in the middle of a command of the main
        # thread; logging could wait for a lock that the main thread holds.
        came.append(number)
        if len(came) == 1:
            server.stop()
        else:
            server.force()

    before = {number: signal.signal(number, handler) for number in stop_signals()}
    try:
        yield came
    finally:
        # A program that runs the server inside itself wants its own Ctrl-C back.
        for number, old in before.items():
            signal.signal(number, signal.SIG_DFL if old is None else old)
