"""Commands about papers: write the reviewer's report, prove files from their stamps."""

import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from sim.cli.given import case_and_scenarios, ours, target_set
from sim.cli.terminal import (
    FactsOption,
    ForceOption,
    JsonOption,
    OwnCaseOption,
    ReplicatesOption,
    ScenarioFiles,
    SeedOption,
    TargetsOption,
    command,
    plain,
    print_json,
    progress,
    say,
)
from sim.faults import Fault, InputFaults, one_of, refuse, shown, told
from sim.numbers import REPLICATES, SEED

if TYPE_CHECKING:
    from sim.ask.answers import Question
    from sim.ask.hindsight import Past
    from sim.paper.parts import Report
    from sim.paper.verify import Check, Status
    from sim.place.case import Case
    from sim.place.scenario import Scenario
    from sim.place.targets import TargetSet
    from sim.tasks.schedule import Schedule
    from sim.track.since import Logged
    from sim.track.why import State

SECTIONS = ("start", "tasks")  # that a report has when asked for


@command(example="ketnoi report --case scenarios/vietnam-2022 --lang vi --out report.pdf")
def report(
    scenarios: ScenarioFiles = None,
    case: OwnCaseOption = None,
    targets: TargetsOption = None,
    facts: FactsOption = None,
    replicates: ReplicatesOption = REPLICATES,
    seed: SeedOption = SEED,
    ask: Annotated[
        Path | None,
        typer.Option(
            help=say("A file from ketnoi ask: its question is answered for the plan too.")
        ),
    ] = None,
    log: Annotated[
        Path | None,
        typer.Option(help=say("A log of decisions: reports what has changed since the last one.")),
    ] = None,
    sections: Annotated[
        str | None,
        typer.Option(help=say("More sections, with commas: start (a run an area), tasks.")),
    ] = None,
    tasks: Annotated[
        Path | None, typer.Option(help=say("The tasks; by default those of the case."))
    ] = None,
    out: Annotated[
        Path, typer.Option(help=say("File to write: .pdf, .html, .docx or .pptx."))
    ] = Path("report.pdf"),
    force: ForceOption = False,
) -> None:
    """Write the reviewer's report: a PDF, an HTML file, a Word document, or three slides."""
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    from sim.ask.hindsight import look_back
    from sim.study.engines import settle
    from sim.writing import check_file, write_file

    if out.suffix not in (".pdf", ".html", ".docx", ".pptx"):
        ending = told("a name ending in .pdf, .html, .docx or .pptx")
        refuse([Fault("ketnoi report", "--out", repr(str(out)), ending)])
    check_file(out, force=force, own=ours)
    place, plans = case_and_scenarios(case, scenarios or [], facts)
    if place.baseline.id not in {plan.id for plan in plans}:
        plans = [*plans, place.baseline]  # what a plan changes is told against it
    wanted = target_set(place, targets)
    entries = None if ask is None else _entries(ask)
    more = _more(place, plans, wanted, log, sections, tasks)
    with ProcessPoolExecutor(1, get_context("spawn"), initializer=settle) as beside:
        past = None
        if place.outcomes:
            past = beside.submit(look_back, place, seed=seed, replicates=replicates).result
        from sim.paper.setting import WRITTEN

        luck = {"seed": seed, "replicates": replicates}
        written = _written(place, plans, wanted, past, entries, more, **luck)
    write_file(out, WRITTEN[out.suffix[1:]](written))
    typer.echo(say("The report is {file}.", file=out))


def _entries(path: Path) -> "Mapping[str, Any]":
    """Return the question that a file of `ketnoi ask` carries in its stamp."""
    from sim.files.carriers import NoStamp, read_stamp
    from sim.place.stamp import is_whole

    try:
        stamped = read_stamp(path.read_bytes())
        found = stamped.get("ask")
        if is_whole(stamped) and isinstance(found, dict):
            return found
    except (OSError, NoStamp):
        pass
    given = told("no question asked backwards in {file}", file=path)
    raise InputFaults(
        [Fault("ketnoi report", "--ask", given, told("a file that ketnoi ask wrote"))]
    )


class _More(NamedTuple):
    """What a report is asked for beyond its usual sections."""

    logged: "Logged | None"
    then: "State | None"
    start: bool
    schedule: "Schedule | None"


def _more(
    place: "Case",
    plans: list["Scenario"],
    wanted: "TargetSet",
    log: Path | None,
    sections: str | None,
    tasks: Path | None,
) -> _More:
    """Return what a command line asks for; raises `InputFaults` with every fault."""
    from sim.paper.parts import focus
    from sim.tasks.schedule import asked_schedule
    from sim.track.since import last_of, read_logged, state_then
    from sim.track.why import State

    names = [] if sections is None else [each.strip() for each in sections.split(",")]
    faults, about = list(_section_faults(place, names, tasks)), focus(plans)
    logged = then = schedule = None
    try:
        if log is not None:
            logged = read_logged(log, place)
    except InputFaults as error:
        faults += error.faults
    try:
        if "tasks" in names:
            schedule = asked_schedule(place, tasks, about)
    except InputFaults as error:
        faults += error.faults
    refuse(faults)
    if logged is not None:
        today = State(case=place, targets=wanted, plan=about)
        then = state_then(today, last_of(logged, about), plans)
    return _More(logged, then, "start" in names, schedule)


