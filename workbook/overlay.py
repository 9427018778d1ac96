"""Import ``steps.*`` so that each function that is still empty is filled from ``solutions/``.

A hook on the import system stands in for Python's own way to load a file. For each module it
reads the learner's file and the answer file of the same path, lets ``splice`` put the one into
the other, and hands the code to Python. What happens with which function is the ``Overlay``: five
uses of one mechanism, stacked in this order:

1. *reference*: in these steps answers take the place of the learner's functions, but for those of
   the exercises that are the learner's *own* all the same;
2. *empty*: these exercises get no answer (in a reference step they become stubs again);
3. *fill*: each function that is still empty gets its answer; this is all that happens by default;
4. *plant*: the functions of these files take the place of whatever is there by now;
5. *held*: these exercises are stubs, whoever has written them: so a test tells whether it runs
   through one of them.

Child processes inherit it through the environment variable ``STEPS_OVERLAY``.

Nothing stale: Python's own ``.pyc`` files believe a time stamp, so an edit within one second that
keeps the size goes unseen. They are never used here. A cache of our own lies beside them; what it
holds counts only if a hash over every file that it was made from still agrees.

The short name of a step (``steps.s04`` for ``steps.s04_threads``) gives the same module objects.
"""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import marshal
import os
import re
import sys
from collections.abc import Mapping, Sequence
from importlib.machinery import ModuleSpec, SourceFileLoader
from types import CodeType, FrameType, ModuleType, TracebackType
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import ast
    from pathlib import Path

    from workbook import catalogue, splice

VARIABLE = "STEPS_OVERLAY"
UNWRITTEN = "STEPS_UNWRITTEN"
"""An environment variable with a file's name. While it is set, each exercise that is called and is
still empty adds a line to the file: so the checker knows what a failed test has waited for, also
where a server swallowed the exception."""

ALL = "all"

HOLE = r"\d+\.\d+|[a-z]+"
"""How a hole is named: `2.5` is an exercise, and `streams` is a challenge."""

RAISED = "__unwritten__"
"""The name by which the code of a stub knows `unwritten`."""


class OverlayError(ImportError):
    """The overlay asked for makes no sense. The message is one sentence."""


def unwritten(text: str) -> Exception:
    """What a stub raises in place of NotImplementedError; notes it where `UNWRITTEN` asks for it."""
    from steps.unwritten import Unwritten

    if path := os.environ.get(UNWRITTEN):
        when = "import: " if _importing() else ""
        with contextlib.suppress(OSError), open(path, "ab", buffering=0) as file:
            file.write(f"{when}{text}\n".encode())
    return Unwritten(text)


def _importing() -> bool:
    """Whether a module of the steps is being imported: without it, every later test fails as well."""
    frame: FrameType | None = sys._getframe()
    while frame and frame.f_code is not OverlayLoader.exec_module.__code__:
        frame = frame.f_back
    return frame is not None


class Overlay(NamedTuple):
    """What is done with which function; the empty overlay fills the stubs and no more."""

    empty: frozenset[str] = frozenset()
    reference: frozenset[str] = frozenset()
    plant: tuple[Path, ...] = ()
    own: frozenset[str] = frozenset()
    held: frozenset[str] = frozenset()

    @classmethod
    def alone(cls, exercise: str) -> Overlay:
        """One exercise as the learner has written it, over the answers to all others."""
        return cls(reference=frozenset([ALL]), own=frozenset([exercise]))

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Overlay:
        text = environment.get(VARIABLE)
        return cls._from_json(text) if text else cls()

    @classmethod
    def _from_json(cls, text: str) -> Overlay:
        import json
        from pathlib import Path

        try:
            facts = json.loads(text)
        except ValueError as error:
            raise OverlayError(f"{VARIABLE} is not JSON: {error}.") from None
        if not isinstance(facts, dict) or not facts.keys() <= set(cls._fields):
            raise OverlayError(f"{VARIABLE} takes the keys {', '.join(cls._fields)}, not {text}.")
        for key, value in facts.items():
            if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
                raise OverlayError(f"{VARIABLE} has no list of strings for {key}: {value!r}.")
        return cls(
            frozenset(facts.get("empty", ())),
            frozenset(facts.get("reference", ())),
            tuple(Path(path) for path in facts.get("plant", ())),
            frozenset(facts.get("own", ())),
            frozenset(facts.get("held", ())),
        )

    def to_environment(self) -> dict[str, str]:
        """What to add to the environment of a child, so that it imports as this overlay says."""
        import json

        facts = {
            "empty": sorted(self.empty),
            "reference": sorted(self.reference),
            "plant": [os.path.abspath(path) for path in self.plant],
            "own": sorted(self.own),
            "held": sorted(self.held),
        }
        return {VARIABLE: json.dumps(facts)}

    def refers_to(self, package: str) -> bool:
        return ALL in self.reference or package in self.reference


