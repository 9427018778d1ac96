"""Challenge geo: who is near?

A sorted set answers questions about one number, and a position is two. So the bits of both are
interleaved to one score, the first bit of the longitude, the first of the latitude, the second of
the longitude and so on. All positions in the same square of the map then have scores that begin
alike, and stand next to each other in the sorted set. A search needs to look at a few squares only.

Positions are ordinary sorted sets, and their scores are those of Redis: either server can search
what the other has saved. Define one class per command, as the modules in `steps/s06_types/commands`
do, with the group `geo`. `session.store.lookup(key, SortedSet)` finds a sorted set, `settle` puts
back one that has changed; `steps/s06_types/zset.py` says what it can do. `session.store.count(n)`
counts n more changes.

Stage 1: GEOADD key [NX | XX] [CH] longitude latitude member [longitude latitude member ...]

    Gives members the scores of their positions. Options, reply and changes are those of ZADD, with
    which you may leave the rest. Options come first, in any order.

    Longitudes go from -180 to 180, latitudes from -85.05112878 to 85.05112878: they are those of
    web maps, which end before the poles. A coordinate becomes its part of that range, between 0 and
    1, times 2**26, rounded down: 26 bits. In the score, the highest bit is the first one of the
    longitude.

    - NX with XX, a number of words that three does not divide, or no position: ERR syntax error
    - A word that is not a double: ERR value is not a valid float
    - ERR invalid longitude,latitude pair 181.000000,0.000000

Stage 2: GEOPOS, GEODIST, GEOHASH

    GEOPOS key [member ...]     for each member an array of longitude and latitude; a null array for
                                a missing one
    GEODIST key member member [M | KM | FT | MI]
                                the distance, with four decimals; null if a member is missing
    GEOHASH key [member ...]    for each member eleven letters, which other programs know; null for
                                a missing one

    A missing key is like an empty one. Units may be written in any case; a foot has 0.3048 m, a
    mile 1609.34.

    A score stands for the square of all positions that have it. The position is the middle between
    its edges, computed as (low + high) / 2 from edges computed as start + n / 2**26 * range, and
    not outside of the ranges above. It is shown with 17 decimals, without zeros at the end: as a
    string in RESP2, and as a double in RESP3 (`Encoded(b",13.36138933897018433\\r\\n")`). ZADD may
    have set any score at all.

    Distances are those on a sphere with a radius of 6372797.560856 m (haversine). With u = sin of
    half the difference of the latitudes, in radians, and v of the longitudes: 2 * r * asin(sqrt(u*u
    + cos * cos * v*v)), and r times the difference of the latitudes if v is 0. Degrees become
    radians by multiplying with pi / 180.

    A geohash interleaves the same way, but its latitudes go from -90 to 90: encode the position
    again. Each five bits, from the highest, are a letter of 0123456789bcdefghjkmnpqrstuvwxyz; two
    bits remain after ten letters, and the eleventh is always a 0.

    - ERR unsupported unit provided. please use M, KM, FT, MI (before the key is looked up)

Stage 3: GEOSEARCH key FROMMEMBER member | FROMLONLAT longitude latitude, BYRADIUS radius unit,
[ASC | DESC] [COUNT count [ANY]] [WITHCOORD] [WITHDIST] [WITHHASH]

    The members that are not farther away than radius. Options come in any order.
    - Without ASC (the nearest first) or DESC, members come as they are found. COUNT alone means
      ASC. COUNT with ANY takes the first ones found, and sorts them only if asked to.
    - Without WITH..., the reply is an array of members. Otherwise each is an array: the member, its
      distance in the unit of the radius with four decimals, its score as an integer, and its
      position.

    How members are found decides about their order. A side of the map is divided into 2**n parts (n
    is 1 to 26). Begin with n = 1 and double the radius, adding 1 to n, while it is less than
    20037726.37; then subtract 2, 1 more beyond a latitude of 66 (north or south) and another beyond
    80; a radius of 0 means 26. The frame of a circle has r / 6372797.560856 radians to the north
    and south; to the east and west the same, divided by the cosine of the latitude where it ends
    towards the pole (the northern one from latitude 0 on). If a neighbor of the square of the
    center ends before the frame does, take n - 1, which is never less than 1. Search the square of
    the center and the squares to its N, S, E, W, NE, NW, SE, SW (beyond an edge of the map is the
    opposite one), each once, in the order of scores. But if n is at least 2, leave out those on a
    side on which the square of the center itself goes on beyond the frame.

    Words are judged one after another:
    - The type of the key is looked at before anything else.
    - FROMMEMBER looks its member up: ERR could not decode requested zset member. (Not if there is
      no key.)
    - ERR need numeric radius, ERR radius cannot be negative, ERR COUNT must be > 0; and those for
      numbers, positions and units
    - FROMLONLAT after FROMMEMBER or the other way round, BYRADIUS after BYBOX or the other way
      round, an option without its values, another word: ERR syntax error. The same option may come
      again.

    When all is read, in this order, with the name of the command as the client wrote it:
    - ERR exactly one of FROMMEMBER or FROMLONLAT can be specified for geosearch
    - ERR exactly one of BYRADIUS and BYBOX can be specified for geosearch
    - ERR the ANY argument requires COUNT argument
    - A missing key: an empty array.

Stage 4: GEOSEARCH ... BYBOX width height unit

    The members in a box around the center: not farther than half its height along the meridian, and
    not farther than half its width along the latitude of the member. For n and the frame, the
    radius is half the diagonal, half the height and half the width.
    - ERR need numeric width, ERR need numeric height, ERR height or width cannot be negative

Stage 5: GEOSEARCHSTORE destination key ... [STOREDIST]

    Keeps the result of such a search at destination and replies how many members it has. Scores
    stay as they are, or are distances in the unit of the search with STOREDIST. An empty result
    removes the destination. Each member counts as a change.
    - ERR GEOSEARCHSTORE is not compatible with WITHDIST, WITHHASH and WITHCOORD options (the first
      to be checked when all is read)

Stage 6: GEORADIUS key longitude latitude radius unit, GEORADIUSBYMEMBER key member radius unit

    The same searches, with the options COUNT, ANY, ASC, DESC, WITHCOORD, WITHDIST, WITHHASH, and
    with STORE key or STOREDIST key, of which the last one counts. GEORADIUS_RO and
    GEORADIUSBYMEMBER_RO do not have these two. The keys after STORE and STOREDIST are keys of the
    command like any other (`movable`).
    - ERR STORE option in GEORADIUS is not compatible with WITHDIST, WITHHASH and WITHCOORD options
    - GEORADIUSBYMEMBER does not read the radius if the key is missing, but all options.

Sources: https://redis.io/docs/latest/commands/?group=geo
https://en.wikipedia.org/wiki/Geohash and https://en.wikipedia.org/wiki/Haversine_formula
"""
