"""Stops at the first step that fails.

Caught by: test_one_fails_and_the_rest_is_done
"""

from __future__ import annotations

from steps.s09_logging.context import Told
from steps.s09_logging.levels import ERROR, WARNING
from steps.s09_logging.logs import Log
from steps.s09_logging.shutdown import House


def leave(house: House, log: Log) -> int:
    try:
        house.refuse()
        if not house.drain():
            log(WARNING, "clients cut off")
        house.hang_up()
        house.close_journal()
        house.save()
    except Exception as error:
        log(ERROR, "shutdown error", doing="leave", error=Told(error))
        return 1
    return 0
