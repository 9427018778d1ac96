"""`checker.py watch 4`: checks again at each save, the exercise being edited first.

Three threads put what happens into one queue: one looks for saved files, one reads keys, one checks.
The main thread takes things out one by one, so that nothing here needs a lock. A save during a
check ends that check; what it found would be out of date.

To see which exercise is being edited, it compares the functions before and after a save.
"""

from __future__ import annotations

import ast
import contextlib
import hashlib
import os
import queue
import sys
import threading
import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from workbook import bootstrap, catalogue, checking, editing, judging, keys
from workbook.calls import SOLVED, Call, CallTrouble
from workbook.catalogue import Exercise
from workbook.explaining import Explainer
from workbook.judging import Verdict
from workbook.overview import heading
from workbook.page import Page
from workbook.source import Source, SourceTrouble
from workbook.standby import Standby

POLL = 0.2
"""Seconds between two looks at the files, where nothing tells of changes."""

SURELY = 500
"""Milliseconds to the next look where something does: some file systems stay silent."""

LEAVE = 2.0
"""Seconds to wait at the end for a check that was given up."""

GATHER = 30
"""Milliseconds in which several saved files are one save."""

KEYS = "h hint   s solution   n next   Enter again   q quit"


def watch(call: Call) -> int:
    """The sub-command."""
    chosen = call.exercises() if call.words else list(catalogue.exercises(call.root))
    if not chosen:
        raise CallTrouble("There is nothing to watch.")
    call.prepare(only=bootstrap.CHECK)
    watcher = Watch(call.root, chosen, follow=not call.words)
    with keys.reading(watcher.events.put):
        return watcher.run()


# ---------------------------------------------------------------- what was edited


@dataclass(frozen=True)
class State:
    """A file at one moment.

    One that Python can't read, or with nothing in it (some editors empty a file before they write),
    has the functions that it had before.
    """

    data: bytes
    functions: dict[str, str]  # by qualified name: a hash of the text
    spans: dict[str, tuple[int, int]]


def state_of(data: bytes, before: State | None = None) -> State:
    """The functions of a file."""
    found, spans = {}, {}
    with contextlib.suppress(SourceTrouble):
        source = Source(data, "")
        for node, name in functions_of(source):
            spans[name] = start, end = source.span(node)
            text = "".join(source.lines[start:end])
            found[name] = hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
    if before and not found:
        return State(data, before.functions, before.spans)
    return State(data, found, spans)


def functions_of(source: Source) -> Iterator[tuple[ast.FunctionDef | ast.AsyncFunctionDef, str]]:
    """Each function with its qualified name."""
    from workbook import splice

    for key in splice.functions(source.tree):
        if node := source.function(key.qualname):
            yield node, key.qualname


def edited(before: State | None, after: State) -> set[str]:
    """The functions that differ; where none does, the one that holds the first line that does."""
    if before is None or before.data == after.data:
        return set()
    names = before.functions.keys() | after.functions.keys()
    differing = {name for name in names if before.functions.get(name) != after.functions.get(name)}
    if differing:
        return differing
    line = first_difference(before.data, after.data)
    return {name for name, (start, end) in after.spans.items() if start <= line < end}


def first_difference(one: bytes, other: bytes) -> int:
    """The index of the first line that differs."""
    lines, others = one.splitlines(), other.splitlines()
    pairs = enumerate(zip(lines, others, strict=False))
    return next((n for n, (a, b) in pairs if a != b), min(len(lines), len(others)))


class Files:
    """The learner's files as they were when last looked at."""

    def __init__(self, root: Path) -> None:
        self.folder = root / "steps"
        self.stamps: dict[Path, tuple[int, int, int]] = {}
        self.states: dict[Path, State] = {}
        self.look()
        for path in self.stamps:
            self.read(path)

    def look(self) -> set[Path]:
        """The files that were saved since the last look, or that came or went."""
        now = dict(self.all_stamps())
        before, self.stamps = self.stamps, now
        return {path for path in now.keys() | before.keys() if now.get(path) != before.get(path)}

    def all_stamps(self) -> Iterator[tuple[Path, tuple[int, int, int]]]:
        """What tells whether a file was saved, for each."""
        for folder, inner, names in os.walk(self.folder):
            inner[:] = [name for name in inner if name != "__pycache__"]
            for name in names:
                if name.endswith(".py"):
                    path = Path(folder, name)
                    with contextlib.suppress(OSError):
                        facts = path.stat()
                        yield path, (facts.st_mtime_ns, facts.st_size, facts.st_ino)

    def read(self, path: Path) -> set[str]:
        """Takes a file's new state in; the functions that were edited."""
        try:
            data = path.read_bytes()
        except OSError:
            data = b""
        before = self.states.get(path)
        self.states[path] = after = state_of(data, before)
        return edited(before, after)

    def ticks(self, stop: threading.Event) -> Iterator[None]:
        """Times to look: at each change where `watchfiles` is there, else now and then."""
        try:
            import watchfiles
        except ImportError:
            while not stop.wait(POLL):
                yield
            return
        for _ in watchfiles.watch(
            self.folder,
            watch_filter=watchfiles.PythonFilter(),
            debounce=4 * GATHER,
            step=GATHER,
            rust_timeout=SURELY,
            yield_on_timeout=True,
            stop_event=stop,
            raise_interrupt=False,
        ):
            yield


