"""Commands about plans: run them, check them, list the levers, open the page."""

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sim.cli.given import case_and_scenarios, load_scenarios, target_set
from sim.cli.terminal import (
    CaseOption,
    FactsOption,
    ForceOption,
    JsonOption,
    OwnCaseOption,
    ReplicatesOption,
    ScenarioFiles,
    SeedOption,
    TargetsOption,
    command,
    print_json,
    print_table,
    progress,
    say,
    whole_option,
)
from sim.faults import Fault, InputFaults, Note, refuse, told
from sim.numbers import REPLICATES, SEED
from sim.shipped import CASES, DEFAULT, beside, case_folder

if TYPE_CHECKING:
    from sim.ask.summary import Summary
    from sim.place.case import Case
    from sim.place.targets import TargetSet
    from sim.words import Words


@command(example="ketnoi run --case scenarios/vietnam-2022 --replicates 500 --out out")
def run(
    scenarios: ScenarioFiles = None,
    case: OwnCaseOption = None,
    targets: TargetsOption = None,
    facts: FactsOption = None,
    replicates: ReplicatesOption = REPLICATES,
    seed: SeedOption = SEED,
    out: Annotated[
        Path | None, typer.Option(help=say("Folder for tables, charts and the stamp."))
    ] = None,
    force: ForceOption = False,
    as_json: JsonOption = False,
) -> None:
    """Run scenarios and judge them against the targets."""
    from sim.ask.answers import Question, compare
    from sim.ask.summary import as_json as verdicts_json
    from sim.place.stamp import stamp
    from sim.show.sentences import own_facts
    from sim.writing import check_folder, write_folder

    if out is not None:
        check_folder(out, force=force)
    place, plans = case_and_scenarios(case, scenarios or [], facts)
    wanted = target_set(place, targets)
    with progress(say("Running scenarios"), len(plans)) as advance:
        asked = Question(case=place, targets=wanted, seed=seed, replicates=replicates)
        answers = compare(asked, plans, advance)
    made = stamp(place, plans, wanted, seed=seed, replicates=replicates)
    hint_at_notes(place)
    money = place.head.currency
    if as_json:
        answer = {"stamp": made, "scenarios": [verdicts_json(each, money) for each in answers]}
        print_json(answer)
    else:
        print_verdicts(answers, wanted, say.at(money))
        if place.facts:
            typer.echo(own_facts(place.facts, say))
    if out is not None:
        from sim.paper.folders import result_files
        from sim.show.figures import Shown

        with progress(say("Drawing charts"), len(answers)) as advance:
            shown = Shown(question=asked, say=say, summaries=answers)
            files = result_files(shown, done=advance)
            write_folder(out, files, force=force)
        if not as_json:
            typer.echo(say("Tables and charts are in {folder}.", folder=out))


def hint_at_notes(place: "Case") -> None:
    """Say on stderr how much is odd in a case or not used, if anything is."""
    from sim.ask.notes import notes

    count = len(notes(place))
    if count:
        line = say(
            "Odd or unused: {count}; ketnoi check {case} lists them.",
            count=count,
            case=place.folder,
        )
        typer.echo(line, err=True)


def print_verdicts(answers: Sequence["Summary"], targets: "TargetSet", say: "Words") -> None:
    """Print the verdicts, a scenario a row."""
    from sim.show.sentences import verdict_cells, verdict_head

    print_table(
        verdict_head(targets, say),
        [verdict_cells(answer, say) for answer in answers],
        title=say.named(targets.name),
        widest=26,
        show_lines=True,
        caption=say("chance, then median and 90% range on the day of the target"),
    )


@command(example="ketnoi check scenarios/vietnam-2022")
def check(
    paths: Annotated[list[Path], typer.Argument(help=say("Case folders or scenario files."))],
    case: Annotated[
        Path | None, typer.Option("--case", help=say("The case of scenario files kept elsewhere."))
    ] = None,
    facts: FactsOption = None,
) -> None:
    """Check case folders and scenario files; list every fault, and what is odd or unused."""
    faults: list[Fault] = []
    odd: list[Note] = []
    for path in paths:
        try:
            odd += check_one(path, case, facts)
        except InputFaults as error:
            faults += error.faults
    refuse(faults)
    typer.echo(say("{count} checked, no faults.", count=len(paths)))
    if odd:
        typer.echo(
            "\n  ".join([say("Odd or unused: {count}", count=len(odd)), *map(say.note, odd)])
        )


def check_one(path: Path, case: Path | None, facts: Path | None = None) -> list[Note]:
    """Check a case folder with all its files, or one scenario file; return what is odd there."""
    from sim.ask.notes import idle_lines, idle_plans, notes
    from sim.place.case import load_case, shipped
    from sim.place.facts import NO_FACTS, read_facts
    from sim.tasks.schedule import own_schedule

    own = NO_FACTS if facts is None else read_facts(facts)
    if path.suffix == ".toml":
        place = load_case(case_folder(case or path.parent), facts=own)
        (plan,) = load_scenarios(place, [path])
        return list(idle_lines(place, plan, path))
    place = load_case(path, facts=own)
    faults = list[Fault]()
    for read in (lambda: load_scenarios(place, shipped(place)), lambda: own_schedule(place)):
        try:
            read()
        except InputFaults as error:
            faults += error.faults
    refuse(faults)
    return [*notes(place), *idle_plans(place)]


