"""Commands about the past: learn from it, score it, follow what came, tell what moved."""

import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sim.cli.given import case_and_scenarios, target_set
from sim.cli.terminal import (
    CaseOption,
    FactsOption,
    ForceOption,
    JsonOption,
    ReplicatesOption,
    SeedOption,
    TargetsOption,
    command,
    group,
    print_json,
    print_table,
    progress,
    say,
    whole,
)
from sim.faults import Fault, InputFaults, refuse, told
from sim.numbers import REPLICATES, SEED
from sim.shipped import DEFAULT, case_folder
from sim.writing import check_file

if TYPE_CHECKING:
    from sim.ask.regress import Row
    from sim.place.case import Case
    from sim.place.targets import TargetSet
    from sim.track.times import Track
    from sim.track.why import State

DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
ORIGINS = "2008,2011,2014,2017,2019"


@command(example="ketnoi fit --panel panel.csv --out fitted.json")
def fit(
    panel: Annotated[
        list[Path],
        typer.Option(
            help=say("Panel files: CSV of the World Bank (zip as it comes), of ITU, or long.")
        ),
    ],
    out: Annotated[Path, typer.Option(help=say("File to write."))],
    earlier: Annotated[
        Path | None, typer.Option(help=say("An older edition, for measuring revisions."))
    ] = None,
    force: ForceOption = False,
) -> None:
    """Estimate the forecasting parameters from a country panel and save them."""
    from sim.world.past.learned import fit as learn
    from sim.world.past.learned import write_fitted
    from sim.world.past.panel import read_panel

    check_file(out, force=force)
    learned = learn(read_panel(*panel), read_panel(earlier) if earlier else None)
    write_fitted(learned, out)
    typer.echo(say("Parameters are in {file}.", file=out))


@command(example="ketnoi backtest --case scenarios/vietnam-2022 --out backtest")
def backtest(
    panel: Annotated[
        list[Path] | None, typer.Option(help=say("Panel files to learn from and to forecast."))
    ] = None,
    history: Annotated[
        Path | None, typer.Option(help=say("Other countries, forecast from their own past."))
    ] = None,
    origins: Annotated[
        str, typer.Option(help=say("Last known years, separated by commas."))
    ] = ORIGINS,
    case: Annotated[
        Path | None, typer.Option("--case", help=say("A case to score instead of a panel."))
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help=say("File of predictions; for a case, a folder."))
    ] = None,
    force: ForceOption = False,
    seed: SeedOption = SEED,
) -> None:
    """Backtest the forecasts and score them: on a country panel, or a case."""
    if (panel is None) == (case is None):
        given = told("both --panel and --case") if panel else told("neither --panel nor --case")
        refuse([Fault("ketnoi backtest", "", given, told("one of them"))])
    idle = (
        {"--history": history is not None, "--origins": origins != ORIGINS}
        if case is not None
        else {"--seed": seed != SEED}
    )
    refuse(
        Fault(
            "ketnoi backtest",
            name,
            told("an option that has no effect here"),
            told("leave it out"),
        )
        for name, said in idle.items()
        if said
    )
    if case is not None:
        _backtest_case(case, out, seed, force=force)
        return
    if out is None:
        given, wanted = told("nothing"), told("a file for the predictions")
        raise InputFaults([Fault("ketnoi backtest", "--out", given, wanted)])
    check_file(out, force=force)
    _backtest_panel(panel or [], history, _years(origins), out)


def _years(text: str) -> list[int]:
    return [
        whole(part.strip(), "ketnoi backtest", "--origins", 1900, 2100) for part in text.split(",")
    ]