class Built(NamedTuple):
    """A module that is ready to run, and what it was made of."""

    code: CodeType
    stubs: dict[str, str]  # qualified name → exercise, of each stub in the learner's file
    answered: frozenset[str]  # the qualified names that came from the answer file
    untouched: frozenset[str]  # the qualified names that the answer file has, but the learner wrote

    def serves(self, mode: Mode) -> bool:
        """Would this, built for plain filling, come out the same in that mode?"""
        return not (
            mode.plants
            or mode.held
            or mode.empty.intersection(self.stubs.values())
            or (mode.reference and self.untouched)
        )


class Mode(NamedTuple):
    """The overlay as far as it concerns one module."""

    reference: bool
    empty: frozenset[str]
    plants: Sequence[str]
    own: frozenset[str] = frozenset()
    held: frozenset[str] = frozenset()

    @property
    def plain(self) -> bool:
        """Whether stubs get their answers, and nothing more is done."""
        return self == Mode(False, frozenset(), ())

    @property
    def only_reference(self) -> bool:
        """Whether the answers take the place of all that they have, and nothing more is done."""
        return self == Mode(True, frozenset(), ())


class Files:
    """The places in a repository, and the overlay that holds in it."""

    def __init__(self, root: str, overlay: Overlay) -> None:
        self.root = root
        self.steps = os.path.join(root, "steps")
        self.solutions = os.path.join(root, "solutions")
        self.built: dict[str, Built] = {}  # by path: the modules of this process
        self.adopt(overlay)

    def adopt(self, overlay: Overlay) -> None:
        """Has this overlay hold for all modules that are still to be imported."""
        self.overlay = overlay
        self._check_overlay()
        self._plants: dict[str, list[str]] = {}
        for path in map(os.fspath, overlay.plant):
            self._plants.setdefault(self._target(path), []).append(path)

    def _check_overlay(self) -> None:
        for exercise in sorted(self.overlay.empty | self.overlay.own | self.overlay.held):
            known = re.fullmatch(HOLE, exercise) and (exercise[0].isdigit() or self.find(exercise))
            if not known:
                raise OverlayError(f"{VARIABLE} names {exercise!r}, which is not an exercise.")
        for package in sorted(self.overlay.reference - {ALL}):
            if not os.path.isdir(os.path.join(self.steps, package)):
                raise OverlayError(
                    f"{VARIABLE} refers to {package}, which {self.steps} does not have."
                )

    def _target(self, path: str) -> str:
        """The file that a planted one goes into: its name begins with the name of a hole."""
        found = re.match(rf"({HOLE})_", os.path.basename(path))
        exercise = self.find(found[1]) if found else None
        if exercise is None:
            raise OverlayError(
                f"The name of {path} does not begin with the id of an exercise.", path=path
            )
        return os.fspath(exercise.file)

    def find(self, hole: str) -> catalogue.Exercise | None:
        """The exercise of that id, or the first stage of the challenge of that name."""
        from workbook import catalogue

        number = hole.partition(".")[0]
        numbered = number.isdigit()
        for name in _with_prefix(self.steps, f"s{int(number):02}_" if numbered else "s"):
            folder = os.path.join(self.steps, name)
            if numbered or os.path.isfile(catalogue.manifest_of(folder, hole)):
                every = catalogue.read_step(folder).every
                return next((one for one in every if one.hole == hole), None)
        return None

    def whole(self, path: str) -> str | None:
        """The hole that this file is as a whole, if it is one."""
        from workbook import catalogue

        step = os.path.join(self.steps, self.name(path).partition(os.sep)[0])
        if not os.path.isfile(os.path.join(step, catalogue.MANIFEST)):
            return None
        every = catalogue.read_step(step).every
        return next((one.hole for one in every if one.whole and os.fspath(one.file) == path), None)

    def mode(self, path: str) -> Mode:
        package = self.name(path).partition(os.sep)[0]
        plants = self._plants.get(path, ())
        reference = self.overlay.refers_to(package)
        own = self.overlay.own if reference else frozenset[str]()
        held = frozenset(one for one in self.overlay.held if self.is_in(one, path))
        return Mode(reference, self.overlay.empty, plants, own, held)

    def is_in(self, exercise: str, path: str) -> bool:
        """Whether this exercise is to be written in this file."""
        found = self.find(exercise)
        return found is not None and os.fspath(found.file) == path

    def name(self, path: str) -> str:
        """The path of a file below ``steps/``."""
        return path.removeprefix(self.steps + os.sep)

    def answer(self, path: str) -> str:
        return os.path.join(self.solutions, self.name(path))


