"""Is fed piece by piece, and keeps the arrays that it is in the middle of on a list."""

from __future__ import annotations

from steps.s02_resp.decode import NEED_MORE, decode_at, read_length, read_line
from steps.s02_resp.values import NULL_ARRAY, ProtocolError


class Reader:
    def __init__(self):
        self.data = b""
        self.at = 0
        self.open = []  # pairs: the items so far, and how many are missing
        self.waits_for = 0

    def feed(self, piece):
        self.data = self.data[self.at :] + piece
        self.at = 0
        while True:
            found = self.step()
            if found is NEED_MORE:
                return
            while self.open and found is not None:
                items, missing = self.open[-1]
                items += found
                self.open[-1] = (items, missing - 1)
                found = [self.open.pop()[0]] if missing == 1 else None
            if found is not None:
                yield found[0]

    def step(self):
        """The next value in a list, None where an array begins, or NEED_MORE."""
        if self.data[self.at : self.at + 1] != b"*":
            found = decode_at(self.data, self.at)
            if found is NEED_MORE:
                return NEED_MORE
            if self.data[self.at : self.at + 1] not in b"+-:$":
                raise ProtocolError("not of protocol 2")
            value, self.at = found
            return [value]
        line = read_line(self.data, self.at)
        if line is NEED_MORE:
            return NEED_MORE
        _, text, self.at = line
        count = read_length(text)
        if count > 0:
            self.open.append(([], count))
            return None
        return [NULL_ARRAY if count else []]


def replies(pieces):
    reader = Reader()
    kept = []
    for piece in pieces:
        # A long string is put together once, when it is all there.
        kept.append(piece)
        if sum(map(len, kept)) < reader.waits_for:
            continue
        yield from reader.feed(b"".join(kept))
        kept = []
        reader.waits_for = missing(reader)
    if reader.open or reader.data[reader.at :] or kept:
        raise ProtocolError("the end came too early")


def missing(reader):
    """How many bytes of a string have not come yet."""
    line = read_line(reader.data, reader.at)
    if line is NEED_MORE or line[0] != b"$":
        return 0
    _, text, after = line
    return after + read_length(text) + 2 - len(reader.data)
