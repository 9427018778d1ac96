"""Put functions of one file into the syntax tree of another, and compile the two as one module.

The pieces:

* ``Module`` is the syntax tree of a file under ``steps/``. It knows where each function stands
  and which of them are stubs.
* ``Patch`` is the syntax tree of an answer file, or of a planted wrong answer. Only its functions
  count; its imports are for editors and type checkers.
* ``Module.put`` lets a function of a patch take the place of the module's own, and
  ``Module.compile`` turns the whole into one code object.

The tree is compiled once, so everything that depends on where a function stands (``super()``
without arguments, closures over a class, private names, decorators) comes out as if the answer
had been typed there. For that the answer is moved, by whole lines, to the line of the function
that it replaces. After compiling, its code objects are moved back: they name the answer's file
and its true lines. (Since Python 3.11 the line table of a code object counts from
``co_firstlineno``, so that is one number to change.)

Only a module whose cached code is out of date needs this file: ``overlay`` imports it late, since
a server that comes from the cache has no use for a parser.
"""

from __future__ import annotations

import ast
import dis
import re
from collections.abc import Iterator
from types import CodeType
from typing import NamedTuple

Function = ast.FunctionDef | ast.AsyncFunctionDef

STUB_TEXT = re.compile(r"exercise (\d+\.\d+)")
HOLE_TEXT = re.compile(r"(?:Exercise (\d+\.\d+)|Challenge (\w+)): ")
ENCODING = re.compile(rb"[ \t\f]*#.*?coding[:=]")


class SpliceError(ImportError):
    """Two files do not fit together. The message is one sentence and names the file to look at."""


class Key(NamedTuple):
    """Names a function within its file. A property's getter and setter differ in ``role``."""

    qualname: str
    role: str


class Place(NamedTuple):
    """Where a function stands: it is ``body[body.index(node)]``."""

    body: list[ast.stmt]
    node: Function


# --- reading a tree ---


def parse(data: bytes, path: str) -> ast.Module:
    """The tree of a file that Python would run."""
    require_no_zero(data, path)
    tree = ast.parse(data, path)
    require_utf8(data, path)
    return tree


def require_no_zero(data: bytes, path: str) -> None:
    """A SyntaxError for a zero byte. Up to Python 3.11.3 `ast` and `compile` make it a ValueError."""
    if (at := data.find(b"\0")) >= 0:
        text = "the file contains a zero byte: save it as UTF-8"
        raise SyntaxError(text, (path, data.count(b"\n", 0, at) + 1, None, None))


def require_utf8(data: bytes, path: str) -> None:
    """A SyntaxError where a byte is not UTF-8. `ast` and `compile` let any byte pass in a comment."""
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        if not any(map(ENCODING.match, data.splitlines()[:2])):
            line = data.count(b"\n", 0, error.start) + 1
            text = f"byte {data[error.start]:#x} is not UTF-8: save the file as UTF-8"
            raise SyntaxError(text, (path, line, None, None)) from None


def docstring(node: Function) -> ast.stmt | None:
    """The statement that is the function's docstring."""
    match node.body:
        case [ast.Expr(value=ast.Constant(value=str())) as first, *_]:
            return first
    return None


def own_nodes(node: ast.AST) -> Iterator[ast.AST]:
    """What is in a function, without what is in the functions and classes in it."""
    for one in ast.iter_child_nodes(node):
        yield one
        if not isinstance(one, Function | ast.ClassDef | ast.Lambda):
            yield from own_nodes(one)


def exercise_of(node: Function) -> str | None:
    """The id of a stub: ``raise NotImplementedError("exercise 2.5")`` is all there is in it."""
    match node.body[1:] if docstring(node) else node.body:
        case [ast.Raise() as statement] if stub := _stub(statement):
            return stub.exercise
    return None


def hole_of(tree: ast.Module) -> str | None:
    """The exercise (its id) or the challenge (its name) that a file as a whole is, while it is empty.

    Its docstring begins `Exercise 5.7: ` or `Challenge streams: `, and nothing but imports follows.
    """
    found = HOLE_TEXT.match(ast.get_docstring(tree) or "")
    if found is None or not all(
        isinstance(one, ast.Import | ast.ImportFrom) for one in tree.body[1:]
    ):
        return None
    return found[1] or found[2]


def stub_text(hole: str) -> str:
    """What is said where this is not written: `exercise 5.7`, `challenge streams`."""
    return f"{'exercise' if hole[0].isdigit() else 'challenge'} {hole}"


