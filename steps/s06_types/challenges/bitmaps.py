"""Challenge bitmaps: read and write the single bits of a string.

A million users need a million bits to say who was there today: 125 kB, one string. A bitmap is not
a type of its own. It is a string, whose bits have numbers: bit 0 is the highest bit of the first
byte, bit 7 its lowest, bit 8 the highest of the second byte. `SETBIT k 1 1` makes the string "@",
which is 0x40.

Define one class per command, as the modules in `steps/s06_types/commands` do.
`session.store.peek(key)` returns the string under a key to look at (bytes or bytearray, or None if
the key is missing) and refuses other types; `session.store.write_at(key, offset, data)` overwrites
bytes in place, fills a gap with zero bytes and tells observers. `put` and `discard` set and remove
a key. Step 10 keeps a long string as a bytearray, so that a write takes as long as the bytes that
it changes: `get` copies the whole, and is not for these commands. A command that finds everything
as it should be changes nothing, and tells nobody.

An offset is a number from 0 to 4294967295 (a string has at most 512 MB). For any other word the
error is

    ERR bit offset is not an integer or out of range

and, as everywhere, `007`, `+7` and ` 7` are not numbers. Arguments are checked in the order in
which they stand, and before the key is looked up, unless it says otherwise below. A key that is not
there is like an empty string.

Stage 1: single bits

    SETBIT key offset value    sets the bit to 0 or 1; the reply is the bit as it was. The string
                               grows up to the byte of that bit, also if the bit is 0
                               ERR bit is not an integer or out of range
    GETBIT key offset          the bit; 0 beyond the end of the string

Stage 2: BITCOUNT key [start end [BYTE | BIT]]

    How many bits are 1, in the whole string or from start to end. Both ends belong to the range and
    are counted in bytes, or with BIT in bits; a negative one counts from the end, and what is
    beyond an end of the string means that end. An empty range has 0 bits.
    - Without a key the reply is 0, whatever the other arguments say: they are not read.
    - A start without an end, another word than BYTE or BIT, or a word too many: ERR syntax error,
      the last before the numbers are read.
    - If start and end are both negative and end is smaller, the reply is 0, whatever the unit says.

Stage 3: BITPOS key bit [start [end [BYTE | BIT]]]

    The position of the first bit of that value, counted from the beginning of the string; -1 if
    no bit has it. The range is that of BITCOUNT.
    - A string goes on with zeros: looking for a 0 in a string of ones, the reply is the number of
      its bits. But if the client has given an end, the reply is then -1; so it is for every empty
      range.
    - ERR The bit argument must be 1 or 0. (for another integer)
    - Without a key the reply is -1 for a 1 and 0 for a 0, and the range is not read.
    - Of the range, start is read first, then the unit, then the end.

Stage 4: BITOP AND | OR | XOR | NOT destination key [key ...]

    Combines whole strings bit by bit and keeps the result at destination, which is replaced
    whatever it was. The reply is the length of the result: that of the longest string, as a shorter
    one goes on with zero bytes. If that is 0, destination is removed. Megabytes are common, so no
    step of Python's per byte.
    - ERR BITOP NOT must be called with a single source key.
    - Another operation: ERR syntax error.

Stage 5: BITFIELD key [GET type offset | SET type offset value] ... and BITFIELD_RO key [GET type
offset ...]

    Reads and writes integers of any width, at any bit. A type is `i` (signed, two's complement) or
    `u` (unsigned) and a number of bits: i1 to i64, u1 to u63. `#3` as an offset means 3 times that
    number. The reply is an array with a number per operation: GET: the integer, beyond the end of
    the string all bits are 0. SET: the integer as it was.
    - Of a value that does not fit, the lowest bits are kept.
    - All operations are read before the first one runs, and an error in any of them leaves the
      string as it is. Then the string grows to hold all integers that are written.
    - Words are judged in their order, and the type of the key comes last.
    - BITFIELD_RO has no other operation than GET:
      ERR BITFIELD_RO only supports the GET subcommand
    - ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but i64
      is.
    - An operation that has not enough words, or another name: ERR syntax error.

Stage 6: BITFIELD with INCRBY type offset increment and OVERFLOW WRAP | SAT | FAIL

    INCRBY adds, and its reply is the sum. OVERFLOW says what becomes of a number that does not fit,
    for all operations after it in the same command: WRAP (which is the default) keeps the lowest
    bits, SAT takes the largest or the smallest integer of the type, FAIL leaves the integer alone,
    and the reply to the operation is null.
    - To SET an unsigned integer, a negative value is the 64-bit number with the same bits.
    - A command of which all operations fail still lets the string grow.
    - ERR Invalid OVERFLOW type specified

Sources: https://redis.io/docs/latest/commands/?group=bitmap
https://redis.io/docs/latest/develop/data-types/bitmaps/
"""
