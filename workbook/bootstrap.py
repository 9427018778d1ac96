"""Makes the packages that a call needs available: those at hand, or a `.venv` of our own.

The server needs no packages. A check needs pytest, and the whole suite needs more. If any are
missing, `.venv` is made in the repository and filled from the lists in `pyproject.toml`, and the
call starts again inside it. If something is in the way, one sentence says what.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Sequence
from pathlib import Path

from workbook import machine

FOLDER = ".venv"
LIST = "workbook-packages.txt"
"""In `.venv`: what was put there, written when all of it was there."""

CALLED = "WORKBOOK_CALLED"
"""An environment variable with the word that stood for Python in the call that was made."""

VARIABLE = "WORKBOOK_INSIDE"
"""Set for the restarted call, so that it never restarts again."""


def called() -> str:
    """The word for Python in this call, as it was typed; `python` where that was something else."""
    typed = os.environ.get(CALLED) or Path(sys.orig_argv[0]).name.removesuffix(".exe")
    return typed if re.fullmatch(r"python[\d.]*|py", typed) else "python"


CHECKER = f"{called()} checker.py"
"""How people call the checker here."""

CHECK = ("pytest", "pytest-timeout")
"""What a check needs of the list `learn`; the rest of it is for notebooks and convenience."""


class EnvironmentTrouble(Exception):  # noqa: N818 - it is what it says
    """The environment cannot be made ready. The message is one sentence or two, for the learner."""


def prepare(
    root: Path, groups: Sequence[str], arguments: Sequence[str], only: Iterable[str] = ()
) -> None:
    """Returns where the packages are at hand; otherwise ends this process for one in `.venv`.

    `groups` are lists of `pyproject.toml`; `only` names those packages of them that must be there
    for the call to go on without a `.venv`.
    """
    wanted = requirements(root, groups)
    needed = [one for one in wanted if not only or package_name(one) in set(only)]
    missing = [one for one in needed if not at_hand(one)]
    if not missing:
        return
    if os.environ.get(VARIABLE):
        names = ", ".join(map(package_name, missing))
        raise EnvironmentTrouble(
            f"{FOLDER} was made, but still lacks {names}. Delete the folder {root / FOLDER} "
            "and run this again."
        )
    python = ready_venv(root, wanted)
    start_anew(python, root, arguments)


def requirements(root: Path, groups: Iterable[str]) -> list[str]:
    """The lists of `pyproject.toml`, joined: `["pytest>=8.3", ...]`."""
    facts = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))
    lists = facts["project"]["optional-dependencies"]
    return [requirement for group in groups for requirement in lists[group]]


def package_name(requirement: str) -> str:
    """`pytest` of `pytest>=8.3`."""
    match = re.match(r"[\w.-]+", requirement)
    assert match, requirement
    return match[0]


def at_hand(requirement: str) -> bool:
    """Whether the running Python has the package, and it is new enough."""
    version = version_of(package_name(requirement))
    if version is None:
        return False
    least = re.search(r">=([\d.]+)", requirement)
    return least is None or _numbers(version) >= _numbers(least[1])


def version_of(package: str) -> str | None:
    """The version of a package of the running Python; None if it does not have it.

    A wheel's folder says it in its name. To import `importlib.metadata`, which knows all other ways,
    takes longer than to import the checker.
    """
    name = re.sub(r"[-_.]+", "[-_.]", package)
    folder = re.compile(rf"{name}-(\d[^-]*)\.dist-info", re.IGNORECASE)
    for path in sys.path:
        with contextlib.suppress(OSError):
            for found in filter(None, map(folder.fullmatch, os.listdir(path or "."))):
                if os.path.isfile(os.path.join(path, found[0], "METADATA")):
                    return found[1]
    from importlib import metadata

    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _numbers(version: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", version)[:3]]


def ready_venv(root: Path, wanted: list[str]) -> Path:
    """The Python of `.venv`, with all that is wanted in it."""
    folder = root / FOLDER
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    listed = folder / LIST
    have = set(listed.read_text("utf-8").splitlines()) if listed.is_file() else set()
    if works(python) and have.issuperset(wanted):
        return python
    if not works(python):
        make(folder)
        renew_pip(python)
    # one list for all calls that came so far, so that what one of them needs stays new enough
    install(python, sorted(have.union(wanted)))
    listed.write_text("\n".join(sorted(have.union(wanted))) + "\n", "utf-8")
    return python


def works(python: Path) -> bool:
    """Whether that Python starts, is new enough, and has pip."""
    check = "import sys, pip; sys.exit(sys.version_info < (3, 11))"
    try:
        return (
            subprocess.run([python, "-c", check], capture_output=True, check=False).returncode == 0
        )
    except OSError:
        return False


def make(folder: Path) -> None:
    """Makes the virtual environment."""
    if os.pathsep in str(folder):
        raise EnvironmentTrouble(
            f"Python can make no virtual environment in {folder}, whose name has a {os.pathsep} in "
            "it. Rename the folder and run this again."
        )
    if folder.exists() and any(folder.iterdir()) and not (folder / "pyvenv.cfg").is_file():
        raise EnvironmentTrouble(
            f"{folder} is in the way, and is not a virtual environment. Move it away "
            "and run this again."
        )
    if not (importlib.util.find_spec("venv") and importlib.util.find_spec("ensurepip")):
        raise EnvironmentTrouble(NO_VENV)
    say(f"Making {folder.name} (this happens once) ...")
    done = subprocess.run(
        [sys.executable, "-m", "venv", "--clear", folder],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        text = (done.stdout + done.stderr).strip()
        if "ensurepip" in text:
            raise EnvironmentTrouble(NO_VENV)
        raise EnvironmentTrouble(f"{folder} could not be made: {last_line(text)}")


NO_VENV = (
    "This Python cannot make a virtual environment: install its venv module (on Debian and Ubuntu: "
    "apt install python3-venv), or use a Python that has pytest and pytest-timeout."
)


def pip_install(python: Path) -> list[str]:
    """The call of pip, without what is to be installed."""
    command = [str(python), "-m", "pip", "install", "--disable-pip-version-check", "--no-input"]
    command += ["--progress-bar", "off", "--retries", "1", "--timeout", "20"]
    command += ["--no-user"]  # which somebody's pip.conf may have
    command += ["--no-compile"]  # most of JupyterLab's modules are never imported
    return command


def renew_pip(python: Path) -> None:
    """Fetches the newest pip, which resolves versions in half the time; the old one will do, too."""
    subprocess.run(
        [*pip_install(python), "--upgrade", "pip"],
        env=machine.usual(os.environ),
        capture_output=True,
        check=False,
    )


def install(python: Path, wanted: list[str]) -> None:
    """Puts packages into the environment, and shows how far it is."""
    progress = Progress(f"Installing packages into {FOLDER}")
    said = []
    with subprocess.Popen(
        [*pip_install(python), *wanted],
        env=machine.usual(os.environ),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    ) as pip:
        assert pip.stdout
        for line in pip.stdout:
            said.append(line)
            progress.note(line)
    progress.end()
    if pip.returncode:
        raise EnvironmentTrouble(why_pip_failed("".join(said)))


def why_pip_failed(text: str) -> str:
    """The sentence for what pip said."""
    if (
        "Failed to establish a new connection" in text
        or "NewConnectionError" in text
        or "Temporary failure" in text
    ):
        return (
            "The packages could not be fetched: there is no way to the package index. Check the "
            "network and run this again, or use a Python that has pytest and pytest-timeout."
        )
    errors = [line for line in text.splitlines() if line.startswith("ERROR:")]
    return (
        f"The packages could not be installed; pip said: {last_line(chr(10).join(errors) or text)}"
    )


def last_line(text: str) -> str:
    """The last line that says something."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "nothing"


