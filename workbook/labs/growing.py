"""How many bytes a call goes through again and again, whichever way it joins them."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any


def bound_during(run: Callable[[], object], longer_than: int) -> int:
    """How many bytes get a name while `run` runs, in objects that are `longer_than` that many.

    A result that is made again for each item, a little longer each time, counts each time. One that
    grows where it is, or is made once at the end, counts once.
    """
    total = 0

    def begin(frame: FrameType, event: str, argument: Any) -> Any:
        last: dict[str, object] = {}

        def look(frame: FrameType, event: str, argument: Any) -> Any:
            nonlocal total
            for name, value in frame.f_locals.items():
                if isinstance(value, bytes | bytearray) and len(value) > longer_than:
                    total += len(value) if last.get(name) is not value else 0
                    last[name] = value
            return look

        return look

    before = sys.gettrace()
    sys.settrace(begin)
    try:
        run()
    finally:
        sys.settrace(before)
    return total
