"""Draws random requests from what the commands declare: right ones, and ones with faults.

A command is walked field by field, as the parser walks it. Each field gives words that it takes, or,
if it is to be a fault, words that it should not take. Options come in any order, some of them twice.
On top of that a request may have a word too few or too many. So no command is listed here, and one
that is defined tomorrow is drawn from as well.
"""

from __future__ import annotations

import random
from typing import Any

Words = list[bytes]

KEYS = [b"str", b"num", b"list", b"set", b"ints", b"hash", b"zset", b"none", b"gone", b"k\xff\r\n"]
STREAMS = [b"stream", b"log"]
VALUES = [b"a", b"b", b"1", b"2", b"-3", b"2.5", b"", b"\x00\xff\r\n", b"x" * 70, b"*", b"list"]
NUMBERS = [b"0", b"1", b"2", b"3", b"-1", b"-2", b"100"]
TIMES = [b"1000", b"5000", b"99999999999999", b"-1", b"0"]
DOUBLES = [b"0", b"1", b"2.5", b"-1", b"1e2", b"inf", b"-inf"]
BOUNDS = [b"-inf", b"+inf", b"(1", b"1", b"2.5", b"-", b"+", b"[a", b"(b", b"["]
IDS = [b"1", b"1-1", b"2", b"3", b"4-0", b"5", b"0", b"7-7"]
CURSORS = [b"0", b"0", b"1"]
PLACES = [b"u8 0", b"i8 0", b"u1 5", b"i64 #0", b"u16 #1", b"u63 3", b"i5 100", b"i8 #1", b"u64 0"]
OPERATIONS = [b"GET", b"get", b"SET", b"INCRBY", b"OVERFLOW", b"OVERFLOW"]
POSITIONS = [b"13.361389 38.115556", b"15.08 37.5", b"0 0", b"-180 85", b"179.9 -80", b"200 0"]
SEARCHES = {
    b"FROMMEMBER": [b"a", b"b", b"c"],
    b"FROMLONLAT": POSITIONS,
    b"BYRADIUS": [b"0 m", b"200 km", b"8000 MI", b"1e9 ft", b"-1 m"],
    b"BYBOX": [b"0 0 m", b"400 300 km", b"20000 8000 mi", b"1 -1 m"],
    b"COUNT": NUMBERS[:4],
    b"STORE": [b"zset", b"none", b"str"],
    b"STOREDIST": [b"zset", b"none", b"str"],
}
"""The values of the options of GEOSEARCH and its family."""
ODD = [
    *[b"", b"x", b" 1", b"1 ", b"+1", b"01", b"1e1", b"1.5", b"nan", b"1e400", b"-0", b"0x10"],
    *[b"9223372036854775807", b"9223372036854775808", b"-9223372036854775808", b"\xff"],
    *[b"-1", b"0", b"(", b"(x", b"NOSUCH", b"COUNT", b"LIMIT", b"GET", b"NX", b"XX", b"5000"],
]


KINDS = {
    *["Options", "Option", "PairOption", "ChoiceOf", "Weights", "ManyOption", "Patterns"],
    *["Maybe", "Rest", "Pairs", "Counted", "Key", "OneOf", "Integer", "Float"],
    *["Score", "Member", "Later", "Cursor", "Operations", "Positions", "Search"],
    *["StreamId", "Start", "NewId", "Interval", "TrimOptions", "Streams", "GroupOption"],
}
"""The names of the classes of fields for which words are chosen in their own way."""


GROUPS = [b"a", b"a", b"b"]
"""The names of the consumer groups, and of the consumers."""

RAW = {
    "ids": IDS,
    "id": [*IDS, b"$", b"-", b"+"],
    "name_of_group": GROUPS,
    "name_of_consumer": GROUPS,
    "consumer": GROUPS,
    "idle": [b"0", b"0", b"-1", b"100000"],
    "XPENDING": [b"IDLE", b"0", b"-", b"+", b"(1", b"10", b"a"],
    "XCLAIM": [*IDS, b"FORCE", b"JUSTID", b"IDLE", b"RETRYCOUNT", b"LASTID", b"9"],
    "XSETID": [*IDS, b"ENTRIESADDED", b"MAXDELETEDID"],
    "XINFO STREAM": [b"FULL", b"COUNT", b"1", b"0"],
    "XGROUP CREATE": [b"MKSTREAM", b"ENTRIESREAD", b"2", b"-1"],
    "XGROUP SETID": [b"ENTRIESREAD", b"2", b"-1"],
}
"""Words for what the commands on streams read later, and so declare as any words: by the name of the
field, or, if that is `rest`, of the command.
"""


