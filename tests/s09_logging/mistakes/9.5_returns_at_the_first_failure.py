"""Leaves with a 1 at once, and what comes later is not done.

Caught by: test_one_fails_and_the_rest_is_done
"""

from __future__ import annotations

from steps.s09_logging.context import Told
from steps.s09_logging.levels import ERROR, WARNING
from steps.s09_logging.logs import Log
from steps.s09_logging.shutdown import House


def leave(house: House, log: Log) -> int:
    for act in (house.refuse, house.drain, house.hang_up, house.close_journal, house.save):
        try:
            if act() is False:
                log(WARNING, "clients cut off")
        except Exception as error:
            log(ERROR, "shutdown error", doing=act.__name__, error=Told(error))
            return 1
    return 0