def unwritten(tree: ast.Module, hole: str, name: str) -> ast.Module:
    """Of such a file: its docstring, and a raise of `name`, which says what is not written."""
    made = ast.parse(f'raise {name}("{stub_text(hole)}")')
    made.body[:0] = tree.body[: ast.get_docstring(tree) is not None]
    return made


class Stub(NamedTuple):
    """What a stub raises: the name of the exception, and the exercise that it speaks of."""

    exception: ast.Name
    exercise: str


def _stub(node: ast.Raise) -> Stub | None:
    match node:
        case ast.Raise(
            exc=ast.Call(
                func=ast.Name(id="NotImplementedError") as exception,
                args=[ast.Constant(value=str(text))],
                keywords=[],
            ),
            cause=None,
        ):
            found = STUB_TEXT.fullmatch(text)
            return Stub(exception, found[1]) if found else None
    return None


def functions(tree: ast.Module) -> dict[Key, Place]:
    """Each function of the module and of its classes. Of two alike the later counts."""
    return {
        Key(prefix + node.name, _role(node)): Place(body, node)
        for prefix, body in bodies(tree.body, "")
        for node in body
        if isinstance(node, Function) and _role(node) != "overload"
    }


def classes(tree: ast.Module) -> dict[str, ast.ClassDef]:
    """Each class of the module and of its classes, by qualified name."""
    return {
        prefix + node.name: node
        for prefix, body in bodies(tree.body, "")
        for node in body
        if isinstance(node, ast.ClassDef)
    }


def bodies(body: list[ast.stmt], prefix: str) -> Iterator[tuple[str, list[ast.stmt]]]:
    """Each list of statements outside functions, with the qualified name that it adds in front."""
    yield prefix, body
    for node in body:
        if isinstance(node, ast.ClassDef):
            yield from bodies(node.body, f"{prefix}{node.name}.")
        elif isinstance(node, ast.If | ast.Try | ast.TryStar | ast.With):
            for inner in (node.body, getattr(node, "orelse", []), getattr(node, "finalbody", [])):
                yield from bodies(inner, prefix)
            for handler in getattr(node, "handlers", []):
                yield from bodies(handler.body, prefix)


def _role(node: Function) -> str:
    for decorator in node.decorator_list:
        match decorator:
            case ast.Attribute(attr="setter" | "deleter" | "getter" | "overload" as role):
                return role
            case ast.Name(id="overload"):
                return "overload"
    return ""


# --- an answer file ---


class Patch:
    """A file of functions that go into a module, where each name means what it means there."""

    def __init__(self, path: str, data: bytes) -> None:
        self.path = path
        self._data = data
        tree = parse(data, path)
        self.functions = functions(tree)
        self.imports = {
            name.asname or name.name.partition(".")[0]: node
            for node in tree.body
            if isinstance(node, ast.Import | ast.ImportFrom)
            for name in node.names
        }

    def check(self) -> None:
        """Raise the file's own SyntaxError, if it has one that only the compiler sees."""
        compile(self._data, self.path, "exec", dont_inherit=True)


# --- the module ---


class Move(NamedTuple):
    """The file that a function came from, and by how many lines it was moved down."""

    path: str
    shift: int


