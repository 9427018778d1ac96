"""Saves first: what is acknowledged after that is in no file.

Caught by: test_the_snapshot_has_the_last_write
"""

from __future__ import annotations

from steps.s09_logging.context import Told
from steps.s09_logging.levels import ERROR, WARNING
from steps.s09_logging.logs import Log
from steps.s09_logging.shutdown import House


def leave(house: House, log: Log) -> int:
    code = 0
    for act in (house.refuse, house.save, house.drain, house.hang_up, house.close_journal):
        try:
            if act() is False:
                log(WARNING, "clients cut off")
        except Exception as error:
            log(ERROR, "shutdown error", doing=act.__name__, error=Told(error))
            code = 1
    return code
