"""Points out submissions that are built alike: by the shape of their code, whatever the names in it.

The shape of a function is the sequence of its syntax nodes, cut into overlapping pieces. Names,
constants, comments and formatting are not part of it. Pieces of the code that was handed out, and of
the workbook's answers, are taken out; so are those that many in a class have. What two submissions
still share is worth a look, but proves nothing.
"""

from __future__ import annotations

import ast
import contextlib
import zlib
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping
from itertools import combinations
from pathlib import Path
from typing import NamedTuple

WIDTH = 18
"""Syntax nodes of a piece: about two lines."""

KEPT = 300
"""Pieces of a file; of more, those with the smallest numbers, which are the same for all."""

LEAST = 40
"""Pieces that two have to share before it is worth a word."""

SHARE = 0.7
"""Of the smaller of the two."""

LEAST_OF_A_FILE, SHARE_OF_A_FILE = 60, 0.9
"""The same, if it is in a single file and the rest is different."""

ROWS = 20

Shapes = Mapping[str, Collection[int]]
"""The pieces of a submission, by file."""


def answers(root: Path) -> dict[str, bytes]:
    """The workbook's answers, by the names of the files that they belong to."""
    top = root / "solutions"
    return {
        f"steps/{path.relative_to(top).as_posix()}": path.read_bytes()
        for path in sorted(top.rglob("*.py"))
    }


def shapes(files: Mapping[str, bytes], *known: Mapping[str, bytes]) -> dict[str, list[int]]:
    """The pieces of a submission that are in none of the files known."""
    made = {}
    for name, data in files.items():
        if name.endswith(".py"):
            own = set(pieces(data))
            for others in known:
                own -= set(pieces(others.get(name, b"")))
            if own:
                made[name] = sorted(own)[:KEPT]
    return made


def pieces(data: bytes) -> Iterator[int]:
    """The pieces of a file, as numbers; none of what Python cannot read."""
    with contextlib.suppress(SyntaxError, ValueError, RecursionError, MemoryError):
        waiting: list[ast.AST] = [ast.parse(data)]
        while waiting:
            for node in ast.iter_child_nodes(waiting.pop()):
                if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                    nodes = list(sequence(node))
                    for at in range(len(nodes) - WIDTH + 1):
                        yield zlib.crc32(" ".join(nodes[at : at + WIDTH]).encode())
                elif isinstance(node, ast.stmt):
                    waiting.append(node)


def sequence(function: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[str]:
    """The kinds of its nodes, in order, without its docstring."""
    skipped = int(ast.get_docstring(function, clean=False) is not None)
    waiting: list[ast.AST] = [*reversed(function.body[skipped:])]
    while waiting:
        node = _plain(waiting.pop())
        if not isinstance(node, ast.expr_context):
            yield type(node).__name__
            waiting += [*ast.iter_child_nodes(node)][::-1]


def _plain(node: ast.AST) -> ast.AST:
    """The same without what is only another way to write it: `x += 1`, `x: int = 1`."""
    if isinstance(node, ast.AugAssign):
        return ast.Assign([node.target], ast.BinOp(node.target, node.op, node.value))
    if isinstance(node, ast.AnnAssign) and node.value:
        return ast.Assign([node.target], node.value)
    return node


# ---------------------------------------------------------------- two of a class


class Alike(NamedTuple):
    """Two that are built alike."""

    one: str
    other: str
    percent: int
    """Of the smaller one's own pieces in these files."""
    files: list[str]
    """Where, from where most is shared."""


def alike(submissions: Mapping[str, Shapes]) -> list[Alike]:
    """The pairs that are worth a look, from the most alike."""
    owners: dict[tuple[str, int], list[str]] = defaultdict(list)
    for id, files in submissions.items():
        for name, numbers in files.items():
            for number in numbers:
                owners[name, number].append(id)
    most = max(3, min(10, len(submissions) // 5))
    sizes: dict[str, Counter[str]] = defaultdict(Counter)
    shared: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for (name, _), ids in owners.items():
        if len(ids) <= most:
            for id in ids:
                sizes[id][name] += 1
            for pair in combinations(ids, 2):
                shared[pair][name] += 1
    found = []
    for (one, other), where in shared.items():
        whole = min(sizes[one].total(), sizes[other].total())
        names = [name for name, _ in where.most_common()]
        if where.total() < LEAST or where.total() < SHARE * whole:
            least = {name: min(sizes[one][name], sizes[other][name]) for name in names}
            names = [
                name
                for name in names
                if where[name] >= max(LEAST_OF_A_FILE, SHARE_OF_A_FILE * least[name])
            ]
            whole = sum(least[name] for name in names)
        if names:
            shared_here = sum(where[name] for name in names)
            found.append(Alike(one, other, round(100 * shared_here / whole), names))
    return sorted(found, key=lambda row: (-row.percent, row.one, row.other))[:ROWS]
