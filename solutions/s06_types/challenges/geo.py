"""Geo: positions as scores of a sorted set, and searches in the few cells that a shape may touch.

A position is two numbers of 26 bits, interleaved: all positions in a cell of the map have scores
that begin with the same bits, and so stand next to each other. Binary digits spread when they are
read to base 4, and come apart again as every second character.
Sources: https://redis.io/docs/latest/commands/?group=geo
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from operator import attrgetter
from typing import Any, ClassVar, Final, NamedTuple

from steps.s02_resp.values import (
    NULL_ARRAY,
    SYNTAX_ERROR,
    Bulks,
    CommandError,
    Encoded,
    Reply,
    integer,
    text_of,
)
from steps.s05_commands.command import DENYOOM, READ, WRITE
from steps.s05_commands.fields import (
    NOT_A_FLOAT,
    Bulk,
    Choice,
    Field,
    Flag,
    Float,
    Key,
    Pairs,
    Rest,
    Word,
    Words,
    parse_double,
)
from steps.s06_types.command import Command
from steps.s06_types.commands.sorted_sets import ZAdd
from steps.s06_types.session import TypesSession
from steps.s06_types.zset import SortedSet

BAD_POSITION = "ERR invalid longitude,latitude pair {:f},{:f}"
BAD_UNIT = "ERR unsupported unit provided. please use M, KM, FT, MI"
NO_MEMBER = "ERR could not decode requested zset member"
BAD_COUNT = "ERR COUNT must be > 0"
ANY_ALONE = "ERR the ANY argument requires COUNT argument"
NOT_STORED = "ERR {} is not compatible with WITHDIST, WITHHASH and WITHCOORD options"
NO_CENTER = "ERR exactly one of FROMMEMBER or FROMLONLAT can be specified for {}"
NO_SHAPE = "ERR exactly one of BYRADIUS and BYBOX can be specified for {}"

EARTH_RADIUS: Final = 6372797.560856
HALF_EARTH: Final = 20037726.37
"""Half the way around the earth, in the projection of web maps."""

BITS: Final = 26
"""Of each number in a score, which has 52 in all."""

CELLS: Final = 1 << BITS
"""The smallest cells on each side of the map."""

AT_ONCE: Final = 256
"""How many scores become positions at once."""

LETTERS: Final = b"0123456789bcdefghjkmnpqrstuvwxyz"
UNITS: Final = {b"M": 1.0, b"KM": 1000.0, b"FT": 0.3048, b"MI": 1609.34}


# --- positions and scores -------------------------------------------------------------------------


class Point(NamedTuple):
    """A position, in degrees."""

    longitude: float
    latitude: float


@dataclass(frozen=True, slots=True)  # the fields of a tuple are slower to read
class Scale:
    """A range of degrees that is divided into cells."""

    low: float
    high: float

    def cell(self, degrees: float, bits: int) -> int:
        """The number of the cell, if there are 2 ** bits of them."""
        return int((degrees - self.low) / (self.high - self.low) * (1 << bits))

    def edge(self, cell: int, bits: int) -> float:
        """Where a cell begins."""
        return self.low + cell / (1 << bits) * (self.high - self.low)

    def middles(self, cells: Iterable[int]) -> list[float]:
        """The middles of some of the smallest cells."""
        low, size = self.low, self.high - self.low
        return [
            (low + cell / CELLS * size + (low + (cell + 1 & 0xFFFFFFFF) / CELLS * size)) / 2
            for cell in cells
        ]

    def middle(self, cell: int) -> float:
        """The middle of a cell that may be beyond the map."""
        (between,) = self.middles([cell])
        return max(self.low, min(between, self.high))


LONGITUDES: Final = Scale(-180.0, 180.0)
LATITUDES: Final = Scale(-85.05112878, 85.05112878)
"""The projection of web maps has no poles."""

ALL_LATITUDES: Final = Scale(-90.0, 90.0)
"""Those of the geohash that other programs write as letters."""


HALF: Final = BITS // 2

SPREAD: Final = [int(f"{bits:b}", 4) for bits in range((1 << HALF) + 1)]
"""The bits of half a number with a zero before each. The last is for the eastern edge of the map."""


def interleaved(longitude: int, latitude: int) -> int:
    """A bit of the longitude, one of the latitude, and so on."""
    return spread(longitude) << 1 | spread(latitude)


def spread(number: int) -> int:
    """The bits of a number with a zero before each."""
    return SPREAD[number >> HALF] << BITS | SPREAD[number & (1 << HALF) - 1]


def score_of(longitude: float, latitude: float, latitudes: Scale = LATITUDES) -> int:
    """The 52 bits of a position."""
    return interleaved(LONGITUDES.cell(longitude, BITS), latitudes.cell(latitude, BITS))


def point_of(score: float) -> Point:
    """The middle of the smallest cell that a score stands for.

    ZADD may have set any score; then it is what a processor makes of that in 64 bits.
    """
    fits = -(1 << 63) <= score < 1 << 64
    bits = int(score) & (1 << 64) - 1 if fits else (score < 0) << 63
    digits = f"{bits:064b}"
    return Point(LONGITUDES.middle(int(digits[0::2], 2)), LATITUDES.middle(int(digits[1::2], 2)))


def points_of(scores: Sequence[float]) -> list[Point]:
    """As `point_of` for each, if they are scores of positions.

    The bits of all of them come apart at once, as one long number.
    """
    count = len(scores)
    packed = struct.pack(f">{count}Q", *map(int, scores))
    digits = f"{int.from_bytes(packed, 'big'):0{64 * count}b}"
    longitudes, latitudes = (
        struct.unpack(f">{count}I", int(half, 2).to_bytes(4 * count, "big"))
        for half in (digits[0::2], digits[1::2])
    )
    return list(map(Point, LONGITUDES.middles(longitudes), LATITUDES.middles(latitudes)))


def geohash(score: float) -> bytes:
    """The first ten letters of the position's geohash, and a 0, since 52 bits are no more."""
    bits = score_of(*point_of(score), ALL_LATITUDES)
    letters = [LETTERS[bits >> shift & 31] for shift in range(47, 1, -5)]
    return bytes([*letters, LETTERS[0]])