def kind(field: Any) -> str:
    """Which of these a field is, or is derived from."""
    return next((base.__name__ for base in type(field).__mro__ if base.__name__ in KINDS), "")


class Draw:
    """Draws requests for commands, by chance."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance

    def request(self, command: Any) -> Words:
        """A request for `command`, with none, one or two faults, or a few more."""
        faults = self.chance.choice([0, 0, 0, 1, 1, 2, 2, 2, 3])
        self.command = command
        parts = list(command.syntax)
        wrong = set(self.chance.sample(range(len(parts)), min(len(parts), (faults + 1) // 2)))
        words: Words = []
        for index, part in enumerate(parts):
            words += self.part(part, index in wrong)
        if command.group == "stream" and words and self.chance.random() < 0.9:
            words = [self.chance.choice(STREAMS) if word in KEYS else word for word in words]
        for _ in range(faults // 2 if wrong else faults):
            self.spoil(words)
        return [*self.name(command).split(), *words]

    def name(self, command: Any) -> bytes:
        """The name, in capitals or not."""
        return command.name if self.chance.random() < 0.5 else command.name.lower()

    def spoil(self, words: Words) -> None:
        """Changes a word, or adds, removes or repeats one."""
        at = self.chance.randrange(len(words) + 1)
        kind = self.chance.randrange(5)
        if kind == 0:
            words.insert(at, self.chance.choice(ODD))
        elif kind == 1 and words:
            del words[at % len(words)]
        elif kind == 2 and words:
            words.append(self.chance.choice(words))
        elif words:
            words[at % len(words)] = self.chance.choice(ODD + KEYS)

    def part(self, part: Any, wrong: bool) -> Words:
        """The words of a field, or of options side by side."""
        if kind(part) == "Options":
            return self.options(part, wrong)
        return self.field(part, wrong)

    def options(self, options: Any, wrong: bool) -> Words:
        """Some of the options, in any order; now and then one twice, or two that exclude each other."""
        most = len(options.options) + wrong
        chosen = [
            self.chance.choice(options.options) for _ in range(self.chance.randint(wrong, most))
        ]
        if not wrong:
            chosen = list(dict.fromkeys(chosen))
        bad = self.chance.randrange(len(chosen)) if chosen and wrong else -1
        drawn = [self.option(option, index == bad) for index, option in enumerate(chosen)]
        return [word for words in drawn for word in words]

    def option(self, option: Any, wrong: bool) -> Words:
        """The word of an option, in capitals or not, and its values."""
        word = self.chance.choice(option.words)
        head = (word if self.chance.random() < 0.7 else word.lower()).encode()
        match kind(option):
            case "Option":
                return [head, *self.field(option.field, wrong)]
            case "PairOption":
                return [head, *self.field(option.first, wrong), *self.field(option.second, False)]
            case "ChoiceOf":
                field = option.fields[word]
                return [head, *(self.field(field, wrong) if field else [])]
            case "Weights" | "ManyOption":
                return [head, *self.many(option.item, wrong, 1, 3)]
            case "Patterns":
                return [head, self.chance.choice(VALUES)]
            case "GroupOption":
                return [head, *self.chance.choices(GROUPS, k=2)]
            case _:
                return [head]

    def field(self, field: Any, wrong: bool) -> Words:
        """The words of one field."""
        match kind(field):
            case "Maybe":
                return self.field(field.field, wrong) if wrong or self.chance.random() < 0.6 else []
            case "Rest" if field.name == "rest":
                most = self.chance.choice([0, 0, 1, 2, 3, 4])
                return self.chance.choices(
                    RAW[self.command.name.decode()], k=max(most, field.least)
                )
            case "Interval":
                words = self.chance.choices([*IDS, *[b"-", b"+", b"(1", b"(4-0"]], k=2)
                return [words[0], self.chance.choice(ODD)] if wrong else words
            case "TrimOptions":
                return self.trim(field) if field.least or self.chance.random() < 0.4 else []
            case "Streams":
                count = self.chance.choice([1, 1, 2])
                ids = self.chance.choices([*IDS, b">", b">", b">", b"$"], k=count)
                return [b"STREAMS", *self.chance.choices(STREAMS, k=count), *ids]
            case "Rest" if field.name in RAW:
                return self.chance.choices(RAW[field.name], k=self.chance.choice([1, 2, 3]))
            case "Rest" if field.name == "entry":
                return self.chance.choices(VALUES, k=self.chance.choice([2, 2, 2, 4, 3]))
            case "Rest":
                return self.many(field.item, wrong, max(field.least, 1), 3)
            case "Pairs":
                pairs = range(self.chance.randint(1, 3))
                words = [
                    w
                    for _ in pairs
                    for f in (field.first, field.second)
                    for w in self.field(f, False)
                ]
                if wrong:
                    self.spoil(words)
                return words
            case "Counted":
                words = self.many(field.item, False, 1, 3)
                count = self.chance.choice(ODD) if wrong else b"%d" % len(words)
                return [count, *words]
            case "Positions":
                drawn = [
                    b" ".join(
                        [self.chance.choice(POSITIONS), self.chance.choice([b"a", b"b", b"x"])]
                    )
                    for _ in range(self.chance.randint(1, 3))
                ]
                return b" ".join(drawn).split()
            case "Search":
                return self.search(field)
            case "Operations":
                operations = [self.operation() for _ in range(self.chance.randint(0, 4))]
                return [word for words in operations for word in words]
            case _:
                return [self.chance.choice(ODD if wrong else good(field))]

    def search(self, field: Any) -> Words:
        """The words of GEOSEARCH or one of its family."""
        choice = self.chance.choice
        radius = choice(SEARCHES[b"BYRADIUS"])
        heads = {
            4: choice(POSITIONS) + b" " + radius,
            3: choice(SEARCHES[b"FROMMEMBER"]) + b" " + radius,
        }
        places = [choice([b"FROMMEMBER", b"FROMLONLAT"]), choice([b"BYRADIUS", b"BYBOX"])]
        names = [] if field.least in heads else places
        names += self.chance.choices(list(field.options), k=self.chance.choice([0, 1, 1, 2, 4]))
        self.chance.shuffle(names)
        words = heads.get(field.least, b"")
        for name in names:
            stored = name in (b"STORE", b"STOREDIST") and not field.options[name][0]
            values = [b""] if stored else SEARCHES.get(name, [b""])
            words += b" %b %b" % (name, choice(values))
        return words.split()

    def operation(self) -> Words:
        """The words of an operation of BITFIELD."""
        head = self.chance.choice(OPERATIONS)
        if head == b"OVERFLOW":
            return [head, self.chance.choice([b"WRAP", b"SAT", b"FAIL", b"sat"])]
        amount = [] if head.upper() == b"GET" else [self.chance.choice(NUMBERS + TIMES)]
        return [head, *self.chance.choice(PLACES).split(), *amount]

    def trim(self, field: Any) -> Words:
        """The options of XTRIM and XADD."""
        by_id = self.chance.random() < 0.4
        words = [b"MINID" if by_id else b"MAXLEN", self.chance.choice([b"~", b"=", b"="])]
        if self.chance.random() < 0.3:
            words.pop()
        words.append(self.chance.choice(IDS if by_id else NUMBERS))
        more = [b"LIMIT", self.chance.choice(NUMBERS)] if self.chance.random() < 0.3 else []
        return [*more, *words] if self.chance.random() < 0.5 else [*words, *more]

    def many(self, item: Any, wrong: bool, least: int, most: int) -> Words:
        """The words of several fields of a kind, of which one may be wrong."""
        words = [self.field(item, False)[0] for _ in range(self.chance.randint(least, most))]
        if wrong:
            words[self.chance.randrange(len(words))] = self.chance.choice(ODD)
        return words


def good(field: Any) -> Words:
    """Words of which a field of one word takes most."""
    match kind(field):
        case "Key":
            return KEYS
        case "OneOf":
            return [word.encode() for word in field.choices]
        case "Integer":
            return [word for word in NUMBERS if field.low <= int(word) <= field.high] or NUMBERS
        case "Float":
            return DOUBLES
        case "Score" | "Member":
            return BOUNDS
        case "Later":
            return TIMES
        case "Cursor":
            return CURSORS
        case "StreamId" | "Start":
            return [*IDS, b"-"]
        case "NewId":
            return [*IDS, b"5-*", b"9-*", b"10", b"11-5", b"12"]
    if field.name in RAW:
        return RAW[field.name]
    if field.kind in ("integer", "double"):
        return NUMBERS if field.kind == "integer" else DOUBLES
    return VALUES + BOUNDS[:3] + NUMBERS[:4]
