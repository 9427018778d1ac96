"""Put functions of one file into the syntax tree of another, and compile the two as one module.

The pieces:

* ``Module`` is the syntax tree of a file under ``steps/``. It knows where each function stands
  and which of them are stubs.
* ``Patch`` is the syntax tree of an answer file, or of a planted wrong answer: functions, and the
  imports that they need.
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
import re
from collections.abc import Iterable, Iterator
from types import CodeType
from typing import NamedTuple

Function = ast.FunctionDef | ast.AsyncFunctionDef
Scope = Function | ast.Lambda | ast.ClassDef

STUB_TEXT = re.compile(r"exercise (\d+\.\d+)")


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


def docstring(node: Function) -> ast.stmt | None:
    """The statement that is the function's docstring."""
    match node.body:
        case [ast.Expr(value=ast.Constant(value=str())) as first, *_]:
            return first
    return None


def exercise_of(node: Function) -> str | None:
    """The id of a stub: ``raise NotImplementedError("exercise 2.5")`` is all there is in it."""
    match node.body[1:] if docstring(node) else node.body:
        case [ast.Raise() as statement] if stub := _stub(statement):
            return stub.exercise
    return None


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
        for prefix, body in _bodies(tree.body, "")
        for node in body
        if isinstance(node, Function) and _role(node) != "overload"
    }


def classes(tree: ast.Module) -> dict[str, ast.ClassDef]:
    """Each class of the module and of its classes, by qualified name."""
    return {
        prefix + node.name: node
        for prefix, body in _bodies(tree.body, "")
        for node in body
        if isinstance(node, ast.ClassDef)
    }


def _bodies(body: list[ast.stmt], prefix: str) -> Iterator[tuple[str, list[ast.stmt]]]:
    """Each list of statements outside functions, with the qualified name that it adds in front."""
    yield prefix, body
    for node in body:
        if isinstance(node, ast.ClassDef):
            yield from _bodies(node.body, f"{prefix}{node.name}.")
        elif isinstance(node, ast.If | ast.Try | ast.TryStar | ast.With):
            for inner in (node.body, getattr(node, "orelse", []), getattr(node, "finalbody", [])):
                yield from _bodies(inner, prefix)
            for handler in getattr(node, "handlers", []):
                yield from _bodies(handler.body, prefix)


def _role(node: Function) -> str:
    for decorator in node.decorator_list:
        match decorator:
            case ast.Attribute(attr="setter" | "deleter" | "getter" | "overload" as role):
                return role
            case ast.Name(id="overload"):
                return "overload"
    return ""


# --- an answer file ---


class Brought(NamedTuple):
    """What imports a name of a patch under its alias, and the line that asks for it."""

    statements: list[ast.stmt]
    line: int


