"""Edits the text of a learner's file: one function at a time, and nothing around it.

An editor that went through the syntax tree would lose comments and formatting. Here the tree is
only used to find the lines of a function; what is cut out and put in are whole lines of text.
The file keeps its encoding, its line ends (CRLF too) and its tabs, and what is put in takes them on.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from workbook import catalogue, splice
from workbook.splice import Function, Key

INDENT = "    "
LINES = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+\Z")  # as Python counts; splitlines knows more


class SourceTrouble(Exception):  # noqa: N818 - it is what it says
    """The text can't be edited. The message is one sentence."""


class Source:
    """A Python file as lines of text, with the syntax tree that says what stands where."""

    def __init__(self, data: bytes, label: str) -> None:
        self.label = label
        try:
            self.encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
            self.lines: list[str] = LINES.findall(data.decode(self.encoding))
            self.tree = ast.parse(data)
        except SyntaxError as error:
            raise SourceTrouble(f"{label}:{error.lineno or 1}: {error.msg}.") from None
        except ValueError as error:  # bytes of another encoding, or a null byte
            raise SourceTrouble(f"{label}: {error}.") from None
        ends = [line[len(line.rstrip("\r\n")) :] for line in self.lines]
        self.newline = max(["\n", "\r\n", "\r"], key=ends.count)
        starts = [line[:1] for line in self.lines]
        self.tabs = starts.count("\t") > starts.count(" ")

    @property
    def data(self) -> bytes:
        """The file's bytes."""
        try:
            return "".join(self.lines).encode(self.encoding)
        except UnicodeEncodeError as error:
            raise SourceTrouble(
                f"{self.label} is written in {error.encoding}, which has no "
                f"{error.object[error.start]!r}; save it as UTF-8 first."
            ) from None

    def changed(self, start: int, end: int, lines: Iterable[str]) -> Source:
        """The same file with other lines (without their ends) in the place of [start, end)."""
        new = [line + self.newline for line in lines]
        before = self.lines[:start]
        if new and before and not before[-1].endswith(("\r", "\n")):
            before[-1] += self.newline
        made = object.__new__(Source)
        made.__dict__.update(self.__dict__, lines=[*before, *new, *self.lines[end:]])
        try:
            made.tree = ast.parse("".join(made.lines))
        except SyntaxError as error:
            raise SourceTrouble(
                f"{self.label}: the lines around it do not fit: {error.msg}."
            ) from None
        return made

    def function(self, qualname: str) -> Function | None:
        """The function of that name; a stub, if there are several."""
        found = [
            place.node
            for key, place in splice.functions(self.tree).items()
            if key.qualname == qualname
        ]
        stubs = [node for node in found if splice.exercise_of(node)]
        return next(iter(stubs or found), None)

    def span(self, node: Function) -> tuple[int, int]:
        """The lines [start, end) of a function: its decorators, and comments at its end, too."""
        start = min([node.lineno, *(one.lineno for one in node.decorator_list)]) - 1
        indent = len(indent_of(self.lines[node.lineno - 1]))
        assert node.end_lineno
        end = node.end_lineno
        for number, line in enumerate(self.lines[end:], end):
            if line.strip() and not (
                line.lstrip().startswith("#") and len(indent_of(line)) > indent
            ):
                break
            if line.strip():
                end = number + 1
        return start, end

    def text(self, node: Function) -> str:
        """The function's text, as if it stood at the left margin."""
        return "\n".join(self.piece(node).at("", False)) + "\n"

    def piece(self, node: Function) -> Piece:
        """The function's lines, to be put elsewhere."""
        start, end = self.span(node)
        lines = [line.rstrip("\r\n") for line in self.lines[start:end]]
        return Piece(lines, indent_of(self.lines[node.lineno - 1]), self.frozen(node, start))

    def frozen(self, node: Function, start: int) -> frozenset[int]:
        """The lines that are the inside of a string, whose indent is part of its value."""
        doc = splice.docstring(node)
        inside = doc.value if isinstance(doc, ast.Expr) else None
        return frozenset(
            line - start
            for part in ast.walk(node)
            if (isinstance(part, ast.Constant) and isinstance(part.value, str | bytes))
            or isinstance(part, ast.JoinedStr)
            if part is not inside
            for line in range(part.lineno, part.end_lineno or 0)
        )