class Progress:
    """One line that counts packages: rewritten in place in a terminal, else a line now and then."""

    def __init__(self, what: str) -> None:
        self.what = what
        self.count = 0
        self.terminal = sys.stderr.isatty()
        say(f"{what} (a minute or two) ...")

    def note(self, line: str) -> None:
        """Takes a line of pip's output in."""
        if match := re.match(r"Collecting ([\w.-]+)", line):
            self.count += 1
            self.show(f"{self.count} packages found, {match[1]}")
        elif line.startswith("Installing collected packages"):
            self.show(f"{self.count} packages found, writing them", always=True)

    def show(self, text: str, always: bool = False) -> None:
        """Shows how far it is."""
        if self.terminal:
            sys.stderr.write(f"\r{text[:78]:<78}")
            sys.stderr.flush()
        elif always or self.count % 20 == 0:
            say(f"  {text} ...")

    def end(self) -> None:
        """Goes to a fresh line."""
        if self.terminal:
            sys.stderr.write(f"\r{'':<78}\r")


def start_anew(python: Path, root: Path, arguments: Sequence[str]) -> None:
    """Goes on with the same call in the other Python; does not return."""
    command = [str(python), str(root / "checker.py"), *arguments]
    os.environ[VARIABLE] = "1"
    os.environ[CALLED] = CHECKER.partition(" ")[0]
    sys.stdout.flush()
    sys.stderr.flush()
    if os.name == "nt":  # there, exec leaves the shell without waiting
        sys.exit(subprocess.call(command))
    os.execv(command[0], command)


def say(text: str) -> None:
    """A line for people, away from the output proper."""
    print(text, file=sys.stderr, flush=True)