def _backtest_panel(panel: list[Path], history: Path | None, origins: list[int], out: Path) -> None:
    from sim.ask.backtest import backtest as play
    from sim.ask.backtest import write_predictions
    from sim.world.past.panel import read_panel

    countries = read_panel(*panel)
    own = read_panel(history) if history else None
    with progress(say("Backtesting"), len(countries.tables) * len(origins)) as advance:
        found = play(countries, origins=origins, history=own, done=lambda number, of: advance())
    write_predictions(found, out)
    typer.echo(say("{count} predictions are in {file}.", count=len(found), file=out))


def _backtest_case(folder: Path, out: Path | None, seed: int, *, force: bool) -> None:
    from sim.ask.answers import Question
    from sim.ask.hindsight import look_back, vintages
    from sim.paper.folders import hindsight_files
    from sim.place.case import load_case
    from sim.show.figures import Shown
    from sim.show.sentences import past_tables
    from sim.writing import check_folder, write_folder

    if out is not None:
        check_folder(out, force=force)
    place = load_case(case_folder(folder))
    with progress(say("Backtesting"), len(vintages(place))) as advance:
        found, promises = look_back(place, seed=seed, replicates=REPLICATES, done=advance)
    name = say.named(place.head.name.model_dump())
    for each in past_tables(found, promises, say):
        print_table(each.head, each.cells, left=each.left, title=f"{name}: {each.title}")
    if out is not None:
        wanted = place.target_sets[place.default_targets]
        asked = Question(case=place, targets=wanted, seed=seed)
        shown = Shown(question=asked, say=say, played=lambda: (found, promises))
        write_folder(out, hindsight_files(shown), force=force)
        typer.echo(say("Tables and charts are in {folder}.", folder=out))


@command(example="ketnoi regress --renew")
def regress(
    renew: Annotated[bool, typer.Option("--renew", help=say("Store the new answers."))] = False,
    goldens: Annotated[Path, typer.Option(help=say("Folder of the stored answers."))] = Path(
        "tests/goldens"
    ),
    as_json: JsonOption = False,
) -> None:
    """Run all shipped scenarios again and say what moved since the last release."""
    from sim.ask import regress as release
    from sim.place.case import load_case, shipped

    stored = release.read_goldens(goldens)
    places = {name: load_case(DEFAULT.parent / name) for name in stored}
    total = sum(len(shipped(place)) for place in places.values())
    with progress(say("Running scenarios"), total) as advance:
        now = {name: release.answers(place, advance) for name, place in places.items()}
    rows = release.moved(stored, now)
    mark = release.fingerprint([release.golden_text(found) for found in now.values()])
    line = release.results_line(rows, mark) if rows else ""
    if as_json:
        print_json({**release.as_object(rows, mark), "line": line})
    elif rows:
        _print_moved(rows)
        typer.echo(say("For CHANGELOG.md: {line}", line=line))
    else:
        typer.echo(say("Nothing moved."))
    if renew and rows:
        release.renew(goldens, now)
        typer.echo(say("The answers are in {folder}.", folder=goldens), err=as_json)
    elif rows:
        sys.exit(1)


def _print_moved(rows: "Sequence[Row]") -> None:
    cells = []
    for row in rows:
        target = say.indicator(row.target) if row.target else say("All targets together")
        cells.append(
            [
                f"{row.case} {row.scenario}",
                target,
                *map(_shift, (row.chance, row.median)),
                ", ".join(row.moved),
            ]
        )
    head = [say("Scenario"), say("Target"), say("Chance"), say("Median"), say("What moved")]
    print_table(head, cells, left=5, caption=say("before → now, in per cent or per 100 people"))


def _shift(pair: tuple[float | None, float | None]) -> str:
    """Return hundredths before and now, once where they are written alike."""
    words = ["–" if value is None else say.number(100 * value, 2) for value in pair]
    return words[0] if words[0] == words[1] else " → ".join(words)


