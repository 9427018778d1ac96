"""Exercise 5.7: GETRANGE, a command of your own. All of this file is yours.

    GETRANGE key start end     the bytes of the string at key from start to end, both included
    SUBSTR key start end       the old name of the same command

Positions count from 0. A negative one counts from the end: -1 is the last byte. Of a range that
reaches beyond the end, the reply has the bytes that are there. If there are none, or the key is missing,
the reply is an empty string, not null.

A trap: a position before the first byte means the first byte, so `GETRANGE s 0 -100` returns one
byte of a string of three. But if both are negative and start is the larger one, the range is empty
wherever the string begins: `GETRANGE s -50 -100` returns none.

COMMAND INFO describes both as Redis does: four words, which only read, a key as the first of them,
and the group of the commands on strings. A word that is not a number is refused before anything
else happens.

    > SET s "This is a string"
    OK
    > GETRANGE s -6 -1
    "string"

This module is imported when a client first asks for one of the two. The model is STRLEN in
strings.py. https://redis.io/docs/latest/commands/getrange/
"""

from __future__ import annotations