def read(path: str) -> bytes | None:
    """The bytes of a file; None if it is missing, or hidden from us (as a grader hides answers)."""
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        return None


def _with_prefix(folder: str, prefix: str) -> list[str]:
    return sorted(name for name in os.listdir(folder) if name.startswith(prefix))


# --- building a module ---


def build(files: Files, name: str, path: str, data: bytes, answers: bytes | None) -> Built:
    """Put together what the module is in this overlay."""
    from workbook import splice

    mode = files.mode(path)
    tree = splice.parse(data, path)
    empty = splice.hole_of(tree)
    if hole := empty or (None if mode.plain else files.whole(path)):
        return _build_whole(files, mode, hole, path, tree, answers, empty is not None)
    module = splice.Module(path, tree, name)
    stubs = dict(module.stubs)
    put: set[splice.Key] = set()
    have: set[splice.Key] = set()
    emptied = mode.held | (mode.empty if mode.reference else frozenset())
    stubbed = _empty(files, emptied, module, path)
    own = {_key(files, exercise, path) for exercise in mode.own}
    if answers is not None:
        patch = module.read(files.answer(path), answers)
        have = set(patch.functions)
        for key in patch.functions:
            if key in stubbed or stubs.get(key) in mode.empty | mode.held:
                continue
            if key in stubs or (mode.reference and key not in own):
                module.put(patch, key)
                put.add(key)
    for plant in mode.plants:
        _plant(module, plant)
    return Built(
        module.compile(RAISED, bring=mode.reference),
        {key.qualname: exercise for key, exercise in stubs.items()},
        frozenset(key.qualname for key in put),
        frozenset(key.qualname for key in have if key not in stubs),
    )


def _build_whole(
    files: Files,
    mode: Mode,
    hole: str,
    path: str,
    tree: ast.Module,
    answers: bytes | None,
    empty: bool,
) -> Built:
    """The same for a file that is a hole as a whole: it is one file or the other, never both."""
    from workbook import splice

    answers = answers or None  # grading takes an answer away like that
    stub = hole in mode.held or (hole in mode.empty and (empty or mode.reference))
    answered = answers is not None and (empty or (mode.reference and hole not in mode.own))
    if mode.plants:
        path = mode.plants[-1]
        tree = splice.parse(_planted(path), path)
    elif stub or (empty and answers is None):
        tree = splice.unwritten(tree, hole, RAISED)
    elif answered and answers is not None:
        path = files.answer(path)
        tree = splice.parse(answers, path)
    return Built(
        compile(tree, path, "exec", dont_inherit=True),
        {"": hole} if empty else {},
        frozenset([""] if answered and not stub else []),
        frozenset([""] if answers is not None and not empty else []),
    )


