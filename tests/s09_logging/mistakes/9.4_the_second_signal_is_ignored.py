"""Only ever asks to stop: who is in a hurry has to kill.

Caught by: test_the_second_signal_forces
"""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager

from steps.s09_logging.signals import Stoppable, stop_signals


@contextmanager
def stopping_on_signals(server: Stoppable) -> Iterator[list[int]]:
    came: list[int] = []

    def handler(number: int, frame: object) -> None:
        came.append(number)
        server.stop()

    before = {number: signal.signal(number, handler) for number in stop_signals()}
    try:
        yield came
    finally:
        for number, old in before.items():
            signal.signal(number, signal.SIG_DFL if old is None else old)
