"""The texts of the workbook are plain English: no phrase that a native writer would not use.

A remark is a comment, a paragraph of a docstring, a message of the workbook, a text in a manifest,
the sentence of a mistake, or a paragraph of a lesson or guide.
"""

from __future__ import annotations

import ast
import io
import json
import re
import textwrap
import tokenize
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parents[2]
PYTHON = ("steps", "solutions", "workbook", "tests")

#: Each with what to write instead.
MARKERS = {
    # a subject without a noun
    r"(?:^|[.:;(] )Who (?![^.]*\?)\w+ \w+": "a client that …, anyone who …",
    r"(?:^|[.:;(] )(?:What|Whatever) is no\b": "anything else",
    r"\bhe who\b|\bwhoever\b": "a client that …, anyone who …",
    # words for other words
    r"(?<![Tt]here )\b(?:is|are|was|were) no (?!longer\b|more\b|less\b|such\b|way\b|need\b"
    r"|doubt\b|point\b|different\b|matter\b|reason\b|better\b|worse\b|faster\b|slower\b|other\b|help\b"
    r"|use\b|guarantee\b|room\b|harm\b|shorter\b|telling\b)\w+": "is not a …",
    r"\bso (?:many|often|much|long)\b(?! (?:that|as|more|less|better|larger|slower)\b)": "that many",
    r"\banew\b": "again",
    r"\bbehind (?:(?:the|its|a) (?:name|loop|word|keys?|number|arrow|command|colon|others?|last|value)"
    r"\b|it\b|them\b)": "after",
    r"\b(?:key|time|deadline|life|lease)s? (?:that )?(?:is|are|was) over\b": "expired",
    r"\b(?:is|are|was|were) told (?!(?:to|by|apart|from)\b)": "is reported, says",
    r"\btells? (?:what|so|which)\b": "says, reports",
    r"\bgives? (?:\w+ ){1,2}free\b": "release, free",
    r"\bbelongs? into\b": "belongs in",
    r"\block(?:s|ed|ing)? up\b": "shut down",
    r"\bone (?:class|line|file|test|row|lesson|step|lock|thread|entry|call) a \w+": "one … per …",
    r"\b(?:twice|times) an? (?!(?:while|week|day|hour|year|second|minute|month)\b)\w+": "per",
    r"\bthere (?:is|are) none\b(?! (?:of|left)\b)": "there isn't one",
    r"\bkeeps? book\b": "keeps track",
    r"\bcomes? to (?:an end|its turn|nothing)\b": "ends",
    r"\bas it stands\b(?! after)": "as it is",
    r"\bin good order\b": "cleanly",
    # a question for a condition
    r"\b(?:Is|Are|Has|Does|Do) (?:it|there|they)\b[^?.!\n]*[,:] [^?]*[.](?: |$)": "if …",
}
MARKED = re.compile("|".join(MARKERS))

#: Phrases that contain a marker and are what a native writer says.
ALLOWED = re.compile(r"so much care|it is told what is missing")


class Remark(NamedTuple):
    path: str
    line: int
    text: str


def paragraphs(text: str, line: int) -> Iterator[tuple[int, str]]:
    """The text between blank lines, each with the number of its first line, on one line."""
    for part in re.finditer(r"(?:^.*\S.*\n?)+", text, re.MULTILINE):
        yield line + text.count("\n", 0, part.start()), " ".join(part.group().split())


def comments(text: str) -> Iterator[tuple[int, str]]:
    """Comments, with those that go on over several lines put together."""
    held: list[str] = []
    first = last = 0
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            if held and token.start[0] != last + 1:
                yield first, " ".join(held)
                held = []
            if not held:
                first = token.start[0]
            held.append(token.string.lstrip("#: ").strip())
            last = token.start[0]
    if held:
        yield first, " ".join(held)


def strings(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Docstrings and messages: strings of at least four words."""
    for node in ast.walk(tree):
        said = node.value if isinstance(node, ast.Constant) else None
        if isinstance(said, str) and len(said.split()) >= 4:
            yield from paragraphs(said, node.lineno)


def of_python(text: str) -> Iterator[tuple[int, str]]:
    yield from comments(text)
    yield from strings(ast.parse(text))


def of_manifest(value: object) -> Iterator[tuple[int, str]]:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for each in value:
            yield from of_manifest(each)
    elif isinstance(value, str) and len(value.split()) >= 3:
        yield from paragraphs(value, 0)


def of_lesson(text: str) -> Iterator[tuple[int, str]]:
    for number, cell in enumerate(json.loads(text)["cells"]):
        source = "".join(cell["source"])
        found = (
            paragraphs(source, 0) if cell["cell_type"] == "markdown" else comments_of_cell(source)
        )
        yield from ((number, said) for _, said in found)


def comments_of_cell(source: str) -> Iterator[tuple[int, str]]:
    for row in source.splitlines():
        _, mark, said = row.partition("# ")
        if mark:
            yield 0, said


def of_mistakes(text: str) -> Iterator[tuple[int, str]]:
    """The sentences after each `@@ name @@`."""
    said = False
    for number, row in enumerate(text.splitlines(), 1):
        if said and row.startswith("Caught by"):
            said = False
        if said:
            yield number, row
        if row.startswith("@@"):
            said = True


READERS = {
    ".py": of_python,
    ".toml": lambda text: of_manifest(tomllib.loads(text)),
    ".ipynb": of_lesson,
    ".diff": of_mistakes,
    ".md": lambda text: paragraphs(re.sub(r"(?ms)^```.*?^```", "", text), 1),
}


def remarks() -> Iterator[Remark]:
    files = [path for folder in (*PYTHON, "notebooks") for path in (ROOT / folder).rglob("*.*")]
    files += [ROOT / "README.md", ROOT / "checker.py"]
    here = Path(__file__)
    for path in sorted(files):
        read = READERS.get(path.suffix)
        if read and not {"__pycache__", ".ipynb_checkpoints"} & set(path.parts) and path != here:
            name = path.relative_to(ROOT).as_posix()
            for line, text in read(path.read_text("utf-8")):
                yield Remark(name, line, text)


@pytest.mark.timeout(300)
def test_fewer_than_one_remark_in_a_hundred_has_a_marker():
    every = list(remarks())
    assert len(every) > 8000, "some texts were not found"
    found = []
    for remark in every:
        if match := MARKED.search(ALLOWED.sub("", remark.text)):
            near = textwrap.shorten(remark.text, 10**6)[
                max(0, match.start() - 60) : match.end() + 40
            ]
            found.append(f"{remark.path}:{remark.line}: …{near}…")
    print(*found, f"{len(found)} of {len(every)} remarks", sep="\n")
    assert len(found) < len(every) / 100
