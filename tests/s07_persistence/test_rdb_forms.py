"""What exercises 7.4 and 7.6 are given: lengths, strings, checksum, and the forms of values."""

from __future__ import annotations

import random
import re
import struct

import pytest

ITEMS = [b"a", b"", b"0", b"127", b"128", b"-1", b"-4096", b"4095", b"4096", b"-32768", b"32767"]
ITEMS += [b"8388607", b"-8388608", b"2147483647", b"-2147483649", b"x" * 63, b"y" * 64, b"z" * 127]
ITEMS += [b"Z" * 4096, b"007"]


@pytest.fixture
def s07(code):
    return code.s07


@pytest.fixture
def lab(code):
    return code.labs.s07.files


@pytest.fixture
def load(lab, tmp_path):
    """`load(items)`: what a file with these items, and no checksum, holds in database 0."""

    def call(items):
        path = tmp_path / "dump.rdb"
        path.write_bytes(b"REDIS0011" + items + b"\xff" + bytes(8))
        return lab.loaded(str(path)).get(0, {})

    return call


@pytest.fixture
def refused(lab, tmp_path):
    """`refused(items)`: the sentence with which a file with these items is refused."""

    def call(items):
        path = tmp_path / "dump.rdb"
        path.write_bytes(b"REDIS0011" + items + b"\xff" + bytes(8))
        sentence = lab.why_refused(str(path))
        assert sentence, "the file was loaded"
        return sentence

    return call


# ---------------------------------------------------------------- lengths and strings


@pytest.mark.parametrize(
    ("length", "data"),
    [
        (0, b"\x00"),
        (63, b"\x3f"),
        (64, b"\x40\x40"),
        (16383, b"\x7f\xff"),
        (16384, b"\x80\x00\x00\x40\x00"),
        (2**32 - 1, b"\x80\xff\xff\xff\xff"),
        (2**32, b"\x81\x00\x00\x00\x01\x00\x00\x00\x00"),
        (2**64 - 1, b"\x81" + b"\xff" * 8),
    ],
)
def test_lengths(s07, length, data):
    """A length takes one, two, five or nine bytes."""
    assert s07.rdb.writer.encode_length(length) == data


@pytest.mark.parametrize(
    ("text", "data"),
    [
        (b"0", b"\xc0\x00"),
        (b"-128", b"\xc0\x80"),
        (b"128", b"\xc1\x80\x00"),
        (b"-32768", b"\xc1\x00\x80"),
        (b"32768", b"\xc2\x00\x80\x00\x00"),
        (b"-2147483648", b"\xc2\x00\x00\x00\x80"),
        (b"2147483648", b"\x0a2147483648"),
        (b"-0", b"\x02-0"),
        (b"+1", b"\x02+1"),
        (b"01", b"\x0201"),
        (b"", b"\x00"),
        (b" 1", b"\x02 1"),
    ],
)
def test_strings_that_are_numbers(s07, text, data):
    """What spells a number of up to 32 bits, and is spelt as Redis would, is kept as one."""
    assert s07.rdb.writer.encode_string(text) == data


def test_a_long_file(s07, lab, tmp_path):
    """A file of many chunks is written and read; a string may lie over their borders."""
    shelf = lab.Shelf()
    for number in range(300):
        shelf.put(b"key %d" % number, b"%d" % number * 2000)
    path = str(tmp_path / "dump.rdb")
    s07.save(shelf, path)
    assert lab.loaded(path) == lab.plain_databases(shelf)


# ---------------------------------------------------------------- the checksum


