"""The command line: one subcommand, one function; heavy imports wait until they are needed."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer
from typer.core import TyperGroup

from sim.numbers import MOST_REPLICATES, MOST_SEED, REPLICATES, SEED
from sim.words import LANGUAGES, Words, terminal_language

ROOT = Path(__file__).parents[2]

if TYPE_CHECKING:
    from rich.console import Console

    from sim.ask.regress import Row
    from sim.ask.summary import Summary
    from sim.files.contrast import Contrast
    from sim.paper.verify import Check
    from sim.place.case import Case
    from sim.place.scenario import Scenario
    from sim.place.targets import TargetSet
    from sim.show.findings import Finding
    from sim.study.batch import Tally
    from sim.study.engines import Engine

DEFAULT_CASE = Path("scenarios/vietnam-2022")


def _language() -> str:
    """Return the language asked for on the command line, before it is parsed for good."""
    given = sys.argv[1:]
    for place, word in enumerate(given):
        name, _, value = word.partition("=")
        chosen = value or (given[place + 1] if place + 1 < len(given) else "")
        if name == "--lang" and chosen in LANGUAGES:
            return chosen
    return terminal_language()


say = Words("vi" if _language() == "vi" else "en")
app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    help=say("How likely a place is to meet its connectivity targets, and what would change that."),
)

CaseOption = Annotated[
    Path, typer.Option("--case", help=say("The case folder."), show_default=True)
]
LangOption = Annotated[str, typer.Option("--lang", help=say("Language of the answer: vi or en."))]
TargetsOption = Annotated[
    str | None, typer.Option("--targets", help=say("Which set of the case's targets."))
]


@app.command(
    "run",
    help=say("Run scenarios and judge them against the targets.")
    + "\n\n"
    + say("Example:")
    + " ketnoi run --case scenarios/vietnam-2022 --replicates 500 --out out",
)
def run_command(
    scenarios: Annotated[
        list[Path] | None,
        typer.Argument(help=say("Scenario files; all of the case's own if none is named.")),
    ] = None,
    case: CaseOption = DEFAULT_CASE,
    targets: TargetsOption = None,
    replicates: Annotated[str, typer.Option(metavar="INTEGER", help=say("How many draws."))] = str(
        REPLICATES
    ),
    seed: Annotated[str, typer.Option(metavar="INTEGER", help=say("The seed of all luck."))] = str(
        SEED
    ),
    out: Annotated[
        Path | None, typer.Option(help=say("Folder for tables, charts and the stamp."))
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help=say("Replace the folder if it is there."))
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help=say("Print one JSON object."))] = False,
    lang: LangOption = say.language,
) -> None:
    """Run scenarios and judge them against the targets."""
    import json

    from sim.ask.answers import Question, compare
    from sim.ask.summary import as_json as verdicts_json
    from sim.files.pictures import check_folder, write_folder
    from sim.place.stamp import stamp

    count = _whole(replicates, "--replicates", 1, MOST_REPLICATES)
    luck = _whole(seed, "--seed", 0, MOST_SEED)
    if out is not None:
        check_folder(out, force=force)
    place, plans = _case_and_scenarios(case, scenarios or [])
    wanted = _target_set(place, targets)
    with _progress(say("Running scenarios"), len(plans)) as advance:
        asked = Question(case=place, targets=wanted, seed=luck, replicates=count)
        answers = compare(asked, plans, advance)
    made = stamp(place, plans, wanted, seed=luck, replicates=count)
    if as_json:
        answer = {"stamp": made, "scenarios": [verdicts_json(each) for each in answers]}
        typer.echo(json.dumps(answer, indent=2, ensure_ascii=False))
    else:
        _print_table(answers, wanted)
    if out is not None:
        from sim.paper.folders import result_files

        with _progress(say("Drawing charts"), len(answers)) as advance:
            files = result_files(place, answers, wanted, made, say, done=advance)
            write_folder(out, files, force=force)
        if not as_json:
            typer.echo(say("Tables and charts are in {folder}.", folder=out))


@app.command(
    help=say("Check case folders and scenario files; list every fault.")
    + "\n\n"
    + say("Example:")
    + " ketnoi check scenarios/vietnam-2022"
)
def check(
    paths: Annotated[list[Path], typer.Argument(help=say("Case folders or scenario files."))],
    case: Annotated[
        Path | None, typer.Option("--case", help=say("The case of scenario files elsewhere."))
    ] = None,
    lang: LangOption = say.language,
) -> None:
    """Check case folders and scenario files; list every fault."""
    from sim.faults import Fault, InputFaults, refuse

    faults: list[Fault] = []
    good = 0
    for path in paths:
        try:
            _check(path, case)
            good += 1
        except InputFaults as error:
            faults += error.faults
    refuse(faults)
    typer.echo(say("{count} checked, no fault.", count=good))


@app.command(
    help=say("List the levers: unit, bounds, baseline, mechanism and source.")
    + "\n\n"
    + say("Example:")
    + " ketnoi levers --case scenarios/vinh-phuc-2022 --json"
)
def levers(
    case: CaseOption = DEFAULT_CASE,
    as_json: Annotated[bool, typer.Option("--json", help=say("Print one JSON object."))] = False,
    lang: LangOption = say.language,
) -> None:
    """List the levers: unit, bounds, baseline, mechanism and source."""
    import json

    from sim.place.case import load_case
    from sim.place.scenario import lever_rows

    rows = lever_rows(load_case(case))
    if as_json:
        typer.echo(json.dumps({"levers": rows}, indent=2, ensure_ascii=False))
        return
    from rich.table import Table

    table = Table(say("Lever"), say("Unit"), say("From"), say("To"), say("Baseline"), say("How"))
    for row in rows:
        table.add_row(
            f"{row['name']}\n{say(row['label'])}",
            say(row["unit"]),
            *(_plain(row[key]) for key in ("low", "high", "baseline")),
            say(row["mechanism"]),
        )
    _console(140).print(table)


def _plain(value: object) -> str:
    return (
        say.number(value, 0 if value == int(value) else 2)
        if isinstance(value, (int, float))
        else str(value)
    )


@app.command(
    help=say("Print the JSON Schema of a scenario file, for editors.")
    + "\n\n"
    + say("Example:")
    + " ketnoi schema > scenario.schema.json"
)
def schema(case: CaseOption = DEFAULT_CASE, lang: LangOption = say.language) -> None:
    """Print the JSON Schema of a scenario file, for editors."""
    import json

    from sim.place.case import load_case
    from sim.place.scenario import scenario_model

    place = load_case(case)
    model = scenario_model(place.levers, place.baseline.levers)
    typer.echo(json.dumps(model.model_json_schema(), indent=2, ensure_ascii=False))


@app.command(
    "app",
    help=say("Open the planner's front end in a browser.")
    + "\n\n"
    + say("Example:")
    + " ketnoi app --port 8501",
)
def app_command(
    port: Annotated[int, typer.Option(min=1, max=65535, help=say("Port on this machine."))] = 8501,
    lang: LangOption = say.language,
) -> None:
    """Open the planner's front end in a browser."""
    import subprocess

    from sim.faults import Fault, InputFaults

    page = ROOT / "app.py"
    if not page.exists():
        raise InputFaults(
            [Fault(str(page), "", "a file that is not there", "a checkout of ketnoi")]
        )
    command = [sys.executable, "-m", "streamlit", "run", str(page), "--server.port", str(port)]
    raise typer.Exit(subprocess.run(command, cwd=page.parent, check=False).returncode)


