"""The command line of the workbook: its sub-commands in one table, and its exit codes."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import sys
import textwrap
import traceback
from collections.abc import Sequence
from pathlib import Path

from workbook import bootstrap, catalogue
from workbook.bootstrap import CHECKER
from workbook.calls import FAILED, INTERRUPTED, SOLVED, WRONG_CALL, Call, CallTrouble, Command

WIDTH = 80

COMMANDS = {
    "": Command("", "the map: what is done, what is next", "workbook.overview:run"),
    "check": Command(
        "4 | 4.2 | streams | all",
        "checks a step, an exercise, a challenge",
        "workbook.checking:run",
    ),
    "watch": Command("watch | watch 4", "checks again at each save", "workbook.watch:watch"),
    "hint": Command("hint 4.2", "the next hint; --all: all of them", "workbook.editing:hint"),
    "solution": Command(
        "solution 4.2", "the answer with its reasons; asks first", "workbook.editing:solution"
    ),
    "solve": Command(
        "solve 4.2 | 4 | all", "writes the answer into your file", "workbook.editing:solve"
    ),
    "reset": Command("reset 4.2 | 4 | all", "empties it again", "workbook.editing:reset"),
    "undo": Command("undo", "brings back what solve or reset replaced", "workbook.editing:undo"),
    "talk": Command("talk 4", "a prompt to your server, byte by byte", "workbook.talk:talk"),
    "trace": Command(
        "trace 5 'SET k v'", "its way through your server, call by call", "workbook.trace:trace"
    ),
    "xray": Command("xray 10", "the same in the browser, with two clients", "workbook.xray:run"),
    "notebook": Command(
        "notebook 4", "opens the lesson of a step in JupyterLab", "workbook.opening:run"
    ),
    "grade": Command(
        "grade FOLDER", "grades a class; grade --help", "workbook.grading.command:run_command"
    ),
    "test": Command("test", "the whole suite; more words go to pytest", "workbook.suite:run"),
}
"""All that `checker.py` can do, in the order of its help. A new sub-command is one more line."""


OPTIONS = """
In place of an exercise (4.2) you can name a stage of a challenge (streams.3); in place
of a step, a challenge (streams), or all of them (challenges).
A check takes --seed N (the same random choices again), --reference-below (the
answers stand in for the steps below), --wire (each byte on the wire).
All but watch, talk and test take --json: they print one JSON object.
Exit codes: 0 everything is solved, 1 something is not, 2 the call or the environment
is wrong, 3 the checker itself failed.
"""


def main(arguments: Sequence[str], root: Path = catalogue.ROOT) -> int:
    """The command line; returns the exit code."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(AttributeError):
            stream.reconfigure(errors="replace")  # type: ignore[union-attr]
    try:
        code = dispatch(list(arguments), root)
        if sys.stdout is not None:
            sys.stdout.flush()
        return code
    except (CallTrouble, catalogue.CatalogueError, bootstrap.EnvironmentTrouble) as error:
        if "--json" in arguments:
            print(json.dumps({"view": "error", "message": str(error), "exit": WRONG_CALL}))
        with contextlib.suppress(OSError):  # a full disk: the exit code says it
            print(textwrap.fill(str(error), WIDTH), file=sys.stderr)
        return WRONG_CALL
    except KeyboardInterrupt:
        print("\nStopped.", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:  # the reader of the output, such as `head`, has had enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return INTERRUPTED
    except ImportError:
        traceback.print_exc()
        print(
            "\nThe checker itself is broken: is this copy of the workbook whole?", file=sys.stderr
        )
        return FAILED
    except Exception as error:
        if isinstance(error, OSError) and (name := below(root, error.filename)):
            print(f"{name}: {error.strerror}. Fix that and run this again.", file=sys.stderr)
            return WRONG_CALL
        if isinstance(error, OSError) and error.errno == errno.ENOSPC and error.filename is None:
            return cannot_say(error)
        traceback.print_exc()
        print("\nThe checker itself failed; this says nothing about your code.", file=sys.stderr)
        return FAILED


def cannot_say(error: OSError) -> int:
    """The disk is full on which the output goes; returns the exit code."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    with contextlib.suppress(OSError):
        print(f"The output could not be written: {error.strerror}.", file=sys.stderr)
    return WRONG_CALL


def below(root: Path, name: object) -> str:
    """A file of the repository as people type it; "" for any other."""
    path = Path(name) if isinstance(name, str) else None
    return path.relative_to(root).as_posix() if path and path.is_relative_to(root) else ""


def dispatch(arguments: list[str], root: Path) -> int:
    """Finds the sub-command: its name comes first; without one it is the map, or a check."""
    if arguments[:1] in (["-h"], ["--help"], ["help"]):
        print(usage(), end="")
        return SOLVED
    if arguments and arguments[0] in COMMANDS:
        name, words = arguments[0], arguments[1:]
    else:
        name, words = "check" if set(arguments) - {"--json"} else "", arguments
    require_files(root)
    return COMMANDS[name].function()(Call(root, list(words), list(arguments)))


def require_files(root: Path) -> None:
    """Raises CallTrouble where reading a step would never end: a pipe or a device in a file's place."""
    for folder, _, names in os.walk(root / "steps"):
        for path in (Path(folder, name) for name in names):
            if path.exists() and not path.is_file():
                raise CallTrouble(
                    f"{below(root, str(path))} is a named pipe, a socket or a device, not a file."
                    f" Remove it; `{CHECKER} reset` of an exercise brings its file back."
                )


def usage() -> str:
    """What `--help` prints."""
    calls = [(f"{CHECKER} {command.usage}".strip(), command) for command in COMMANDS.values()]
    wide = max(len(call) for call, _ in calls)
    rows = "".join(f"{call:<{wide}}  {command.what}\n" for call, command in calls)
    return rows + OPTIONS
