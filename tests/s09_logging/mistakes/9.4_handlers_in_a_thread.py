"""Installs handlers wherever it is.

Caught by: test_a_thread_has_no_handlers
"""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager

from steps.s09_logging.signals import Stoppable


@contextmanager
def stopping_on_signals(server: Stoppable) -> Iterator[list[int]]:
    came: list[int] = []

    def handler(number: int, frame: object) -> None:
        came.append(number)
        if len(came) == 1:
            server.stop()
        else:
            server.force()

    before = {number: signal.signal(number, handler) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield came
    finally:
        for number, old in before.items():
            signal.signal(number, signal.SIG_DFL if old is None else old)