@app.command(
    help=say("Learn the forecasters' parameters from a country panel and write them.")
    + "\n\n"
    + say("Example:")
    + " ketnoi fit --panel panel.csv --out fitted.json"
)
def fit(
    panel: Annotated[
        list[Path], typer.Option(help=say("Panel files: long CSV, or the World Bank's wide one."))
    ],
    earlier: Annotated[
        Path | None, typer.Option(help=say("An older edition, to measure revisions by."))
    ] = None,
    out: Annotated[
        Path, typer.Option(help=say("File to write; by default the one ketnoi ships."))
    ] = ROOT / "sim" / "world" / "fitted" / "panel.json",
    lang: LangOption = say.language,
) -> None:
    """Learn the forecasters' parameters from a country panel and write them."""
    from sim.world.learned import fit as learn
    from sim.world.learned import write_fitted
    from sim.world.panel import read_panel

    learned = learn(read_panel(*panel), read_panel(earlier) if earlier else None)
    write_fitted(learned, out)
    typer.echo(say("Parameters are in {file}.", file=out))


@app.command(
    help=say("Play the past over again and score it: a country panel, or a case.")
    + "\n\n"
    + say("Example:")
    + " ketnoi backtest --case scenarios/vietnam-2022 --out backtest"
)
def backtest(
    panel: Annotated[
        list[Path] | None, typer.Option(help=say("Panel files to learn from and to forecast."))
    ] = None,
    history: Annotated[
        Path | None, typer.Option(help=say("Other countries, forecast from their own past."))
    ] = None,
    origins: Annotated[
        str, typer.Option(help=say("Last years known, with commas between."))
    ] = "2008,2011,2014,2017,2019",
    case: Annotated[
        Path | None, typer.Option("--case", help=say("A case to score instead of a panel."))
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help=say("File of predictions; for a case, a folder."))
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help=say("Replace the folder if it is there."))
    ] = False,
    seed: Annotated[str, typer.Option(metavar="INTEGER", help=say("The seed of all luck."))] = str(
        SEED
    ),
    lang: LangOption = say.language,
) -> None:
    """Play the past over again and score it: a country panel, or a case."""
    from sim.faults import Fault, refuse

    if (panel is None) == (case is None):
        given = "both --panel and --case" if panel else "neither --panel nor --case"
        refuse([Fault("ketnoi backtest", "", given, "one of them")])
    if case is not None:
        _backtest_case(case, out, _whole(seed, "--seed", 0, MOST_SEED), force=force)
        return
    if out is None:
        refuse([Fault("ketnoi backtest", "--out", "nothing", "a file for the predictions")])
    assert panel is not None
    assert out is not None
    _backtest_panel(panel, history, _years(origins), out)


