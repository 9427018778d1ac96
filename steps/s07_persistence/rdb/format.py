"""The numbers of the RDB format: version, opcodes, types of values, encodings of strings.

A file is `REDIS` and four digits of version, then items, each of which begins with one byte. Below
22 that byte is the type of a value, and key and value follow; above 243 it is an opcode. The last
is EOF, followed by eight bytes of checksum.

    52 45 44 49 53 30 30 31 30    REDIS0010
    fa 09 redis-ver 05 7.0.0      AUX: a name and a text, about the file
    fe 00                         SELECTDB 0
    fb 02 01                      RESIZEDB: 2 keys to come, 1 of them with a deadline
    00 01 k 01 v                  type 0 (string), key "k", value "v"
    fc 08 bytes                   EXPIRETIME_MS: the deadline of the key that follows
    00 01 n c0 07                 type 0, key "n", value 7 in one byte
    ff 08 bytes                   EOF and checksum

Source: rdb.h and rdb.c of Redis 7.0 and 7.2.
"""

from __future__ import annotations

from typing import Final

MAGIC: Final = b"REDIS"
VERSION: Final = 10
"""The version that we write: that of Redis 7.0."""

NEWEST: Final = 11
"""The newest version that we read: that of Redis 7.2."""

FIRST_WITH_CHECKSUM: Final = 5

# --- opcodes -------------------------------------------------------------------------------------

SLOT_INFO: Final = 244
FUNCTION: Final = 245
FUNCTION_OLD: Final = 246
MODULE_AUX: Final = 247
IDLE: Final = 248
FREQ: Final = 249
AUX: Final = 250
RESIZEDB: Final = 251
EXPIRETIME_MS: Final = 252
EXPIRETIME: Final = 253
SELECTDB: Final = 254
EOF: Final = 255

# --- types of values -----------------------------------------------------------------------------

STRING: Final = 0
LIST: Final = 1
SET: Final = 2
ZSET: Final = 3
"""Scores as text. Up to Redis 3.2."""
HASH: Final = 4
ZSET_2: Final = 5
"""Scores as doubles of eight bytes."""
MODULE_OLD: Final = 6
MODULE: Final = 7
HASH_ZIPMAP: Final = 9
LIST_ZIPLIST: Final = 10
SET_INTSET: Final = 11
ZSET_ZIPLIST: Final = 12
HASH_ZIPLIST: Final = 13
LIST_QUICKLIST: Final = 14
STREAM: Final = 15
HASH_LISTPACK: Final = 16
ZSET_LISTPACK: Final = 17
LIST_QUICKLIST_2: Final = 18
STREAM_2: Final = 19
SET_LISTPACK: Final = 20
STREAM_3: Final = 21

PLAIN_NODE: Final = 1
PACKED_NODE: Final = 2

# --- lengths, and strings that are something else ------------------------------------------------

LENGTH_14: Final = 0x40
LENGTH_32: Final = 0x80
LENGTH_64: Final = 0x81
ENCODED: Final = 0xC0
"""The two highest bits of a first byte that is not a length: the other six say what follows."""

INT8: Final = 0
INT16: Final = 1
INT32: Final = 2
LZF: Final = 3

WITHOUT_TYPE: Final = {
    MODULE_OLD: "a value of a module",
    MODULE: "a value of a module",
    STREAM: "a stream",
    STREAM_2: "a stream",
    STREAM_3: "a stream",
}
"""Redis' values for which this server has no type, in words."""

WITHOUT_PLACE: Final = {
    SLOT_INFO: "the slots of a cluster",
    FUNCTION_OLD: "a library of functions",
    MODULE_AUX: "data of a module",
}
"""Opcodes for which this server has no use and which it must not drop, in words."""