def _empty(
    files: Files, exercises: frozenset[str], module: splice.Module, path: str
) -> set[splice.Key]:
    """Make stubs again of the functions that the learner has written and that are to be empty."""
    emptied = set()
    for exercise in exercises.difference(module.stubs.values()):
        if key := _key(files, exercise, path):
            emptied.add(key)
            if key in module:
                module.empty(key, exercise)
    return emptied


def _key(files: Files, exercise: str, path: str) -> splice.Key | None:
    """The function of an exercise, if it stands in this file."""
    from workbook import splice

    found = files.find(exercise)
    return splice.Key(found.qualname, "") if found and os.fspath(found.file) == path else None


def _planted(path: str) -> bytes:
    data = read(path)
    if data is None:
        raise OverlayError(f"There is no file {path} to plant.", path=path)
    return data


def _plant(module: splice.Module, path: str) -> None:
    patch = module.read(path, _planted(path))
    for key in patch.functions:
        if key not in module:
            raise OverlayError(
                f"{path} plants {key.qualname}, which {module.path} does not have.", path=path
            )
        module.put(patch, key)


# --- the cache ---


class Cache:
    """The built code of one module, kept in ``__pycache__``: filled, or with the answers over it.

    The file is: a hash over all that the code was made from, a hash over the rest, the rest.
    """

    def __init__(
        self, path: str, data: bytes, answer: str, answers: bytes | None, over: bool = False
    ) -> None:
        ending = ".reference" if over else ".overlay"
        self.path = importlib.util.cache_from_source(path)[: -len(".pyc")] + ending
        sizes = len(data), -1 if answers is None else len(answers)
        facts = repr((path, answer, sizes, sys.flags.optimize)).encode()
        self._key = _hash(b"".join((_MACHINERY, facts, data, answers or b"")))

    def load(self) -> Built | None:
        data = read(self.path) or b""
        payload = data[16:]
        if data[:8] != self._key or data[8:16] != _hash(payload):
            return None
        code, stubs, answered, untouched = marshal.loads(payload)
        return Built(code, stubs, answered, untouched)

    def store(self, built: Built, loader: SourceFileLoader) -> None:
        if not sys.dont_write_bytecode:
            payload = marshal.dumps(tuple(built))
            # Writes a temporary file and renames it; does nothing in a folder that is read-only.
            loader.set_data(self.path, self._key + _hash(payload) + payload)


_hash = importlib.util.source_hash
_MACHINERY = importlib.util.MAGIC_NUMBER + b"".join(
    _hash(read(os.path.join(os.path.dirname(__file__), name)) or b"")
    for name in ("overlay.py", "splice.py")
)


# --- the import hook ---


class OverlayLoader(SourceFileLoader):
    """Loads one file under ``steps/``."""

    def __init__(self, name: str, path: str, files: Files) -> None:
        super().__init__(name, path)
        self._files = files

    def exec_module(self, module: ModuleType) -> None:
        vars(module)[RAISED] = unwritten
        super().exec_module(module)

    def get_code(self, fullname: str | None = None) -> CodeType:
        path = os.fspath(self.path)
        data = self.get_data(path)
        answer = self._files.answer(path)
        answers = read(answer)
        mode = self._files.mode(path)
        filled = Cache(path, data, answer, answers)
        built = filled.load()
        if built is None or not built.serves(mode):
            over = Cache(path, data, answer, answers, over=True) if mode.only_reference else None
            built = over.load() if over else None
            if built is None:
                built = build(self._files, self.name, path, data, answers)
                if cache := filled if built.serves(mode) else over:
                    cache.store(built, self)
        self._files.built[path] = built
        return built.code