FOLLOW = "ketnoi track scenarios/vietnam-2022 2022-03-31 2022-06-30"
track_app = group(
    "track",
    say("Follow new figures, say why a chance moved, keep decisions and score them."),
    example=FOLLOW,
    usual="months",
)
CaseFolder = Annotated[Path, typer.Argument(help=say("The case folder."))]
PlanOption = Annotated[
    Path | None, typer.Option("--plan", help=say("The plan to follow; the baseline by default."))
]
TrackOut = Annotated[Path | None, typer.Option("--out", help=say("Folder for tables and charts."))]
LogFile = Annotated[Path, typer.Argument(help=say("The log, one decision a line."))]


@command("months", example=FOLLOW, of=track_app)
def track_months(
    case: CaseFolder,
    times: Annotated[
        list[str], typer.Argument(help=say("Days to forecast from, or files of your own facts."))
    ],
    plan: PlanOption = None,
    targets: TargetsOption = None,
    replicates: ReplicatesOption = REPLICATES,
    seed: SeedOption = SEED,
    out: TrackOut = None,
    force: ForceOption = False,
    as_json: JsonOption = False,
) -> None:
    """Follow the chances from vintage to vintage; the word months may be omitted."""
    from sim.show.sentences import goal_name
    from sim.track.months import followed
    from sim.track.telling import marks, month_rows, months_json
    from sim.track.times import Track
    from sim.writing import check_folder

    if out is not None:
        check_folder(out, force=force)
    states = _states(case, times, plan, targets)
    with progress(say("Running scenarios"), len(states)) as advance:
        found = followed(states, seed=seed, replicates=replicates, done=advance)
    if out is not None:
        _write_track(out, Track(states=states, months=found), seed, replicates, force=force)
    if as_json:
        print_json(months_json(found))
        return
    asked = states[-1].targets
    head = [say("Known on"), *(goal_name(t, asked.targets, say) for t in asked.targets)]
    print_table([*head, say("Came unexpectedly")], month_rows(found, say), left=1)
    for line in marks(found, say):
        typer.echo(line)


@command(
    "why", example="ketnoi track why scenarios/vietnam-2022 2022-01-15 2022-03-31", of=track_app
)
def track_why(
    case: CaseFolder,
    before: Annotated[str, typer.Argument(help=say("A day, or a file of your own facts: before."))],
    now: Annotated[str, typer.Argument(help=say("A day, or a file of your own facts: now."))],
    plan: PlanOption = None,
    targets: TargetsOption = None,
    replicates: ReplicatesOption = REPLICATES,
    seed: SeedOption = SEED,
    out: TrackOut = None,
    force: ForceOption = False,
    as_json: JsonOption = False,
) -> None:
    """Say why the chances moved between two states of knowledge, part by part."""
    from sim.show.sentences import goal_name
    from sim.show.track.words import part_name
    from sim.track.telling import why_json, why_rows
    from sim.track.times import Track
    from sim.track.why import changes, why
    from sim.writing import check_folder

    if out is not None:
        check_folder(out, force=force)
    old, new = _states(case, [before, now], plan, targets)
    with progress(say("Running scenarios"), changes(old, new)) as advance:
        found = why(old, new, seed=seed, replicates=replicates, done=advance)
    if out is not None:
        _write_track(out, Track(states=[old, new], why=found), seed, replicates, force=force)
    if as_json:
        print_json(why_json(found))
        return
    names = [goal_name(t, found.targets, say) for t in found.targets]
    rows = why_rows(found, say, lambda part: part_name(part, new.case, say))
    print_table([say("Why"), *names], rows, left=1)


def _write_track(out: Path, track: "Track", seed: int, replicates: int, *, force: bool) -> None:
    """Write what was followed: tables, charts and their stamps."""
    from sim.ask.answers import Question
    from sim.paper.folders import next_files
    from sim.show.figures import Shown
    from sim.writing import write_folder

    newest = track.newest
    asked = Question(case=newest.case, targets=newest.targets, seed=seed, replicates=replicates)
    write_folder(out, next_files(Shown(question=asked, say=say, next=track)), force=force)
    typer.echo(say("Tables and charts are in {folder}.", folder=out), err=True)


