"""The notebooks as files: lists them, runs them from top to bottom, and keeps them free of noise.

python -m workbook.notebooks         runs all of them and writes what came out
python -m workbook.notebooks 4       runs the one of step 4; its name, 04_threads, works too
python -m workbook.notebooks streams runs the one of a challenge
python -m workbook.notebooks --tidy  runs nothing: removes what an editor has left in them
"""

from __future__ import annotations

import argparse
import ast
import importlib
import re
import sys
import time
from collections.abc import Sequence
from itertools import count
from pathlib import Path
from typing import Any

from workbook.catalogue import ROOT

FOLDER = "notebooks"

SECONDS = 120
"""What a cell may take when everything is run again."""

PREDICT = "**Predict, then run.**"
"""Marks a question. Of the cells between it and its answer no output is stored where it shows."""

ANSWER = "<details><summary>"
"""Marks an answer, folded until the reader opens it."""

EXPECTED = "expected"
"""Where the output of such a cell is kept: in its metadata, which no viewer shows."""

VARIES = "nbval-ignore-output"
"""The tag of a cell whose output is not the same each time, or is not where nbval looks for it."""

UNNEEDED = "rfc3987_syntax"
"""A grammar of international addresses. What nbformat checks notebooks with builds it at the import,
which takes three seconds, and does without it where it is missing: notebooks have no such field."""

KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}
"""The kernel that every notebook asks for: the Python in which JupyterLab runs."""


def files(root: Path = ROOT) -> list[Path]:
    """All of them: those of the steps in order, then those of the challenges."""
    return sorted((root / FOLDER).glob("*.ipynb"))


def of(word: str, root: Path = ROOT) -> Path | None:
    """The lesson of a step, by its number, or of a challenge, by its name."""
    if word.isascii() and word.isdigit():
        return next(
            (file for file in files(root) if file.name.startswith(f"{int(word):02}_")), None
        )
    return next((file for file in files(root) if file.stem == word and word.isalpha()), None)


def read(file: Path) -> Any:
    """A notebook, with its cells as attributes."""
    return library("nbformat").read(file, as_version=4)


def library(name: str) -> Any:
    """A library that has no types, and that only notebooks need."""
    sys.modules.setdefault(UNNEEDED, None)  # type: ignore[arg-type]  # so it counts as missing
    return importlib.import_module(name)


def trust(root: Path = ROOT) -> None:
    """Signs them, so that JupyterLab shows the drawings in them before anything has run."""
    notary = library("nbformat.sign").NotebookNotary()
    for file in files(root):
        notary.sign(read(file))


def python(cell: Any) -> ast.Module:
    """A cell as Python, without the lines that only a notebook understands."""
    return ast.parse(re.sub(r"^(\s*)[%!].*$", r"\1pass", cell.source, flags=re.MULTILINE))


def varies(cell: Any) -> bool:
    """Whether a cell says that what comes out of it is not the same each time."""
    return str(cell.source).startswith("# varies: ")


# ---------------------------------------------------------------- without noise


def tidied(notebook: Any) -> Any:
    """Only what was written and what came out is left, and of metadata only what a reader needs."""
    notebook.metadata.clear()
    notebook.metadata.update({"kernelspec": dict(KERNEL), "language_info": {"name": "python"}})
    used: set[str] = set()
    asked = False
    runs = count(1)  # nbval takes a cell without a number for one that was never run
    for cell in revealed(notebook).cells:
        tags = cell.metadata.get("tags")
        cell.metadata.clear()
        if tags:
            cell.metadata["tags"] = tags
        asked = asked and ANSWER not in cell["source"]
        cell["id"] = lasting(cell, used)
        used.add(cell["id"])
        if cell["cell_type"] == "code":
            tidy_outputs(cell, next(runs))
            if asked:
                hide(cell)
        asked = asked or PREDICT in cell["source"]
    return notebook


def tidy_outputs(cell: Any, number: int) -> None:
    """Leaves what came out of a cell, as the `number`th of those that run."""
    cell["execution_count"] = number
    cell["outputs"] = joined(cell["outputs"])
    for output in cell["outputs"]:
        if "execution_count" in output:
            output["execution_count"] = number
        if "metadata" in output:
            output["metadata"].clear()


def hide(cell: Any) -> None:
    """Takes what came out of a cell out of the reader's sight."""
    cell.metadata[EXPECTED] = cell["outputs"]
    cell.metadata["tags"] = [VARIES]
    cell["outputs"] = []


def revealed(notebook: Any) -> Any:
    """The notebook with all of its outputs where nbval compares them."""
    for cell in notebook.cells:
        if EXPECTED in cell.metadata:
            kept = cell.metadata.pop(EXPECTED)
            cell["outputs"] = cell["outputs"] or kept  # the cell may have been run since
            if not varies(cell):
                del cell.metadata["tags"]
    return notebook


def joined(outputs: Sequence[Any]) -> list[Any]:
    """What was printed in one go comes in pieces, cut where a moment passed: makes them one."""
    whole: list[Any] = []
    for output in outputs:
        name = output.get("name")
        if whole and name and whole[-1].get("name") == name:
            whole[-1]["text"] += output["text"]
        else:
            whole.append(output)
    return whole


def lasting(cell: Any, used: set[str]) -> str:
    """The id of a cell; where an editor has made one up, its first words take its place."""
    if re.fullmatch(r"[a-z0-9-]{1,60}", cell["id"]) and not by_chance(cell["id"]):
        return str(cell["id"])
    words = re.findall(r"[a-z0-9]+", cell["source"].lower())[:4] or ["cell"]
    name = "-".join(words)[:40].strip("-")
    numbers = (f"{name}-{number}" for number in range(2, 1000))
    return name if name not in used else next(one for one in numbers if one not in used)


def by_chance(name: str) -> bool:
    """Whether an id is one that an editor has made up: `3f2a91bc`, or a longer one of the kind."""
    return re.fullmatch(r"(?=.*\d)[0-9a-f]{8}(-[0-9a-f-]+)?", name) is not None


def written(notebook: Any) -> str:
    """A notebook as its file has it."""
    return str(library("nbformat").writes(notebook, indent=1)) + "\n"


# ---------------------------------------------------------------- the command line


def rerun(file: Path) -> Any:
    """The notebook with what its cells print now."""
    notebook = read(file)
    run(notebook, file.parent)
    return notebook


def run(notebook: Any, folder: Path, **options: Any) -> None:
    """Runs its cells in that folder; what comes out stands in it then."""
    options = {"timeout": SECONDS, "kernel_name": KERNEL["name"], **options}
    where = {"metadata": {"path": str(folder)}}
    library("nbclient").NotebookClient(notebook, resources=where, **options).execute()


def main(arguments: Sequence[str]) -> int:
    """The command line; returns the exit code."""
    numbers = {file: file.stem.partition("_")[0].lstrip("0") or "0" for file in files()}
    parser = argparse.ArgumentParser(prog="python -m workbook.notebooks", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("lesson", nargs="*")
    parser.add_argument("--tidy", action="store_true")
    options = parser.parse_args(arguments)
    known = {*numbers.values(), *(file.stem for file in numbers)}
    if unknown := [name for name in options.lesson if name not in known]:
        parser.error(f"unknown lesson: {unknown[0]}")
    for file, number in numbers.items():
        if options.lesson and not {file.stem, number} & set(options.lesson):
            continue
        begun = time.monotonic()
        notebook = read(file) if options.tidy else rerun(file)
        file.write_text(written(tidied(notebook)), "utf-8", newline="\n")
        print(f"{file.name}  {time.monotonic() - begun:.1f} s", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
