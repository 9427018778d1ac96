"""The drawing of the layers and the tables in README.md, written from where they stand.

python -m workbook.readme            rewrites them
python -m workbook.readme --check    exit code 1 if they are not what the manifests and layers say
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from workbook import catalogue, layers
from workbook.catalogue import Step

BEGIN = "<!-- the {0}: python -m workbook.readme writes it -->"
END = "<!-- end of the {0} -->"


def drawing() -> str:
    """The layers, as a block of text."""
    return f"```text\n{layers.text()}\n```"


def table(root: Path) -> str:
    """The table of the steps, one row per step."""
    rows = ["| step | idea | with Python's | exercises |", "|---|---|---|---|"]
    rows += [
        f"| {name(step)} | {cell(step.idea)} | {cell(step.tool)} | {len(step.exercises)} |"
        for step in catalogue.steps(root)
    ]
    return "\n".join(rows)


def table_of_challenges(root: Path) -> str:
    """The table of the challenges, one row each."""
    rows = ["| challenge | after step | idea | stages |", "|---|---|---|---|"]
    rows += [
        f"| **{one.name}** | {one.stages[0].step} | {cell(one.idea)} | {len(one.stages)} |"
        for one in catalogue.challenges(root)
    ]
    return "\n".join(rows)


def table_for_rust(root: Path) -> str:
    """The same for readers who know Rust: what plays the part of Python's tools there."""
    rows = ["| step | Rust has |", "|---|---|"]
    rows += [f"| {name(step)} | {cell(step.rust)} |" for step in catalogue.steps(root)]
    return "\n".join(rows)


def name(step: Step) -> str:
    """The step's number and title."""
    return f"**{step.number} {step.title}**"


def cell(text: str) -> str:
    """A text that ends like its neighbours, and keeps within its cell."""
    return text.rstrip(".").replace("|", "\\|").replace("<", "&lt;").replace("_", "\\_")


def rewritten(text: str, root: Path) -> str:
    """`text` with all four as they should be. Raises ValueError if it has no place for them."""
    text = replaced(text, "layers", drawing())
    text = replaced(text, "table of steps", table(root))
    text = replaced(text, "table of challenges", table_of_challenges(root))
    return replaced(text, "table for Rust", table_for_rust(root))


def replaced(text: str, name: str, new: str) -> str:
    """`text` with something new between the marks of that name."""
    first, last = BEGIN.format(name), END.format(name)
    before, begin, rest = text.partition(first)
    _, end, after = rest.partition(last)
    if not (begin and end):
        raise ValueError(f"README.md lacks the lines {first!r} and {last!r}")
    return f"{before}{first}\n\n{new}\n\n{last}{after}"


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
