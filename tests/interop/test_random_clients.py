"""Several clients at once, to step 10 and to redis-server: each hears the same from both.

What one client does decides what another one hears: a message, the item that it waits for, the null
of an EXEC. So random commands go to random clients of both servers, one at a time, and whatever any
client has got by then has to be the same, byte for byte. Transactions, WATCH, waiting, messages and
two databases meet in a few keys, so that they get in each other's way.

A failure shows the seed, and the last commands.
"""

from __future__ import annotations

import random
import re

import pytest

from workbook import wire

ROUNDS = 500
NAMES = "ABCD"

GRAMMAR = """
SET k n | GET k | DEL k | INCR k | RPUSH k x y | LPUSH k z | LPOP k | LLEN k | SADD k s | TYPE k
ZADD k 1 m 2 n | ZPOPMIN k | LMPOP 2 k k RIGHT | GETDEL k | OBJECT ENCODING k | DBSIZE | PING
SELECT d | SELECT 0 | MOVE k d | COPY k k DB d REPLACE | COPY k k | SWAPDB 0 1 | RENAME k k
FLUSHDB | FLUSHALL | EXPIRE k 100 | EXPIRE k -1 | PERSIST k | TTL k | SORT k ALPHA STORE k
BLPOP k k 0 | BRPOP k 0 | BLMOVE k k end LEFT 0 | BZPOPMIN k 0 | BLMPOP 0 2 k k LEFT COUNT 2
BZMPOP 0 1 k MIN | WAIT 0 0 | MULTI | MULTI | EXEC | EXEC | EXEC | DISCARD | WATCH k | WATCH k k
UNWATCH | SUBSCRIBE c | UNSUBSCRIBE c | PSUBSCRIBE p* | PUNSUBSCRIBE
PUBLISH c hello | PUBSUB NUMSUB p q | RESET | HELLO 2 | HELLO 3 | CLIENT GETNAME | NOSUCH | GET
"""
COMMANDS = [line.split() for line in GRAMMAR.replace("\n", "|").split("|") if line.strip()]
CHOICES = {"k": "abc", "n": "127x", "d": "012", "c": "pq", "end": ["LEFT", "RIGHT"]}


class Pair:
    """One client at both servers."""

    def __init__(self, servers):
        self.servers = servers
        self.clients = [server.client() for server in servers]
        self.queueing = False

    def send(self, words):
        for client in self.clients:
            client.send(wire.encode(words))

    def got(self):
        """What has come from each by now; client numbers, of which each server has its own, apart."""
        return [re.sub(rb"\$2\r\nid\r\n:\d+", b"ID", one.pending()) for one in self.clients]

    def forget(self):
        for client in self.clients:
            client.receive(len(client.pending()))

    def close(self):
        for client in self.clients:
            client.close()


@pytest.fixture
def servers(server, redis_server):
    return server("s10"), redis_server()


class Talk:
    """Random commands to both servers, and what was said last."""

    def __init__(self, servers, seed):
        self.servers = servers
        self.chance = random.Random(seed)
        self.watchers = [server.client() for server in servers]
        self.pairs = {name: Pair(servers) for name in NAMES}
        self.said = []

    def waiting(self):
        """Who waits, at each server."""
        lists = [watcher.ask("CLIENT", "LIST").decode() for watcher in self.watchers]
        return [
            {name for name, pair in self.pairs.items() if waits(pair.clients[index], text)}
            for index, text in enumerate(lists)
        ]

    def step(self):
        """One command of somebody who does not wait."""
        free = sorted(set(NAMES) - self.waiting()[0])
        if not free:
            name = self.chance.choice(NAMES)
            self.pairs[name].close()
            self.pairs[name] = Pair(self.servers)
            self.said.append(f"{name} leaves, and comes again")
            return
        name, words = self.chance.choice(free), self.words()
        pair = self.pairs[name]
        if words[0] == "HELLO" and pair.queueing:
            return  # Redis writes the replies of an EXEC one by one, each in the protocol of its moment
        if words[0] in ("MULTI", "EXEC", "DISCARD", "RESET"):
            pair.queueing = words[0] == "MULTI"
        if "STORE" in words:  # Redis wakes nobody up when a list takes the place of a string
            self.say(name, ["DEL", words[-1]])
        self.say(name, words)

    def say(self, name, words):
        """One command of a client, and what comes of it."""
        self.said.append(f"{name}> {' '.join(words)}")
        self.pairs[name].send(words)
        self.settle(name)

    def words(self):
        """A random command."""
        command = self.chance.choice(COMMANDS)
        return [self.chance.choice(CHOICES[word]) if word in CHOICES else word for word in command]

    def settle(self, name):
        """Waits until the command is answered or waits, and everybody has heard the same."""
        for _ in range(3000):
            waiting = self.waiting()
            answered = all(self.pairs[name].got()) or all(name in names for names in waiting)
            if answered and waiting[0] == waiting[1] and all(map(same, self.pairs.values())):
                break
        else:
            self.fail()
        for pair in self.pairs.values():
            pair.forget()

    def fail(self):
        """Says what differs."""
        lines = ["the two differ behind", *self.said[-30:]]
        for name, pair in self.pairs.items():
            for who, data in zip(("ours", "redis"), pair.got(), strict=True):
                lines.append(f"{name} {who:6} {wire.show(data)}")
        pytest.fail("\n".join([*lines, f"waiting: {self.waiting()}"]), pytrace=False)


def waits(client, lines):
    """Whether CLIENT LIST says that a client waits."""
    host, port = client.socket.getsockname()
    return bool(re.search(rf" addr={host}:{port} .* flags=\w*b", lines))


def same(pair):
    """Whether both servers have said the same to a client."""
    ours, real = pair.got()
    return ours == real


@pytest.mark.timeout(120)
def test_every_client_hears_the_same(servers, seed):
    """Random talk of four clients."""
    talk = Talk(servers, seed)
    for _ in range(ROUNDS):
        talk.step()
    assert len(talk.said) > ROUNDS / 2