def indent_of(line: str) -> str:
    """The white space that a line begins with."""
    return line[: len(line) - len(line.lstrip())]


@dataclass(frozen=True)
class Piece:
    """Some lines of a file, which can be put at another indent."""

    lines: Sequence[str]
    indent: str
    frozen: frozenset[int] = frozenset()

    def at(self, indent: str, tabs: bool) -> list[str]:
        """The lines at this indent; with tabs instead of groups of spaces, if asked for."""
        return [
            line if number in self.frozen else self._moved(line, indent, tabs)
            for number, line in enumerate(self.lines)
        ]

    def _moved(self, line: str, indent: str, tabs: bool) -> str:
        if not line.strip():
            return ""
        inner = line.removeprefix(self.indent)
        if tabs:
            lead = indent_of(inner)
            inner = lead.replace(INDENT, "\t") + inner[len(lead) :]
        return indent + inner

    def in_units(self, unit: str) -> Piece:
        """Its lines with this for each group of spaces inside, as a file has it that goes by twos."""
        rows = [line.removeprefix(self.indent) for line in self.lines]
        moved = [self.indent + indent_of(row).replace(INDENT, unit) + row.lstrip() for row in rows]
        kept = [
            line if number in self.frozen else new
            for number, (line, new) in enumerate(zip(self.lines, moved, strict=True))
        ]
        return Piece(kept, self.indent, self.frozen)

    def cut(self, start: int, end: int | None = None) -> Piece:
        """Some of its lines."""
        frozen = frozenset(number - start for number in self.frozen if number >= start)
        return Piece(self.lines[start:end], self.indent, frozen)

    def then(self, other: Piece) -> Piece:
        """Its lines, followed by those of another at the same depth."""
        shift = len(self.lines)
        lines = [
            *self.lines,
            *Piece(other.lines, other.indent, other.frozen).at(self.indent, False),
        ]
        return Piece(lines, self.indent, self.frozen | {shift + line for line in other.frozen})


# ---------------------------------------------------------------- putting a function in


def put(source: Source, qualname: str, piece: Piece, model: Source | None = None) -> Source:
    """The file with the piece in the place of its function.

    Where the function is missing, `model` (the file as it was handed out) tells behind which
    neighbour it stood; without one it comes last in its class or file.
    """
    if node := source.function(qualname):
        start, end = source.span(node)
        indent = indent_of(source.lines[node.lineno - 1])
        return source.changed(start, end, piece.at(indent, source.tabs))
    owner = qualname.rpartition(".")[0]
    body, indent = _home(source, owner, qualname)
    after = _neighbour(source, qualname, model) or (body[-1] if body else None)
    blank = [""] if owner else ["", ""]
    at = (
        (source.span(after)[1] if isinstance(after, Function) else after.end_lineno) if after else 0
    )
    return source.changed(
        at or 0, at or 0, [*(blank if at else []), *piece.at(indent, source.tabs)]
    )


def _home(source: Source, owner: str, qualname: str) -> tuple[list[ast.stmt], str]:
    if not owner:
        return source.tree.body, ""
    found = splice.classes(source.tree).get(owner)
    if found is None:
        name = qualname.rpartition(".")[2]
        raise SourceTrouble(f"{source.label} has no class {owner}, to which {name} belongs.")
    return found.body, indent_of(source.lines[found.body[0].lineno - 1])


def _neighbour(source: Source, qualname: str, model: Source | None) -> Function | None:
    """The function behind which the missing one stood."""
    keys = list(splice.functions(model.tree)) if model else []
    owner = qualname.rpartition(".")[0]
    before = keys[: keys.index(Key(qualname, ""))] if Key(qualname, "") in keys else []
    for key in reversed(before):
        if key.qualname.rpartition(".")[0] == owner and (node := source.function(key.qualname)):
            return node
    return None


# ---------------------------------------------------------------- an answer as text


def answered(source: Source, answers: Source, qualname: str, stub: Source | None) -> Source:
    """The file with the answer written in.

    Head and docstring are those of the stub, if there is one; the rest is the answer's.
    """
    node = answers.function(qualname)
    if node is None:
        raise SourceTrouble(f"{answers.label} has no answer for {qualname}.")
    piece = answers.piece(node)
    own = source.function(qualname)
    head = head_of(stub, qualname) or (head_of(source, qualname) if own else None)
    if head and head.same_arguments(node) and not splice.docstring(node):
        piece = head.piece.then(piece.cut(header_end(piece)[0]).in_units(head.unit))
    return put(source, qualname, piece, stub)


