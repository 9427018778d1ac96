"""Goes on after an error, and nobody hears of it.

Caught by: test_a_failure_is_logged
"""

from __future__ import annotations

from steps.s09_logging.levels import WARNING
from steps.s09_logging.logs import Log
from steps.s09_logging.shutdown import House


def leave(house: House, log: Log) -> int:
    code = 0
    for act in (house.refuse, house.drain, house.hang_up, house.close_journal, house.save):
        try:
            if act() is False:
                log(WARNING, "clients cut off")
        except Exception:
            code = 1
    return code
