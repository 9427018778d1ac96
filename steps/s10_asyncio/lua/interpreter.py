"""Lua 5.1, as Redis has it, for scripts that nobody has read.

    lua = Interpreter(tick)                       # raises MissingLua
    lua.library("redis", {"call": call}, {})      # redis.call(...) in Lua is call(...) in Python
    function = lua.compile(b"return KEYS[1]", b"@user_script")
    value = lua.run(function, [b"k"], [])         # raises LuaError

A script sees what `sandbox.lua` shows it: no file, no process, no Python object. It may use `MEMORY`
bytes, and `tick` is called every ten thousand instructions: it may do something else meanwhile, and
ends the script if it returns a reason.

Values: nil is None, booleans, numbers and strings (bytes) are what they are in Python, and a table is
a dict, or from Python a list or a dict. (A negative zero arrives as 0, which has no sign in Python;
functions that make a text of it, such as `call`, get the text.)
A Python function raises LuaError to raise an error in Lua.

Lua reports that it has no more memory by a long jump to where it was called, which must not cross
a Python frame. So the limit holds only while Lua itself runs: each way into Python lifts it.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Final, TypeAlias

from steps.s10_asyncio.lua import primitives
from steps.s10_asyncio.lua.bytecode import without_tail_calls

MEMORY: Final = 128 * 1024 * 1024
"""Bytes for all that scripts keep at a time. Redis has no limit."""

MUCH: Final = MEMORY // 2
"""From that many bytes on, garbage is collected before a script."""

DEPTH: Final = 200
"""How deep tables may be in each other on their way to Python."""

MANY: Final = 100
"""From that many words on, they are handed over in a table. Lua's stack has room for a few thousand."""

SCRIPT: Final = "run"
LOAD: Final = "load"
"""Two sets of globals: those of scripts, and those while a library of functions is loaded."""

MISSING: Final = (
    "scripts need the Python package lupa, which is not installed: pip install 'lupa>=2.2'"
)

FOLDER: Final = Path(__file__).parent
LIBRARIES: Final = ("bit", "cjson", "cmsgpack", "struct")
"""What Redis adds to Lua, each in a file beside this one."""

Value: TypeAlias = Any
Function: TypeAlias = Any
"""A function of Lua."""


class MissingLua(Exception):  # noqa: N818 - it says what it is
    """Lua is not installed; the text says what to install."""


class LuaError(Exception):
    """An error in Lua: its `value`, a text mostly."""

    def __init__(self, value: Value) -> None:
        super().__init__(value)
        self.value = value


class TooDeep(Exception):  # noqa: N818 - it says what it is
    """Tables are in each other deeper than `DEPTH`, or endlessly."""


