"""Commands about many runs: a study computed, looked at, written, and what it says."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sim.cli.given import ours
from sim.cli.terminal import (
    ForceOption,
    JsonOption,
    command,
    group,
    print_json,
    print_table,
    progress,
    say,
    whole_option,
)
from sim.faults import Fault, InputFaults, near, refuse, told

if TYPE_CHECKING:
    from sim.place.case import Case
    from sim.show.studies.findings import Finding
    from sim.study.batch import Tally
    from sim.study.engines import Engine
    from sim.study.kept.folder import Folder
    from sim.track.why import Why


EXAMPLE = "ketnoi batch docs/studies/vinh-phuc-small.toml --out study --workers 2"
batch_app = group(
    "batch",
    say("Run a study of many points; kill it, resume it, read its tables."),
    example=EXAMPLE,
    usual="run",
)
StudyFolder = Annotated[Path, typer.Argument(help=say("The folder of a study."))]
Below = Annotated[
    float | None,
    typer.Option(help=say("A result below this counts as failing; 0.5 by default for chances.")),
]


@command("run", example=EXAMPLE, of=batch_app)
def batch_run(
    study: Annotated[Path, typer.Argument(help=say("The study file."))],
    out: Annotated[Path, typer.Option(help=say("Folder for the results."))],
    workers: Annotated[
        int | None, whole_option(say("Number of processes; one per processor by default."), 1, 1024)
    ] = None,
    scheduler: Annotated[
        str | None,
        typer.Option(help=say("Address of a Dask scheduler to use instead of local processes.")),
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help=say("Continue the study in the folder."))
    ] = False,
    limit: Annotated[
        int | None, whole_option(say("Stop after about this many runs."), 1, 10**9)
    ] = None,
    store: Annotated[
        Path | None, typer.Option(help=say("Results folder shared by several studies."))
    ] = None,
) -> None:
    """Compute the missing runs of a study; the word run may be omitted."""
    from sim.study.batch import Stopped, load_study, run_study

    if workers is not None and scheduler is not None:
        refuse(
            [Fault("ketnoi batch", "", told("both --workers and --scheduler"), told("one of them"))]
        )
    wanted = load_study(study)
    engine = _engine(workers, scheduler)
    try:
        with _rate(wanted.runs) as watch:
            tally = run_study(
                wanted, out, engine=engine, resume=resume, limit=limit, store=store, watch=watch
            )
    except Stopped as stop:
        typer.echo(say("Stopped: {reason}", reason=stop.reason), err=True)
        typer.echo(_kept(stop.tally) + " " + say("Continue with --resume."), err=True)
        sys.exit(1)
    typer.echo(_kept(tally))
    if tally.shared:
        typer.echo(say("{count} of them were already there.", count=tally.shared))
    if tally.lost:
        typer.echo(
            say("{count} runs could not be computed: {why}", count=tally.lost, why=tally.why),
            err=True,
        )
    if tally.complete:
        typer.echo(say("The table is {file}.", file=out / "verdicts.parquet"))
    if tally.failed or tally.lost:
        sys.exit(1)


@command("status", example="ketnoi batch status study", of=batch_app)
def batch_status(
    folder: StudyFolder,
    as_json: JsonOption = False,
) -> None:
    """Show the progress of a study, checking every checksum."""
    from sim.study.batch import status

    tally = status(folder)
    if as_json:
        counts = {**asdict(tally), "complete": tally.complete}
        print_json({name: count for name, count in counts.items() if name not in ("lost", "why")})
    else:
        typer.echo(_kept(tally))


@command("table", example="ketnoi batch table study --format xlsx", of=batch_app)
def batch_table(
    folder: StudyFolder,
    form: Annotated[str, typer.Option("--format", help=say("csv, parquet or xlsx."))] = "csv",
    out: Annotated[
        Path | None, typer.Option(help=say("File to write; by default beside the results."))
    ] = None,
    monthly: Annotated[
        bool, typer.Option("--monthly", help=say("The quantiles by month, not the verdicts."))
    ] = False,
    draws: Annotated[
        bool, typer.Option("--draws", help=say("The draws, not the verdicts."))
    ] = False,
    force: ForceOption = False,
) -> None:
    """Write the stored results of a study as one table."""
    from sim.study.kept.folder import FORMATS, open_study, write_table
    from sim.writing import check_file

    chosen = next((each for each in FORMATS if each == form), None)
    if chosen is None:
        raise InputFaults(
            [Fault("ketnoi batch table", "--format", repr(form), near(form, FORMATS))]
        )
    if monthly and draws:
        refuse(
            [
                Fault(
                    "ketnoi batch table",
                    "",
                    told("both --monthly and --draws"),
                    told("one of them"),
                )
            ]
        )
    kind = "monthly" if monthly else "draws" if draws else "verdicts"
    whole = open_study(folder)
    to = out or folder / f"{kind}.{chosen}"
    check_file(to, force=force, own=ours)
    rows = write_table(folder, chosen, to, kind=kind)
    typer.echo(say("{count} rows are in {file}.", count=rows, file=to))
    missing = whole.runs - int(whole.kept.sum())
    if kind == "verdicts" and missing:
        typer.echo(say("{count} runs of the study are not computed yet.", count=missing), err=True)


@command("combine", example="ketnoi batch combine study more --out both", of=batch_app)
def batch_combine(
    folders: Annotated[list[Path], typer.Argument(help=say("Folders of studies."))],
    out: Annotated[Path, typer.Option(help=say("Folder for the results."))],
) -> None:
    """Combine studies of one case and the same draws; equal runs are kept once."""
    from sim.study.kept.together import combine

    runs, again = combine(folders, out)
    typer.echo(
        say(
            "{runs} runs are in {folder}; {count} were duplicates.",
            runs=runs,
            folder=out,
            count=again,
        )
    )


@command("diff", example="ketnoi batch diff study study/earlier/1a2b3c4d", of=batch_app)
def batch_diff(
    before: StudyFolder,
    now: StudyFolder,
    as_json: JsonOption = False,
) -> None:
    """Say what differs between two studies' inputs, and what that moved."""
    from sim.show.sentences import goal_name
    from sim.show.track.words import part_name
    from sim.study.kept.again import case_of
    from sim.study.kept.folder import open_study
    from sim.study.kept.together import inputs, moved
    from sim.track.telling import why_json, why_rows

    one, other = open_study(before), open_study(now)
    cases = case_of(one), case_of(other)
    found, (steps, counts) = inputs(one, other, cases), moved(one, other)
    whys = _whys((one, other), cases)
    if as_json:
        answer: dict[str, Any] = dict(zip(("both", "only_before", "only_now"), counts, strict=True))
        answer |= {"inputs": list(map(asdict, found)), "moved": list(map(asdict, steps))}
        print_json(answer | {"why": {id: why_json(why) for id, why in whys.items()}})
        return
    rows = [[each.what, each.before, each.now] for each in found]
    print_table([say("Made from"), say("Before"), say("Now")], rows, left=3)
    both, first, second = counts
    typer.echo(
        say(
            "{both} runs are in both, {first} only in the first, {second} only in the second.",
            both=both,
            first=first,
            second=second,
        )
    )
    head = [say("Scenario"), say("Moved"), say("Runs"), say("Mean"), say("Min"), say("Max")]
    sizes = [[*map(say.plain, (each.mean, each.least, each.most))] for each in steps]
    told = [[s.scenario, s.column, say.number(s.runs)] for s in steps]
    print_table(head, [[*a, *b] for a, b in zip(told, sizes, strict=True)], left=2)
    for id, why in whys.items():
        names = [goal_name(target, why.targets, say) for target in why.targets]
        told_why = why_rows(why, say, lambda part: part_name(part, cases[1], say))
        print_table([say("Why"), *names], told_why, left=1, title=id)