def _years(text: str) -> list[int]:
    return [_whole(part.strip(), "--origins", 1900, 2100) for part in text.split(",")]


def _backtest_panel(panel: list[Path], history: Path | None, origins: list[int], out: Path) -> None:
    from sim.ask.backtest import backtest as play
    from sim.ask.backtest import write_predictions
    from sim.world.panel import read_panel

    countries = read_panel(*panel)
    own = read_panel(history) if history else None
    with _progress(say("Playing the past over again"), 3 * len(origins)) as advance:
        found = play(countries, origins=origins, history=own, done=lambda number, jobs: advance())
    write_predictions(found, out)
    typer.echo(say("{count} predictions are in {file}.", count=len(found), file=out))


def _backtest_case(folder: Path, out: Path | None, seed: int, *, force: bool) -> None:
    from rich.table import Table

    from sim.ask.hindsight import look_back, vintages
    from sim.files.pictures import check_folder, write_folder
    from sim.paper.folders import hindsight_files
    from sim.place.case import load_case
    from sim.place.stamp import stamp
    from sim.show.tables import hindsight_cells, hindsight_head

    if out is not None:
        check_folder(out, force=force)
    place = load_case(folder)
    with _progress(say("Playing the past over again"), len(vintages(place))) as advance:
        found, promises = look_back(place, seed=seed, replicates=REPLICATES, done=advance)
    table = Table(title=say.named(place.head.name.model_dump()), show_lines=False)
    for number, name in enumerate(hindsight_head(say)):
        table.add_column(name, justify="left" if number < 2 else "right")
    for row in hindsight_cells(found, promises, say):
        table.add_row(*row)
    _console(150).print(table)
    if out is not None:
        wanted = place.target_sets[place.default_targets]
        made = stamp(place, [], wanted, seed=seed, replicates=REPLICATES)
        write_folder(out, hindsight_files(place, found, promises, made, say), force=force)
        typer.echo(say("Tables and charts are in {folder}.", folder=out))


