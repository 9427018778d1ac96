"""HyperLogLog: a sketch is the string itself, read and changed as Redis lays it out.

A dense sketch is unpacked and packed for all registers at once, with a few operations on whole
columns of bytes. A sparse one is changed opcode by opcode, as the same bytes must come out as in
Redis.
Sources: https://redis.io/docs/latest/develop/data-types/probabilistic/hyperloglogs/ and
Otmar Ertl, New cardinality estimation algorithms for HyperLogLog sketches, arXiv:1702.01284
"""

from __future__ import annotations

import math
import random
import re
import struct
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate, chain, starmap
from typing import ClassVar, Final

from steps.s02_resp.values import OK, CommandError, Reply, SimpleString, text_of
from steps.s05_commands.command import DENYOOM, FAST, READ, WRITE, Flags
from steps.s05_commands.fields import Bulk, Key, Rest
from steps.s06_types.command import Command
from steps.s06_types.session import TypesSession

NOT_A_SKETCH = "WRONGTYPE Key is not a valid HyperLogLog string value."
CORRUPTED = "INVALIDOBJ Corrupted HLL object detected"
NO_KEY = "ERR The specified key does not exist"
NOT_SPARSE = "ERR HLL encoding is not sparse"

INDEX_BITS: Final = 14
REGISTERS: Final = 1 << INDEX_BITS
RANK_BITS: Final = 64 - INDEX_BITS
"""Bits of a hash in which the first 1 is looked for."""

MOST: Final = RANK_BITS + 1
"""The largest number in a register."""

HEADER: Final = 16
DENSE_SIZE: Final = HEADER + REGISTERS * 6 // 8
DENSE, SPARSE = 0, 1
Bytes = bytes | bytearray

UNKNOWN: Final = 0x80
"""In the last byte of the header: the cardinality in it is no longer that of the registers."""


# --- the hash -------------------------------------------------------------------------------------

SEED: Final = 0xADC83B19
FACTOR: Final = 0xC6A4A7935BD1E995
WORD: Final = (1 << 64) - 1


def murmur(data: bytes) -> int:
    """MurmurHash64A of the bytes. https://github.com/aappleby/smhasher/blob/master/src/MurmurHash2.cpp"""
    hashed = SEED ^ (len(data) * FACTOR & WORD)
    whole = len(data) & ~7
    for (word,) in struct.iter_unpack("<Q", data[:whole]):
        word = word * FACTOR & WORD
        word = (word ^ word >> 47) * FACTOR & WORD
        hashed = (hashed ^ word) * FACTOR & WORD
    if whole < len(data):
        hashed = (hashed ^ int.from_bytes(data[whole:], "little")) * FACTOR & WORD
    hashed = (hashed ^ hashed >> 47) * FACTOR & WORD
    return hashed ^ hashed >> 47


def place_of(element: bytes) -> tuple[int, int]:
    """The register of an element, and its rank: the position of the first 1 in the rest of the hash."""
    hashed = murmur(element)
    rest = hashed >> INDEX_BITS | 1 << RANK_BITS
    return hashed & (REGISTERS - 1), (rest & -rest).bit_length()


# --- the estimate ---------------------------------------------------------------------------------


def sigma(x: float) -> float:
    """The share of the registers that are 0. Ertl, section 2."""
    if x == 1:
        return math.inf
    y, z, before = 1.0, x, -1.0
    while z != before:
        x *= x
        before = z
        z += x * y
        y += y
    return z


def tau(x: float) -> float:
    """The share of the registers that are full. Ertl, section 2."""
    if x in (0, 1):
        return 0.0
    y, z, before = 1.0, 1 - x, -1.0
    while z != before:
        x = math.sqrt(x)
        before = z
        y *= 0.5
        z -= (1 - x) ** 2 * y
    return z / 3


ALPHA: Final = 0.721347520444481703680
"""1 / (2 ln 2)"""


def estimate(registers: bytes) -> int:
    """About how many different elements have led to these registers."""
    counts = [registers.count(rank) for rank in range(MOST + 1)]
    z = REGISTERS * tau((REGISTERS - counts[MOST]) / REGISTERS)
    for count in reversed(counts[1:MOST]):
        z = (z + count) * 0.5
    z += REGISTERS * sigma(counts[0] / REGISTERS)
    return math.floor(ALPHA * REGISTERS * REGISTERS / z + 0.5)


