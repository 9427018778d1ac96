"""An array of strings is encoded in one go, and is the same bytes as item by item."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize(
    "items",
    [
        [],
        [b""],
        [b"one"],
        [b"a", b"b", b"c"],
        [b"", b"", b""],
        [b"a", b"bb", b""],
        [b"\r\n", b"$1"],
        [b"x" * 1024, b"y" * 1024],
        [b"x" * 1025, b"y" * 1025],
        [b"x", b"y" * 1025],
    ],
)
@pytest.mark.parametrize("protocol", [2, 3])
def test_strings_are_encoded_as_any_other_array(code, items, protocol):
    encode = code.s02.encode
    assert encode(code.s02.values.Bulks(items), protocol) == encode(items, protocol)
