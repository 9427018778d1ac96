"""Answers to steps/s09_logging/errors.py."""

from __future__ import annotations

from logging import DEBUG, ERROR, WARNING

from steps.s02_resp.values import CommandError, ProtocolError
from steps.s09_logging.errors import MachineError, Verdict
from steps.s09_logging.log.levels import NOTICE, VERBOSE
from steps.unwritten import Unwritten


def verdict(error: Exception) -> Verdict:
    # ProtocolError is tested before CommandError, from which it derives: the other way round its
    # case would never be reached, and the server would read on where no request begins.
    if isinstance(error, ProtocolError):
        return Verdict("protocol", error, True, VERBOSE)
    if isinstance(error, CommandError):
        return Verdict("command", error, False, DEBUG)
    if isinstance(error, Unwritten):
        return Verdict("exercise", CommandError(f"ERR {error.not_written}"), False, NOTICE)
    if isinstance(error, MachineError):
        return Verdict("machine", CommandError(f"ERR {error}"), False, WARNING)
    # `str(error)` as the reply would tell strangers about paths, keys and versions.
    return Verdict("bug", CommandError("ERR internal error"), True, ERROR)
