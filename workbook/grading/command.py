"""`python checker.py grade SUBMISSIONS`: the command, its options and what it prints."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from workbook import bootstrap, catalogue
from workbook.calls import FAILED, SOLVED, Call, CallTrouble
from workbook.grading import cluster, config, confine, probing, reports, roster, run
from workbook.grading.config import NAME, Config, ConfigTrouble, groups_of, listed
from workbook.grading.roster import NAME as ROSTER
from workbook.grading.roster import Roster, RosterTrouble
from workbook.grading.run import Bar, Plan, Summary
from workbook.grading.submissions import IntakeTrouble, Refusal
from workbook.page import harmless

WARNING = (
    "WARNING: nothing keeps submissions away from your files, processes and network here. Grade only "
    "code that you would run yourself."
)

OPTIONS = """
grade SUBMISSIONS   a folder of folders, zip or tar files, git clones; or a single one
  --steps 1-10      the steps that count, such as 1-6 or 2,4,6
  --only ID         this submission only; may be given several times
  --out FOLDER      where results go (default: SUBMISSIONS-graded, beside it)
  --jobs N          how many at a time (default: one per processor)
  --regrade         grade even submissions that have a result
  --require-isolation     refuse to run where submissions cannot be sealed
  --config FILE     points, weights, due date and so on (default: grading.toml)
  --roster FILE     who is in the class (default: roster.csv)
  --hidden FILE     tests of your own, which students do not see
  --dask ADDRESS    on a Dask cluster, such as tcp://10.0.0.1:8786
  --seed N          the seed of everything random, instead of one per submission
"""


def run_command(call: Call) -> int:
    """`checker.py grade SUBMISSIONS`: grades what is not graded yet, and rewrites all pages."""
    if call.flag("--help") or call.flag("-h"):
        print(OPTIONS.strip())
        return SOLVED
    try:
        order = order_of(call)
    except (IntakeTrouble, ConfigTrouble, RosterTrouble) as error:
        raise CallTrouble(str(error)) from error
    plan = order.plan
    more = ["grading"] if plan.dask else []
    call.prepare("learn", *more, only=(*bootstrap.CHECK, "distributed"))
    kind = probing.best()
    bar = Bar()
    try:
        if plan.sealed:
            confine.require_sealed(kind)
        announce(kind, bar)
        summary = run.Run(plan, bar).run()
    except (
        *(IntakeTrouble, run.RunTrouble, confine.Unavailable, cluster.Unreachable),
        ValueError,
    ) as error:
        raise CallTrouble(str(error)) from error
    finally:
        bar.end()
    tell(plan, summary)
    write_reports(order, summary.left)
    return FAILED if summary.failed else SOLVED


class Order(NamedTuple):
    """What is to be graded, what counts of it, and who is in the class."""

    plan: Plan
    config: Config
    students: Roster


def order_of(call: Call) -> Order:
    """What the words, the settings and the roster ask for. The words win."""
    given = {word for word in ("--steps", "--hidden", "--seed") if word in call.words}
    named, students = call.option("--config", NAME), call.option("--roster", ROSTER)
    plan = plan_of(call)
    made = config_of(plan, named)
    plan = replace(
        plan,
        steps=plan.steps if "--steps" in given else made.steps,
        hidden=plan.hidden if "--hidden" in given else made.hidden,
        seed=plan.seed if "--seed" in given else made.seed,
        sealed=plan.sealed or made.isolation == confine.SEALED,
        limits=made.limits,
        aside=tuple(Path(name) for name in (named, students) if name),
    )
    return Order(plan, replace(made, steps=plan.steps), students_of(plan, students))


def plan_of(call: Call) -> Plan:
    """What the words ask for."""
    steps = steps_of(call.option("--steps", "1-10") or "1-10")
    out = call.option("--out", "results")
    only = call.options("--only", "ada")
    hidden = [Path(name) for name in call.options("--hidden", "tests_of_mine.py")]
    for path in hidden:
        if not path.is_file() or path.suffix != ".py":
            raise CallTrouble(f"--hidden takes a Python file with tests, and {path} is not one.")
    jobs = call.number("--jobs")
    if jobs == 0:
        raise CallTrouble("--jobs takes a number, at least 1.")
    sealed = call.flag("--require-isolation")
    regrade, dask = call.flag("--regrade"), call.option("--dask", "tcp://10.0.0.1:8786")
    seed = call.number("--seed")
    if len(call.words) != 1 or call.words[0].startswith("-"):
        call.words = call.words[1:]
        call.nothing_more()
        raise CallTrouble("Say which submissions to grade: python checker.py grade SUBMISSIONS.")
    source = Path(call.words[0])
    return Plan(
        source=source,
        out=Path(out) if out else beside(source),
        root=call.root,
        steps=steps,
        only=tuple(only),
        jobs=jobs or 0,
        regrade=regrade,
        sealed=sealed,
        hidden=tuple(hidden),
        dask=dask or "",
        seed=seed,
    )


def config_of(plan: Plan, named: str | None) -> Config:
    """The contents of `grading.toml`; empty if it is missing."""
    path = file_of(plan, named, NAME, "--config")
    if path is None:
        return Config()
    print(f"Settings: {path}")
    return config.load(path, plan.root)


def file_of(plan: Plan, named: str | None, name: str, option: str) -> Path | None:
    """The file that is named, or lies where it is the instructor's."""
    path = Path(named) if named else reports.lying_about(name, plan.source, plan.out)
    if path is None and (plan.source / name).is_file():
        print(
            f"{plan.source / name} may be part of a submission: it is read only if {option} names it."
        )
    return path