def _section_faults(place: "Case", names: list[str], tasks: Path | None) -> Iterator[Fault]:
    from sim.rank.start import alone_faults

    for name in names:
        if name not in SECTIONS:
            yield Fault("ketnoi report", "--sections", shown(name), one_of(SECTIONS))
    if "start" in names:
        yield from alone_faults(place)
    if tasks is not None and "tasks" not in names:
        given = told("an option that has no effect here")
        yield Fault("ketnoi report", "--tasks", given, told("--sections tasks with it"))


def _found(asked: "Question", about: "Scenario", more: _More) -> dict[str, Any]:
    """Return what more a report tells, by the names of its facts."""
    from sim.rank.start import where_to_start
    from sim.tasks.chances import chances
    from sim.tasks.chances import runs as task_runs
    from sim.track.since import runs, since
    from sim.track.why import State

    found, areas = dict[str, Any](), len(asked.case.areas)
    today = State(case=asked.case, targets=asked.targets, plan=about)
    if more.logged is not None:
        with progress(say("Since last time"), runs(more.then, today)) as advance:
            found["since"] = since(asked, about, more.logged, more.then, advance)
    if more.start:
        with progress(say("Where to start"), 1 + areas) as advance:
            found["rank"] = where_to_start(asked, about, done=advance)
    if more.schedule is not None:
        with progress(say("Tasks"), task_runs(more.schedule)) as advance:
            found["tasks"] = chances(asked, about, more.schedule, advance)
    return found


def _written(
    place: "Case",
    plans: list["Scenario"],
    wanted: "TargetSet",
    past: "Callable[[], Past] | None",
    entries: "Mapping[str, Any] | None",
    more: _More,
    *,
    seed: int,
    replicates: int,
) -> "Report":
    """Return a report; what it needs is loaded here, while the past is played beside it."""
    from sim.ask.answers import Question, compare
    from sim.ask.trials import trials, try_all
    from sim.paper.parts import Facts, focus
    from sim.paper.report import build_report
    from sim.place.stamp import stamp
    from sim.seek.ask import ask
    from sim.seek.wish import wish_of

    with progress(say("Running scenarios"), len(plans)) as advance:
        asked = Question(case=place, targets=wanted, seed=seed, replicates=replicates)
        wish = None if entries is None else wish_of(asked, focus(plans), entries)
        answers = compare(asked, plans, advance)
    about = focus(plans)
    with progress(say("Trying levers one by one"), 1 + len(trials(place, about))) as advance:
        tried = try_all(asked, about, advance)
    facts = Facts(
        case=place,
        summaries=answers,
        targets=wanted,
        played=past,
        tried=tried,
        made=stamp(place, plans, wanted, seed=seed, replicates=replicates),
        reply=None if wish is None else ask(wish),
        **_found(asked, about, more),
    )
    return build_report(facts, say)


@command(example="ketnoi verify report.pdf out/verdicts.csv")
def verify(
    paths: Annotated[
        list[Path], typer.Argument(help=say("Files, folders of them, or of a study."))
    ],
    case: Annotated[
        Path | None,
        typer.Option("--case", help=say("The case folder, if it is not under scenarios.")),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Make files again from their stamps and say whether they match.

    Exits with 0 if all are the same, 1 if any differs or cannot be checked.
    """
    from sim.paper.verify import GOOD, Verifier, named

    studies = [path for path in paths if (path / "study.json").is_file()]
    rest = [path for path in paths if path not in studies]
    files = named(rest) if rest or not studies else []
    verifier = Verifier(say, case)
    with progress(say("Making files again"), len(studies) + len(files)) as advance:
        checks = []
        for path in studies:
            checks.append(_study_check(path))
            advance()
        for path in files:
            checks.append(verifier.check(path))
            advance()
    if as_json:
        answer = {"files": [check.as_json() for check in checks], "cases": verifier.folders}
        print_json(answer)
    else:
        for check in checks:
            _print_check(check)
        for folder in verifier.folders:
            words = say("Made again from the case in {folder}.", folder=folder)
            typer.echo(plain(words), err=True)
    if any(check.status not in GOOD for check in checks):
        sys.exit(1)


def _study_check(path: Path) -> "Check":
    """Return what is found of the folder of a study."""
    from sim.paper.verify import Check
    from sim.study.kept.again import Trial

    trial = Trial(path, say)
    trial.run()
    why, places = (*trial.wrong, *trial.open, *trial.notes), tuple(trial.places)
    status: Status = "differs" if trial.wrong else "unchecked" if trial.open else "same"
    return Check(file=str(path), status=status, why=why, places=places)


def _print_check(check: "Check") -> None:
    from sim.paper.verify import place_words

    words = {
        "same": say("same"),
        "resaved": say("same content, saved again by another program"),
        "differs": say("differs"),
        "unchecked": say("cannot be checked"),
    }
    typer.echo(plain(f"{check.file}: {words[check.status]}"))
    for line in check.why:
        typer.echo(plain(f"  {line}"))
    for each in check.places:
        typer.echo(plain(f"  {place_words(each, say)}"))