@app.command(
    help=say("Write the reviewer's report: an A4 PDF, or one HTML file.")
    + "\n\n"
    + say("Example:")
    + " ketnoi report --case scenarios/vietnam-2022 --lang vi --out report.pdf"
)
def report(
    scenarios: Annotated[
        list[Path] | None,
        typer.Argument(help=say("Scenario files; all of the case's own if none is named.")),
    ] = None,
    case: CaseOption = DEFAULT_CASE,
    targets: TargetsOption = None,
    replicates: Annotated[str, typer.Option(metavar="INTEGER", help=say("How many draws."))] = str(
        REPLICATES
    ),
    seed: Annotated[str, typer.Option(metavar="INTEGER", help=say("The seed of all luck."))] = str(
        SEED
    ),
    out: Annotated[Path, typer.Option(help=say("File to write, .pdf or .html."))] = Path(
        "report.pdf"
    ),
    lang: LangOption = say.language,
) -> None:
    """Write the reviewer's report: an A4 PDF, or one HTML file."""
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    from sim.ask.hindsight import look_back
    from sim.faults import Fault, refuse

    if out.suffix not in (".pdf", ".html"):
        refuse([Fault("ketnoi report", "--out", repr(str(out)), "a name ending in .pdf or .html")])
    count = _whole(replicates, "--replicates", 1, MOST_REPLICATES)
    luck = _whole(seed, "--seed", 0, MOST_SEED)
    place, plans = _case_and_scenarios(case, scenarios or [])
    wanted = _target_set(place, targets)
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as beside:
        past = None
        if place.outcomes:
            past = beside.submit(look_back, place, seed=luck, replicates=count).result
        from sim.ask.answers import Question, compare
        from sim.ask.trials import trials, try_all
        from sim.files.pictures import write_file
        from sim.paper.parts import Facts, focus
        from sim.paper.report import build_report
        from sim.paper.setting import html_bytes, pdf_bytes
        from sim.place.stamp import stamp

        with _progress(say("Running scenarios"), len(plans)) as advance:
            asked = Question(case=place, targets=wanted, seed=luck, replicates=count)
            answers = compare(asked, plans, advance)
        about = focus(plans)
        with _progress(say("Trying levers one by one"), 1 + len(trials(place, about))) as advance:
            tried = try_all(asked, about, advance)
        made = stamp(place, plans, wanted, seed=luck, replicates=count)
        facts = Facts(case=place, summaries=answers, targets=wanted, played=past, tried=tried,
                      made=made)  # fmt: skip
        written = build_report(facts, say)
    write_file(out, (pdf_bytes if out.suffix == ".pdf" else html_bytes)(written))
    typer.echo(say("The report is {file}.", file=out))


@app.command(
    help=say("Make files again from their stamps and say whether they are the same.")
    + "\n\n"
    + say("Exits 0 if all are the same, 1 if any differs or cannot be checked.")
    + "\n\n"
    + say("Example:")
    + " ketnoi verify report.pdf out/verdicts.csv",
)
def verify(
    paths: Annotated[list[Path], typer.Argument(help=say("Files, or folders of them."))],
    case: Annotated[
        Path | None,
        typer.Option("--case", help=say("The case folder, if it is not under scenarios.")),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help=say("Print one JSON object."))] = False,
    lang: LangOption = say.language,
) -> None:
    """Make files again from their stamps and say whether they are the same."""
    import json

    from sim.paper.verify import Verifier, named

    files = named(paths)
    verifier = Verifier(say, case)
    with _progress(say("Making files again"), len(files)) as advance:
        checks = []
        for path in files:
            checks.append(verifier.check(path))
            advance()
    if as_json:
        answer = {"files": [check.as_json() for check in checks]}
        typer.echo(json.dumps(answer, indent=2, ensure_ascii=False))
    else:
        for check in checks:
            _print_check(check)
    if any(check.status != "same" for check in checks):
        sys.exit(1)


