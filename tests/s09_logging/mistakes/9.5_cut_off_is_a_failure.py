"""Counts a client that was cut off as a loss.

Caught by: test_clients_that_took_too_long
"""

from __future__ import annotations

from steps.s09_logging.context import Told
from steps.s09_logging.levels import ERROR, WARNING
from steps.s09_logging.logs import Log
from steps.s09_logging.shutdown import House


def leave(house: House, log: Log) -> int:
    code = 0
    for act in (house.refuse, house.drain, house.hang_up, house.close_journal, house.save):
        try:
            if act() is False:
                log(WARNING, "clients cut off")
                code = 1
        except Exception as error:
            log(ERROR, "shutdown error", doing=act.__name__, error=Told(error))
            code = 1
    return code
