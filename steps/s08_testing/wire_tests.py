"""Tests over real TCP: bytes to a running server, bytes back.

A unit test would never see half of what can go wrong here: what one `recv` brings, in which order
replies leave, what the bytes that a client gets look like.
"""

from __future__ import annotations

from steps.s02_resp.values import CommandError
from steps.s08_testing.client import Connection


def check_server(host: str, port: int) -> None:
    r"""Tests a running server: returns if it answers as it should, raises AssertionError if not.

    At `host` and `port` runs the server of step 7, its keyspace empty. `Connection(host, port)`
    talks to it (use it in a `with`): `send` bytes, `expect` bytes, or `ask("GET", "k")` for the
    decoded reply. There a value is `bytes` (b"v", and [b"a", b"b"] of a list), a status is a `str`
    ("PONG"), and an error is a CommandError, which is returned and not raised. None of them waits for
    ever. What the server promises:

    - A request may come in two pieces. Send a whole request together with half of the next, expect
      the reply to the first, and only then send the rest: so the server has surely read the half
      by itself. Two sends alone prove nothing, for TCP may put them together again.
    - Many requests in one packet get as many replies, in their order.
    - Values are bytes and come back as they went: b"caf\xc3\xa9", b"\r\n", the empty string too,
      which is not null. The length in `$5` counts bytes.
    - Names of commands may come in any case.
    - LRANGE goes from start to stop with both ends; -1 is the last item.
    - A command on a value of another type gets an error that begins with WRONGTYPE, and the value
      stays as it was. (`str(error)` is the line.)
    - SET removes the time to live that the key had: TTL is then -1.

    What it does not promise: the order of the members of a set (compare them sorted), the text of
    an error after its first word, in how many pieces a reply arrives.

    >>> check_server("127.0.0.1", 6379)
    """
    raise NotImplementedError("exercise 8.2")
