"""The challenges of step 6: whole modules to write, from a specification.

Importing this package tells the registry their commands; a module is imported when one of its
commands is first asked for.
"""

from __future__ import annotations

from steps.s06_types.command import REGISTRY

REGISTRY.defer(
    f"{__name__}.bitmaps",
    *(b"SETBIT", b"GETBIT", b"BITCOUNT", b"BITPOS", b"BITOP", b"BITFIELD", b"BITFIELD_RO"),
)
REGISTRY.defer(
    f"{__name__}.hyperloglog",
    *(b"PFADD", b"PFCOUNT", b"PFMERGE", b"PFDEBUG", b"PFSELFTEST"),
)
REGISTRY.defer(
    f"{__name__}.geo",
    *(b"GEOADD", b"GEOPOS", b"GEODIST", b"GEOHASH", b"GEOSEARCH", b"GEOSEARCHSTORE"),
    *(b"GEORADIUS", b"GEORADIUS_RO", b"GEORADIUSBYMEMBER", b"GEORADIUSBYMEMBER_RO"),
)
