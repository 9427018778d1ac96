"""Step 8: testing and speed. Tests that catch bugs, a load generator, the fast parser.

`python -m steps.s08 serve` runs step 7's server with the fast parser; `python -m steps.s08 load`
puts it under load, and `python -m steps.s08 profile` shows where it spends its time.

Read first: unit_tests.py, fast_parser.py and load.py.

    client.py       a client for tests, which never waits for ever
    fast_parser.py  the parser of step 2, faster for whole requests
    latency.py      percentiles and histograms
    load.py         many clients that ask as fast as they can
    profile.py      shows where a server spends its time
    properties.py   a test that holds for every request, cut anywhere
    server.py       the server of step 8
    unit_tests.py   tests of one object
    wire_tests.py   tests of a running server over TCP
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
