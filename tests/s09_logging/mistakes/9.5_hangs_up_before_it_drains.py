"""Cuts the clients off and then waits for them.

Caught by: test_running_commands_are_answered
"""

from __future__ import annotations

from steps.s09_logging.context import Told
from steps.s09_logging.levels import ERROR, WARNING
from steps.s09_logging.logs import Log
from steps.s09_logging.shutdown import House


def leave(house: House, log: Log) -> int:
    code = 0
    for act in (house.refuse, house.hang_up, house.drain, house.close_journal, house.save):
        try:
            if act() is False:
                log(WARNING, "clients cut off")
        except Exception as error:
            log(ERROR, "shutdown error", doing=act.__name__, error=Told(error))
            code = 1
    return code
