"""Answers to steps/s07_persistence/aof/replay.py."""

from __future__ import annotations

from collections.abc import Iterator

from steps.s02_resp.values import NEED_MORE, Request
from steps.s07_persistence.aof import replay


class JournalReader(replay.JournalReader):
    def requests(self) -> Iterator[Request]:
        # `whole` moves only outside blocks: if a file were cut after half a block, everything that
        # is appended later would become part of it. And a block is yielded at its EXEC, not as it
        # is read, as half a money transfer is worse than none.
        block: list[Request] | None = None
        while (request := self.next_request()) is not NEED_MORE:
            match request[0].upper():
                case b"MULTI" if block is None:
                    block = []
                case b"EXEC" if block is not None:
                    yield from block
                    block = None
                case b"MULTI" | b"EXEC" as name:
                    raise self.damaged(f"{name.decode()} is where there can be none")
                case _ if block is None:
                    yield request
                case _:
                    block.append(request)
            if block is None:
                self.whole = self.offset