def test_the_checksum(s07, seed):
    """The fast way to the checksum gives what the definition gives, wherever it is cut."""
    crc64, bytewise = s07.rdb.crc64.crc64, s07.rdb.crc64.bytewise
    assert crc64(b"123456789") == bytewise(b"123456789", 0) == 0xE9C6D914C4B8D9CA
    chance = random.Random(seed)
    sizes = [0, 1, 7, 8, 875, 876, 1750, 1751, 1752, 5000, 300_000, chance.randrange(100_000)]
    for size in sizes:
        data = chance.randbytes(size)
        start = chance.getrandbits(64)
        expected = bytewise(data, start)
        assert crc64(data, start) == expected
        cut = chance.randint(0, size)
        assert crc64(data[cut:], crc64(data[:cut], start)) == expected


def test_the_short_cut_of_the_checksum(s07):
    """The remainder of x to the power of POWER is TERMS, and no smaller power has fewer."""
    crc = s07.rdb.crc64
    remainder, weights = 1 << 63, {}  # x to the power of 0; multiplying by x shifts to the right
    for power in range(1, crc.POWER + 1):
        remainder = remainder >> 1 ^ (crc.POLYNOMIAL if remainder & 1 else 0)
        weights[power] = remainder.bit_count()
    assert tuple(63 - bit for bit in range(64) if remainder >> bit & 1) == crc.TERMS
    assert min(weights[power] for power in range(64, crc.POWER)) > len(crc.TERMS)


# ---------------------------------------------------------------- packed forms


def listpack(items, count=None):
    """The items as a listpack."""
    body = b"".join(entry + backwards(len(entry)) for entry in map(listpack_item, items))
    count = len(items) if count is None else count
    return struct.pack("<IH", 7 + len(body), count) + body + b"\xff"


def listpack_item(item):
    number = int(item) if item.lstrip(b"-").isdigit() and b"%d" % int(item) == item else None
    if number is not None and 0 <= number < 128:
        return bytes([number])
    if number is not None and -4096 <= number < 4096:
        return struct.pack(">H", 0xC000 | number & 0x1FFF)
    for mark, size in ((0xF1, 2), (0xF2, 3), (0xF3, 4), (0xF4, 8)):
        if number is not None and -(1 << 8 * size - 1) <= number < 1 << 8 * size - 1:
            return bytes([mark]) + number.to_bytes(size, "little", signed=True)
    if len(item) < 64:
        return bytes([0x80 | len(item)]) + item
    if len(item) < 4096:
        return struct.pack(">H", 0xE000 | len(item)) + item
    return b"\xf0" + struct.pack("<I", len(item)) + item


def backwards(length):
    if length < 128:
        return bytes([length])
    if length < 16384:
        return bytes([length >> 7, length & 127 | 128])
    return bytes([length >> 14, length >> 7 & 127 | 128, length & 127 | 128])


def string(data):
    """A string in an RDB file, with a length of four bytes."""
    return b"\x80" + struct.pack(">I", len(data)) + data


def entry(kind, data, key=b"\x01k"):
    """One key of a file."""
    return bytes([kind]) + key + data


def test_a_set_in_a_listpack(load):
    """Redis 7.2 keeps small sets in a listpack."""
    assert load(entry(20, string(listpack(ITEMS)))) == {b"k": (set(ITEMS), None)}


def test_a_listpack_of_many_items(load):
    """A listpack may leave open how many items it has."""
    data = string(listpack([b"%d" % number for number in range(-500, 500, 7)], count=0xFFFF))
    expected = {b"%d" % number for number in range(-500, 500, 7)}
    assert load(entry(20, data)) == {b"k": (expected, None)}


def test_lists_of_items_and_listpacks(load):
    """A list of Redis 7 has blocks of two forms."""
    blocks = [b"\x02" + string(listpack(ITEMS)), b"\x01" + string(b"7" * 70), b"\x02" * 1]
    blocks[2] += string(listpack([b"end"]))
    expected = [*ITEMS, b"7" * 70, b"end"]
    assert load(entry(18, b"\x03" + b"".join(blocks))) == {b"k": (expected, None)}