# ---------------------------------------------------------------- the loop


@dataclass(frozen=True)
class Saved:
    """Files were saved."""

    paths: frozenset[Path]


@dataclass(frozen=True)
class Checked:
    """A check is over: in its first part (the exercise), or as a whole. Old ones are ignored."""

    number: int
    verdicts: list[Verdict]
    rest: bool
    trouble: str = ""


Event = Saved | Checked | str
"""What happens; a str is a key."""


class Watch:
    """What is being watched, and where the learner is."""

    def __init__(self, root: Path, chosen: Sequence[Exercise], follow: bool) -> None:
        self.root = root
        self.chosen = list(chosen)
        self.follow = follow  # to whatever step is edited
        self.events: queue.Queue[Event] = queue.Queue()
        self.page = Page()
        self.stop = threading.Event()
        self.files = Files(root)
        self.current = self.first()
        self.last: Exercise | None = None
        self.number = 0
        self.checks: list[threading.Thread] = []
        self.abandon = threading.Event()
        self.standby = Standby(root)
        self.explained = False
        """Whether the exercise being edited had something to explain."""
        self.sure = ""
        """The exercise whose solution was asked for once; it takes two strokes."""

    def first(self) -> Exercise:
        """Where to begin: the first one that is not written yet, with the warm-up last."""
        every = [one for one in self.chosen if one.key[0]] or self.chosen
        return next((one for one in every if catalogue.is_empty(one)), every[0])

    def run(self) -> int:
        """Until the learner has enough."""
        with self.standby:
            return self.follow_events()

    def follow_events(self) -> int:
        """The same, with a process ready that runs the tests."""
        looking = threading.Thread(target=self.look, daemon=True)
        looking.start()
        self.page.put(f"Watching {self.files.folder.name}/ for saved files. Ctrl-C ends it.")
        try:
            self.check()
            while (event := self.next_event()) != "q":
                self.handle(event)
        except KeyboardInterrupt:
            self.page.put()
        finally:
            self.stop.set()
            self.give_up()
        for thread in (looking, *self.checks):
            thread.join(LEAVE)
        return SOLVED

    def next_event(self) -> Event:
        """Waits; in pieces, for on Windows an endless wait can't be interrupted."""
        while True:
            sys.stdout.flush()
            with contextlib.suppress(queue.Empty):
                return self.events.get(timeout=1 if os.name == "nt" else None)

    def look(self) -> None:
        """The thread that looks for saved files."""
        for _ in self.files.ticks(self.stop):
            if paths := self.files.look():
                self.events.put(Saved(frozenset(paths)))

    def handle(self, event: Event) -> None:
        """One thing that has happened."""
        if isinstance(event, Saved):
            self.note(event.paths)
            self.check()
        elif isinstance(event, Checked):
            if event.number == self.number:
                self.show(event)
        else:
            self.key(event)

    def note(self, paths: Iterable[Path]) -> None:
        """Finds out which exercise is being edited."""
        saved = {path: self.files.read(path) for path in paths}
        every = catalogue.every(self.root)
        hit = [one for one in every if one.whole or one.qualname in saved.get(one.file, ())]
        hit = [one for one in hit if one.file in saved]
        # what became a stub again is nothing to look at while another one was written
        hit.sort(key=lambda one: (catalogue.is_empty(one), one != self.current, one.key))
        if hit:
            self.current = hit[0]

    # ------------------------------------------------------------ checking

    def group(self) -> list[Exercise]:
        """The rest of the step, as far as it is written."""
        folder = self.current.tests
        every = catalogue.every(self.root) if self.follow else self.chosen
        wanted = [one for one in every if not self.follow or one.tests == folder]
        return [one for one in wanted if one != self.current and not catalogue.is_empty(one)]

    def check(self) -> None:
        """Starts a check of the current exercise, and then of the rest."""
        self.give_up()
        self.number += 1
        self.abandon = threading.Event()
        self.clear()
        if self.page.terminal:
            self.page.put(self.page.paint(f"Checking {self.current.id} ...", "dim"))
        work = (self.number, self.current, self.group(), self.abandon)
        thread = threading.Thread(target=self.work, args=work, daemon=True)
        self.checks = [one for one in self.checks if one.is_alive()] + [thread]
        thread.start()

    def give_up(self) -> None:
        """Ends the check that runs."""
        self.abandon.set()

    def work(
        self, number: int, first: Exercise, rest: list[Exercise], abandon: threading.Event
    ) -> None:
        """The thread that checks."""
        for part, chosen in enumerate(([first], rest)):
            if abandon.is_set():
                return
            try:
                verdicts = self.find(chosen, abandon) if chosen else []
                event = Checked(number, verdicts, bool(part))
            except Exception:
                event = Checked(number, [], bool(part), traceback.format_exc())
            if not abandon.is_set():
                self.events.put(event)
        self.standby.prepare()

    def find(self, chosen: list[Exercise], abandon: threading.Event) -> list[Verdict]:
        """Checks, notes the progress, and ends early if it is abandoned."""
        options = checking.Options(Call(self.root, [], ["watch"]))
        options.stop, options.halves = abandon, True
        options.json = True  # no line of its own that shows how far it is
        return checking.find(self.root, chosen, options, self.standby)

    # ------------------------------------------------------------ showing

    def clear(self) -> None:
        """An empty screen, where there is one."""
        if self.page.terminal:
            print("\x1b[2J\x1b[3J\x1b[H", end="", flush=True)

    def show(self, event: Checked) -> None:
        """What a check has found."""
        if event.trouble:
            self.page.put(f"{event.trouble}\nThe checker itself failed; save again to go on.")
        elif event.rest:
            self.show_rest(event.verdicts)
        else:
            self.show_first(event.verdicts[0])

    def show_first(self, verdict: Verdict) -> None:
        """The exercise being edited, with its explanation."""
        self.sure = ""
        self.clear()
        self.page.put(checking.line(verdict, self.page))
        if verdict.word == judging.NOT_WRITTEN and not verdict.missing:
            self.page.put("\n" + heading("Write", verdict.exercise, self.root))
        elif verdict.word != judging.SOLVED:
            self.page.put()
            Explainer(self.page, self.root).explain(verdict, whole=False)
        self.explained = verdict.word not in (judging.NOT_WRITTEN, judging.SOLVED)

    def show_rest(self, verdicts: list[Verdict]) -> None:
        """The others, a line each if something is wrong with them.

        The first of these is explained where the exercise being edited has nothing to explain.
        """
        bad = [one for one in verdicts if one.word != judging.SOLVED]
        for verdict in bad:
            self.page.put(checking.line(verdict, self.page))
        if bad and not self.explained:
            self.page.put()
            Explainer(self.page, self.root).explain(bad[0], whole=False)
        solved = len(verdicts) - len(bad)
        if verdicts:
            self.page.put(f"\nThe rest: {solved} of {len(verdicts)} that are written are solved.")
        self.page.put("" if self.page.terminal else f"Waiting for you to save {self.current.id}.")
        if self.page.terminal and sys.stdin.isatty():
            self.page.put(self.page.paint(KEYS, "dim"))

    # ------------------------------------------------------------ keys

    def key(self, key: str) -> None:
        """What a key asks for."""
        actions: dict[str, Callable[[], None]] = {
            "h": self.hint,
            "s": self.solution,
            "n": self.go_on,
            "\r": self.check,
            "\n": self.check,
        }
        if action := actions.get(key.lower()):
            action()

    def hint(self) -> None:
        """The next hint."""
        self.page.put(editing.next_hint(self.current, self.root))

    def solution(self) -> None:
        """The answer, at the second stroke."""
        if self.sure != self.current.id:
            self.sure = self.current.id
            self.page.put(f"The answer to {self.current.id}? Press s once more.")
            return
        self.sure = ""
        try:
            editing.show_code(editing.solution_text(self.current, self.root))
        except (CallTrouble, SourceTrouble) as error:
            self.page.put(str(error))

    def go_on(self) -> None:
        """The next exercise; those that are not written yet come first."""
        every = list(catalogue.every(self.root)) if self.follow else self.chosen
        at = every.index(self.current) if self.current in every else 0
        others = every[at + 1 :] + every[:at]
        later = next((one for one in others if catalogue.is_empty(one)), None)
        self.current = later or (others[0] if others else self.current)
        self.check()