def _print_check(check: "Check") -> None:
    words = {
        "same": say("same"),
        "differs": say("differs"),
        "unchecked": say("cannot be checked"),
    }
    typer.echo(f"{check.file}: {words[check.status]}")
    for line in check.why:
        typer.echo(f"  {line}")
    for each in check.places:
        typer.echo(f"  {_place(each)}")


def _place(each: "Contrast") -> str:
    if each.given is None and each.remade is None:
        return each.place
    given, remade = (say("nothing") if x is None else x for x in (each.given, each.remade))
    text = say("{place}: {given} in the file, {remade} made again", place=each.place, given=given,
               remade=remade)  # fmt: skip
    return text if each.difference is None else f"{text} ({each.difference:+.6g})"


class StudyFirst(TyperGroup):
    """Commands of `ketnoi batch`; a first word that is none of them is a study to run."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read `batch STUDY.toml …` as `batch run STUDY.toml …`."""
        if args and args[0] not in (*self.commands, "--help"):
            args = ["run", *args]
        return super().parse_args(ctx, args)


batch_app = typer.Typer(
    cls=StudyFirst,
    no_args_is_help=True,
    rich_markup_mode="rich",
    help=say("Run a study of many points; kill it, resume it, read its tables.")
    + "\n\n"
    + say("Example:")
    + " ketnoi batch docs/studies/vinh-phuc-small.toml --out study --workers 2",
)
app.add_typer(batch_app, name="batch")
StudyFolder = Annotated[Path, typer.Argument(help=say("The folder of a study."))]


@batch_app.command(
    "run",
    help=say("Compute what is missing of a study; the word run may be left out.")
    + "\n\n"
    + say("Example:")
    + " ketnoi batch docs/studies/vinh-phuc-small.toml --out study --workers 2",
)
def batch_run(
    study: Annotated[Path, typer.Argument(help=say("The study file."))],
    out: Annotated[Path, typer.Option(help=say("Folder for the results."))],
    workers: Annotated[
        str | None,
        typer.Option(
            metavar="INTEGER", help=say("How many processes; one a processor by default.")
        ),
    ] = None,
    scheduler: Annotated[
        str | None, typer.Option(help=say("Address of a Dask scheduler, instead of own processes."))
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help=say("Go on with the study in the folder."))
    ] = False,
    limit: Annotated[
        str | None, typer.Option(metavar="INTEGER", help=say("Stop after about so many runs."))
    ] = None,
    lang: LangOption = say.language,
) -> None:
    """Compute what is missing of a study."""
    from sim.faults import Fault, refuse
    from sim.study.batch import Stopped, load_study, run_study

    most = None if limit is None else _whole(limit, "--limit", 1, 10**9)
    if workers is not None and scheduler is not None:
        refuse([Fault("ketnoi batch", "", "both --workers and --scheduler", "one of them")])
    wanted = load_study(study)
    engine = _engine(workers, scheduler)
    try:
        with _rate(wanted.runs) as watch:
            tally = run_study(wanted, out, engine=engine, resume=resume, limit=most, watch=watch)
    except Stopped as stop:
        typer.echo(say("Stopped: {reason}", reason=stop.reason), err=True)
        typer.echo(_kept(stop.tally) + " " + say("Go on with --resume."), err=True)
        sys.exit(1)
    typer.echo(_kept(tally))
    if tally.lost:
        typer.echo(say("{count} runs could not be computed: {why}", count=tally.lost,
                       why=tally.why), err=True)  # fmt: skip
    if tally.complete:
        typer.echo(say("The table is {file}.", file=out / "verdicts.parquet"))
    if tally.failed or tally.lost:
        sys.exit(1)


