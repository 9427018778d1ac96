"""Sets the code anew in each step: a success at the end hides what failed before.

Caught by: test_a_failure_is_in_the_exit_code
"""

from __future__ import annotations

from steps.s09_logging.context import Told
from steps.s09_logging.levels import ERROR, WARNING
from steps.s09_logging.logs import Log
from steps.s09_logging.shutdown import House


def leave(house: House, log: Log) -> int:
    for act in (house.refuse, house.drain, house.hang_up, house.close_journal, house.save):
        code = 0
        try:
            if act() is False:
                log(WARNING, "clients cut off")
        except Exception as error:
            log(ERROR, "shutdown error", doing=act.__name__, error=Told(error))
            code = 1
    return code
