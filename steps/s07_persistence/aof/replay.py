"""Reading an append-only file: the requests in it, as far as they are complete.

A server that dies in the middle of a write leaves half a request at the end. That is not damage:
the client of that request never got its reply, so it is cut off, and the whole requests count.
Bytes that no server writes are damage wherever they are, and the file is refused: reading on after
them would be guessing.

The same holds for the requests between MULTI and EXEC: they count together, or not at all.

Source: aof.c of Redis 7.0 (loadSingleAppendOnlyFile).
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator
from itertools import count
from types import TracebackType
from typing import Final

from steps.s02_resp.parser import RequestParser
from steps.s02_resp.values import NEED_MORE, NeedMore, ProtocolError, Request, parse_int64
from steps.s07_persistence.damage import DamagedJournal, NotRun
from steps.s07_persistence.disk import CHUNK, DISK, Disk, ignore, open_file, replace_file

ENCLOSING: Final = (b"MULTI", b"EXEC")
"""Words that enclose requests without being requests to run."""

ANNOTATION: Final[Request] = []
"""Stands for a line that begins with `#`: the time at which the following was written."""


class JournalParser(RequestParser):
    """The parser of step 2, for files: nothing is typed by hand, and lines may be annotations."""

    def next_request(self) -> Request | NeedMore:
        while (request := super().next_request()) is ANNOTATION:
            pass
        if request == []:
            raise ProtocolError("a request without a word")
        return request

    def read_inline(self) -> Request | NeedMore:
        first = chr(self.buffer[self.position])
        if first != "#":
            raise ProtocolError(f"expected '*', got {first!r}")
        end = self.buffer.find(b"\n", self.position)
        if end < 0:
            return NEED_MORE
        self.position = end + 1
        return ANNOTATION


class JournalReader:
    """One file of requests, read from `start` on. `whole` is where the last whole request ends."""

    def __init__(self, path: str, start: int = 0, on_read: Callable[[int], None] = ignore) -> None:
        """`on_read` is called after each read from the file, with the number of bytes."""
        self.path = path
        self.on_read = on_read
        self.file = open_file(path)
        self.size = os.fstat(self.file.fileno()).st_size
        self.whole = start
        self.at = start
        """Where the request that `selected` yielded last begins."""
        self._begins: deque[int] = deque()
        self._parser = JournalParser()
        self._dropped = start
        self.file.seek(start)

    def __enter__(self) -> JournalReader:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: object, trace: TracebackType | None
    ) -> None:
        self.file.close()

    @property
    def offset(self) -> int:
        """How far the file has been used: the end of a request, where the next one begins."""
        return self._dropped + self._parser.position

    def requests(self) -> Iterator[Request]:
        """Yields the requests of the file in order, as many of them as are whole.

        `self.next_request()` gives one after another, and NEED_MORE when no whole one is left: at
        the end of the file, or before a torn tail. It raises DamagedJournal for bytes that are not
        a request.

        - MULTI and EXEC (in any case of letters) enclose a block. Yield the requests of a block,
          without MULTI and EXEC, once its EXEC has been read. A block without EXEC is torn as well:
          nothing of it counts.
        - Keep `self.whole` up to date: the offset (`self.offset`) after the last request outside
          blocks, or after the last EXEC. The file will be cut there.
        - A MULTI in a block and an EXEC without MULTI are damage: `raise self.damaged("what")`.

        A file with SET a 1, MULTI, SET b 2, SET c 3, EXEC, and half of SET d 4 yields SET a 1,
        SET b 2 and SET c 3, and leaves `whole` after EXEC.
        """
        raise NotImplementedError("exercise 7.8")

    def next_request(self) -> Request | NeedMore:
        """The next request of the file, or NEED_MORE if there is no further whole one."""
        begins = self.offset
        try:
            while (request := self._parser.next_request()) is NEED_MORE:
                if not self._read():
                    return NEED_MORE
        except ProtocolError as error:
            raise self.damaged(str(error).removeprefix("ERR Protocol error: ")) from error
        if request[0].upper() not in ENCLOSING:
            self._begins.append(begins)
        return request

    def damaged(self, what: str) -> DamagedJournal:
        """The error for what is wrong here."""
        return DamagedJournal(self.path, self.offset, what)

    def not_run(self, why: str) -> NotRun:
        """The error for the request that was yielded last, which can't be run."""
        shown = "".join(letter if letter.isprintable() else " " for letter in why)
        return NotRun(self.path, self.at, shown.strip())

    def _read(self) -> bool:
        parser = self._parser
        self._dropped += parser.position
        del parser.buffer[: parser.position]
        parser.position = 0
        chunk = self.file.read(CHUNK)
        parser.buffer += chunk
        if chunk:
            self.on_read(len(chunk))
        return bool(chunk)

    # --- what the file holds besides data -----------------------------------------------------

    def selected(self) -> Iterator[tuple[int, Request]]:
        """The requests, each with the number of its database; SELECT is followed, not yielded."""
        database = 0
        for request in self.requests():
            self.at = self._begins.popleft()
            if request[0].upper() == b"SELECT":
                database = self._number(request)
            else:
                yield database, request

    def _number(self, request: Request) -> int:
        number = parse_int64(request[1]) if len(request) == 2 else None
        if number is None or number < 0:
            raise DamagedJournal(self.path, self.at, "a SELECT names no database")
        return number

    def mend(self, disk: Disk = DISK) -> str:
        """Cuts off an unfinished end and keeps it in a file beside this one; returns a notice."""
        torn = self.size - self.whole
        kept = free_name(f"{self.path}.torn")
        replace_file(kept, self._tail(), disk)
        with disk.extend(self.path) as file:
            disk.cut(file, self.whole)
            disk.sync(file)
        return (
            f"{self.path} ends in the middle of a request, as a crash leaves it: its last {torn} "
            f"bytes are cut off and kept in {kept}; everything before them has been loaded"
        )

    def _tail(self) -> Iterator[bytes]:
        self.file.seek(self.whole)
        while chunk := self.file.read(CHUNK):
            yield chunk


def free_name(path: str) -> str:
    """`path`, or `path` with a number after it if there is such a file."""
    names = (f"{path}.{number}" if number else path for number in count())
    return next(name for name in names if not os.path.exists(name))
