"""Lua, without a server around it."""

from __future__ import annotations

from steps.s10_asyncio.lua.interpreter import Interpreter

LOOP = b"for n = 1, 1000 do\nlocal x = n\nend"


def looks_after_an_end() -> int:
    """How often a short loop is looked at, after something was ended while it was compiled."""
    looks, answer = 0, None

    def tick() -> bytes | None:
        nonlocal looks
        looks += 1
        return answer

    lua = Interpreter(tick)
    answer, looks = b"ERR that took too long", 0
    while not looks:
        lua.compile(b"return 1", b"@short")
    answer, looks = None, 0
    lua.run(lua.compile(LOOP, b"@loop"), [], [])
    return looks