@batch_app.command(
    "status",
    help=say("Say how far a study is, every checksum checked.")
    + "\n\n"
    + say("Example:")
    + " ketnoi batch status study",
)
def batch_status(
    folder: StudyFolder,
    as_json: Annotated[bool, typer.Option("--json", help=say("Print one JSON object."))] = False,
    lang: LangOption = say.language,
) -> None:
    """Say how far a study is, every checksum checked."""
    import json
    from dataclasses import asdict

    from sim.study.batch import status

    tally = status(folder)
    if as_json:
        counts = {
            name: value for name, value in asdict(tally).items() if name not in ("lost", "why")
        }
        typer.echo(json.dumps({**counts, "complete": tally.complete}, indent=2))
    else:
        typer.echo(_kept(tally))


@batch_app.command(
    "table",
    help=say("Write what is kept of a study as one table.")
    + "\n\n"
    + say("Example:")
    + " ketnoi batch table study --format xlsx",
)
def batch_table(
    folder: StudyFolder,
    form: Annotated[str, typer.Option("--format", help=say("csv, parquet or xlsx."))] = "csv",
    out: Annotated[
        Path | None, typer.Option(help=say("File to write; by default beside the results."))
    ] = None,
    monthly: Annotated[
        bool, typer.Option("--monthly", help=say("The quantiles by month, not the verdicts."))
    ] = False,
    lang: LangOption = say.language,
) -> None:
    """Write what is kept of a study as one table."""
    from sim.faults import Fault, near, refuse
    from sim.study.batch import FORMATS, read_study, write_table

    chosen = next((each for each in FORMATS if each == form), None)
    if chosen is None:
        refuse([Fault("ketnoi batch table", "--format", repr(form), near(form, FORMATS))])
    assert chosen is not None
    kind = "monthly" if monthly else "verdicts"
    made = read_study(folder)
    to = out or folder / f"{kind}.{chosen}"
    rows = write_table(folder, chosen, to, kind=kind)
    typer.echo(say("{count} rows are in {file}.", count=rows, file=to))
    missing = made["points"] * len(made["scenario_hashes"]) - rows
    if kind == "verdicts" and missing:
        typer.echo(say("{count} runs of the study are not computed yet.", count=missing), err=True)


@app.command(
    help=say("Say which factor of a study moves each target's chance, and when it fails.")
    + "\n\n"
    + say("Example:")
    + " ketnoi sensitivity study --target fibre_households --out findings"
)
def sensitivity(
    folder: StudyFolder,
    target: Annotated[
        list[str] | None,
        typer.Option(help=say("An indicator, or all; every one if none is named.")),
    ] = None,
    answer: Annotated[str, typer.Option(help=say("What is moved: chance or p50."))] = "chance",
    method: Annotated[
        str | None, typer.Option(help=say("sobol, morris or pawn; what fits the design."))
    ] = None,
    scenario: Annotated[
        str | None, typer.Option(help=say("Which base scenario; the first by default."))
    ] = None,
    fails_below: Annotated[
        float, typer.Option(min=0, max=1, help=say("A chance below this counts as failing."))
    ] = 0.5,
    out: Annotated[Path | None, typer.Option(help=say("Folder for tables and charts."))] = None,
    force: Annotated[
        bool, typer.Option("--force", help=say("Replace the folder if it is there."))
    ] = False,
    lang: LangOption = say.language,
) -> None:
    """Say which factor of a study moves each target's chance, and when it fails."""
    from sim.files.pictures import check_folder, write_folder
    from sim.show.findings import find, finding_files, sentences
    from sim.study.batch import read_columns, read_study

    if out is not None:
        check_folder(out, force=force)
    made = read_study(folder)
    findings = find(made, read_columns(folder), targets=target or (), answer=answer,
                    method=method, scenario=scenario, fails_below=fails_below)  # fmt: skip
    for each in findings:
        _print_indices(each, made)
        for line in sentences(each, made, say):
            typer.echo(line)
    if out is not None:
        write_folder(out, finding_files(findings, made, say), force=force)
        typer.echo(say("Tables and charts are in {folder}.", folder=out))