@dataclass(frozen=True)
class Head:
    """Decorators, `def` and docstring of a function."""

    piece: Piece
    node: Function
    unit: str

    def same_arguments(self, other: Function) -> bool:
        """Whether a body written for the other one fits."""
        mine, others = self.node.args, other.args
        return [one.arg for one in ast.walk(mine) if isinstance(one, ast.arg)] == [
            one.arg for one in ast.walk(others) if isinstance(one, ast.arg)
        ]


def head_of(source: Source | None, qualname: str) -> Head | None:
    """The head of a function that has a docstring on lines of its own."""
    node = source.function(qualname) if source else None
    doc = splice.docstring(node) if node else None
    if not (source and node and doc and doc.end_lineno and doc.lineno > node.lineno):
        return None
    start, _ = source.span(node)
    return Head(source.piece(node).cut(0, doc.end_lineno - start), node, unit_of(source, node))


def unit_of(source: Source, node: Function) -> str:
    """How much deeper than its `def` a function's body stands."""
    if node.body[0].lineno == node.lineno:
        return "\t" if source.tabs else INDENT
    inner = indent_of(source.lines[node.body[0].lineno - 1])
    outer = indent_of(source.lines[node.lineno - 1])
    return inner.removeprefix(outer) or ("\t" if source.tabs else INDENT)


def header_end(piece: Piece) -> tuple[int, int]:
    """How many lines a function's decorators and its `def ...:` take; the column of the colon."""
    depth, seen = 0, False
    text = "\n".join(piece.at("", False)) + "\n"
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        seen |= token.string == "def" and depth == 0
        depth += (
            (token.string in "([{") - (token.string in ")]}") if token.type == tokenize.OP else 0
        )
        if seen and depth == 0 and token.string == ":":
            return token.start
    raise SourceTrouble("a function without a colon")


def header_of(piece: Piece) -> Piece:
    """A function's decorators and its `def ...:`, without what may follow on the same line."""
    rows, column = header_end(piece)
    *lines, last = piece.lines[:rows]
    return Piece([*lines, last[: len(piece.indent) + column + 1]], piece.indent)


# ---------------------------------------------------------------- a stub as text


def emptied(source: Source, qualname: str, exercise: str, stub: Source | None) -> Source:
    """The file with the function as it was handed out.

    `stub` is a file that still has it so. Without one, head and docstring are those that the
    function has now.
    """
    if stub and (node := stub.function(qualname)):
        return put(source, qualname, stub.piece(node), stub)
    node = source.function(qualname)
    if node is None:
        raise SourceTrouble(
            f"{source.label} no longer has {qualname}, and no copy of it was found."
        )
    piece = source.piece(node)
    head = head_of(source, qualname)
    kept = head.piece if head else header_of(piece)
    row = f'{piece.indent}{unit_of(source, node)}raise NotImplementedError("exercise {exercise}")'
    start, end = source.span(node)
    return source.changed(start, end, [*kept.lines, row])


def without_slip(data: bytes, label: str, qualname: str, stub: Source | None) -> Source | None:
    """A file that Python cannot read, with the stub in the place of its function.

    None if that does not mend it: if the slip is elsewhere, or where the function ends is unclear.
    """
    node = stub.function(qualname) if stub else None
    try:
        lines = LINES.findall(data.decode("utf-8"))
    except UnicodeDecodeError:
        return None
    start = catalogue.line_by_text(lines, qualname) - 1
    if not (stub and node) or start < 0:
        return None
    indent = indent_of(lines[start])
    end = start + 1
    while end < len(lines) and (not lines[end].strip() or len(indent_of(lines[end])) > len(indent)):
        end += 1
    while not lines[end - 1].strip():
        end -= 1
    while start and lines[start - 1].startswith(f"{indent}@"):
        start -= 1
    new = [f"{line}\n" for line in stub.piece(node).at(indent, tabs=False)]
    try:
        return Source("".join([*lines[:start], *new, *lines[end:]]).encode(), label)
    except SourceTrouble:
        return None
