"""kill -9 during writes, with `appendfsync always`: what was acknowledged is there afterwards.

Several clients write at once, each with many commands on the way. A client counts how many replies
it has got: so many of its commands were acknowledged. Then the server is killed, with commands
half read, half written and half answered, and started again on the same folder.
"""

from __future__ import annotations

import random
import socket
import threading

import pytest

from workbook import wire

KILLS = 12  # for each of two servers
CLIENTS = 4
BATCH = 20
OK = b"+OK\r\n"
NUMBER = b":%d\r\n"


class Writer(threading.Thread):
    """A client that writes until its server dies: SET and INCR in turns, all to keys of its own."""

    def __init__(self, port: int, name: str) -> None:
        super().__init__(daemon=True)
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=10)
        self.name = name
        self.acknowledged = 0
        self.wrong: bytes | None = None
        self.first_reply = threading.Event()

    def run(self) -> None:
        got, sent = b"", 0
        try:
            while True:
                batch = [self.command(number) for number in range(sent, sent + BATCH)]
                self.socket.sendall(b"".join(batch))
                sent += BATCH
                while self.acknowledged < sent:
                    data = self.socket.recv(1 << 16)
                    if not data:
                        return
                    got = self.count(got + data)
                    if self.wrong is not None:
                        return
                    self.first_reply.set()
        except OSError:
            return
        finally:
            self.first_reply.set()
            self.socket.close()

    def command(self, number: int) -> bytes:
        if number % 2:
            return wire.encode(["INCR", f"{self.name}:count"])
        return wire.encode(["SET", f"{self.name}:{number}", number])

    def reply(self, number: int) -> bytes:
        return NUMBER % (number // 2 + 1) if number % 2 else OK

    def count(self, got: bytes) -> bytes:
        """Counts whole replies; what is left of the bytes."""
        while got:
            expected = self.reply(self.acknowledged)
            if not got.startswith(expected):
                if not expected.startswith(got):
                    self.wrong = got
                return got
            got = got[len(expected) :]
            self.acknowledged += 1
        return got

    def missing(self, client: wire.Client) -> list[str]:
        """Which of the acknowledged writes the server does not have."""
        keys = [f"{self.name}:{number}" for number in range(0, self.acknowledged, 2)]
        values = client.ask("MGET", f"{self.name}:count", *keys)
        count, found = int(values[0] or 0), values[1:]
        lost = [
            key
            for key, value in zip(keys, found, strict=True)
            if value != key.rpartition(":")[2].encode()
        ]
        return lost if count >= self.acknowledged // 2 else [f"{self.name}:count", *lost]


@pytest.mark.timeout(60)
@pytest.mark.parametrize("step", ["s07", "s10"])
def test_no_acknowledged_write_is_missing(server, step, seed):
    """After each kill -9 the server has everything that it has acknowledged."""
    chance = random.Random(seed)
    options = ("--appendonly", "yes", "--appendfsync", "always")
    total = 0
    one = server(step, *options)
    for kill in range(KILLS):
        writers = [Writer(one.port, f"{kill}:{number}") for number in range(CLIENTS)]
        for writer in writers:
            writer.start()
        for writer in writers:
            assert writer.first_reply.wait(10)
        if kill % 3 == 2:
            one.client().ask("BGREWRITEAOF")
        writers[0].join(chance.uniform(0, 0.15))  # somewhere in the middle of their writing
        one.kill()
        for writer in writers:
            writer.join(10)
            assert writer.wrong is None
        one = server(step, *options)
        client = one.client()
        for writer in writers:
            assert writer.missing(client) == []
            total += writer.acknowledged
    assert total >= KILLS * CLIENTS
    assert "damaged" not in one.stderr()