# --- distances ------------------------------------------------------------------------------------

DEGREE: Final = math.pi / 180


def along_meridian(one: float, other: float) -> float:
    """Meters between two latitudes."""
    return EARTH_RADIUS * abs(other * DEGREE - one * DEGREE)


def distance(one: Point, other: Point) -> float:
    """Meters between two positions."""
    return distance_from(one)(other)


def distance_from(one: Point) -> Callable[[Point], float]:
    """Measures the meters from a position to others, by the haversine formula."""
    longitude, latitude = one.longitude * DEGREE, one.latitude * DEGREE
    cosine = math.cos(latitude)

    def measure(other: Point) -> float:
        east, north = other
        v = math.sin((east * DEGREE - longitude) / 2)
        if v == 0:
            return along_meridian(one.latitude, north)
        second = north * DEGREE
        u = math.sin((second - latitude) / 2)
        a = u * u + cosine * math.cos(second) * v * v
        return 2.0 * EARTH_RADIUS * math.asin(math.sqrt(a))

    return measure


# --- shapes, and the cells that they touch --------------------------------------------------------


class Shape(NamedTuple):
    """A circle with a radius, or a box of this width and height, in meters."""

    width: float
    height: float
    circle: bool

    @property
    def half_width(self) -> float:
        return self.width if self.circle else self.width / 2

    @property
    def half_height(self) -> float:
        return self.height if self.circle else self.height / 2

    @property
    def reach(self) -> float:
        """Meters from the center to the farthest point."""
        if self.circle:
            return self.width
        return math.sqrt(self.half_width * self.half_width + self.half_height * self.half_height)

    def measuring(self, center: Point) -> Callable[[Point], float | None]:
        """Measures the meters from the center to points; None if one is outside."""
        measure = distance_from(center)

        def in_circle(point: Point) -> float | None:
            meters = measure(point)
            return meters if meters <= self.width else None

        def in_box(point: Point) -> float | None:
            if along_meridian(point.latitude, center.latitude) > self.half_height:
                return None
            beside = Point(center.longitude, point.latitude)
            if distance(point, beside) > self.half_width:
                return None
            return measure(point)

        return in_circle if self.circle else in_box


def bits_for(meters: float, latitude: float) -> int:
    """With how many bits a cell is so large that it and its neighbors hold a circle, mostly."""
    if meters == 0:
        return BITS
    bits = 1
    while meters < HALF_EARTH:
        meters *= 2
        bits += 1
    bits -= 2
    # towards the poles cells get narrower
    bits -= (abs(latitude) > 66) + (abs(latitude) > 80)
    return max(1, min(bits, BITS))