def test_items_about_the_file(load):
    """Notes on the file and on the use of keys are read over."""
    notes = b"\xfa\x03abc\xc0\x07" + b"\xfb\x05\x80\x00\x00\x00\x01" + b"\xf8\x40\xff" + b"\xf9\x2a"
    assert load(notes + entry(0, b"\x01v")) == {b"k": (b"v", None)}


def test_empty_collections_are_dropped(load):
    """An empty collection is not loaded as a key; an empty string is."""
    items = [entry(kind, b"\x00", b"\x01%d" % kind) for kind in (1, 2, 4, 5)]
    deadline = b"\xfc" + bytes(8)
    data = b"".join([deadline, *items, entry(0, b"\x00")])
    assert load(data) == {b"k": (b"", None)}


# ---------------------------------------------------------------- compressed strings


@pytest.mark.parametrize(
    ("short", "text"),
    [
        (b"\x02abc", b"abc"),
        (b"\x00a\xe0\x5a\x00", b"a" * 100),
        (b"\x01ab\x40\x01", b"ababab"),
        (b"\x02abc\x20\x02\x01de", b"abcabcde"),
        (b"\x1f" + bytes(range(32)) + b"\x40\x1f", bytes(range(32)) + bytes(range(4))),
    ],
)
def test_compressed_strings(load, short, text):
    """A compressed string is bytes and references to bytes before."""
    data = b"\xc3" + bytes([len(short), len(text)]) if len(text) < 64 else (
        b"\xc3" + bytes([len(short)]) + struct.pack(">H", 0x4000 | len(text))
    )  # fmt: skip
    assert load(entry(0, data + short)) == {b"k": (text, None)}


@pytest.mark.parametrize(
    ("length", "short", "what"),
    [
        (4, b"\x02abc", "gives 3 bytes and not 4"),
        (2, b"\x02abc", "gives 3 bytes and not 2"),
        (3, b"\x05abc", "a compressed string ends too early"),
        (6, b"\x00a\x20\x01", "before its beginning"),
        (4, b"\x00a\x20", "a compressed string ends too early"),
    ],
)
def test_damaged_compressed_strings(refused, length, short, what):
    """A compressed string that does not come out right is refused."""
    assert what in refused(entry(0, b"\xc3" + bytes([len(short), length]) + short))


# ---------------------------------------------------------------- what makes no sense

GIGABYTES = b"\x80\x7f\xff\xff\xff"
ZETTABYTES = b"\x81" + b"\xff" * 8


@pytest.mark.parametrize("length", [GIGABYTES, ZETTABYTES])
@pytest.mark.parametrize("kind", [0, 1, 2, 3, 4, 5, 9, 10, 11, 12, 13, 14, 16, 17, 18, 20])
def test_promises_of_gigabytes(refused, kind, length):
    """A length that promises more than the file has is refused before memory is spent on it."""
    assert re.search(
        r"the file only \d+ more|only \d+ bytes are left", refused(entry(kind, length))
    )


def test_a_compressed_promise(refused):
    """A few compressed bytes cannot become gigabytes."""
    assert "cannot hold" in refused(entry(0, b"\xc3\x05" + GIGABYTES + b"abcde"))


def changed(data, place, byte):
    return data[:place] + bytes([byte]) + data[place + 1 :]


LISTPACK = listpack([b"ab", b"7"])
INTSET = struct.pack("<IIhh", 2, 2, -5, 7)
ZIPLIST = struct.pack("<IIH", 17, 14, 2) + b"\x00\x02ab" + b"\x04\xf8" + b"\xff"
ZIPMAP = b"\x01\x01f\x01\x00v\xff"


