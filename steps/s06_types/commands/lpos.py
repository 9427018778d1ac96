"""Exercise 6.10: LPOS, a command of your own. All of this file is yours.

    LPOS key element [RANK rank] [COUNT num] [MAXLEN len]

It finds element in the list at key and replies with its position, counted from 0; null if the element
or the list is missing.

- RANK 2 asks for the second match, RANK 3 for the third. With RANK -1 the search goes from the end to
  the front: the last match comes first, -2 is the one before it. A position counts from the front all
  the same. `Rank()` in lists.py is the field for it; it refuses 0.
- COUNT 3 asks for up to three matches, from the one that RANK names on. The reply is an array of
  positions, in the order in which they are found; an empty one if there are none. COUNT 0 asks for
  all of them. Any other word after COUNT: ERR COUNT can't be negative.
- MAXLEN 5 looks at no more than five items, from where the search begins; 0 means all of them. Any other
  word after MAXLEN: ERR MAXLEN can't be negative.

The options may come in any order, and in any case. LPOS changes nothing, and COMMAND INFO says so.

A list may have a million items. So that is what your command is judged by, too: it looks at no more
items than it must to find what it was asked for, and begins at the right end.

    > RPUSH p a b c 1 2 3 c c
    > LPOS p c RANK -1 COUNT 2
    1) (integer) 7
    2) (integer) 6

This module is imported when a client first asks for LPOS. The model is LINDEX in lists.py.
https://redis.io/docs/latest/commands/lpos/
"""