def students_of(plan: Plan, named: str | None) -> Roster:
    """The students in the roster; none if it is missing."""
    path = file_of(plan, named, ROSTER, "--roster")
    if path is None:
        return {}
    students = roster.load(path)
    print(f"Roster: {path}, {len(students)} students")
    return students


def write_reports(order: Order, left: Sequence[Refusal]) -> None:
    """Writes all reports, and says what an instructor should know."""
    plan = order.plan
    written = reports.write_reports(plan.out, order.config, order.students, plan.root, left)
    for line in written.told():
        print(line)
    print(f"The class: {plan.out / reports.CLASS}")


def beside(source: Path) -> Path:
    """The folder for the results, if none is named."""
    whole = source.resolve()
    return whole.with_name(f"{whole.name}-graded")


def steps_of(text: str) -> tuple[int | str, ...]:
    """The steps and challenges that "1-6" or "2,4,streams" stands for."""
    found = groups_of(text)
    if not found:
        raise CallTrouble(f"--steps takes numbers such as 1-6 or 2,4,6, not {text!r}.")
    known = [one.group for one in catalogue.groups()]
    if set(found) - set(known):
        raise CallTrouble(f"--steps: the workbook has {listed(known)}.")
    return tuple(one for one in known if one in found)


def announce(kind: confine.Kind, bar: Bar) -> None:
    """How submissions are confined; a warning where they hardly are."""
    if kind.name == confine.OPEN:
        bar.put(f"{WARNING} The reason: {kind.why}.")
    bar.put(f"Confinement: {kind}.")


def tell(plan: Plan, summary: Summary) -> None:
    """What was done, and where it lies."""
    parts = [f"{len(summary.graded)} graded"]
    parts += [f"{len(summary.kept)} kept from before"] if summary.kept else []
    parts += [f"{len(summary.failed)} with a grader error"] if summary.failed else []
    parts += [f"{len(summary.unusable)} with nothing to grade"] if summary.unusable else []
    print(f"{', '.join(parts)}: {plan.out}")
    for id, why in summary.unusable.items():
        print(f"  {id}: {harmless(why)}")
    for one in summary.left:
        print(f"  {one.name} is not a submission: {one.why}.")
    if summary.stale:
        some = ", ".join(summary.stale[:5])
        print(
            f"{len(summary.stale)} of them were judged by a different set of tests ({some}); "
            "--regrade judges them again.",
            file=sys.stderr,
        )
    for id in summary.failed:
        facts = run.read_result(plan.path(id)) or {}
        print(f"  {id}: {str(facts.get('error', ''))[:300]}", file=sys.stderr)