class AliasLoader(OverlayLoader):
    """Loads ``steps.s04.pool`` as another name of the module ``steps.s04_threads.pool``."""

    def __init__(self, name: str, real: ModuleSpec, files: Files) -> None:
        assert real.origin is not None
        super().__init__(name, real.origin, files)
        self._real = real

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        module = importlib.import_module(self._real.name)
        assert module.__spec__ is not None
        self._real = module.__spec__
        return module

    def exec_module(self, module: ModuleType) -> None:
        # By now the import system has written the short name's spec there. Put the real one back:
        # `reload` goes by it.
        module.__spec__ = self._real

    def get_code(self, fullname: str | None = None) -> CodeType:
        assert isinstance(self._real.loader, OverlayLoader)
        return self._real.loader.get_code()


class Finder:
    """Finds ``steps.*``. Looks at the disk each time: no list of a folder can be out of date."""

    def __init__(self, files: Files) -> None:
        self.files = files

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        package, _, rest = fullname.partition(".")
        if package != "steps" or not rest:
            return None
        step, *inner = rest.split(".")
        if re.fullmatch(r"s\d\d", step):
            return self._find_alias(fullname, step, inner)
        return self._find_file(fullname, os.path.join(self.files.steps, step, *inner))

    def _find_file(self, fullname: str, base: str) -> ModuleSpec | None:
        package = os.path.join(base, "__init__.py")
        for file, locations in ((package, [base]), (base + ".py", None)):
            if os.path.isfile(file):
                loader = OverlayLoader(fullname, file, self.files)
                return importlib.util.spec_from_file_location(
                    fullname, file, loader=loader, submodule_search_locations=locations
                )
        return None

    def _find_alias(self, fullname: str, step: str, inner: list[str]) -> ModuleSpec | None:
        names = [
            name
            for name in _with_prefix(self.files.steps, step + "_")
            if os.path.isfile(os.path.join(self.files.steps, name, "__init__.py"))
        ]
        if len(names) > 1:
            raise OverlayError(
                f"steps.{step} may be {' or '.join(names)} in {self.files.steps}: move one away."
            )
        real = self.find_spec(".".join(["steps", *names, *inner])) if names else None
        if real is None:
            return None
        spec = ModuleSpec(fullname, AliasLoader(fullname, real, self.files), origin=real.origin)
        spec.submodule_search_locations = real.submodule_search_locations
        return spec


def show_error(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    """What `sys.excepthook` does, without the frames of this hook and of Python's own imports.

    Of a file that Python cannot read, its line is all there is to say.
    """
    import traceback

    whole = traceback.TracebackException(kind, error, trace)
    told: traceback.TracebackException | None = whole
    while told is not None:
        own = [frame for frame in told.stack if _of_steps(frame.filename)]
        imports = [at for at, frame in enumerate(own) if frame.name == "<module>"]
        if own:  # what imported what does not matter, but for the last line of it
            told.stack[:] = own[imports[-1] :] if imports else own
        if issubclass(kind, SyntaxError):
            told.stack.clear()
        told = told.__cause__ or told.__context__
    print("".join(whole.format()), end="", file=sys.stderr)


def _of_steps(name: str) -> bool:
    return bool({"steps", "solutions"} & {*name.split(os.sep)}) and not name.startswith("<")


def install(package: str, overlay: Overlay | None = None) -> Files:
    """Install the hook for the folder of the package ``steps``, in place of an earlier hook."""
    root = os.path.dirname(os.path.realpath(package))
    files = Files(root, Overlay.from_environment() if overlay is None else overlay)
    sys.meta_path[:] = [finder for finder in sys.meta_path if not isinstance(finder, Finder)]
    sys.meta_path.insert(0, Finder(files))
    if sys.excepthook is sys.__excepthook__:
        sys.excepthook = show_error
    return files


def renew() -> None:
    """Has the environment's overlay hold for what is still to be imported, if the hook is installed."""
    for finder in sys.meta_path:
        if isinstance(finder, Finder):
            finder.files.adopt(Overlay.from_environment())