def _print_indices(finding: "Finding", made: dict[str, Any]) -> None:
    from rich.table import Table

    from sim.show.findings import called, factor_name, ranked, written
    from sim.study.sensitivity import MEASURES

    if not finding.indices:
        return
    factors = {row["name"]: row for row in made["factors"]}
    table = Table(title=called(finding.target, say))
    for name in (say("Factor"), say("Measure"), say("Index"), say("95% interval")):
        table.add_column(name)
    for index in ranked(finding):
        span = f"{written(index.low, say)} … {written(index.high, say)}"
        table.add_row(factor_name(factors[index.factor], say), say(MEASURES[index.measure]),
                      written(index.value, say), span)  # fmt: skip
    _console(140).print(table)


def _engine(workers: str | None, scheduler: str | None) -> "Engine":
    import os

    from sim.study.batch import dask, pool

    if scheduler is not None:
        return dask(scheduler)
    return pool(_whole(workers or str(os.cpu_count() or 1), "--workers", 1, 1024))


def _kept(tally: "Tally") -> str:
    words = [say("{kept} of {runs} runs are kept.", kept=tally.kept, runs=tally.runs)]
    if tally.failed:
        words.append(say("{count} of them failed; the table says why.", count=tally.failed))
    if tally.damaged:
        words.append(say("{count} were damaged.", count=tally.damaged))
    return " ".join(words)


@contextmanager
def _rate(total: int) -> Iterator[Any]:
    """Yield a function that shows how far a study is; in a pipe it shows nothing."""
    if not sys.stderr.isatty():
        yield lambda tally: None
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    columns = (BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[rate]}"),
               TimeRemainingColumn(), TextColumn("{task.fields[failed]}"))  # fmt: skip
    bar = Progress(*columns, console=Console(stderr=True))
    first: list[int] = []

    def watch(tally: "Tally") -> None:
        first[:] = first or [tally.kept]
        task = bar.tasks[0]
        rate = (tally.kept - first[0]) / task.elapsed if task.elapsed else 0.0
        bar.update(job, completed=tally.kept, rate=say("{rate} runs/s", rate=say.number(rate, 1)),
                   failed=say("{count} failed", count=tally.failed + tally.lost))  # fmt: skip

    with bar:
        job = bar.add_task("", total=total, rate="", failed="")
        yield watch


@app.command(
    help=say("Run all shipped scenarios again and say what moved since the last release.")
    + "\n\n"
    + say("Example:")
    + " ketnoi regress --renew"
)
def regress(
    renew: Annotated[
        bool, typer.Option("--renew", help=say("Store the new answers, told in CHANGELOG.md."))
    ] = False,
    goldens: Annotated[Path, typer.Option(help=say("Folder of the stored answers."))] = Path(
        "tests/goldens"
    ),
    as_json: Annotated[bool, typer.Option("--json", help=say("Print one JSON object."))] = False,
    lang: LangOption = say.language,
) -> None:
    """Run all shipped scenarios again and say what moved since the last release."""
    import json

    from sim.ask import regress as release
    from sim.place.case import load_case, shipped

    stored = release.read_goldens(goldens)
    if renew:
        release.changelog(goldens)
    places = {name: load_case(DEFAULT_CASE.parent / name) for name in stored}
    total = sum(len(shipped(place)) for place in places.values())
    with _progress(say("Running scenarios"), total) as advance:
        now = {name: release.answers(place, advance) for name, place in places.items()}
    rows = release.moved(stored, now)
    if as_json:
        mark = release.fingerprint([release.golden_text(found) for found in now.values()])
        typer.echo(json.dumps(release.as_object(rows, mark), indent=2, ensure_ascii=False))
    elif rows:
        _print_moved(rows)
    else:
        typer.echo(say("Nothing moved."))
    if renew and rows:
        log = release.renew(goldens, stored, now, rows)
        typer.echo(say("The answers are in {folder}, told in {file}.", folder=goldens, file=log),
                   err=as_json)  # fmt: skip
    elif rows:
        sys.exit(1)