class Cell(NamedTuple):
    """A cell of the map, if each side of that is divided into 2 ** bits."""

    longitude: int
    latitude: int
    bits: int

    @classmethod
    def at(cls, point: Point, bits: int) -> Cell:
        """The cell of a point."""
        longitude = LONGITUDES.cell(point.longitude, bits)
        return cls(longitude, LATITUDES.cell(point.latitude, bits), bits)

    def moved(self, east: int, north: int) -> Cell:
        """A neighbor. Beyond an edge of the map is the opposite one."""
        longitude, latitude, bits = self
        most = (1 << bits) - 1
        if east:
            longitude = longitude + east & most
        if north:
            latitude = latitude + north & most
        return Cell(longitude, latitude, bits)

    @property
    def scores(self) -> tuple[int, int]:
        """The least score of a position in it, and the least one after that of no such position."""
        prefix, rest = interleaved(self.longitude, self.latitude), 52 - 2 * self.bits
        return prefix << rest, prefix + 1 << rest

    @property
    def west(self) -> float:
        return LONGITUDES.edge(self.longitude, self.bits)

    @property
    def east(self) -> float:
        return LONGITUDES.edge(self.longitude + 1, self.bits)

    @property
    def south(self) -> float:
        return LATITUDES.edge(self.latitude, self.bits)

    @property
    def north(self) -> float:
        return LATITUDES.edge(self.latitude + 1, self.bits)


class Frame(NamedTuple):
    """The degrees between which a shape is."""

    west: float
    south: float
    east: float
    north: float


def frame_of(center: Point, shape: Shape) -> Frame:
    """The frame of a shape, which is wider on its side towards the pole."""
    up = shape.half_height / EARTH_RADIUS / DEGREE
    latitude = center.latitude - up if center.latitude < 0 else center.latitude + up
    aside = shape.half_width / EARTH_RADIUS / math.cos(latitude * DEGREE) / DEGREE
    longitude = center.longitude
    return Frame(longitude - aside, center.latitude - up, longitude + aside, center.latitude + up)


AROUND: Final = ((0, 0), (0, 1), (0, -1), (1, 0), (-1, 0), (1, 1), (-1, 1), (1, -1), (-1, -1))
"""A cell and its neighbors, as steps to the east and to the north, in the order of a search."""


def cells_of(center: Point, shape: Shape) -> Iterator[Cell]:
    """The cells that have all positions inside a shape, up to nine of them."""
    bits = bits_for(shape.reach, center.latitude)
    steps = list(AROUND)
    if bits > 1:
        frame = frame_of(center, shape)
        bits -= not covers(Cell.at(center, bits), frame)
        if bits > 1:
            cell = Cell.at(center, bits)
            steps = [step for step in steps if not useless(step, cell, frame)]
    yield from dict.fromkeys(Cell.at(center, bits).moved(*step) for step in steps)


def useless(step: tuple[int, int], cell: Cell, frame: Frame) -> bool:
    """Whether a neighbor is on a side on which the cell itself goes on beyond the shape."""
    east, north = step
    return (
        (north < 0 and cell.south < frame.south)
        or (north > 0 and cell.north > frame.north)
        or (east < 0 and cell.west < frame.west)
        or (east > 0 and cell.east > frame.east)
    )


def covers(cell: Cell, frame: Frame) -> bool:
    """Whether the neighbors of a cell reach as far as a shape."""
    return (
        cell.moved(0, 1).north >= frame.north
        and cell.moved(0, -1).south <= frame.south
        and cell.moved(1, 0).east >= frame.east
        and cell.moved(-1, 0).west <= frame.west
    )


class Found(NamedTuple):
    """A member inside the shape."""

    member: bytes
    score: float
    point: Point
    meters: float


meters_of: Final = attrgetter("meters")


def search(zset: SortedSet, center: Point, shape: Shape) -> Iterator[Found]:
    """The members inside a shape, cell by cell."""
    distance_inside = shape.measuring(center)
    for cell in cells_of(center, shape):
        low, high = cell.scores
        first, last = zset.score_span(low, high, below=True)
        for start in range(first, last, AT_ONCE):
            entries = zset.order[start : min(start + AT_ONCE, last)]
            points = points_of([score for score, _ in entries])
            for (score, member), point in zip(entries, points, strict=True):
                meters = distance_inside(point)
                if meters is not None:
                    yield Found(member, score, point, meters)


# --- replies --------------------------------------------------------------------------------------