# --- dense: six bits a register, the lowest bits of a byte first ----------------------------------


def column(change: Callable[[int], int]) -> bytes:
    """A table for `bytes.translate`."""
    return bytes(change(byte) & 0xFF for byte in range(256))


LOW_SIX = column(lambda byte: byte & 63)
LEFT = {bits: column(lambda byte, bits=bits: byte << bits) for bits in (2, 4, 6)}  # type: ignore[misc]
RIGHT = {bits: column(lambda byte, bits=bits: byte >> bits) for bits in (2, 4, 6)}  # type: ignore[misc]


def runs_in(registers: Bytes) -> int:
    """How many runs of equal registers there are: one more than neighbours that differ."""
    left = int.from_bytes(registers[:-1], "little")
    right = int.from_bytes(registers[1:], "little")
    return len(registers) - (left ^ right).to_bytes(len(registers) - 1, "little").count(0)


def joined(one: Bytes, other: Bytes) -> bytes:
    """The OR of each byte with that in the same place."""
    both = int.from_bytes(one, "little") | int.from_bytes(other, "little")
    return both.to_bytes(len(one), "little")


def unpack(packed: Bytes) -> bytes:
    """The registers, a byte each: three bytes hold four of them."""
    first, second, third = (packed[at::3] for at in range(3))
    registers = bytearray(REGISTERS)
    registers[0::4] = first.translate(LOW_SIX)
    registers[1::4] = joined(first.translate(RIGHT[6]), second.translate(LEFT[2])).translate(
        LOW_SIX
    )
    registers[2::4] = joined(second.translate(RIGHT[4]), third.translate(LEFT[4])).translate(
        LOW_SIX
    )
    registers[3::4] = third.translate(RIGHT[2])
    return bytes(registers)