def _print_moved(rows: "Sequence[Row]") -> None:
    from rich.table import Table

    table = Table(caption=say("before → now, in per cent or per 100 people"))
    for name in (say("Scenario"), say("Target"), say("Chance"), say("Median"), say("What moved")):
        table.add_column(name)
    for row in rows:
        target = say.indicator(row.target) if row.target else say("All targets together")
        table.add_row(f"{row.case} {row.scenario}", target, *map(_shift, (row.chance, row.median)),
                      ", ".join(row.moved))  # fmt: skip
    _console(150).print(table)


def _shift(pair: tuple[float | None, float | None]) -> str:
    """Return hundredths before and now, once where they are written alike."""
    words = ["–" if value is None else say.number(100 * value, 2) for value in pair]
    return words[0] if words[0] == words[1] else " → ".join(words)


def main() -> NoReturn:
    """Run the command line: 0 done, 2 bad input, 1 failure; never a traceback."""
    from sim.faults import InputFaults

    try:
        app(standalone_mode=True)
    except InputFaults as error:
        typer.echo(str(error), err=True)
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(1)
    except Exception as error:
        typer.echo(say("Failed: {error}", error=f"{type(error).__name__}: {error}"), err=True)
        sys.exit(1)
    sys.exit(0)


def _whole(given: str, option: str, least: int, most: int) -> int:
    """Return a whole number of the command line, or refuse it as any other input."""
    from sim.faults import Fault, refuse

    number = int(given) if given.isascii() and given.strip("-").isdigit() else None
    if number is None or not least <= number <= most:
        wanted = f"a whole number, {least} to {most}"
        refuse([Fault("ketnoi run", option, repr(given), wanted)])
    assert number is not None
    return number


def _check(path: Path, case: Path | None) -> None:
    from sim.place.case import load_case, shipped
    from sim.place.scenario import load_scenario

    if path.suffix == ".toml":
        load_scenario(load_case(case or path.parent), path)
        return
    place = load_case(path)
    _scenarios(place, shipped(place))


def _case_and_scenarios(folder: Path, files: list[Path]) -> tuple["Case", list["Scenario"]]:
    from sim.place.case import load_case, shipped

    place = load_case(folder)
    return place, _scenarios(place, files or shipped(place))


def _scenarios(place: "Case", files: list[Path]) -> list["Scenario"]:
    from sim.faults import Fault, InputFaults, refuse
    from sim.place.scenario import load_scenario

    found, faults = [], list[Fault]()
    for path in files:
        try:
            found.append(load_scenario(place, path))
        except InputFaults as error:
            faults += error.faults
    refuse(faults)
    return found


def _target_set(place: "Case", name: str | None) -> "TargetSet":
    from sim.faults import Fault, near, refuse

    chosen = name or place.default_targets
    if chosen not in place.target_sets:
        wanted = near(chosen, place.target_sets)
        refuse([Fault(str(place.folder / "targets.toml"), "--targets", repr(chosen), wanted)])
    return place.target_sets[chosen]


@contextmanager
def _progress(task: str, total: int) -> Iterator[Any]:
    """Yield a function that moves a bar on by one; in a pipe there is no bar."""
    if not sys.stderr.isatty():
        yield lambda: None
        return
    from rich.console import Console
    from rich.progress import Progress

    bar: Progress = Progress(console=Console(stderr=True), transient=True)
    with bar:
        job = bar.add_task(task, total=total)
        yield lambda: bar.advance(job)


def _print_table(answers: list["Summary"], targets: "TargetSet") -> None:
    from rich.table import Table

    from sim.show.tables import verdict_cells, verdict_head

    table = Table(
        title=say.named(targets.name),
        show_lines=True,
        caption=say("chance, then median and 90% range on the day of the target"),
    )
    for place, name in enumerate(verdict_head(targets, say)):
        table.add_column(name, justify="left" if place == 0 else "right", max_width=26)
    for answer in answers:
        table.add_row(*verdict_cells(answer, say))
    _console(150).print(table)


def _console(width: int) -> "Console":
    """Return the terminal, or for a file or a pipe a page that is wide enough."""
    from rich.console import Console

    return Console() if sys.stdout.isatty() else Console(width=width)