def coordinate(session: TypesSession, degrees: float) -> Reply:
    """Degrees with up to 17 decimals: as a string, or in RESP3 as a double."""
    text = b"%.17f" % degrees
    text = text.rstrip(b"0").rstrip(b".")
    return text if session.protocol == 2 else Encoded(b",%b\r\n" % text)


def shown(session: TypesSession, point: Point) -> list[Reply]:
    """A position as it is returned."""
    return [coordinate(session, degrees) for degrees in point]


def in_unit(meters: float, unit: float) -> bytes:
    """A distance with four decimals."""
    return b"%.4f" % (meters / unit)


# --- reading arguments ----------------------------------------------------------------------------


def number(raw: bytes, error: str) -> float:
    """The double that a word spells. Raises CommandError."""
    value = parse_double(raw)
    if value is None:
        raise CommandError(error)
    return value


def position(longitude: bytes, latitude: bytes) -> Point:
    """The position that two words spell. Raises CommandError."""
    x, y = parse_double(longitude), parse_double(latitude)
    if x is None or y is None:
        raise CommandError(NOT_A_FLOAT)
    if abs(x) > LONGITUDES.high or abs(y) > LATITUDES.high:
        raise CommandError(BAD_POSITION.format(x, y))
    return Point(x, y)


def unit_of(raw: bytes) -> float:
    """The meters of a unit. Raises CommandError."""
    unit = UNITS.get(raw.upper())
    if unit is None:
        raise CommandError(BAD_UNIT)
    return unit


class Positions(Pairs[float, bytes]):
    """A field: `longitude latitude member` again and again; the value is scores and members."""

    def __init__(self) -> None:
        super().__init__(Float(), Bulk())
        self.least = 3

    def pair(self, words: list[bytes]) -> list[tuple[float, bytes]]:
        if len(words) % 3 or not words:
            raise CommandError(SYNTAX_ERROR)
        return [
            (float(score_of(*position(words[at], words[at + 1]))), words[at + 2])
            for at in range(0, len(words), 3)
        ]


class Unit(Word[float]):
    """A field: a unit of length."""

    def convert(self, raw: bytes) -> float:
        return unit_of(raw)


# --- single positions -----------------------------------------------------------------------------


class GeoCommand(Command, abstract=True):
    """A command of the group `geo`."""

    group = "geo"


class GeoAdd(GeoCommand, flags=WRITE | DENYOOM):
    """Keeps positions of members: how many members are new; with CH: how many have changed."""

    key = Key()
    condition = Choice("NX", "XX")
    changed = Flag("CH")
    positions = Positions()

    def execute(self, session: TypesSession) -> Reply:
        add = ZAdd()
        add.key, add.scores, add.changed = self.key, self.positions, self.changed
        add.nx, add.xx = self.condition == "NX", self.condition == "XX"
        return add.execute(session)


class MembersCommand(GeoCommand, abstract=True, flags=READ):
    """A command that returns something of each member."""

    key = Key()
    members = Rest(Bulk(), least=0)

    def scores(self, session: TypesSession) -> list[float | None]:
        """The score of each member, None for a missing one."""
        zset = session.store.lookup(self.key, SortedSet) or SortedSet()
        return [zset.scores.get(member) for member in self.members]


class GeoPos(MembersCommand):
    """The position of each member, null for a missing one."""

    def execute(self, session: TypesSession) -> Reply:
        return [
            NULL_ARRAY if score is None else shown(session, point_of(score))
            for score in self.scores(session)
        ]


class GeoHash(MembersCommand):
    """The geohash of each member in letters, null for a missing one."""

    def execute(self, session: TypesSession) -> Reply:
        return [None if score is None else geohash(score) for score in self.scores(session)]


class GeoDist(GeoCommand, flags=READ):
    """The distance between two members, or null."""

    late = ("unit",)
    key = Key()
    member1 = Bulk()
    member2 = Bulk()
    unit = Unit(default=1.0)

    def execute(self, session: TypesSession) -> Reply:
        zset = session.store.lookup(self.key, SortedSet) or SortedSet()
        one, other = zset.scores.get(self.member1), zset.scores.get(self.member2)
        if one is None or other is None:
            return None
        return in_unit(distance(point_of(one), point_of(other)), self.unit)


# --- searches -------------------------------------------------------------------------------------


