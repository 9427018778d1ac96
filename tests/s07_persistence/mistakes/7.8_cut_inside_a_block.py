"""The end of what is whole also moves inside of a block: the file is cut behind MULTI.

Caught by: test_where_a_file_with_a_torn_block_is_cut
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
            self.whole = self.offset
