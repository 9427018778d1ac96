"""A keyspace that keeps a diary, to watch what commands do with it."""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Iterator, Sized
from operator import itemgetter
from typing import Any, SupportsIndex

from steps.s05_commands.session import CommandSession
from steps.s06_types.commands.lists import push
from steps.s06_types.commands.sets import add_members
from steps.s06_types.keyspace import Keyspace
from steps.s06_types.state import State
from steps.s06_types.zset import Entry, SortedSet


class DiaryKeyspace(Keyspace):
    """Records which changes were reported, and which access methods were used."""

    def __init__(self) -> None:
        super().__init__()
        self.told: list[bytes] = []
        """The keys of which the observers have heard, in order."""
        self.doors: list[str] = []
        """`put k` and `discard k`, in order."""
        self.hidden: set[bytes] = set()
        """Keys that `find` does not find, as will be the case for expired ones."""
        self.observers.append(self.told.append)

    def hide(self, key: bytes) -> None:
        """From now on `find` does not find this key."""
        self.hidden.add(key)

    def find(self, key: bytes) -> Any:
        return None if key in self.hidden else super().find(key)

    def put(self, key: bytes, value: Any) -> None:
        self.doors.append(f"put {key.decode()}")
        super().put(key, value)

    def discard(self, key: bytes) -> bool:
        self.doors.append(f"discard {key.decode()}")
        return super().discard(key)


class GivenKeyspace(DiaryKeyspace):
    """Has `lookup` and `settle` ready-made, looser than those of 6.6 and 6.7.

    Any type is accepted, and an empty container stays. So functions that use them can be tried out
    before they are written.
    """

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []
        """What was looked up, and as what: `k deque`."""
        self.settled: list[bytes] = []
        """The keys that were settled, in order."""

    def lookup(self, key: bytes, kind: type[Any]) -> Any:
        self.asked.append(f"{key.decode()} {kind.__name__}")
        return self.find(key)

    def settle(self, key: bytes, value: Sized) -> None:
        self.settled.append(key)
        if self.data.get(key) is value:
            self.touch(key)
        else:
            self.put(key, value)


class DiaryState(State):
    """A state over such a keyspace."""

    store: DiaryKeyspace

    def new_store(self) -> DiaryKeyspace:
        return DiaryKeyspace()


class GivenState(DiaryState):
    """A state over a keyspace whose `lookup` and `settle` are ready-made."""

    def new_store(self) -> DiaryKeyspace:
        return GivenKeyspace()


def diary_session(given: bool = False) -> CommandSession:
    """A session over a keyspace that keeps a diary: `session.store.told`, `session.store.doors`.

    With `given` its `lookup` and `settle` are those of the lab.
    """
    return CommandSession(GivenState() if given else DiaryState())


def walked_once(name: str, keyspace: Keyspace, key: bytes, items: list[Any], *more: str) -> int:
    """What `push` or `add_members` returns for items that come from a generator."""
    function: Any = {"push": push, "add_members": add_members}[name]
    number: int = function(keyspace, key, (item for item in items), *more)
    return number


# --- how often somebody looks at something ---


class Looks:
    """A number that grows with each look."""

    def __init__(self) -> None:
        self.number = 0


class CountedDeque(deque[bytes]):
    """A deque that counts each item that is read."""

    looks = Looks()

    def __iter__(self) -> Iterator[bytes]:
        for item in super().__iter__():
            self.looks.number += 1
            yield item

    def __reversed__(self) -> Iterator[bytes]:
        for item in super().__reversed__():
            self.looks.number += 1
            yield item

    def __getitem__(self, place: Any) -> Any:
        self.looks.number += 1
        return super().__getitem__(place)

    def index(self, item: bytes, *bounds: int) -> int:
        first, last = (*bounds, len(self))[:2] if bounds else (0, len(self))
        try:
            last = super().index(item, *bounds) + 1
        finally:
            self.looks.number += max(last - first, 0)
        return last - 1

    def count(self, item: bytes) -> int:
        self.looks.number += len(self)
        return super().count(item)


def looks_of_list(items: list[bytes], line: str) -> tuple[bytes, int]:
    """The reply to a command about the list `k` of these items, and how many items it looks at."""
    session = CommandSession(State())
    session.state.store.data[b"k"] = CountedDeque(items)
    before = CountedDeque.looks.number
    reply = session.receive(line.encode() + b"\r\n")
    return reply, CountedDeque.looks.number - before


class CountedScore(float):
    """A score that counts how often it is compared."""

    looks = Looks()

    def __lt__(self, other: float) -> bool:
        self.looks.number += 1
        return float.__lt__(self, other)

    def __le__(self, other: float) -> bool:
        self.looks.number += 1
        return float.__le__(self, other)

    def __gt__(self, other: float) -> bool:
        self.looks.number += 1
        return float.__gt__(self, other)

    def __ge__(self, other: float) -> bool:
        self.looks.number += 1
        return float.__ge__(self, other)

    def __eq__(self, other: object) -> bool:
        self.looks.number += 1
        return float.__eq__(self, other)

    def __ne__(self, other: object) -> bool:
        self.looks.number += 1
        return float.__ne__(self, other)

    __hash__ = float.__hash__


class CountedList(list[Entry]):
    """A list that counts each entry that is read; a slice, a copy or a walk is as many as it has."""

    looks = CountedScore.looks

    def __getitem__(self, place: SupportsIndex | slice) -> Any:
        found = super().__getitem__(place)
        self.looks.number += len(found) if isinstance(place, slice) else 1
        return found

    def __iter__(self) -> Iterator[Entry]:
        for entry in super().__iter__():
            self.looks.number += 1
            yield entry


def counted_board(
    members: int, seed: int, score: float | None = None
) -> tuple[SortedSet, list[bytes]]:
    """A sorted set of that many members that counts looks, and its members.

    Their scores are random, or all `score`.
    """
    chance = random.Random(seed)
    board = SortedSet()
    names = sorted(b"%d" % number for number in range(members))
    scores = {
        name: CountedScore(chance.uniform(-1e6, 1e6) if score is None else score) for name in names
    }
    board.scores = dict(scores)
    board.order = CountedList(sorted(((s, m) for m, s in scores.items()), key=itemgetter(0)))
    return board, names


def looks_of_add(members: int, seed: int) -> list[int]:
    """How many entries `add` looks at: for a new member, then for one that gets another score."""
    board, names = counted_board(members, seed)
    counts = []
    for name in (b"new", names[members // 3]):
        before = CountedScore.looks.number
        board.add(name, CountedScore(0.5))
        counts.append(CountedScore.looks.number - before)
    return counts


def looks_of_score_span(members: int, seed: int, score: float | None = None) -> int:
    """How many entries `score_span` looks at; with `score` that is the score of all of them."""
    board, _ = counted_board(members, seed, score)
    low, high = (-1000.0, 1000.0) if score is None else (score, score)
    before = CountedScore.looks.number
    board.score_span(low, high)
    board.score_span(low, high, above=True)
    return CountedScore.looks.number - before