def _whys(folders: "tuple[Folder, Folder]", cases: "tuple[Case, Case]") -> "dict[str, Why]":
    """Return what each change did to the chances of the base scenarios that both have."""
    from sim.study.kept.again import study_of
    from sim.track.why import State, changes, why

    studies = [study_of(folder) for folder in folders]
    plans = [{scenario.id: scenario for scenario in study.scenarios} for study in studies]
    found = {}
    for id in (each for each in plans[0] if each in plans[1]):
        old, new = (
            State(case=case, targets=study.targets, plan=plan[id])
            for case, study, plan in zip(cases, studies, plans, strict=True)
        )
        luck = {"seed": studies[1].seed, "replicates": studies[1].replicates}
        if changes(old, new) > 1 and len(old.targets.targets) == len(new.targets.targets):
            with progress(say("Running scenarios"), changes(old, new)) as advance:
                found[id] = why(old, new, **luck, done=advance)
    return found


@command(example="ketnoi sensitivity study --target fibre_households --out findings")
def sensitivity(
    folder: StudyFolder,
    target: Annotated[
        list[str] | None,
        typer.Option(help=say("An indicator, all, or a numeric column; every one by default.")),
    ] = None,
    answer: Annotated[str, typer.Option(help=say("What to explain: chance or p50."))] = "chance",
    method: Annotated[
        str | None, typer.Option(help=say("sobol, morris or pawn; by default as fits the design."))
    ] = None,
    scenario: Annotated[
        str | None, typer.Option(help=say("Which base scenario; the first by default."))
    ] = None,
    fails_below: Below = None,
    out: Annotated[Path | None, typer.Option(help=say("Folder for tables and charts."))] = None,
    force: ForceOption = False,
) -> None:
    """Say which factor of a study moves each target's chance, and when it fails."""
    from sim.show.studies.findings import find
    from sim.show.studies.telling import asked_words, finding_files
    from sim.study.batch import read_columns, read_study
    from sim.writing import check_folder, write_folder

    if out is not None:
        check_folder(out, force=force)
    made = read_study(folder)
    findings = find(
        made,
        read_columns(folder),
        targets=target or (),
        answer=answer,
        method=method,
        scenario=scenario,
        fails_below=fails_below,
    )
    typer.echo(asked_words(findings[0].asked, say))
    for each in findings:
        _print_finding(each, made)
    if out is not None:
        write_folder(out, finding_files(findings, made, say), force=force)
        typer.echo(say("Tables and charts are in {folder}.", folder=out))


