"""A file in memory of a kind: the value asks for bytes by `yield`, and gets them by `send`."""

from __future__ import annotations

from steps.s02_resp import values
from steps.s02_resp.decode import read_integer, read_length

LINE = object()


def value():
    line = yield LINE
    kind, text = line[:1], line[1:]
    if kind == b"+":
        return values.SimpleString(str(text, "utf-8", "replace"))
    if kind == b"-":
        return values.CommandError(str(text, "utf-8", "replace"))
    if kind == b":":
        return read_integer(text)
    if kind not in (b"$", b"*"):
        raise values.ProtocolError("what is this?")
    size = read_length(text)
    if kind == b"*":
        if size < 0:
            return values.NULL_ARRAY
        items = []
        for _ in range(size):
            items.append((yield from value()))
        return items
    if size < 0:
        return None
    data = yield size + 2
    if data[-2:] != b"\r\n":
        raise values.ProtocolError("no CRLF")
    return data[:-2]


def cut(buffer, wish):
    """What was wished for, taken out of the buffer, or None."""
    start, data = buffer
    if wish is LINE:
        end = data.find(b"\r\n", start)
        found = bytes(data[start:end]) if end >= 0 else None
        end += 2
    else:
        end = start + wish
        found = bytes(data[start:end]) if end <= len(data) else None
    if found is not None:
        buffer[0] = end
    return found


def replies(pieces):
    buffer = [0, bytearray()]
    reading = wish = None
    for piece in pieces:
        buffer[1] += piece
        while True:
            if reading is None:
                if buffer[0] == len(buffer[1]):
                    break
                reading = value()
                wish = next(reading)
            found = cut(buffer, wish)
            if found is None:
                break
            try:
                wish = reading.send(found)
            except StopIteration as stop:
                reading = None
                yield stop.value
        del buffer[1][: buffer[0]]
        buffer[0] = 0
    if reading:
        raise values.ProtocolError("too short")
