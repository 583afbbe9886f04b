"""Commands about the past: learn from a panel, play the past over again and score it."""

from pathlib import Path
from typing import Annotated

import typer

from sim.cli.terminal import (
    ForceOption,
    SeedOption,
    command,
    print_table,
    progress,
    say,
    whole,
)
from sim.faults import Fault, InputFaults, refuse, told
from sim.numbers import REPLICATES, SEED
from sim.shipped import case_folder
from sim.writing import check_file

ORIGINS = "2008,2011,2014,2017,2019"


@command(example="ketnoi fit --panel panel.csv --out fitted.json")
def fit(
    panel: Annotated[
        list[Path], typer.Option(help=say("Panel files: long CSV, or the World Bank's wide one."))
    ],
    out: Annotated[Path, typer.Option(help=say("File to write."))],
    earlier: Annotated[
        Path | None, typer.Option(help=say("An older edition, to measure revisions by."))
    ] = None,
    force: ForceOption = False,
) -> None:
    """Learn the forecasters' parameters from a country panel and write them."""
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
        str, typer.Option(help=say("Last years known, with commas between."))
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
    """Play the past over again and score it: a country panel, or a case."""
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
            told("an option that changes nothing here"),
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
    with progress(
        say("Playing the past over again"), len(countries.tables) * len(origins)
    ) as advance:
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
    with progress(say("Playing the past over again"), len(vintages(place))) as advance:
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
