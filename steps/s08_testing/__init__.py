"""Step 8: testing and speed."""

from __future__ import annotations

from steps.s08_testing.fast_parser import FastParser, split_requests
from steps.s08_testing.server import FastServer
from steps.s08_testing.session import Session
from steps.s08_testing.state import State

__all__ = ["FastParser", "FastServer", "Session", "State", "split_requests"]