class Module:
    """A file under ``steps/``, into which functions are put."""

    def __init__(self, path: str, tree: ast.Module, name: str) -> None:
        self.path = path
        self.name = name
        self._tree = tree
        self._functions = functions(self._tree)
        self._moves: dict[Key, Move] = {}
        self._patches: list[Patch] = []
        self.stubs = {
            key: exercise
            for key, place in self._functions.items()
            if (exercise := exercise_of(place.node))
        }

    def __contains__(self, key: Key) -> bool:
        return key in self._functions

    def read(self, path: str, data: bytes) -> Patch:
        """An answer file for this module."""
        patch = Patch(path, data)
        self._patches.append(patch)
        return patch

    def put(self, patch: Patch, key: Key) -> None:
        """Replace the function, or append it where the learner has deleted it."""
        node = patch.functions[key].node
        place = self._functions.get(key)
        body, line = (place.body, place.node.lineno) if place else self._end_of(key, patch)
        shift = _shift(node, line)
        if place:
            if (text := docstring(place.node)) and not docstring(node):
                node.body.insert(0, _at(node.body[0], text))
            body[body.index(place.node)] = node
        else:
            body.append(node)
        self._functions[key] = Place(body, node)
        self._moves[key] = Move(patch.path, shift)

    def _end_of(self, key: Key, patch: Patch) -> tuple[list[ast.stmt], int]:
        owner, _, name = key.qualname.rpartition(".")
        if not owner:
            return self._tree.body, self._tree.body[-1].lineno if self._tree.body else 1
        found = classes(self._tree).get(owner)
        if found is None:
            raise SpliceError(
                f"{self.path} has no class {owner}, which {name} from {patch.path} goes into.",
                name=self.name,
                path=self.path,
            )
        return found.body, found.lineno

    def empty(self, key: Key, exercise: str) -> None:
        """Make the function a stub again, with its docstring."""
        node = self._functions[key].node
        text = docstring(node)
        stub = ast.parse(f'raise NotImplementedError("exercise {exercise}")').body[0]
        _at(node.body[-1], stub)
        node.body[:] = [text, stub] if text else [stub]

    def compile(self, unwritten: str, bring: bool = False) -> CodeType:
        """One code object for all of it, in which each function has its true file and lines.

        What stubs raise has the name ``unwritten`` in it, where the file says NotImplementedError.
        An answer may need an import that the file does not have any more: with ``bring`` it brings
        it along, without it there is a SpliceError that asks for it.
        """
        for node in ast.walk(self._tree):
            if isinstance(node, ast.Raise) and (stub := _stub(node)):
                stub.exception.id = unwritten
        code = self._compiled()
        if missing := self._missing(code):
            if not bring:
                ((path, name), node) = next(iter(missing.items()))
                raise SpliceError(
                    f"{path} needs {name}, which {self.path} does not have; "
                    f"put it back: {ast.unparse(node)}",
                    name=self.name,
                    path=self.path,
                )
            at = _after_future(self._tree)
            self._tree.body[at:at] = dict.fromkeys(missing.values())
            code = self._compiled()
        return code

    def _compiled(self) -> CodeType:
        try:
            code = compile(self._tree, self.path, "exec", dont_inherit=True)
        except SyntaxError:
            for patch in self._patches:
                patch.check()
            raise
        moves = {
            (key.qualname, _first_line(self._functions[key].node)): move
            for key, move in self._moves.items()
        }
        return _moved(code, moves)

    def _missing(self, code: CodeType) -> dict[tuple[str, str], ast.stmt]:
        """The imports that answers need and the module does not have, by path and name."""
        imports = {patch.path: patch.imports for patch in self._patches}
        has = {one.argval for one in dis.get_instructions(code) if one.opname == "STORE_NAME"}
        return {
            (inner.co_filename, name): imports[inner.co_filename][name]
            for inner in _codes(code)
            if inner.co_filename in imports
            for name in sorted(imports[inner.co_filename].keys() & _globals(inner) - has)
        }


def _after_future(tree: ast.Module) -> int:
    """Where the imports of a module may begin: behind its docstring and `from __future__`."""
    at = 0
    for index, node in enumerate(tree.body):
        if isinstance(node, ast.ImportFrom) and node.module == "__future__":
            at = index + 1
    return at or (1 if ast.get_docstring(tree, clean=False) is not None else 0)


def _at(position: ast.AST, *nodes: ast.stmt) -> ast.stmt:
    for node in nodes:
        for part in ast.walk(node):
            ast.copy_location(part, position)
    return nodes[0]


def _first_line(node: Function) -> int:
    return node.decorator_list[0].lineno if node.decorator_list else node.lineno


def _shift(node: Function, line: int) -> int:
    """Move the function so that its ``def`` stands at the line, if no line falls below 1 by it."""
    shift = max(line - node.lineno, 1 - _first_line(node))
    ast.increment_lineno(node, shift)
    return shift


def _moved(
    code: CodeType, moves: dict[tuple[str, int], Move], move: Move | None = None
) -> CodeType:
    move = move or moves.get((code.co_qualname, code.co_firstlineno))
    consts = tuple(
        _moved(const, moves, move) if isinstance(const, CodeType) else const
        for const in code.co_consts
    )
    if move is None:
        return code.replace(co_consts=consts)
    first = code.co_firstlineno - move.shift
    return code.replace(co_consts=consts, co_filename=move.path, co_firstlineno=first)


def _codes(code: CodeType) -> Iterator[CodeType]:
    """The code object, and all that are in it."""
    yield code
    for const in code.co_consts:
        if isinstance(const, CodeType):
            yield from _codes(const)


def _globals(code: CodeType) -> set[str]:
    """The names that the code looks up in its module."""
    return {one.argval for one in dis.get_instructions(code) if one.opname == "LOAD_GLOBAL"}
