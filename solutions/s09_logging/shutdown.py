"""Answers to steps/s09_logging/shutdown.py."""

from __future__ import annotations

from steps.s09_logging.log.levels import ERROR, WARNING
from steps.s09_logging.log.lines import Log
from steps.s09_logging.shutdown import House


def leave(house: House, log: Log) -> int:
    code = 0
    # A try for each step, inside the loop: with one around all of them, a socket that does not
    # close would keep the journal from the disk. And `drain` comes before `save`: whatever is
    # acknowledged after the snapshot would be in no file.
    for act in (house.refuse, house.drain, house.hang_up, house.close_journal, house.save):
        try:
            if act() is False:
                log(WARNING, "clients cut off")
        except Exception as error:
            log(ERROR, "shutdown error", doing=act.__name__, error=error)
            # Not `return 1`, and not 0: a supervisor that gets 0 throws the volume away.
            code = 1
    return code
