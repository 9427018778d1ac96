"""File descriptors: each client takes one, and they are limited. You may skip this file.

There are two limits. A process may raise the soft one up to the hard one, which only an
administrator may raise. If that is too low, fewer clients are let in, and the others get an error.
Otherwise they would wait for an answer in vain, and the server could not open its own files.

https://redis.io/docs/latest/develop/reference/clients/#maximum-concurrent-connected-clients
"""

from __future__ import annotations

import logging
from typing import Final

from steps.s01_echo.cli import StartError

try:
    import resource
except ImportError:  # Windows has no such limit
    resource = None  # type: ignore[assignment]

RESERVED: Final = 32
"""Descriptors that the server needs for itself. As in Redis."""

STRIDE: Final = 16
"""How much less to try next. Some systems report a limit higher than what their kernel allows."""

log = logging.getLogger(__name__)


def room_for(clients: int) -> int:
    """How many clients there are descriptors for, `clients` at most; raises the limit as needed."""
    if resource is None:
        return clients
    wanted = clients + RESERVED
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return clients
    most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    for limit in range(most, soft, -STRIDE):
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (limit, hard))
        except (ValueError, OSError):
            continue
        log.info("increased maximum number of open files to %d (it was %d)", limit, soft)
        return min(clients, limit - RESERVED)
    return soft - RESERVED


def reserve(clients: int) -> int:
    """How many clients there is room for at the start; warns if that is fewer than `clients`.

    Raises StartError if there is room for none.
    """
    room = room_for(clients)
    if room < 1:
        raise StartError(
            f"the limit of {room + RESERVED} open files leaves no room for clients; raise it to"
            f" {clients + RESERVED} with ulimit -n."
        )
    if room < clients:
        log.warning(
            "maxclients has been reduced from %d to %d, for there may be %d open files only;"
            " if you need more clients, raise that with ulimit -n",
            clients,
            room,
            room + RESERVED,
        )
    return room
