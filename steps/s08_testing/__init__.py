"""Step 8: testing and speed."""

from __future__ import annotations

from steps.s08_testing.fast_parser import FastParser, split_requests
