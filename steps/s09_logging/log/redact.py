"""What must not be logged: passwords. The log and the slow log show requests through here.

A log is copied, mailed and kept for years. Once a password was in it, that has to be changed.
"""

from __future__ import annotations

from typing import Final

from steps.s02_resp.values import Request

HIDDEN: Final = b"(redacted)"
"""What replaces a password. Redis writes the same."""

SECRET_OPTIONS: Final = {b"REQUIREPASS", b"MASTERAUTH"}
"""Settings that are passwords."""

BEFORE_SECRETS: Final = {b"HELLO": (b"AUTH", 2), b"MIGRATE": (b"AUTH", 1)}
"""Commands in which an option has a password, and how many words after it to hide."""


def redacted(request: Request) -> Request:
    """The request without the passwords in it."""
    name = request[0].upper()
    if name == b"AUTH":
        return [request[0], *[HIDDEN] * (len(request) - 1)]
    if name == b"CONFIG":
        return without(request, settings(request))
    if name in BEFORE_SECRETS:
        return without(request, behind(request, *BEFORE_SECRETS[name]))
    return request


def has_secrets(request: Request) -> bool:
    """Whether there is a password in the request."""
    return redacted(request) != request


def settings(request: Request) -> set[int]:
    """Which words of a CONFIG SET are the values of secret options."""
    return {i + 1 for i in range(2, len(request), 2) if request[i].upper() in SECRET_OPTIONS}


def behind(request: Request, option: bytes, count: int) -> set[int]:
    """The positions of the `count` words after each `option`."""
    found = [i for i, word in enumerate(request) if word.upper() == option]
    return {i + distance for i in found for distance in range(1, count + 1)}


def without(request: Request, positions: set[int]) -> Request:
    """The request with the words at these positions hidden."""
    return [HIDDEN if i in positions else word for i, word in enumerate(request)]