def pack(registers: bytes) -> bytes:
    """The opposite of `unpack`."""
    first, second, third, fourth = (registers[at::4] for at in range(4))
    packed = bytearray(REGISTERS * 6 // 8)
    packed[0::3] = joined(first, second.translate(LEFT[6]))
    packed[1::3] = joined(second.translate(RIGHT[2]), third.translate(LEFT[4]))
    packed[2::3] = joined(third.translate(RIGHT[4]), fourth.translate(LEFT[2]))
    return bytes(packed)


# --- sparse: runs of equal registers --------------------------------------------------------------

MOST_SPARSE: Final = 32
"""The largest number that an opcode can give registers."""

LONGEST_ZERO: Final = 64
LONGEST_VALUE: Final = 4

FEW_SPARSE: Final = 12
FEW_DENSE: Final = 150
"""Up to that many elements are added one by one, as unpacking all registers would take longer."""

SHORT: Final = re.compile(rb"[^\x40-\x7F]{3,256}")
"""Some opcodes of one byte: all but those of long runs of zeros."""

LENGTHS: Final = column(lambda byte: (byte & 3 if byte & 0x80 else byte) + 1)
"""How many registers each of them has."""


Run = tuple[int, int, int]
"""An opcode: how many bytes it takes, and how many registers in a row have which number.

A plain tuple, as a search makes hundreds of them.
"""


RUNS: Final[list[Run]] = [
    (1, (byte & 3) + 1, (byte >> 2 & 31) + 1) if byte & 0x80 else (1, byte + 1, 0)
    for byte in range(256)
]
"""The opcode that each byte is, unless it begins one of two bytes."""


def run_at(code: Bytes, at: int) -> Run:
    """The opcode at a position."""
    byte = code[at]
    if byte & 0xC0 != 0x40:
        return RUNS[byte]
    low = code[at + 1] if at + 1 < len(code) else 0
    return 2, ((byte & 63) << 8 | low) + 1, 0


def runs(code: Bytes) -> Iterator[Run]:
    """All opcodes after the header."""
    at = HEADER
    while at < len(code):
        run = run_at(code, at)
        at += run[0]
        yield run


def opcode(length: int, rank: int) -> bytes:
    """The opcode for a run; none for an empty one."""
    if not length:
        return b""
    if rank:
        return bytes((0x80 | rank - 1 << 2 | length - 1,))
    if length <= LONGEST_ZERO:
        return bytes((length - 1,))
    return bytes((0x40 | length - 1 >> 8, length - 1 & 0xFF))


EMPTY: Final = b"HYLL\x01" + bytes(11) + opcode(REGISTERS, 0)
"""A new sketch: sparse, with one run of zeros, and 0 as its cardinality."""


class Sketch:
    """The bytes of a sketch. They are copied when the first of them is to be changed.

    Most elements change nothing: a register has a larger number already.
    """

    def __init__(self, data: Bytes, sparse_most: int) -> None:
        """`sparse_most`: bytes up to which it may stay sparse. Raises CommandError."""
        encoding = data[4] if len(data) >= HEADER and data[:4] == b"HYLL" else -1
        if encoding not in (DENSE, SPARSE) or (encoding == DENSE and len(data) != DENSE_SIZE):
            raise CommandError(NOT_A_SKETCH)
        self.data = data
        self.copy: bytearray | None = None
        self.sparse = encoding == SPARSE
        self.sparse_most = sparse_most
        self.near = HEADER, 0
        """An opcode, and its first register: where to look for registers after `last`."""
        self.last = -1

    def own(self) -> bytearray:
        """The bytes, to be changed."""
        if self.copy is None:
            self.data = self.copy = bytearray(self.data)
        return self.copy

    def registers(self) -> bytes:
        """The registers, a byte each. Raises CommandError."""
        found = self.decoded()
        if len(found) != REGISTERS:
            raise CommandError(CORRUPTED)
        return found

    def decoded(self) -> bytes:
        """The registers that it says it has: other than REGISTERS if it is corrupted."""
        if not self.sparse:
            return unpack(self.data[HEADER:])
        return b"".join([bytes((rank,)) * length for _, length, rank in runs(self.data)])

    @property
    def cardinality(self) -> int | None:
        """The estimate that is kept in the header; None if it is no longer right."""
        return None if self.data[15] & UNKNOWN else int.from_bytes(self.data[8:HEADER], "little")

    @cardinality.setter
    def cardinality(self, number: int | None) -> None:
        if number is None:
            self.own()[15] |= UNKNOWN
        else:
            self.own()[8:HEADER] = number.to_bytes(8, "little")

    def make_dense(self) -> bool:
        """Gives each register its six bits; says whether they had not."""
        if not self.sparse:
            return False
        data, packed = self.own(), pack(self.registers())
        self.sparse = False
        data[4] = DENSE
        data[HEADER:] = packed
        return True

    def add(self, element: bytes) -> bool:
        """Adds an element; says whether a register has changed."""
        return self.raise_to(*place_of(element))

    def add_all(self, elements: Sequence[bytes]) -> int:
        """Adds elements, in this order; returns how often a register has changed.

        Many of them are first compared with unpacked registers, as most elements change nothing. If
        the outcome can't be sparse, in whatever order the registers are raised, it is packed once.
        """
        if len(elements) <= (FEW_SPARSE if self.sparse else FEW_DENSE):
            return sum(map(self.add, elements))
        registers = bytearray(self.decoded())
        if len(registers) != REGISTERS:  # it is corrupted, which some elements may not meet
            return sum(map(self.add, elements))
        higher = []
        for index, rank in map(place_of, elements):
            if rank > registers[index]:
                registers[index] = rank
                higher.append((index, rank))
        if self.may_be_sparse(registers):
            return sum(starmap(self.raise_to, higher))
        self.make_dense()
        if higher:
            self.own()[HEADER:] = pack(bytes(registers))
        return len(higher)

    def may_be_sparse(self, registers: Bytes) -> bool:
        """Whether it is sparse and might still be so with these registers, each at least as large."""
        most = max(self.sparse_most, len(self.data))
        return self.sparse and max(registers) <= MOST_SPARSE and HEADER + runs_in(registers) <= most

    def raise_to(self, index: int, rank: int) -> bool:
        """Gives a register a number, if it has a smaller one; says whether it had."""
        if self.sparse:
            if rank <= MOST_SPARSE:
                return self.raise_sparse(index, rank)
            self.make_dense()
        bit = 6 * index
        at = HEADER + (bit >> 3)
        pair, shift = int.from_bytes(self.data[at : at + 2], "little"), bit & 7
        old = pair >> shift & 63
        if old >= rank:
            return False
        pair ^= (old ^ rank) << shift
        end = min(at + 2, DENSE_SIZE)
        self.own()[at:end] = pair.to_bytes(end - at, "little")
        return True

    def raise_sparse(self, index: int, rank: int) -> bool:
        """Splits the run that has the register in up to three, then joins equal neighbours again."""
        data = self.data
        at, first = self.skip(*(self.near if index > self.last else (HEADER, 0)), index)
        before = [(at, first)]
        """Up to two opcodes before the one in question, in case `join` has changed the second."""
        while at < len(data):
            size, length, old = run_at(data, at)
            if index < first + length:
                break
            before = [before[-1], (at, first)]
            at += size
            first += length
            if size > 1:
                at, first = self.skip(at, first, index)
        else:
            raise CommandError(CORRUPTED)
        if old >= rank:
            return False
        ahead = index - first
        new = opcode(ahead, old) + opcode(1, rank) + opcode(length - ahead - 1, old)
        if len(new) > size and len(data) + len(new) - size > self.sparse_most:
            self.make_dense()
            return self.raise_to(index, rank)
        self.own()[at : at + size] = new
        self.near, self.last = before[0], index
        self.join(before[-1][0])
        return True

    def skip(self, at: int, first: int, index: int) -> tuple[int, int]:
        """An opcode, and its first register, from there on: at least two before that of a register.

        It skips opcodes of one byte by the hundred, as far as they go.
        """
        while match := SHORT.match(self.data, at):
            lengths = match[0].translate(LENGTHS)
            after = first + sum(lengths)
            if after > index:
                starts = list(accumulate(lengths, initial=first))
                back = max(bisect_right(starts, index) - 3, 0)
                return at + back, starts[back]
            at += len(lengths) - 2
            first = after - lengths[-2] - lengths[-1]
        return at, first

    def join(self, at: int) -> None:
        """Joins neighbours with the same number, among the next five opcodes."""
        data = self.own()
        for _ in range(5):
            if at >= len(data):
                break
            size, length, rank = run_at(data, at)
            if rank and at + 1 < len(data):
                _, more, other = run_at(data, at + 1)
                if other == rank and length + more <= LONGEST_VALUE:
                    data[at : at + 2] = opcode(length + more, rank)
                    continue
            at += size


def sketch_at(session: TypesSession, key: bytes) -> Sketch | None:
    """The sketch under a key. Raises CommandError."""
    value = session.store.peek(key)
    return None if value is None else Sketch(value, session.state.hll_sparse_max_bytes)


def keep(session: TypesSession, key: bytes, sketch: Sketch, *, new: bool = False) -> None:
    """Puts back a sketch that has changed."""
    put = session.store.put if new else session.store.replace
    put(key, bytes(sketch.data))


def largest(several: Sequence[bytes]) -> bytes:
    """Of each register, the largest number that it has anywhere."""
    return bytes(map(max, *several)) if len(several) > 1 else several[0]


# --- commands -------------------------------------------------------------------------------------


class HyperLogLogCommand(Command, abstract=True):
    """A command of the group `hyperloglog`."""

    group = "hyperloglog"


class PFAdd(HyperLogLogCommand, flags=WRITE | DENYOOM | FAST):
    """Adds elements to the sketch at key: 1 if it has changed, or was created, else 0."""

    key = Key()
    elements = Rest(Bulk(), least=0)

    def execute(self, session: TypesSession) -> Reply:
        sketch = sketch_at(session, self.key)
        new = sketch is None
        if sketch is None:
            sketch = Sketch(EMPTY, session.state.hll_sparse_max_bytes)
        changes = new + sketch.add_all(self.elements)
        if not changes:
            return 0
        sketch.cardinality = None
        keep(session, self.key, sketch, new=new)
        if changes > 1:
            session.store.count(changes - 1)
        return 1


class PFCount(HyperLogLogCommand, flags=READ):
    """About how many different elements were added, to the sketch or to any of several."""

    names = Rest(Key())
    writes: ClassVar[bool] = True
    """It keeps what it has counted."""

    def execute(self, session: TypesSession) -> Reply:
        if len(self.names) > 1:
            there = [one.registers() for key in self.names if (one := sketch_at(session, key))]
            return estimate(largest(there)) if there else 0
        sketch = sketch_at(session, self.names[0])
        if sketch is None:
            return 0
        cardinality = sketch.cardinality
        if cardinality is None:
            cardinality = sketch.cardinality = estimate(sketch.registers())
            keep(session, self.names[0], sketch)
        return cardinality


class PFMerge(HyperLogLogCommand, flags=WRITE | DENYOOM):
    """Makes the sketch at destination one of all elements of the sources, and of its own."""

    asks = True
    destination = Key()
    sources = Rest(Key(), least=0)

    def execute(self, session: TypesSession) -> Reply:
        sketch = sketch_at(session, self.destination)
        new = sketch is None
        others = (sketch_at(session, key) for key in self.sources)
        several = [bytes(REGISTERS)]
        dense = False
        for one in chain([sketch], others):
            if one:
                several.append(one.registers())
                dense = dense or not one.sparse
        registers = largest(several)
        if sketch is None:
            sketch = Sketch(EMPTY, session.state.hll_sparse_max_bytes)
        if dense:
            sketch.make_dense()
        for index, rank in enumerate(registers):
            if not sketch.sparse:
                sketch.own()[HEADER:] = pack(registers)
                break
            if rank:
                sketch.raise_to(index, rank)
        sketch.cardinality = None
        keep(session, self.destination, sketch, new=new)
        return OK


class PFDebug(HyperLogLogCommand, flags=WRITE | DENYOOM | Flags.ADMIN):
    """Shows what is in a sketch: GETREG, DECODE, ENCODING; or makes it dense: TODENSE."""

    subcommand = Bulk()
    key = Key()

    def execute(self, session: TypesSession) -> Reply:
        sketch = sketch_at(session, self.key)
        if sketch is None:
            raise CommandError(NO_KEY)
        show = self.SHOWN.get(self.subcommand.upper())
        if show is None:
            raise CommandError(f"ERR Unknown PFDEBUG subcommand '{text_of(self.subcommand)}'")
        sparse = sketch.sparse
        reply = show(sketch)
        if sketch.sparse != sparse:
            # Another form of the same value: in Redis, WATCH does not notice.
            session.store.data[self.key] = bytes(sketch.data)
            session.store.count(1)
        return reply

    @staticmethod
    def registers(sketch: Sketch) -> Reply:
        """GETREG: the number in each register of a sketch, which becomes dense."""
        sketch.make_dense()
        return list(sketch.registers())

    @staticmethod
    def decoded(sketch: Sketch) -> Reply:
        """DECODE: the runs of a sparse sketch. `Z` takes two bytes."""
        if not sketch.sparse:
            raise CommandError(NOT_SPARSE)
        shown = [
            f"v:{rank},{length}" if rank else f"{'Z' if size > 1 else 'z'}:{length}"
            for size, length, rank in runs(sketch.data)
        ]
        return " ".join(shown).encode()

    SHOWN: ClassVar[dict[bytes, Callable[[Sketch], Reply]]] = {
        b"GETREG": registers,
        b"DECODE": decoded,
        b"ENCODING": lambda sketch: SimpleString("sparse" if sketch.sparse else "dense"),
        b"TODENSE": lambda sketch: int(sketch.make_dense()),
    }


class PFSelfTest(HyperLogLogCommand, flags=Flags.ADMIN):
    """Checks that registers keep what they are given, and that estimates are about right."""

    def execute(self, session: TypesSession) -> Reply:
        registers = bytes(random.choices(range(64), k=REGISTERS))
        if unpack(pack(registers)) != registers:
            raise CommandError("ERR TESTFAILED a register has another number")
        sparse, dense = (Sketch(EMPTY, session.state.hll_sparse_max_bytes) for _ in range(2))
        dense.make_dense()
        seed = random.getrandbits(64)
        for number in range(1, 10_001):
            element = (number ^ seed).to_bytes(8, "little")
            sparse.add(element)
            dense.add(element)
            if number in (1, 10, 100, 1000, 10_000):
                counted = estimate(dense.registers())
                if counted != estimate(sparse.registers()):
                    raise CommandError("ERR TESTFAILED dense/sparse disagree")
                if abs(counted - number) > math.ceil(6 * 1.04 / math.sqrt(REGISTERS) * number):
                    raise CommandError(f"ERR TESTFAILED Too big error. card:{number}")
        return OK