class Patch:
    """A file of functions that go into ``module``, and the meaning of the names that it imports.

    A name imported from the answered module itself is that module's own global, whatever the
    learner has made of it. A name imported from elsewhere comes along under an alias (``import time
    as _answer_time``), so that it can't collide with anything of the learner's.
    """

    def __init__(
        self, path: str, data: bytes, module: str, taken: frozenset[str], prefix: str
    ) -> None:
        self.path = path
        self._data = data
        tree = ast.parse(data, path)
        self.functions = functions(tree)
        self._module = module
        self._taken = taken
        self._prefix = prefix
        self._package = module.rpartition(".")[0]
        self._new_names: dict[str, str] = {}
        self._brought: dict[str, Brought] = {}
        self._used: dict[str, None] = {}
        for node in tree.body:
            if isinstance(node, ast.Import):
                self._read_import(node)
            elif isinstance(node, ast.ImportFrom) and node.module != "__future__":
                self._read_import_from(node)

    def _read_import(self, node: ast.Import) -> None:
        for name in node.names:
            bound = name.asname or name.name.partition(".")[0]
            if name.name == self._module and name.asname:
                self._bring_own_module(bound, node)
                continue
            target = ast.alias(name.name if name.asname else bound, self._alias(bound))
            statements: list[ast.stmt] = [ast.Import([target])]
            if target.name != name.name and name.name != self._module:
                # `import a.b` binds `a`, but it also sees to it that `a.b` is loaded.
                full = ast.alias(
                    name.name, self._unused(self._prefix + name.name.replace(".", "_"))
                )
                statements.insert(0, ast.Import([full]))
            self._bring(bound, statements, node)

    def _read_import_from(self, node: ast.ImportFrom) -> None:
        for name in node.names:
            if name.name == "*":
                raise SpliceError(
                    f"{self.path}:{node.lineno} imports *; an answer names what it imports."
                )
            bound = name.asname or name.name
            if node.module == self._module and not node.level:
                self._new_names[bound] = name.name
            elif f"{node.module}.{name.name}" == self._module and not node.level:
                self._bring_own_module(bound, node)
            else:
                target = ast.alias(name.name, self._alias(bound))
                self._bring(bound, [ast.ImportFrom(node.module, [target], node.level)], node)

    def _bring_own_module(self, bound: str, node: ast.stmt) -> None:
        # Under `python -m` the module runs as `__main__`: an import would load it a second time.
        own = ast.parse(f"{self._alias(bound)} = __import__('sys').modules[__name__]").body
        self._bring(bound, own, node)

    def _bring(self, bound: str, statements: list[ast.stmt], node: ast.stmt) -> None:
        _at(node, *statements)
        self._new_names[bound] = self._alias(bound)
        self._brought[bound] = Brought(statements, node.lineno)

    def _alias(self, name: str) -> str:
        return self._unused(self._prefix + name)

    def _unused(self, name: str) -> str:
        while name in self._taken:
            name += "_"
        return name

    def check(self) -> None:
        """Raise the file's own SyntaxError, if it has one that only the compiler sees."""
        compile(self._data, self.path, "exec", dont_inherit=True)

    def adopt(self, node: Function) -> None:
        """Make the function's imported names those that the module will have."""
        renamer = _Renamer(self.path, self._new_names)
        renamer.visit(node)
        self._used |= dict.fromkeys(name for name in renamer.used if name in self._brought)

    def import_function(self) -> Function | None:
        """A function that imports what the adopted functions need; None where they need nothing.

        It is a function, and not some statements at the top of the module, so that it can be moved
        to the answer's file like any other: an import that fails names the answer's line.
        """
        brought = sorted((self._brought[name] for name in self._used), key=lambda one: one.line)
        if not brought:
            return None
        statements = [statement for one in brought for statement in one.statements]
        head = ast.parse(f"def {self._unused(self._prefix + 'imports')}():\n    global _").body[0]
        assert isinstance(head, ast.FunctionDef)
        assert isinstance(head.body[0], ast.Global)
        head.body[0].names = list(dict.fromkeys(_bound_by(statements)))
        head.body += statements
        for part in (head, *ast.walk(head.body[0])):
            ast.copy_location(part, statements[0])
        return head


def _bound_by(statements: Iterable[ast.stmt]) -> Iterator[str]:
    for node in statements:
        match node:
            case ast.Import(names=[ast.alias(asname=str(name))]):
                yield name
            case ast.ImportFrom(names=[ast.alias(asname=str(name))]):
                yield name
            case ast.Assign(targets=[ast.Name(id=name)]):
                yield name


class _Renamer(ast.NodeVisitor):
    """Renames the global names of a function. Leaves its local names and its annotations alone."""

    def __init__(self, path: str, names: dict[str, str]) -> None:
        self.used: set[str] = set()
        self._path = path
        self._names = names
        self._scopes: list[tuple[bool, set[str]]] = []  # (is it a class?, the names bound there)

    def visit_Name(self, node: ast.Name) -> None:
        if node.id not in self._names or self._is_local(node.id):
            return
        new = self._names[node.id]
        if new != node.id and self._is_local(new):
            raise SpliceError(
                f"{self._path}:{node.lineno} calls {new} {node.id}, and something else {new}."
            )
        self.used.add(node.id)
        node.id = new

    def _is_local(self, name: str) -> bool:
        """A function inside a class does not see the names of the class body."""
        last = len(self._scopes) - 1
        return any(
            name in names
            for index, (is_class, names) in enumerate(self._scopes)
            if index == last or not is_class
        )

    def _visit_all(self, nodes: Iterable[ast.AST | None]) -> None:
        for node in nodes:
            if node is not None:
                self.visit(node)

    def _visit_inside(
        self, bound: set[str], nodes: Iterable[ast.AST], is_class: bool = False
    ) -> None:
        self._scopes.append((is_class, bound))
        self._visit_all(nodes)
        self._scopes.pop()

    def visit_FunctionDef(self, node: Function) -> None:
        self._visit_all([*node.decorator_list, *node.args.defaults, *node.args.kw_defaults])
        self._visit_inside(_bound(node), node.body)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> None:
        self.visit_FunctionDef(node)

    def visit_Lambda(self, node: ast.Lambda) -> None:
        self._visit_all([*node.args.defaults, *node.args.kw_defaults])
        self._visit_inside(_bound(node), [node.body])

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self._visit_all([*node.decorator_list, *node.bases, *node.keywords])
        self._visit_inside(_bound(node), node.body, is_class=True)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        self._visit_all([node.target, node.value])

    def _visit_comprehension(
        self, node: ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
    ) -> None:
        first, *others = node.generators
        self.visit(first.iter)  # the first iterable is evaluated outside
        values = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
        bound = {name for one in node.generators for name in _stored(one.target)}
        self._visit_inside(bound, [*first.ifs, *others, *values])

    visit_ListComp = _visit_comprehension  # noqa: N815 (ast.NodeVisitor wants the names so)
    visit_SetComp = _visit_comprehension  # noqa: N815
    visit_DictComp = _visit_comprehension  # noqa: N815
    visit_GeneratorExp = _visit_comprehension  # noqa: N815


