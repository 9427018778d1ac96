"""Decides which of the things in a submission are steps, by their names alone.

Anything unambiguous is accepted: the shallowest folder `steps`, whatever is beside it and in whatever
order; a folder with nearly that name, or one that holds the folders of steps; a single archive;
single files whose names exist once in the steps being graded. Everything else is reported.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from workbook.grading.sources import ARCHIVES, LEFTOVER, UNOPENED, ends_with
from workbook.grading.submissions import PACKAGE, STEPS, Refusal, shown

NEARLY = re.compile(r"(?i)steps(?:[ _-]*(?:\(\d+\)|\d+|copy))?")
"""What a folder of steps may be called: systems and browsers add numbers."""

AGAIN = re.compile(r"[ _-]*\(\d+\)(?=\.py$)")
"""What browsers add to the name of a file that was downloaded before."""

ASIDE = ("solutions", "tests", "workbook", "notebooks")
"""Folders of the workbook that hold folders called like those of steps."""

COMMON = re.compile(r"(.*/)?(__init__|__main__)\.py")
"""Names that say nothing about where a file belongs."""

ELSEWHERE = "it is outside the steps folder"


class Seen(NamedTuple):
    """A name in a submission, and the kind of what is called so."""

    name: str
    kind: str

    @property
    def parts(self) -> tuple[str, ...]:
        """The parts of the name, without those that lead nowhere."""
        return tuple(one for one in self.name.replace("\\", "/").split("/") if one not in ("", "."))


Root = tuple[str, ...]
"""The parts of the name of a folder of steps."""


@dataclass
class Choice:
    """What is to be taken of a submission."""

    roots: list[Root] = field(default_factory=list)
    """Folders of steps, of which each is as good as the others."""
    loose: dict[str, str] = field(default_factory=dict)
    """Single files by their names, and what they stand for."""
    inner: str = ""
    """An archive in which the submission is."""
    refused: list[Refusal] = field(default_factory=list)
    trouble: str = ""
    """Why nothing can be taken."""


def leads_out(name: str) -> bool:
    """Whether a name leads out of the submission."""
    raw = name.replace("\\", "/")
    return ".." in raw.split("/") or raw.startswith("/") or bool(re.match(r"[A-Za-z]:", raw))


def choose(found: Sequence[Seen], known: Collection[str]) -> Choice:
    """What is to be taken. `known` are the names of the files of the steps that are graded."""
    kept = [one for one in found if not _is_leftover(one)]
    choice = Choice()
    roots = {root for one in kept if (root := root_of(one)) is not None}
    files = [one for one in kept if one.kind == "file" and not _is_aside(one)]
    archives = [one for one in files if _is_archive(one.name)]
    scripts = [one for one in files if one.name.lower().endswith(".py")]
    if roots:
        _choose_root(choice, roots)
        beside = len(choice.roots[0])
        for one in archives:
            if len(one.parts) <= beside:
                choice.refused.append(Refusal(one.name, f"{ELSEWHERE}, and was not opened"))
        for one in scripts:
            here = len(one.parts) == beside and one.parts[:-1] == choice.roots[0][:-1]
            if here and matches(one.parts, known):
                choice.refused.append(Refusal(one.name, ELSEWHERE))
    elif archives:
        _choose_archive(choice, archives)
        choice.refused += [Refusal(one.name, "it is beside the archive") for one in scripts]
    else:
        _choose_files(choice, scripts, known)
    if not (choice.roots or choice.inner or choice.loose):
        choice.trouble = choice.trouble or nothing(kept)
    return choice


def _is_leftover(one: Seen) -> bool:
    return any(map(LEFTOVER.fullmatch, one.parts))


def _is_aside(one: Seen) -> bool:
    return any(part.casefold() in ASIDE for part in one.parts[:-1])


def _is_archive(name: str) -> bool:
    return bool(ends_with(name, ARCHIVES + UNOPENED))


def nothing(found: Sequence[Seen]) -> str:
    """That there is nothing, and what there is instead."""
    said = "There is no folder named steps, and no file named like one in the steps being graded."
    links = [one.name for one in found if one.kind == "a link" and one.parts[-1:] == (STEPS,)]
    if links:
        return f"{said} {listed(links)} is a link, and links are not followed."
    files = [one.name for one in found if one.kind != "folder"]
    return (
        f"{said} Found instead: {listed(files)}." if files else f"{said} The submission is empty."
    )


def listed(names: Sequence[str], most: int = 5) -> str:
    """Names in a sentence, but not too many."""
    more = [f"{len(names) - most} more"] if len(names) > most else []
    return ", ".join([*map(shown, names[:most]), *more])


# ---------------------------------------------------------------- a folder of steps


def root_of(one: Seen) -> Root | None:
    """The folder of steps in which something lies, or which it is."""
    folders = one.parts if one.kind == "folder" else one.parts[:-1]
    for at, part in enumerate(folders):
        if part.casefold() in ASIDE:
            return None
        if NEARLY.fullmatch(part):
            return folders[: at + 1]
        if PACKAGE.fullmatch(part.casefold()) and len(one.parts) > at + 1:
            return folders[:at]
    return None


def rank(root: Root) -> tuple[bool, int, int]:
    """The smaller, the better: called like steps, shallow, and called exactly so."""
    last = root[-1] if root else ""
    near = bool(NEARLY.fullmatch(last))
    return not near, len(root), 0 if last == STEPS else 1 if last.casefold() == STEPS else 2


def _choose_root(choice: Choice, roots: Collection[Root]) -> None:
    ordered = sorted(roots, key=lambda one: (rank(one), one))
    choice.roots = [one for one in ordered if rank(one) == rank(ordered[0])]
    used = f"{'/'.join(choice.roots[0]) or 'the top'}{'' if len(choice.roots) == 1 else ' …'}"
    for other in ordered[len(choice.roots) :]:
        name = "/".join(other) or "."
        choice.refused.append(Refusal(f"{name}/", f"another steps folder; {used} was used"))


def targets(
    root: Root, found: Sequence[Seen], pristine: Mapping[str, bytes], known: Collection[str]
) -> tuple[dict[str, str], list[Refusal]]:
    """What each of the files below a root stands for, and those that another one outdoes.

    A name that differs in case only stands for the workbook's; a file in a wrong folder for the one
    that is called so, if there is one. What is exactly right goes first.
    """
    folded = {name.casefold(): name for name in pristine}
    named = bool(root and NEARLY.fullmatch(root[-1]))
    wanted: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for one in found:
        if one.parts[: len(root)] != root or len(one.parts) == len(root):
            continue
        # a name with an empty part or such is left as it is, and refused for it
        raw = one.name.replace("\\", "/").removeprefix("./")
        lead = "".join(f"{part}/" for part in root)
        rest = raw.removeprefix(lead) if raw.startswith(lead) else "/".join(one.parts[len(root) :])
        name = f"{STEPS}/{rest}"
        if name in pristine:
            wanted[name].append((0, one.name))
        elif name.casefold() in folded:
            wanted[folded[name.casefold()]].append((1, one.name))
        elif one.kind == "file" and len(same := _misplaced(one.parts[len(root) :], known)) == 1:
            wanted[same[0]].append((2, one.name))
        elif named or PACKAGE.fullmatch(one.parts[len(root)].casefold()):
            wanted[name].append((0, one.name))
    made: dict[str, str] = {}
    refused = []
    for name, candidates in wanted.items():
        best = min(candidates)[0]
        for quality, original in candidates:
            if quality == best and (best < 2 or len(candidates) == 1):
                made[original] = name
            else:
                refused.append(Refusal(original, f"another file could be {name} too"))
    return made, refused


def _misplaced(parts: Sequence[str], known: Collection[str]) -> list[str]:
    """What a file stands for that lies in no folder of a step, or was downloaded twice."""
    placed = PACKAGE.fullmatch(parts[0]) and len(parts) > 1 and not AGAIN.search(parts[-1].lower())
    return [] if placed else matches(parts, known)


# ---------------------------------------------------------------- an archive, or single files


def _choose_archive(choice: Choice, archives: Sequence[Seen]) -> None:
    top = min(len(one.parts) for one in archives)
    first = [one.name for one in archives if len(one.parts) == top]
    if len(first) > 1:
        choice.trouble = f"There are several archives and no folder named steps: {listed(first)}."
    elif not ends_with(first[0], ARCHIVES):
        choice.trouble = f"{shown(first[0])} {CANNOT_OPEN}"
    else:
        choice.inner = first[0]
        later = [one.name for one in archives if len(one.parts) > top]
        choice.refused += [
            Refusal(name, "there is another archive in a folder above it") for name in later
        ]


CANNOT_OPEN = "is a kind of archive that cannot be opened here: hand in a zip or tar file."


def _choose_files(choice: Choice, scripts: Sequence[Seen], known: Collection[str]) -> None:
    wanted: dict[str, list[str]] = defaultdict(list)
    for one in scripts:
        same = matches(one.parts, known)
        if len(same) == 1:
            wanted[same[0]].append(one.name)
        elif same:
            why = f"it could be {listed(same, 3)}: hand it in inside its folder"
            choice.refused.append(Refusal(one.name, why))
        else:
            choice.refused.append(
                Refusal(one.name, "no file in the steps being graded has this name")
            )
    for target, names in wanted.items():
        if len(names) == 1:
            choice.loose[names[0]] = target
        else:
            why = f"several files could be {target}"
            choice.refused += [Refusal(name, why) for name in names]


def matches(parts: Sequence[str], known: Collection[str]) -> list[str]:
    """The files that end in the most parts of a name, upper and lower case being one."""
    for at in range(len(parts)):
        end = "/" + AGAIN.sub("", "/".join(parts[at:]).casefold())
        if same := sorted(name for name in known if name.casefold().endswith(end)):
            return [] if COMMON.fullmatch(same[0]) and at == len(parts) - 1 else same
    return []


def graded(pristine: Collection[str], steps: Collection[int | str]) -> Iterator[str]:
    """The names of the Python files of these steps and challenges."""
    for name in pristine:
        number = re.match(rf"{STEPS}/s(\d\d)_", name)
        challenge = re.search(r"/challenges/(\w+)\.py$", name)
        if (
            number
            and name.endswith(".py")
            and (challenge[1] if challenge else int(number[1])) in steps
        ):
            yield name