def _print_finding(finding: "Finding", made: dict[str, Any]) -> None:
    from sim.show.studies.telling import sentences

    if finding.indices:
        _print_indices(finding, made)
    for line in sentences(finding, made, say):
        typer.echo(line)


def _print_indices(finding: "Finding", made: dict[str, Any]) -> None:
    from sim.show.studies.findings import ranked
    from sim.show.studies.telling import called, index_name, written
    from sim.study.sensitivity import MEASURES

    head = [say("Factor"), say("Measure"), say("Index"), say("95% interval")]
    rows = [
        [
            index_name(index, made, say),
            say(MEASURES[index.measure]),
            written(index.value, say) + (" " + say("(noise)") if index.is_noise else ""),
            f"{written(index.low, say)} … {written(index.high, say)}",
        ]
        for index in ranked(finding)
        if not index.beside or index.low > 0 or index.high < 0  # a pair that luck tells from none
    ]
    print_table(head, rows, width=140, left=4, title=called(finding.target, say))


def _engine(workers: int | None, scheduler: str | None) -> "Engine":
    from sim.study.batch import dask, pool

    if scheduler is not None:
        return dask(scheduler)
    return pool(workers or os.cpu_count() or 1)


def _kept(tally: "Tally") -> str:
    words = [say("{kept} of {runs} runs are kept.", kept=tally.kept, runs=tally.runs)]
    if tally.failed:
        words.append(say("{count} of them failed; the table says why.", count=tally.failed))
    if tally.damaged:
        words.append(say("{count} were damaged.", count=tally.damaged))
    return " ".join(words)


@contextmanager
def _rate(total: int) -> Iterator[Callable[["Tally"], None]]:
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

    columns = (
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
        TextColumn("{task.fields[failed]}"),
    )
    bar = Progress(*columns, console=Console(stderr=True))
    first: list[int] = []

    def watch(tally: "Tally") -> None:
        first[:] = first or [tally.kept]
        task = bar.tasks[0]
        rate = (tally.kept - first[0]) / task.elapsed if task.elapsed else 0.0
        bar.update(
            job,
            completed=tally.kept,
            rate=say("{rate} runs/s", rate=say.number(rate, 1)),
            failed=say("{count} failed", count=tally.failed + tally.lost),
        )

    with bar:
        job = bar.add_task("", total=total, rate="", failed="")
        yield watch
