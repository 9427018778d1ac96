"""kill -9 during writes: what was acknowledged is there afterwards, whatever `appendfsync` says.

Several clients write at once, to all types, each with many commands on the way. A client counts how
many replies it has got: that many of its commands were acknowledged. Then the server is killed, with
commands half read, half written and half answered, and started again on the same folder. Each client
must find its keys as they were after one of its commands: the last acknowledged one, or a later one.

Each test kills its server a few times. `pytest tests/faults/test_kill.py --kills 40` is the long
run, for changes to the journal; with redis-server in the place of ours it loses nothing either.
"""

from __future__ import annotations

import random
import socket
import threading
from collections.abc import Iterator

import pytest

from workbook import wire

CLIENTS = 4
BATCH = 20
PATIENCE = {"always": 0.15, "everysec": 1.3, "no": 0.15}
"""Seconds that they write at most. Under everysec a sync comes after one, and takes its time."""


class Story:
    """What one client asks, command by command, and what its keys hold by then."""

    def __init__(self, name: str, *, blocks: bool) -> None:
        self.name = name
        self.kinds = 11 if blocks else 10
        self.told = 0
        self.count = self.items = 0
        self.strings: dict[bytes, bytes] = {}
        self.list: list[bytes] = []
        self.set: set[bytes] = set()
        self.hash: dict[bytes, bytes] = {}
        self.board: dict[bytes, int] = {}

    def next(self) -> tuple[bytes, bytes]:
        """The next request (a whole transaction, now and then), and the reply to it."""
        number, kind = self.told, self.told % self.kinds
        self.told += 1
        word = b"%d" % number
        field = b"%d" % (number // self.kinds % 10)
        match kind:
            case 0:
                self.strings[b"text"] = word
                return self.ask("SET", "text", word), b"+OK\r\n"
            case 1:
                self.count += 1
                return self.ask("INCR", "count"), b":%d\r\n" % self.count
            case 2:
                self.list += [word, b"-" + word]
                return self.ask("RPUSH", "list", word, b"-" + word), b":%d\r\n" % len(self.list)
            case 3:
                taken = self.list.pop(0)
                return self.ask("LPOP", "list"), b"$%d\r\n%b\r\n" % (len(taken), taken)
            case 4:
                self.set |= {word, b"x" + word}
                return self.ask("SADD", "set", word, b"x" + word), b":2\r\n"
            case 5:
                self.set.remove(b"x%d" % (number - 1))
                return self.ask("SREM", "set", b"x%d" % (number - 1)), b":1\r\n"
            case 6:
                new = field not in self.hash
                self.hash[field] = word
                return self.ask("HSET", "hash", field, word), b":%d\r\n" % new
            case 7:
                new = field not in self.board
                self.board[field] = number
                return self.ask("ZADD", "board", word, field), b":%d\r\n" % new
            case 8:
                self.strings[b"timed"] = word
                return self.ask("SET", "timed", word, "EX", 10_000), b"+OK\r\n"
            case 9:
                del self.strings[b"timed"]
                return self.ask("DEL", "timed"), b":1\r\n"
        self.items += 2
        block = [self.ask("MULTI"), *[self.ask("INCR", "items")] * 2, self.ask("EXEC")]
        replies = b"+OK\r\n" + b"+QUEUED\r\n" * 2 + b"*2\r\n:%d\r\n:%d\r\n"
        return b"".join(block), replies % (self.items - 1, self.items)

    def ask(self, command: str, key: str = "", *words: object) -> bytes:
        named = [f"{self.name}:{key}"] if key else []
        return wire.encode([command, *named, *words])

    def values(self) -> list[object]:
        """What the keys hold."""
        numbers = [b"%d" % number if number else None for number in (self.count, self.items)]
        board = {member: b"%d" % score for member, score in self.board.items()}
        strings = [self.strings.get(b"text"), self.strings.get(b"timed")]
        return [*strings, *numbers, self.list, self.set, self.hash, board]

    def found(self, client: wire.Client) -> list[object]:
        """The same, as a server reports it."""
        keys = [f"{self.name}:{key}" for key in ("text", "timed", "count", "items")]
        asked = ["LRANGE {}:list 0 -1", "SMEMBERS {}:set", "HGETALL {}:hash"]
        asked += ["ZRANGE {}:board 0 -1 WITHSCORES"]
        strings = client.ask("MGET", *keys)
        items, members, *flat = [client.ask(*line.format(self.name).split()) for line in asked]
        return [*strings, items, set(members), *(dict(pairs(one)) for one in flat)]


def pairs(flat: list[bytes]) -> Iterator[tuple[bytes, bytes]]:
    return zip(flat[::2], flat[1::2], strict=True)


class Writer(threading.Thread):
    """A client that tells its story until its server dies."""

    def __init__(self, port: int, name: str, *, blocks: bool) -> None:
        super().__init__(daemon=True)
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=10)
        self.name = name
        self.blocks = blocks
        self.acknowledged = self.sent = 0
        self.wrong: bytes | None = None
        self.first_reply = threading.Event()

    def run(self) -> None:
        story = Story(self.name, blocks=self.blocks)
        try:
            while self.wrong is None and self.batch(story):
                self.first_reply.set()
        except OSError:
            return
        finally:
            self.first_reply.set()
            self.socket.close()

    def batch(self, story: Story) -> bool:
        """Sends some commands and counts their replies; whether the server is still there."""
        told = [story.next() for _ in range(BATCH)]
        self.sent += BATCH
        self.socket.sendall(b"".join(request for request, _ in told))
        got = b""
        for _, expected in told:
            while not got.startswith(expected):
                data = self.socket.recv(1 << 16)
                if not data:
                    return False
                got += data
                if not expected.startswith(got[: len(expected)]):
                    self.wrong = got
                    return False
            got = got[len(expected) :]
            self.acknowledged += 1
        return True

    def is_kept(self, client: wire.Client) -> bool:
        """Whether the server has what it has acknowledged, and nothing that was never asked for."""
        story = Story(self.name, blocks=self.blocks)
        found = story.found(client)
        for _ in range(self.acknowledged):
            story.next()
        while story.values() != found:
            if story.told == self.sent:
                return False
            story.next()
        return True


@pytest.mark.timeout(600)
@pytest.mark.parametrize("policy", ["always", "everysec", "no"])
@pytest.mark.parametrize("step", ["s07", "s10"])
def test_no_acknowledged_write_is_missing(server, step, policy, seed, pytestconfig):
    """After each kill -9 the server has everything that it has acknowledged."""
    chance = random.Random(f"{seed} {step} {policy}")
    options = ("--appendonly", "yes", "--appendfsync", policy)
    kills = pytestconfig.option.kills
    total = 0
    one = server(step, *options)
    for kill in range(kills):
        blocks = step == "s10"
        writers = [Writer(one.port, f"{kill}:{i}", blocks=blocks) for i in range(CLIENTS)]
        for writer in writers:
            writer.start()
        for writer in writers:
            assert writer.first_reply.wait(10)
        if kill % 3 == 2:
            one.client().ask("BGREWRITEAOF")
        writers[0].join(chance.uniform(0, PATIENCE[policy]))  # somewhere in the middle of it
        one.kill()
        for writer in writers:
            writer.join(10)
            assert writer.wrong is None
        one = server(step, *options)
        client = one.client()
        for writer in writers:
            assert writer.is_kept(client), (kill, writer.name)
            total += writer.acknowledged
        assert client.ask("FLUSHALL") == b"OK"
    assert total >= kills * CLIENTS
    assert "damaged" not in one.stderr()
