"""Exercise 1.5: the other end of the connection. All of this file is yours.

Define a function

    exchange(host, port, data)

that connects to the server at `host` and `port`, sends all of `data` (bytes), and returns all the
bytes that the server sends, until it hangs up. When everything has been sent, the server has to see
the end of the stream, and can still answer. An echo server, which goes on until its client has
finished, then hangs up.

A trap: for an end that does not read, the kernel keeps a limited number of bytes. A client that sends
all of a large file before it reads waits for a server that waits for its client to read. `data` may
be of any size, and so may the answer.

A server may also have had enough before everything is sent: it sends an error and hangs up, and reads
no more. What it has sent is the answer then. `exchange` returns it at once, and does not wait until
the rest can be sent.

The connection is closed at the end, in any case, and nothing goes on sending on it. Raises the OSError
if no server is there.

    >>> exchange("127.0.0.1", 6379, b"hello")  # to the server of this step
    b'hello'

`python -m steps.s01 send FILE` sends a file with it, and prints the answer. It works with the server of
every step.
"""

from __future__ import annotations
