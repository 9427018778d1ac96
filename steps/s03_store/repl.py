"""A local prompt: the same session and the same store, without a network.

`python -m steps.s03 repl` reads a line, splits it as an inline command, and prints the reply as
redis-cli does.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from itertools import chain
from typing import Any

from steps.s01_echo.cli import say
from steps.s02_resp.inline import split_inline
from steps.s02_resp.values import CommandError, ProtocolError, SimpleString, Verbatim
from steps.s03_store.session import StoreSession
from steps.s03_store.state import State

_NAMED = {7: r"\a", 8: r"\b", 9: r"\t", 10: r"\n", 13: r"\r", 34: r"\"", 92: r"\\"}


def quoted(value: bytes) -> str:
    """The bytes in double quotes, with escapes for anything that is not printable ASCII."""
    inside = "".join(
        _NAMED.get(byte) or (chr(byte) if 32 <= byte < 127 else f"\\x{byte:02x}") for byte in value
    )
    return f'"{inside}"'


def readable(value: Any, indent: str = "") -> str:
    """A reply as redis-cli prints it: `(integer) 1`, `(nil)`, numbered items of an array."""
    match value:
        case CommandError():
            return f"(error) {value}"
        case SimpleString():
            return str(value)
        case bool():
            return f"({str(value).lower()})"
        case int():
            return f"(integer) {value}"
        case float():
            return f"(double) {value:.17g}"
        case bytes():
            return quoted(value)
        case Verbatim():
            return value.text.decode("utf-8", "replace")
        case list() | tuple() | Mapping() | AbstractSet():
            return "\n".join(_numbered(value, indent)) or "(empty array)"
        case _:
            return "(nil)"


def _numbered(items: Any, indent: str) -> Iterator[str]:
    values = list(chain.from_iterable(items.items()) if isinstance(items, Mapping) else items)
    width = len(str(len(values)))
    inner = indent + " " * (width + 2)
    for number, value in enumerate(values, 1):
        label = f"{number:>{width}}) "
        yield (indent if number > 1 else "") + label + readable(value, inner)


def repl() -> int:
    """Reads lines until the end of the input, Ctrl-C or QUIT."""
    if sys.stdin is None:  # Python sets it so when the process starts with its input closed
        return 0
    session = StoreSession(State())
    take_any_bytes()
    prompt = "step 3> " if sys.stdin.isatty() else ""
    while not session.closing:
        try:
            words = split_inline(read_line(prompt))
            if words:
                say(sys.stdout, readable(session.answer(words)) + "\n")
        except ProtocolError as error:
            say(sys.stdout, f"(error) {error}\n")
        except (EOFError, KeyboardInterrupt):
            say(sys.stdout, "\n" if prompt else "")
            break
    return 0


def take_any_bytes() -> None:
    """Lets bytes through that are not text, and text that the terminal cannot show."""
    for stream, errors in ((sys.stdin, "surrogateescape"), (sys.stdout, "backslashreplace")):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=errors)


def read_line(prompt: str) -> bytes:
    """The next line, as the bytes that were typed. Raises EOFError at the end of the input."""
    return input(prompt).encode(sys.stdin.encoding, "surrogateescape")