def _stored(node: ast.AST) -> set[str]:
    return {
        one.id
        for one in ast.walk(node)
        if isinstance(one, ast.Name) and not isinstance(one.ctx, ast.Load)
    }


def _bound(scope: Scope) -> set[str]:
    """The names that are local to a function, a lambda or a class body."""
    names: set[str] = set()
    elsewhere: set[str] = set()
    if not isinstance(scope, ast.ClassDef):
        args = scope.args
        every = [*args.posonlyargs, *args.args, *args.kwonlyargs, args.vararg, args.kwarg]
        names |= {arg.arg for arg in every if arg}
    waiting: list[ast.AST] = [scope.body] if isinstance(scope, ast.Lambda) else [*scope.body]
    while waiting:
        node = waiting.pop()
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                names.add(node.name)
                waiting += [*node.decorator_list, *node.args.defaults]
                waiting += [default for default in node.args.kw_defaults if default]
                continue
            case ast.ClassDef():
                names.add(node.name)
                waiting += [*node.decorator_list, *node.bases, *node.keywords]
                continue
            case ast.Lambda():
                continue
            case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
                walrus = [one.target for one in ast.walk(node) if isinstance(one, ast.NamedExpr)]
                names |= {target.id for target in walrus}
                continue
            case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
                names.add(name)
            case ast.alias():
                names.add(node.asname or node.name.partition(".")[0])
            case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)):
                names.add(name)
            case ast.MatchStar(name=str(name)) | ast.MatchMapping(rest=str(name)):
                names.add(name)
            case ast.Global():
                elsewhere |= set(node.names)
        waiting += ast.iter_child_nodes(node)
    return names - elsewhere


# --- the module ---


class Move(NamedTuple):
    """The file that a function came from, and by how many lines it was moved down."""

    path: str
    shift: int


class Module:
    """A file under ``steps/``, into which functions are put."""

    def __init__(self, path: str, data: bytes, name: str) -> None:
        self.path = path
        self.name = name
        self._tree = ast.parse(data, path)
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
        prefix = f"_answer{len(self._patches) or ''}_"
        patch = Patch(path, data, self.name, _names_in(self._tree), prefix)
        self._patches.append(patch)
        return patch

    def put(self, patch: Patch, key: Key) -> None:
        """Replace the function, or append it where the learner has deleted it."""
        node = patch.functions[key].node
        patch.adopt(node)
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

    def compile(self, unwritten: str) -> CodeType:
        """One code object for all of it, in which each function has its true file and lines.

        What stubs raise has the name ``unwritten`` in it, where the file says NotImplementedError.
        """
        self._add_imports()
        for node in ast.walk(self._tree):
            if isinstance(node, ast.Raise) and (stub := _stub(node)):
                stub.exception.id = unwritten
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

    def _add_imports(self) -> None:
        at = _after_head(self._tree)
        line = self._tree.body[at - 1].lineno if at else 1
        for patch in self._patches:
            if node := patch.import_function():
                shift = _shift(node, line)
                call = ast.parse(f"{node.name}()\ndel {node.name}").body
                _at(node, *call)
                self._tree.body[at:at] = [node, *call]
                key = Key(node.name, "")
                self._functions[key] = Place(self._tree.body, node)
                self._moves[key] = Move(patch.path, shift)


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


def _names_in(tree: ast.Module) -> frozenset[str]:
    """Every name that the module uses in any way: an alias must be none of them."""
    fields = ("id", "name", "asname", "arg", "attr")
    named = ((node, field) for node in ast.walk(tree) for field in node._fields if field in fields)
    return frozenset(str(getattr(node, field)) for node, field in named)


def _after_head(tree: ast.Module) -> int:
    """The index behind the docstring and the ``from __future__`` imports: they must come first."""
    index = 0
    for node in tree.body:
        match node:
            case ast.Expr(value=ast.Constant(value=str())) if index == 0:
                index += 1
            case ast.ImportFrom(module="__future__"):
                index += 1
            case _:
                break
    return index


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
