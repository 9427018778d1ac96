"""Step 8: testing and speed. Tests that catch bugs, a load generator, the fast parser.

`python -m steps.s08 serve` runs step 7's server with the fast parser; `python -m steps.s08 load`
puts it under load, and `python -m steps.s08 profile` shows where it spends its time.
"""

from __future__ import annotations

from steps.s08_testing.client import Connection
from steps.s08_testing.fast_parser import FastParser, split_requests
from steps.s08_testing.latency import histogram, percentile, summary
from steps.s08_testing.load import Outcome, ReplyReader, Tally, drive, run_load
from steps.s08_testing.properties import check_any_cut, parse
from steps.s08_testing.server import FastServer
from steps.s08_testing.unit_tests import check_store
from steps.s08_testing.wire_tests import check_server

__all__ = [
    "Connection",
    "FastParser",
    "FastServer",
    "Outcome",
    "ReplyReader",
    "Tally",
    "check_any_cut",
    "check_server",
    "check_store",
    "drive",
    "histogram",
    "parse",
    "percentile",
    "run_load",
    "split_requests",
    "summary",
]
