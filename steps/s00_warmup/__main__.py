"""`python -m steps.s00 calc "2 + 3 * 4"` and `python -m steps.s00 todo add buy milk`."""

from __future__ import annotations

import sys

from steps.s00_warmup.cli import main

if __name__ == "__main__":
    sys.exit(main())