@dataclass
class Query:
    """What a client looks for, as far as its words could be read: up to `fault`."""

    members: list[bytes] = field(default_factory=list)
    """Members at whose position the center is. Each must be there; the last one counts."""
    center: Point | None = None
    shape: Shape | None = None
    unit: float = 1.0
    count: int = 0
    any: bool = False
    descending: bool | None = None
    extras: set[bytes] = field(default_factory=set)
    """Those of WITHDIST, WITHHASH and WITHCOORD that are wanted."""
    destination: bytes | None = None
    stores: dict[bytes, bytes] = field(default_factory=dict)
    """The keys by their options. Both are keys of the request, of which the last counts."""
    stores_distance: bool = False
    later: list[bytes] = field(default_factory=list)
    """Words that are read only if there is a key: the radius of GEORADIUSBYMEMBER."""
    fault: CommandError | None = None

    def circle(self, words: Words) -> None:
        """Reads `radius unit`."""
        radius = number(words.next(), "ERR need numeric radius")
        if radius < 0:
            raise CommandError("ERR radius cannot be negative")
        self.unit = unit_of(words.next())
        self.shape = Shape(radius * self.unit, radius * self.unit, circle=True)

    def box(self, words: Words) -> None:
        """Reads `width height unit`."""
        width = number(words.next(), "ERR need numeric width")
        height = number(words.next(), "ERR need numeric height")
        if width < 0 or height < 0:
            raise CommandError("ERR height or width cannot be negative")
        self.unit = unit_of(words.next())
        self.shape = Shape(width * self.unit, height * self.unit, circle=False)


Read = Callable[[Query, Words], None]


def from_member(query: Query, words: Words) -> None:
    if query.center:
        raise CommandError(SYNTAX_ERROR)
    query.members.append(words.next())


def from_position(query: Query, words: Words) -> None:
    if query.members:
        raise CommandError(SYNTAX_ERROR)
    query.center = position(words.next(), words.next())


def by_radius(query: Query, words: Words) -> None:
    if query.shape and not query.shape.circle:
        raise CommandError(SYNTAX_ERROR)
    query.circle(words)


def by_box(query: Query, words: Words) -> None:
    if query.shape and query.shape.circle:
        raise CommandError(SYNTAX_ERROR)
    query.box(words)


def radius_later(query: Query, words: Words) -> None:
    query.later = words.several(2)


def count(query: Query, words: Words) -> None:
    query.count = integer(words.next())
    if query.count <= 0:
        raise CommandError(BAD_COUNT)


def store(query: Query, words: Words) -> None:
    query.destination, query.stores_distance = words.next(), False
    query.stores[b"STORE"] = query.destination


def store_distance(query: Query, words: Words) -> None:
    query.destination, query.stores_distance = words.next(), True
    query.stores[b"STOREDIST"] = query.destination


def setting(**values: Any) -> Read:
    """Reads an option without a value."""

    def read(query: Query, words: Words) -> None:
        vars(query).update(values)

    return read


def extra(name: bytes) -> Read:
    """Reads one of WITHDIST, WITHHASH and WITHCOORD."""
    return lambda query, words: query.extras.add(name)


Options = dict[bytes, tuple[int, Read]]
"""How many words each option needs, and what reads them."""

COMMON: Final[Options] = {
    b"WITHDIST": (0, extra(b"WITHDIST")),
    b"WITHHASH": (0, extra(b"WITHHASH")),
    b"WITHCOORD": (0, extra(b"WITHCOORD")),
    b"ANY": (0, setting(any=True)),
    b"ASC": (0, setting(descending=False)),
    b"DESC": (0, setting(descending=True)),
    b"COUNT": (1, count),
}
STORING: Final[Options] = {b"STORE": (1, store), b"STOREDIST": (1, store_distance)}
PLACES: Final[Options] = {
    b"FROMMEMBER": (1, from_member),
    b"FROMLONLAT": (2, from_position),
    b"BYRADIUS": (2, by_radius),
    b"BYBOX": (3, by_box),
}


class Search(Field[Query]):
    """A field: all words of a search after the key."""

    variable = True

    def __init__(self, *head: Read, least: int, options: Options) -> None:
        """`head` reads what comes first, always; then come `options`."""
        self.head = head
        self.least = least
        self.options = COMMON | options
        self.movable = b"STORE" in options

    def take(self, words: Words) -> Query:
        query = Query()
        try:
            for read in self.head:
                read(query, words)
            while words:
                option = self.options.get(words.next().upper())
                if option is None or len(words) < option[0]:
                    raise CommandError(SYNTAX_ERROR)
                option[1](query, words)
        except CommandError as error:
            query.fault = error
            words.clear()
        return query

    def keys(self, value: Query) -> Iterator[bytes]:
        for option in sorted(value.stores):
            yield value.stores[option]


