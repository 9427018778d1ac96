"""Logs what clients do wrong as loud as a full disk.

Caught by: test_a_command_error_is_its_own_reply
"""

from __future__ import annotations

from logging import ERROR, WARNING

from steps.s02_resp.values import CommandError, ProtocolError
from steps.s09_logging.errors import MachineError, Verdict
from steps.s09_logging.levels import NOTICE, VERBOSE
from steps.unwritten import Unwritten


def verdict(error: Exception) -> Verdict:
    if isinstance(error, ProtocolError):
        return Verdict("protocol", error, True, VERBOSE)
    if isinstance(error, CommandError):
        return Verdict("command", error, False, WARNING)
    if isinstance(error, Unwritten):
        return Verdict("exercise", CommandError(f"ERR {error.not_written}"), False, NOTICE)
    if isinstance(error, MachineError):
        return Verdict("machine", CommandError(f"ERR {error}"), False, WARNING)
    return Verdict("bug", CommandError("ERR internal error"), True, ERROR)
