"""The table of steps in README.md, written from the manifests.

python -m workbook.readme            rewrites the table
python -m workbook.readme --check    exit code 1 if it is not what the manifests say
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from workbook import catalogue
from workbook.catalogue import Step

BEGIN = "<!-- the table of steps: python -m workbook.readme writes it -->"
END = "<!-- end of the table -->"


def table(root: Path) -> str:
    """The table: a row a step."""
    rows = ["| step | idea | with Python's | where Rust has | exercises |", "|---|---|---|---|---|"]
    rows += [row(step) for step in catalogue.steps(root)]
    return "\n".join(rows)


def row(step: Step) -> str:
    """One step."""
    facts = [cell(text) for text in (step.idea, step.tool, step.rust)]
    name = f"**{step.number} {step.title}**"
    return f"| {name} | {' | '.join(facts)} | {len(step.exercises)} |"


def cell(text: str) -> str:
    """A text that ends like its neighbours, and keeps within its cell."""
    return text.rstrip(".").replace("|", "\\|").replace("<", "&lt;").replace("_", "\\_")


def rewritten(text: str, root: Path) -> str:
    """`text` with the table as it should be. Raises ValueError if it has no place for one."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"README.md lacks the lines {BEGIN!r} and {END!r}")
    return f"{before}{BEGIN}\n\n{table(root)}\n\n{END}{after}"


def main(arguments: Sequence[str]) -> int:
    """The command line; returns the exit code."""
    file = catalogue.ROOT / "README.md"
    text = file.read_text(encoding="utf-8")
    new = rewritten(text, catalogue.ROOT)
    if "--check" in arguments:
        return int(new != text)
    file.write_text(new, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
