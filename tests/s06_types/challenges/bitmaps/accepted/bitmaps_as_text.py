"""Bitmaps as text: the bits of a string are the digits 0 and 1, which `str` counts, finds and cuts."""

from __future__ import annotations

from itertools import zip_longest

from steps.s02_resp.values import SYNTAX_ERROR, CommandError, parse_int64
from steps.s05_commands.command import DENYOOM, FAST, READ, WRITE
from steps.s05_commands.fields import Bulk, Key, Rest
from steps.s06_types.command import Command

INTEGER = "ERR value is not an integer or out of range"
OFFSET = "ERR bit offset is not an integer or out of range"


def number(raw, error=INTEGER, low=-(2**63), high=2**63 - 1):
    """The integer that a word spells."""
    value = parse_int64(raw)
    if value is None or not low <= value <= high:
        raise CommandError(error)
    return value


def read(session, key):
    """The digits of the string under a key; None if it is missing."""
    value = session.store.peek(key)
    if value is None:
        return None
    return f"{int.from_bytes(value, 'big'):0{8 * len(value)}b}" if value else ""


def write(session, key, digits):
    """Keeps the string with these digits, of which there may be too few for the last byte."""
    digits += "0" * (-len(digits) % 8)
    value = int(digits or "0", 2).to_bytes(len(digits) // 8, "big")
    there = session.store.find(key) is not None
    (session.store.replace if there else session.store.put)(key, value)


def with_digits(digits, at, new):
    """The digits with some of them replaced, and zeros in a gap."""
    digits = digits.ljust(at, "0")
    return digits[:at] + new + digits[at + len(new) :]


class Bits(Command, abstract=True):
    group = "bitmap"


class SetBit(Bits, flags=WRITE | DENYOOM):
    key, offset, bit = Key(), Bulk(), Bulk()

    def execute(self, session):
        at = number(self.offset, OFFSET, 0, 2**32 - 1)
        bit = number(self.bit, "ERR bit is not an integer or out of range", 0, 1)
        digits = read(session, self.key) or ""
        old = digits[at : at + 1]
        if old != str(bit):
            write(session, self.key, with_digits(digits, at, str(bit)))
        return int(old or 0)


class GetBit(Bits, flags=READ | FAST):
    key, offset = Key(), Bulk()

    def execute(self, session):
        at = number(self.offset, OFFSET, 0, 2**32 - 1)
        return int((read(session, self.key) or "")[at : at + 1] or 0)


def place(at, size):
    """Where a position is that may be counted from the end."""
    return max(at + size, 0) if at < 0 else at


class BitCount(Bits, flags=READ):
    key, span = Key(), Rest(Bulk(), least=0)

    def execute(self, session):
        digits = read(session, self.key)
        if digits is None:
            return 0
        match self.span:
            case []:
                return digits.count("1")
            case [start, end, *unit] if len(unit) < 2:
                first, last = number(start), number(end)
                if first < 0 and last < 0 and first > last:
                    return 0
                scale = scale_of(unit)
                size = len(digits) // scale
                first, last = place(first, size), place(last, size)
                return digits[first * scale : (last + 1) * scale].count("1")
        raise CommandError(SYNTAX_ERROR)


def scale_of(unit):
    """How many bits the unit has that a list names, if it is not empty."""
    scales = {b"BYTE": 8, b"BIT": 1}
    name = unit[0].upper() if unit else b"BYTE"
    if name not in scales:
        raise CommandError(SYNTAX_ERROR)
    return scales[name]


class BitPos(Bits, flags=READ):
    key, bit, span = Key(), Bulk(), Rest(Bulk(), least=0)

    def execute(self, session):
        bit = number(self.bit)
        if bit not in (0, 1):
            raise CommandError("ERR The bit argument must be 1 or 0.")
        digits = read(session, self.key)
        if digits is None:
            return -bit
        if len(self.span) > 3:
            raise CommandError(SYNTAX_ERROR)
        first = number(self.span[0]) if self.span else 0
        scale = scale_of(self.span[2:])
        last = number(self.span[1]) if len(self.span) > 1 else -1
        size = len(digits) // scale
        first, last = place(first, size), min(place(last, size), size - 1)
        if first > last:
            return -1
        at = digits.find(str(bit), first * scale, (last + 1) * scale)
        return len(digits) if at < 0 and not bit and len(self.span) < 2 else at


class BitOp(Bits, flags=WRITE | DENYOOM):
    operation, destination, names = Bulk(), Key(), Rest(Key())

    def execute(self, session):
        name = self.operation.upper()
        if name not in (b"AND", b"OR", b"XOR", b"NOT"):
            raise CommandError(SYNTAX_ERROR)
        if name == b"NOT" and len(self.names) > 1:
            raise CommandError("ERR BITOP NOT must be called with a single source key.")
        rows = [read(session, key) or "" for key in self.names]
        result = "".join(self.combined(name, bits) for bits in zip_longest(*rows, fillvalue="0"))
        if result:
            session.store.discard(self.destination)
            write(session, self.destination, result)
        else:
            session.store.discard(self.destination)
        return len(result) // 8

    def combined(self, name, bits):
        """The digit for those in one place of all strings."""
        ones = bits.count("1")
        results = {b"AND": ones == len(bits), b"OR": ones > 0, b"XOR": ones % 2, b"NOT": not ones}
        return "1" if results[name] else "0"


class BitFieldRO(Bits, name="BITFIELD_RO", flags=READ | FAST):
    key, operands = Key(), Rest(Bulk(), least=0)

    def execute(self, session):
        operations = list(self.operations())
        if any(name != b"GET" for name, *_ in operations):
            raise CommandError("ERR BITFIELD_RO only supports the GET subcommand")
        return self.replies(session, operations)

    def operations(self):
        """Name, whether signed, width, offset, amount and overflow of each operation."""
        words, overflow = list(self.operands), b"WRAP"
        while words:
            name = words.pop(0).upper()
            if len(words) < {b"OVERFLOW": 1, b"GET": 2, b"SET": 3, b"INCRBY": 3}.get(name, 2**63):
                raise CommandError(SYNTAX_ERROR)
            if name == b"OVERFLOW":
                overflow = words.pop(0).upper()
                if overflow not in (b"WRAP", b"SAT", b"FAIL"):
                    raise CommandError("ERR Invalid OVERFLOW type specified")
                continue
            kind, at = words.pop(0), words.pop(0)
            signed, width = kind[:1] == b"i", parse_int64(kind[1:]) or 0
            if kind[:1] not in (b"i", b"u") or not 1 <= width <= 63 + signed:
                raise CommandError(
                    "ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not"
                    " supported but i64 is."
                )
            scale = width if at[:1] == b"#" else 1
            offset = number(at[scale > 1 or at[:1] == b"#" :], OFFSET) * scale
            if not 0 <= offset < 2**32:
                raise CommandError(OFFSET)
            yield (
                name,
                signed,
                width,
                offset,
                0 if name == b"GET" else number(words.pop(0)),
                overflow,
            )

    def replies(self, session, operations):
        """Runs the operations."""
        digits = before = read(session, self.key) or ""
        ends = [at + width for name, _, width, at, *_ in operations if name != b"GET"]
        digits = digits.ljust(-(-max(ends, default=0) // 8) * 8, "0")
        replies = []
        for name, signed, width, at, amount, overflow in operations:
            old = int(digits[at : at + width].ljust(width, "0"), 2)
            if signed and old >= 1 << (width - 1):
                old -= 1 << width
            if name == b"GET":
                replies.append(old)
                continue
            new = old + amount if name == b"INCRBY" else amount if signed else amount % 2**64
            low, high = (
                (-(1 << width - 1), (1 << width - 1) - 1) if signed else (0, (1 << width) - 1)
            )
            if not low <= new <= high:
                if overflow == b"FAIL":
                    replies.append(None)
                    continue
                if overflow == b"SAT":
                    new = high if new > high else low
            kept = f"{new % (1 << width):0{width}b}"
            digits = with_digits(digits, at, kept)
            new = int(kept, 2) - (1 << width if signed and kept[0] == "1" else 0)
            replies.append(old if name == b"SET" else new)
        if digits != before:
            write(session, self.key, digits)
        return replies


class BitField(BitFieldRO, name="BITFIELD", flags=WRITE | DENYOOM):
    def execute(self, session):
        return self.replies(session, list(self.operations()))
