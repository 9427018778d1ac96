"""A client for tests. It waits for a limited time, and raises AssertionError for what it can't get.

So a server that hangs, or hangs up, is a failed test like any other: the test says what it waited
for, and ends.
"""

from __future__ import annotations

import socket
import time
from typing import Any, Final

from steps.s02_resp.decode import decode_at
from steps.s02_resp.encode import encode
from steps.s02_resp.values import NEED_MORE, NeedMore, ProtocolError

REPLY_TIMEOUT: Final = 3.0
"""Seconds to wait for a reply."""

CHUNK: Final = 64 * 1024


class Connection:
    """One connection to a server that is being tested. Use it in a `with`."""

    def __init__(self, host: str, port: int, patience: float = REPLY_TIMEOUT) -> None:
        self.patience = patience
        self.socket = socket.create_connection((host, port), patience)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.kept = b""

    def __enter__(self) -> Connection:
        return self

    def __exit__(self, *exc: object) -> None:
        self.socket.close()

    def send(self, data: bytes) -> None:
        """Sends all of `data`, as one packet if it is small."""
        try:
            self.socket.sendall(data)
        except OSError as error:
            raise AssertionError(f"the server did not take {data[:80]!r}: {error}") from None

    def receive(self, count: int) -> bytes:
        """Exactly `count` bytes; fewer if the server hangs up or does not send more in time."""
        deadline = time.monotonic() + self.patience
        while len(self.kept) < count and self._more(deadline):
            pass
        return self._take(count)

    def expect(self, expected: bytes) -> None:
        """Reads as many bytes as `expected` has. AssertionError if they differ, or are fewer.

        It waits only as long as they can still be right.
        """
        deadline = time.monotonic() + self.patience
        while len(self.kept) < len(expected) and expected.startswith(self.kept):
            if not self._more(deadline):
                break
        got = self._take(len(expected))
        assert got == expected, f"expected {expected!r}, got {got!r}"

    def ask(self, *words: str | bytes | int) -> Any:
        """Sends one command and returns its reply, decoded as in step 2.

        Bulk strings are `bytes`, a status is a `str` ("OK"), null is None, an error is a CommandError:
        returned, not raised. Bytes that are not a reply at all raise AssertionError.
        """
        self.send(
            encode([word if isinstance(word, bytes) else str(word).encode() for word in words])
        )
        deadline = time.monotonic() + self.patience
        while (found := self._whole(words)) is NEED_MORE:
            if not self._more(deadline):
                raise AssertionError(f"no whole reply to {words!r}, only {self.kept!r}")
        reply, end = found
        self._take(end)
        return reply

    def _whole(self, words: tuple[str | bytes | int, ...]) -> tuple[Any, int] | NeedMore:
        """The reply at the front of what is kept, and its end."""
        try:
            return decode_at(self.kept, 0)
        except ProtocolError as error:
            message = f"the reply to {words!r} begins with {self.kept[:80]!r}: {error}"
            raise AssertionError(message) from None

    def _take(self, count: int) -> bytes:
        data, self.kept = self.kept[:count], self.kept[count:]
        return data

    def _more(self, deadline: float) -> bool:
        """Waits for more bytes; False if none can come, or none came in time."""
        self.socket.settimeout(max(deadline - time.monotonic(), 0.001))
        try:
            data = self.socket.recv(CHUNK)
        except OSError:
            return False
        self.kept += data
        return bool(data)
