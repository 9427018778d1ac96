"""Puts the default in the place of the handlers from before.

Caught by: test_the_handlers_are_put_back
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
        if len(came) == 1:
            server.stop()
        else:
            server.force()

    before = {number: signal.signal(number, handler) for number in stop_signals()}
    try:
        yield came
    finally:
        for number in before:
            signal.signal(number, signal.SIG_DFL)
