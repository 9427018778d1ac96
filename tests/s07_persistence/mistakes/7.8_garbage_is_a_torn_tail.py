"""Garbage ends the replay like a torn tail, and all that follows it is cut off.

Caught by: test_garbage_in_the_middle
"""

from __future__ import annotations

from collections.abc import Iterator

from steps.s02_resp.values import NEED_MORE, Request
from steps.s07_persistence.aof import replay
from steps.s07_persistence.damage import DamagedJournal


class JournalReader(replay.JournalReader):
    def requests(self) -> Iterator[Request]:
        block: list[Request] | None = None
        while True:
            try:
                request = self.next_request()
            except DamagedJournal:
                return
            if request is NEED_MORE:
                return
            match request[0].upper():
                case b"MULTI" if block is None:
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