def _states(
    folder: Path, times: list[str], plan: Path | None, targets: str | None
) -> "list[State]":
    """Return what is known at each time, told by a day or by a file of own facts."""
    from sim.place.case import load_case
    from sim.place.facts import from_json, read_facts
    from sim.place.scenario import load_scenario
    from sim.track.why import State

    found, faults = [], list[Fault]()
    for time in times:
        try:
            is_day = DAY.fullmatch(time)
            day = {"vintage": time}
            own = from_json(day, Path("ketnoi track")) if is_day else read_facts(Path(time))
            place = load_case(case_folder(folder), facts=own)
            chosen = place.baseline if plan is None else load_scenario(place, plan)
            wanted = target_set(place, targets)
            faults += _too_late(time, place, wanted)
            found.append(State(case=place, targets=wanted, plan=chosen))
        except InputFaults as error:
            faults += error.faults
    refuse(faults)
    return found


def _too_late(time: str, place: "Case", wanted: "TargetSet") -> Iterator[Fault]:
    """Yield a state that stands after a deadline, of which nothing can be forecast any more."""
    first = min(target.deadline for target in wanted.targets)
    if place.months[0] > first:
        given = told("{day}, past the deadline {deadline}", day=time, deadline=first)
        yield Fault("ketnoi track", time, given, told("a day at least a month before a deadline"))


@command("decide", example="ketnoi track decide log.jsonl --who PMU --why Start", of=track_app)
def track_decide(
    log: LogFile,
    who: Annotated[str, typer.Option(help=say("Who decides."))],
    why: Annotated[str, typer.Option(help=say("Why."))],
    case: CaseOption = DEFAULT,
    plan: PlanOption = None,
    targets: TargetsOption = None,
    facts: FactsOption = None,
    day: Annotated[
        str | None, typer.Option(help=say("Its day; by default that of the figures."))
    ] = None,
    replicates: ReplicatesOption = REPLICATES,
    seed: SeedOption = SEED,
) -> None:
    """Record a decision in a log that cannot be altered unnoticed: plan, chances, who, why."""
    from sim.ask.answers import Question, compare
    from sim.track.decisions import append, decision, read_log

    read_log(log)
    place, plans = case_and_scenarios(case, [plan] if plan else [], facts)
    asked = Question(
        case=place, targets=target_set(place, targets), seed=seed, replicates=replicates
    )
    chosen = plans[0] if plan else place.baseline
    (answer,) = compare(asked, [chosen])
    entry = decision(asked, answer, who=who, why=why, day=day or str(place.head.vintage))
    append(log, entry)
    typer.echo(say("The decision is in {file}.", file=log))


@command(
    "score", example="ketnoi track score log.jsonl --case scenarios/vietnam-2022", of=track_app
)
def track_score(log: LogFile, case: CaseOption = DEFAULT, facts: FactsOption = None) -> None:
    """Score the decisions in a log against what was published since."""
    from sim.place.case import load_case
    from sim.place.facts import NO_FACTS, read_facts
    from sim.track.decisions import read_log, scored
    from sim.track.telling import score_rows

    if not log.is_file():
        given = told("a file that does not exist")
        refuse([Fault(str(log), "", given, told("a log of decisions"))])
    entries = read_log(log)
    place = load_case(case_folder(case), facts=read_facts(facts) if facts else NO_FACTS)
    found = scored(entries, place)
    typer.echo(say("{count} decisions, the chain is intact.", count=len(entries)))
    heads = ("Day", "Scenario", "Target", "Deadline", "Chance", "Outcome", "", "Brier score")
    head = [*map(say, heads), say("a coin"), say("baseline"), say("Log score")]
    if found:
        print_table(head, score_rows(found, say), left=4)
    else:
        typer.echo(say("No outcome for a promised day has been published yet."))