@pytest.mark.parametrize(
    ("kind", "data", "what"),
    [
        (6, b"", "the key 'k' holds a value of a module"),
        (7, b"", "the key 'k' holds a value of a module"),
        (8, b"", "unknown kind 8"),
        (22, b"", "unknown kind 22"),
        (244, b"", "the slots of a cluster (opcode 244)"),
        (246, b"", "a library of functions (opcode 246)"),
        (247, b"", "data of a module (opcode 247)"),
        (0, b"\xc4", "no string begins with the byte 196"),
        (0, b"\x82", "no string begins with the byte 130"),
        (1, b"\xc0", "no length begins with the byte 192"),
        (2, b"\x02\x01a\x01a", "a member is there twice"),
        (4, b"\x02\x01a\x01x\x01a\x01y", "a field is there twice"),
        (5, b"\x02" + b"\x01a" * 1 + bytes(8) + b"\x01a" + bytes(8), "a member is there twice"),
        (5, b"\x01\x01a" + struct.pack("<d", float("nan")), "a score is not a number"),
        (3, b"\x01\x01a\xfd", "a score is not a number"),
        (3, b"\x01\x01a\x031_0", "'1_0' is not a score"),
        (3, b"\x01\x01a\x01x", "'x' is not a score"),
        (9, string(b""), "a zipmap"),
        (9, string(ZIPMAP[:-1]), "a zipmap ends too early"),
        (9, string(ZIPMAP + b"x"), "a zipmap ends before its last byte"),
        (9, string(changed(ZIPMAP, 0, 2)), "a zipmap says 4 items and has 2"),
        (9, string(b"\x01\x01f\xff"), "a zipmap ends after a field"),
        (10, string(ZIPLIST[:5]), "5 bytes are too few for any ziplist"),
        (10, string(ZIPLIST + b"x"), "a ziplist says 17 bytes and has 18"),
        (10, string(changed(ZIPLIST, 8, 3)), "a ziplist says 3 items and has 2"),
        (10, string(changed(ZIPLIST, 14, 3)), "a ziplist has an item of two lengths"),
        (10, string(changed(ZIPLIST, 15, 0xC1)), "unknown kind 193"),
        (10, string(changed(ZIPLIST, 11, 60)), "a ziplist ends too early: 5 of 60 bytes"),
        (11, string(INTSET + b"x"), "an intset says 2 integers of 2 bytes"),
        (11, string(changed(INTSET, 0, 3)), "an intset says 2 integers of 3 bytes"),
        (11, string(INTSET[:6]), "6 bytes are too few for any intset"),
        (11, string(struct.pack("<IIhh", 2, 2, 7, 7)), "a member is there twice"),
        (17, string(listpack([b"7", b"ab"])), "'ab' is not a score"),
        (13, string(changed(changed(ZIPLIST, 8, 2), 0, 99)), "a ziplist says 99 bytes"),
        (16, string(listpack([b"a", b"b", b"c"])), "a field has no value"),
        (17, string(listpack([b"a", b"1", b"c"])), "a member has no score"),
        (17, string(listpack([b"a", b"1", b"a", b"2"])), "a member is there twice"),
        (18, b"\x01\x03" + string(LISTPACK), "a block of the unknown form 3"),
        (18, b"\x01\x02" + string(LISTPACK + b"x"), "a listpack says"),
        (18, b"\x01\x02" + string(changed(LISTPACK, 4, 5)), "a listpack says 5 items and has 2"),
        (
            18,
            b"\x01\x02" + string(changed(LISTPACK, 9, 4)),
            "a listpack has an item of two lengths",
        ),
        (18, b"\x01\x02" + string(changed(LISTPACK, 6, 0xF9)), "unknown kind 249"),
        (18, b"\x01\x02" + string(changed(LISTPACK, 12, 0)), "a listpack ends too early"),
        (18, b"\x01\x02" + string(listpack([b"a"])[:-1] + b"\xff\xff"), "a listpack says"),
        (20, string(listpack([b"a", b"a"])), "a member is there twice"),
    ],
)
def test_values_that_make_no_sense(refused, kind, data, what):
    """A value that no server writes, or for which there is no type, is refused in a sentence."""
    sentence = refused(entry(kind, data) if kind < 200 else bytes([kind]) + data)
    assert what in sentence
    assert "\n" not in sentence
