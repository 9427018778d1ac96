"""Exercise 2.8: the other end of the line, a reader of replies. All of this file is yours.

A client gets what a server sends as a stream: half a reply, or three and a half. Define a function

    replies(pieces)

`pieces` gives what `recv` returned, one piece of bytes after the other, cut anywhere. `replies` is a
generator: it yields each reply in the stream as the Python value that `decode` makes of it. The
server speaks protocol 2, so there are `+`, `-`, `:`, `$` and `*`, arrays within arrays too, and the
nulls `$-1` (None) and `*-1` (NULL_ARRAY). An error is yielded as a value, not raised.

A reply comes out as soon as it is complete. No further piece is asked for before: a server that waits
for the next request sends none, and both would wait for ever.

Raises ProtocolError for bytes that are not RESP, and if the pieces end in the middle of a reply. The
replies before are yielded first.

A trap: a reply of a hundred thousand items arrives in hundreds of pieces. To read it from its first
byte again with each of them takes hundreds of times as long. The work grows with the number of
bytes, however they are cut, and so does the number of bytes that are copied. What is used up is not
kept, and an item takes memory only when it has come.

    >>> list(replies([b"+OK\\r", b"\\n*2\\r\\n:1\\r\\n$", b"1\\r\\na\\r\\n:7\\r\\n"]))
    ['OK', [1, b'a'], 7]

`python -m steps.s02 ask SET greeting hello` (ask.py) is a client of a few lines on top of it. What
`decode.py` has for lines, numbers and lengths is there for you to use.
"""

from __future__ import annotations
