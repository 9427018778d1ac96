"""A MULTI inside of a block begins the block anew, and what was in it is gone.

Caught by: test_blocks_that_make_no_sense
"""

from __future__ import annotations

from collections.abc import Iterator

from steps.s02_resp.values import NEED_MORE, Request
from steps.s07_persistence.aof import replay


class JournalReader(replay.JournalReader):
    def requests(self) -> Iterator[Request]:
        block: list[Request] | None = None
        while (request := self.next_request()) is not NEED_MORE:
            match request[0].upper():
                case b"MULTI":
                    block = []
                case b"EXEC" if block is not None:
                    yield from block
                    block = None
                case b"MULTI" | b"EXEC" as name:
                    raise self.damaged(f"{name.decode()} stands where none can be")
                case _ if block is None:
                    yield request
                case _:
                    block.append(request)
            if block is None:
                self.whole = self.offset