@command(example="ketnoi levers --case scenarios/vinh-phuc-2022 --json")
def levers(
    case: CaseOption = DEFAULT,
    as_json: JsonOption = False,
) -> None:
    """List the levers: unit, bounds, baseline, mechanism and source."""
    from sim.place.case import load_case
    from sim.place.scenario import lever_rows

    rows = lever_rows(load_case(case_folder(case)))
    if as_json:
        print_json({"levers": rows})
        return
    head = [say("Lever"), say("Unit"), say("From"), say("To"), say("Baseline"), say("How")]
    cells = [
        [f"{row['name']}\n{say(row['label'])}", say(row["unit"])]
        + [_plain(end) for end in (row["low"], row["high"], row["baseline"])]
        + [say(row["mechanism"])]
        for row in rows
    ]
    print_table(head, cells, width=140, left=6)


def _plain(value: object) -> str:
    return (
        say.number(value, 0 if value == int(value) else 2)
        if isinstance(value, (int, float))
        else str(value)
    )


@command(example="ketnoi schema > scenario.schema.json")
def schema(case: CaseOption = DEFAULT) -> None:
    """Print the JSON Schema of a scenario file, for editors."""
    from sim.place.case import load_case
    from sim.place.scenario import scenario_model

    place = load_case(case_folder(case))
    model = scenario_model(place.levers, place.baseline.levers)
    print_json(model.model_json_schema())


@command(example="ketnoi app --port 8501")
def app(
    port: Annotated[int, whole_option(say("Port on this machine."), 1, 65535)] = 8501,
    case: Annotated[
        list[Path] | None,
        typer.Option("--case", help=say("A case folder of your own; may be given more than once.")),
    ] = None,
) -> None:
    """Open the planner's front end in a browser."""
    own = [folder.resolve() for folder in case or ()]
    refuse(_no_cases(own))
    given = {CASES: os.pathsep.join(map(str, own))} if own else {}
    page = str(beside() / "app.py")
    # -P: a file called streamlit.py or a folder called sim where one stands is not run
    words = [sys.executable, "-P", "-m", "streamlit", "run", page, "--server.port", str(port)]
    raise typer.Exit(subprocess.run(words, env={**os.environ, **given}, check=False).returncode)


def _no_cases(folders: Sequence[Path]) -> Iterator[Fault]:
    """Yield folders that hold no case, and those that the page could not tell by their name."""
    names = [folder.name for folder in folders]
    for folder in folders:
        if not (folder / "case.toml").exists():
            yield Fault(str(folder), "--case", told("no case.toml in it"), told("a case folder"))
        if names.count(folder.name) > 1:
            yield Fault(
                str(folder),
                "--case",
                told("a name given twice"),
                told("folders with different names"),
            )


@command(example="ketnoi tasks --case scenarios/vietnam-2022")
def tasks(
    plan: Annotated[
        Path | None,
        typer.Argument(help=say("The plan that the tasks carry out; the baseline by default.")),
    ] = None,
    case: OwnCaseOption = None,
    file: Annotated[
        Path | None, typer.Option("--tasks", help=say("The tasks; by default those of the case."))
    ] = None,
    targets: TargetsOption = None,
    facts: FactsOption = None,
    replicates: ReplicatesOption = REPLICATES,
    seed: SeedOption = SEED,
    out: Annotated[
        Path | None, typer.Option(help=say("Folder for the table, the chart and the stamp."))
    ] = None,
    force: ForceOption = False,
    as_json: JsonOption = False,
) -> None:
    """Say when a plan's tasks end going by similar ones, which decide, and what delays cost."""
    from sim.ask.answers import Question
    from sim.cli.ask import print_next
    from sim.tasks import telling
    from sim.tasks.chances import chances, runs
    from sim.tasks.schedule import asked_schedule
    from sim.writing import check_folder

    if out is not None:
        check_folder(out, force=force)
    place, plans = case_and_scenarios(case, [plan] if plan else [], facts)
    chosen, wanted = plans[0] if plan else place.baseline, target_set(place, targets)
    schedule = asked_schedule(place, file, chosen)
    asked = Question(case=place, targets=wanted, seed=seed, replicates=replicates)
    with progress(say("Running scenarios"), runs(schedule)) as advance:
        found = chances(asked, chosen, schedule, advance)
    words = say.at(place.head.currency)
    if as_json:
        print_json(telling.tasks_json(found))
    else:
        typer.echo("\n".join(telling.sentences(found, words)))
        print_table(telling.task_head(words), telling.task_rows(found, words), left=3)
        print_table(telling.chance_head(found, words), telling.chance_rows(found, words), left=1)
        print_table(telling.joint_head(found, words), telling.joint_rows(found, words), left=1)
    print_next(asked, found, out, force=force, quiet=as_json)