class Searching(GeoCommand, abstract=True):
    """A command that searches."""

    stores: ClassVar[str] = "STORE option in GEORADIUS"
    """How an error calls what does not go with WITHDIST and the like."""
    key: Any
    query: Any

    def execute(self, session: TypesSession) -> Reply:
        query: Query = self.query
        zset = session.store.lookup(self.key, SortedSet)
        if zset is not None:
            for member in query.members:
                if member not in zset.scores:
                    raise CommandError(NO_MEMBER)
                query.center = point_of(zset.scores[member])
            if query.later:
                query.circle(Words(query.later))
        destination = self.target()
        self.check(query, destination)
        found = self.found(query, zset) if zset is not None else []
        if destination is None:
            if not query.extras:
                return Bulks([one.member for one in found])
            return [self.row(session, query, one) for one in found]
        scores = [
            (one.member, one.meters / query.unit if query.stores_distance else one.score)
            for one in found
        ]
        session.store.settle(destination, SortedSet(scores))
        if scores:
            session.store.count(len(scores) - 1)
        return len(scores)

    def target(self) -> bytes | None:
        """The key at which the result is kept, or None."""
        destination: bytes | None = self.query.destination
        return destination

    def check(self, query: Query, destination: bytes | None) -> None:
        """Raises the first error there is in a query."""
        if query.fault:
            raise query.fault
        if destination is not None and query.extras:
            raise CommandError(NOT_STORED.format(self.stores))
        name = text_of(self.request[0])
        if not query.center and not query.members:
            raise CommandError(NO_CENTER.format(name))
        if not query.shape and not query.later:
            raise CommandError(NO_SHAPE.format(name))
        if query.any and not query.count:
            raise CommandError(ANY_ALONE)

    def found(self, query: Query, zset: SortedSet) -> list[Found]:
        """The members that the query asks for, in its order."""
        assert query.center
        assert query.shape
        found = search(zset, query.center, query.shape)
        most = query.count or None
        descending = query.descending
        if query.any:
            found = islice(found, most)
        elif most and descending is None:
            descending = False  # the nearest ones
        if descending is None:
            return list(found)
        return sorted(found, key=meters_of, reverse=descending)[:most]

    def row(self, session: TypesSession, query: Query, one: Found) -> Reply:
        """What is returned of a member."""
        row: list[Reply] = [one.member]
        if b"WITHDIST" in query.extras:
            row.append(in_unit(one.meters, query.unit))
        if b"WITHHASH" in query.extras:
            row.append(int(one.score))
        if b"WITHCOORD" in query.extras:
            row.append(shown(session, one.point))
        return row


class GeoRadius(Searching, flags=WRITE | DENYOOM):
    """The members in a circle around a position; with STORE, how many were kept at destination."""

    asks = True
    key = Key()
    query = Search(from_position, Query.circle, least=4, options=STORING)


class GeoRadiusRO(Searching, name="GEORADIUS_RO", flags=READ):
    """The members in a circle around a position. It never writes."""

    key = Key()
    query = Search(from_position, Query.circle, least=4, options={})


class GeoRadiusByMember(Searching, flags=WRITE | DENYOOM):
    """The members in a circle around one of them; with STORE, how many were kept at destination."""

    asks = True
    key = Key()
    query = Search(from_member, radius_later, least=3, options=STORING)


class GeoRadiusByMemberRO(Searching, name="GEORADIUSBYMEMBER_RO", flags=READ):
    """The members in a circle around one of them. It never writes."""

    key = Key()
    query = Search(from_member, radius_later, least=3, options={})


class GeoSearching(Searching, abstract=True):
    """GEOSEARCH and GEOSEARCHSTORE, in which center and shape are options."""

    stores = "GEOSEARCHSTORE"


class GeoSearch(GeoSearching, flags=READ):
    """The members in a circle or a box, around a position or one of them."""

    key = Key()
    query = Search(least=5, options=PLACES)


class GeoSearchStore(GeoSearching, flags=WRITE | DENYOOM):
    """Keeps the members in a circle or a box at destination, and returns how many there are."""

    asks = True
    destination = Key()
    key = Key()
    query = Search(least=5, options=PLACES | {b"STOREDIST": (0, setting(stores_distance=True))})

    def target(self) -> bytes | None:
        return self.destination