class Interpreter:
    """A Lua of its own, with its globals."""

    def __init__(self, tick: Callable[[], bytes | None]) -> None:
        try:
            from lupa import lua51
        except ImportError as error:
            raise MissingLua(MISSING) from error
        self.lua = lua51.LuaRuntime(
            encoding=None,
            source_encoding="utf-8",
            unpack_returned_tuples=True,
            register_eval=False,
            register_builtins=False,
            attribute_filter=nothing,
            max_memory=0,
        )
        self.tick = tick
        self.table = self.lua.table_from
        self.table_type = type(self.lua.table())
        self.as_function = self.lua.eval("python.as_function")
        self.dump = self.lua.eval("string.dump")
        self.bug: Exception | None = None
        """What went wrong in a function of Python that a script called."""
        lift = self.lua.set_max_memory
        host: dict[bytes, Callable[..., Value]] = {
            b"lift": partial(lift, 0),
            b"limit": partial(lift, MEMORY),
            b"tick": self.ticked,
            b"untail": without_tail_calls,
            b"seed": lambda: random.randrange(2**31),
            b"find_plain": primitives.find_plain,
        }
        self.sandbox = self.load(
            "sandbox",
            "=sandbox",
            self.table(
                {
                    **self.wrapped(host),
                    b"memory": MEMORY,
                    b"much": MUCH,
                    b"patterns": self.load("patterns", "=library"),
                    b"primitives": self.table(self.wrapped(primitives.ALL)),
                }
            ),
        )
        for name in LIBRARIES:
            content = self.load(name, "=library", self.sandbox[b"primitives"])
            self.sandbox[b"adopt"](name.encode(), content)
        self.run_script, self.run_words = self.sandbox[b"run"], self.sandbox[b"run_words"]
        self.call_function = self.sandbox[b"call"]

    def wrapped(self, functions: Mapping[bytes, Callable[..., Value]]) -> dict[bytes, Function]:
        """Functions of Python as functions of Lua."""
        return {name: self.as_function(function) for name, function in functions.items()}

    def load(self, name: str, called: str, *arguments: Value) -> Any:
        """Runs one of the files beside this one."""
        code = (FOLDER / f"{name}.lua").read_bytes()
        compiled = self.lua.eval("loadstring")(code, called.encode())
        if isinstance(compiled, tuple):
            raise SyntaxError(compiled[1].decode())
        plain = without_tail_calls(self.dump(compiled))
        return self.lua.eval("loadstring")(plain, called.encode())(*arguments)

    def ticked(self) -> bytes | None:
        self.lua.set_max_memory(0)
        try:
            return self.tick()
        except Exception as error:
            self.bug = error
            return b"ERR internal error"

    # --- for scripts -----------------------------------------------------------------------------

    def library(
        self,
        name: str,
        functions: Mapping[str, Callable[..., Value]],
        constants: Mapping[str, Value],
        scope: str = SCRIPT,
    ) -> None:
        """Shows scripts a table of functions and values; they can't change it."""
        passed = {word.encode(): self.passed(function) for word, function in functions.items()}
        gathered = {word: self.gathered(function) for word, function in passed.items()}
        both = self.table(self.wrapped(passed)), self.table(self.wrapped(gathered))
        values = {word.encode(): value for word, value in constants.items()}
        self.sandbox[b"library"](scope.encode(), name.encode(), *both, self.table(values))

    @contextmanager
    def loading(self) -> Iterator[None]:
        """Shows scripts only the globals of the scope LOAD meanwhile."""
        self.sandbox[b"enter"](LOAD.encode())
        try:
            yield
        finally:
            self.sandbox[b"enter"](SCRIPT.encode())

    def passed(self, function: Callable[..., Value]) -> Callable[..., tuple[Value, ...]]:
        """`function` such that no exception comes out of it.

        It gets a table as an object of Lua; `shown` returns the contents. What comes out is whether it
        went well, and the value or the error. A status is a table with one item, which Lua builds in a
        tenth of the time: its value is returned, and then its name.
        """

        def call(*arguments: Value) -> tuple[Value, ...]:
            try:
                value = function(*arguments)
                kind = type(value)
                if kind is bytes or kind is int:
                    return True, value, None
                if kind is dict and len(value) == 1:
                    (name,) = value
                    return True, self.to_lua(value[name]), name
                return True, self.to_lua(value), None
            except LuaError as error:
                return False, self.to_lua(error.value)
            except Exception as error:
                self.bug = error
                return False, b"ERR internal error"

        return call

    def gathered(self, function: Callable[..., Value]) -> Callable[..., Value]:
        """`function`, for arguments that are too many for the stack of Lua: in a table."""
        return lambda table, count: function(*(table[at] for at in range(1, count + 1)))

    def shown(self, value: Value) -> Value:
        """An argument that a function got from Lua; a table is its contents."""
        return self.from_lua(value) if type(value) is self.table_type else value

    def memory(self) -> int:
        """How many bytes it has now."""
        used: int = self.lua.get_memory_used()
        return used

    # --- running ---------------------------------------------------------------------------------

    def compile(self, code: bytes, name: bytes) -> Function:
        """The function with that body. Raises LuaError."""
        function = self.sandbox[b"compile"](code, name)
        if isinstance(function, tuple):
            raise LuaError(function[1])
        return function

    def run(self, script: Function, keys: list[bytes], arguments: list[bytes]) -> Value:
        """What a script returns, of several values the first. It finds the words in KEYS and ARGV.

        Raises LuaError, TooDeep. The value of an error is a table: its text is under `err`; `source`
        and `line` say where.
        """
        if len(keys) + len(arguments) < MANY:
            return self.result(self.run_words(script, len(keys), *keys, *arguments))
        return self.result(self.run_script(script, self.table(keys), self.table(arguments)))

    def call(self, function: Function, *arguments: Value) -> Value:
        """As `run`, for a function with arguments."""
        return self.result(self.call_function(function, *map(self.to_lua, arguments)))

    def result(self, came: tuple[bool, Value, bytes | None]) -> Value:
        """What the sandbox returned: whether it went well, and the value or the error.

        Of a table with one item, such as a status, it returned the value and the name.
        """
        ok, value, name = came
        if self.bug:
            bug, self.bug = self.bug, None
            raise bug
        if name is not None:
            value = {name: value}
        elif type(value) is self.table_type:
            value = self.from_lua(value)
        if not ok:
            raise LuaError(value)
        return value

    # --- values ----------------------------------------------------------------------------------

    def to_lua(self, value: Value) -> Value:
        """A value for Lua: lists and dicts become tables."""
        kind = type(value)
        if kind is list or kind is tuple:
            return self.table([self.to_lua(item) for item in value])
        if kind is dict:
            return self.table({key: self.to_lua(item) for key, item in value.items()})
        return value

    def from_lua(self, table: Any, depth: int = 1) -> dict[Value, Value]:
        """The contents of a table."""
        if depth > DEPTH:
            raise TooDeep
        kind = self.table_type
        return {
            key: self.from_lua(value, depth + 1) if type(value) is kind else value
            for key, value in table.items()
        }


def nothing(thing: object, name: object, setting: bool) -> str:
    """No attribute of a Python object can be reached from Lua."""
    raise AttributeError(name)
