"""Bitmaps: the bits of a string, read as big integers, of which Python counts and shifts millions at
once.

Bit 0 is the highest bit of the first byte, so a piece of the string is read as a big-endian number.
Pieces bound the memory that a number takes; a write touches a single byte of the string, in place
where it is long.
Sources: https://redis.io/docs/latest/commands/?group=bitmap
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import reduce
from operator import and_, or_, xor
from typing import TYPE_CHECKING, Final, NamedTuple

from steps.s02_resp.values import SYNTAX_ERROR, CommandError, Reply, Request, integer, parse_int64
from steps.s05_commands.command import DENYOOM, FAST, READ, WRITE
from steps.s05_commands.commands.strings import MAX_STRING
from steps.s05_commands.fields import Bulk, Field, Integer, Key, OneOf, Rest, Word, Words
from steps.s06_types.command import Command
from steps.s06_types.session import TypesSession

if TYPE_CHECKING:
    from typing import Self

BAD_OFFSET = "ERR bit offset is not an integer or out of range"
BAD_BIT = "ERR bit is not an integer or out of range"
NEITHER_BIT = "ERR The bit argument must be 1 or 0."
NOT_ONE_SOURCE = "ERR BITOP NOT must be called with a single source key."
BAD_TYPE = (
    "ERR Invalid bitfield type. Use something like i16 u8."
    " Note that u64 is not supported but i64 is."
)
BAD_OVERFLOW = "ERR Invalid OVERFLOW type specified"
ONLY_GET = "ERR BITFIELD_RO only supports the GET subcommand"

PIECE: Final = 1 << 16
"""Bytes of a string that become one number."""

Bytes = bytes | bytearray


class BitmapCommand(Command, abstract=True):
    """A command of the group `bitmap`."""

    group = "bitmap"


# --- single bits ----------------------------------------------------------------------------------


def bit_offset(raw: bytes, scale: int = 1) -> int:
    """The number of a bit that a string may have. Raises CommandError."""
    number = parse_int64(raw)
    if number is None or not 0 <= number * scale < 8 * MAX_STRING:
        raise CommandError(BAD_OFFSET)
    return number * scale


class BitOffset(Word[int]):
    """A field: the number of a bit."""

    kind = "integer"

    def convert(self, raw: bytes) -> int:
        return bit_offset(raw)


class SetBit(BitmapCommand, flags=WRITE | DENYOOM):
    """Sets the bit at offset, or clears it, and returns what it was; zero bytes fill a gap."""

    key = Key()
    offset = BitOffset()
    bit = Integer(low=0, high=1, error=BAD_BIT)

    def execute(self, session: TypesSession) -> Reply:
        store = session.store
        index, shift = self.offset >> 3, ~self.offset & 7
        value = store.peek(self.key)
        there = value is not None and index < len(value)
        byte = value[index] if value is not None and there else 0
        old = byte >> shift & 1
        if old != self.bit or not there:
            store.write_at(self.key, index, bytes((byte & ~(1 << shift) | self.bit << shift,)))
        return old


class GetBit(BitmapCommand, flags=READ | FAST):
    """The bit at offset; 0 beyond the end of the string."""

    key = Key()
    offset = BitOffset()

    def execute(self, session: TypesSession) -> Reply:
        value = session.store.peek(self.key) or b""
        index = self.offset >> 3
        return value[index] >> (~self.offset & 7) & 1 if index < len(value) else 0


# --- ranges of bits -------------------------------------------------------------------------------


class Piece(NamedTuple):
    """Some bits of a string, as a number whose highest bit is the first of them."""

    first: int
    width: int
    bits: int


def pieces(value: Bytes, first: int, last: int, boring: bytes = b"") -> Iterator[Piece]:
    """The bits from `first` to `last`, both included, in order; no piece of the bytes `boring`."""
    end = last // 8 + 1 if first <= last else 0
    for start in range(first // 8, end, PIECE):
        part = value[start : min(start + PIECE, end)]
        if part == boring:  # bytes are compared much faster than they become a number
            continue
        low, high = max(first - 8 * start, 0), min(last + 1 - 8 * start, 8 * len(part))
        bits = int.from_bytes(part, "big")
        if high - low < 8 * len(part):
            bits = bits >> (8 * len(part) - high) & ((1 << (high - low)) - 1)
        yield Piece(8 * start + low, high - low, bits)


UNIT: Final = OneOf("BYTE", "BIT")


class BitCount(BitmapCommand, flags=READ):
    """How many bits are set: in the whole string, or from start to end, counted in bytes or bits."""

    key = Key()
    span = Rest(Bulk(), least=0)
    """`[start end [BYTE | BIT]]`. Without a key, it is not read."""

    def execute(self, session: TypesSession) -> Reply:
        value = session.store.peek(self.key)
        if value is None:
            return 0
        if len(self.span) not in (0, 2, 3):
            raise CommandError(SYNTAX_ERROR)
        if self.span and 0 > integer(self.span[0]) > integer(self.span[1]):
            return 0  # as a range: both may lie before the first byte, and would mean it
        first, last = bounds(self.span, len(value))
        return sum(piece.bits.bit_count() for piece in pieces(value, first, last))


class BitPos(BitmapCommand, flags=READ):
    """The position of the first bit that is 0, or 1; -1 if no bit is.

    A string whose end the client does not name goes on with zeros.
    """

    key = Key()
    bit = Integer()
    span = Rest(Bulk(), least=0)
    """`[start [end [BYTE | BIT]]]`. Without a key, it is not read."""

    def execute(self, session: TypesSession) -> Reply:
        if self.bit not in (0, 1):
            raise CommandError(NEITHER_BIT)
        value = session.store.peek(self.key)
        if value is None:
            return -1 if self.bit else 0
        if len(self.span) == 3:
            integer(self.span[0]), UNIT.convert(self.span[2])  # the unit is read before the end
        first, last = bounds(self.span, len(value))
        others = (b"\0" if self.bit else b"\xff") * PIECE
        for piece in pieces(value, first, last, others):
            wanted = piece.bits if self.bit else piece.bits ^ ((1 << piece.width) - 1)
            if wanted:
                return piece.first + piece.width - wanted.bit_length()
        return -1 if self.bit or len(self.span) > 1 or first > last else 8 * len(value)


def bounds(span: Sequence[bytes], length: int) -> tuple[int, int]:
    """The first and the last bit of a range in a string of `length` bytes; none if last is smaller.

    Raises CommandError.
    """
    if len(span) > 3:
        raise CommandError(SYNTAX_ERROR)
    first, last = [integer(word) for word in span[:2]] + [0, -1][len(span) :]
    unit = UNIT.convert(span[2]) if len(span) == 3 else "BYTE"
    size, scale = (length, 8) if unit == "BYTE" else (8 * length, 1)
    first, last = (max(at + size, 0) if at < 0 else at for at in (first, last))
    return first * scale, (min(last, size - 1) + 1) * scale - 1


# --- whole strings --------------------------------------------------------------------------------

OPERATIONS: Final = {"AND": and_, "OR": or_, "XOR": xor}


class BitOp(BitmapCommand, flags=WRITE | DENYOOM):
    """Keeps what an operation on all bits gives at destination and returns its length in bytes."""

    asks = True
    operation = OneOf("AND", "OR", "XOR", "NOT")
    destination = Key()
    names = Rest(Key())

    def execute(self, session: TypesSession) -> Reply:
        if self.operation == "NOT" and len(self.names) > 1:
            raise CommandError(NOT_ONE_SOURCE)
        store = session.store
        values = [store.peek(key) or b"" for key in self.names]
        length = max(map(len, values))
        # Little-endian: a shorter string has zeros after its end, a number before its highest digit.
        numbers = (int.from_bytes(value, "little") for value in values)
        if self.operation == "NOT":
            result = next(numbers) ^ ((1 << 8 * length) - 1)
        else:
            result = reduce(OPERATIONS[self.operation], numbers)
        if length:
            store.put(self.destination, result.to_bytes(length, "little"))
        else:
            store.settle(self.destination, b"")
        return length


# --- numbers of any width -------------------------------------------------------------------------


class Place(NamedTuple):
    """An integer somewhere in a string."""

    signed: bool
    width: int
    offset: int

    @property
    def end(self) -> int:
        """How many bytes a string that has all of it has at least."""
        return (self.offset + self.width + 7) // 8

    @property
    def limits(self) -> tuple[int, int]:
        """The least integer and the greatest."""
        half = 1 << (self.width - 1)
        return (-half, half - 1) if self.signed else (0, 2 * half - 1)

    def window(self, value: Bytes) -> tuple[int, int]:
        """The bytes in which it is, as a number, and by how many bits that has to be shifted."""
        start = self.offset // 8
        part = value[start : self.end].ljust(self.end - start, b"\0")
        return int.from_bytes(part, "big"), 8 * self.end - self.offset - self.width

    def read(self, value: Bytes) -> int:
        """The integer; beyond the end of the string all bits are 0."""
        window, shift = self.window(value)
        return self.wrap(window >> shift)

    def bytes_with(self, number: int, value: Bytes) -> bytes:
        """The bytes in which it is, once it is `number`."""
        window, shift = self.window(value)
        mask = (1 << self.width) - 1
        window = window & ~(mask << shift) | (number & mask) << shift
        return window.to_bytes(self.end - self.offset // 8, "big")

    def wrap(self, number: int) -> int:
        """The number of this width that has the same lowest bits."""
        low, _ = self.limits
        return (number - low) % (1 << self.width) + low

    def fit(self, number: int, overflow: str) -> int | None:
        """The number to keep for `number`, which may be too large; None: none is."""
        low, high = self.limits
        if low <= number <= high:
            return number
        if overflow == "FAIL":
            return None
        return self.wrap(number) if overflow == "WRAP" else max(low, min(number, high))


class Operation(NamedTuple):
    """One of the operations of BITFIELD."""

    kind: str
    place: Place
    amount: int = 0
    overflow: str = "WRAP"

    def result(self, old: int) -> int | None:
        """The number to keep instead of `old`, or None."""
        if self.kind == "INCRBY":
            return self.place.fit(old + self.amount, self.overflow)
        # Without a sign, the bits of a negative number are those of a large one.
        amount = self.amount if self.place.signed else self.amount % (1 << 64)
        return self.place.fit(amount, self.overflow)


OVERFLOW: Final = OneOf("WRAP", "SAT", "FAIL", error=BAD_OVERFLOW)


def place_of(kind: bytes, offset: bytes) -> Place:
    """The place that `i8 100` or `u16 #3` means. Raises CommandError."""
    signed, width = kind[:1] == b"i", parse_int64(kind[1:])
    if kind[:1] not in (b"i", b"u") or width is None or not 1 <= width <= 63 + signed:
        raise CommandError(BAD_TYPE)
    at = bit_offset(offset[1:], width) if offset[:1] == b"#" else bit_offset(offset)
    return Place(signed, width, at)


class Operations(Field[list[Operation]]):
    """A field: the operations of BITFIELD, one after the other."""

    least = 0
    variable = True
    default: list[Operation] = []  # noqa: RUF012 - never changed

    def take(self, words: Words) -> list[Operation]:
        operations = []
        overflow = "WRAP"
        while words:
            match words.next().upper(), len(words):
                case b"OVERFLOW", left if left >= 1:
                    overflow = OVERFLOW.convert(words.next())
                case b"GET", left if left >= 2:
                    operations.append(Operation("GET", place_of(words.next(), words.next())))
                case b"SET" | b"INCRBY" as kind, left if left >= 3:
                    place = place_of(words.next(), words.next())
                    amount = integer(words.next())
                    operations.append(Operation(kind.decode(), place, amount, overflow))
                case _:
                    raise CommandError(SYNTAX_ERROR)
        return operations


class BitField(BitmapCommand, flags=WRITE | DENYOOM):
    """Reads and writes integers of any width anywhere in a string: the result of each operation."""

    asks, asked_key = True, "key"
    key = Key()
    operations = Operations()

    @classmethod
    def parse(cls, request: Request) -> Self:
        command = super().parse(request)
        command.reads = all(one.kind == "GET" for one in command.operations)
        return command

    def execute(self, session: TypesSession) -> Reply:
        store = session.store
        value = store.peek(self.key) or b""
        end = max((one.place.end for one in self.operations if one.kind != "GET"), default=0)
        grown = end > len(value)
        if grown:
            store.write_at(self.key, end - 1, b"\0")
        replies: list[Reply] = []
        changes, told = 0, int(grown)
        for kind, place, _, _ in self.operations:
            value = store.peek(self.key) or b""
            old = place.read(value)
            new = old if kind == "GET" else self.operations[len(replies)].result(old)
            if new is not None and new != old:
                store.write_at(self.key, place.offset // 8, place.bytes_with(new, value))
                told += 1
            changes += kind != "GET" and new is not None and (grown or new != old)
            replies.append(old if kind == "SET" and new is not None else new)
        if changes != told:
            store.count(changes - told)
        return replies


class BitFieldRO(BitmapCommand, name="BITFIELD_RO", flags=READ | FAST):
    """Reads integers of any width anywhere in a string."""

    key = Key()
    operations = Operations()

    def execute(self, session: TypesSession) -> Reply:
        if any(operation.kind != "GET" for operation in self.operations):
            raise CommandError(ONLY_GET)
        value = session.store.peek(self.key) or b""
        return [operation.place.read(value) for operation in self.operations]
