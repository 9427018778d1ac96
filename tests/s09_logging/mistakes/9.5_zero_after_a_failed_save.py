"""Logs what went wrong and says 0 all the same.

Caught by: test_a_failure_is_in_the_exit_code
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
        except Exception as error:
            log(ERROR, "shutdown error", doing=act.__name__, error=Told(error))
    return code
