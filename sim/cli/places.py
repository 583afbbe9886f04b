"""Commands about places: make a new one, see what it can answer, fill in its workbook."""

import re
from contextlib import suppress
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sim.cli.given import ours
from sim.cli.run import hint_at_notes
from sim.cli.terminal import ForceOption, JsonOption, command, print_json, print_table, say
from sim.faults import Fault, InputFaults, refuse, told
from sim.shipped import case_folder

if TYPE_CHECKING:
    from sim.place.case import Case


@command(example="ketnoi new laos --country LAO")
def new(
    folder: Annotated[Path, typer.Argument(help=say("The folder to make."))],
    country: Annotated[str, typer.Option(help=say("Three letters, such as LAO."))],
    panel: Annotated[
        list[Path] | None,
        typer.Option(
            help=say("Panel files: CSV of the World Bank (zip as it comes), of ITU, or long.")
        ),
    ] = None,
    people: Annotated[float | None, typer.Option(help=say("How many inhabitants."))] = None,
    money: Annotated[str, typer.Option(help=say("Its large unit, such as bn LAK."))] = "m USD",
    per_usd: Annotated[float, typer.Option(help=say("Units of the money for one dollar."))] = 1.0,
    vintage: Annotated[
        str, typer.Option(help=say("Only what was published by this day is used."))
    ] = "",
    workbook: Annotated[
        Path | None, typer.Option(help=say("Also write a workbook to fill in, an .xlsx."))
    ] = None,
    force: ForceOption = False,
) -> None:
    """Make the folder of a new place from a country panel; it runs at once."""
    from sim.begin.country import Country, folder_files, panel_of
    from sim.place.case import load_case
    from sim.writing import check_file, check_folder, write_folder

    check_folder(folder, force=force)
    if workbook:
        check_file(workbook, force=force, own=ours, option="--workbook")
    name = folder.resolve().name.lower()
    refuse(_new_faults(country, people, per_usd, name))
    day = _day(vintage)
    read, known = panel_of(panel or [])
    made = Country(code=country, people=people, currency=money, per_usd=per_usd, vintage=day)
    write_folder(folder, folder_files(made, read, known, name), force=force)
    place = load_case(folder)
    typer.echo(say("The place is in {folder}.", folder=folder))
    if workbook:
        _write_book(place, workbook)
    typer.echo(say("ketnoi readiness tells what it lacks."))


def _write_book(place: "Case", book: Path) -> None:
    from sim.begin.book import case_book, strangers
    from sim.writing import write_file

    write_file(book, case_book(place, say))
    typer.echo(say("The workbook is in {file}; ketnoi import reads it.", file=book))
    left = strangers(place)
    if left:
        typer.echo(say("Not in the workbook: {names}.", names=", ".join(left)))


def _new_faults(country: str, people: float | None, per_usd: float, name: str) -> list[Fault]:
    """Return what is wrong with the options of a new place, and with its folder's name."""
    command_ = "ketnoi new"
    faults = []
    if not re.fullmatch("[A-Z]{3}", country):
        faults.append(Fault(command_, "--country", country, told("three capital letters")))
    if people is not None and not 1 <= people <= 2e9:
        faults.append(Fault(command_, "--people", f"{people:g}", told("1 to 2 billion people")))
    if not 0 < per_usd <= 1e9:
        faults.append(Fault(command_, "--per-usd", f"{per_usd:g}", told("a rate above zero")))
    if not re.fullmatch("[a-z0-9-]{1,60}", name):
        wanted = told("a name of small letters, digits and dashes")
        faults.append(Fault(command_, "folder", name, wanted))
    return faults


def _day(text: str) -> date | None:
    """Return a day as it was typed, None where there is none."""
    with suppress(ValueError):
        return date.fromisoformat(text) if text else None
    raise InputFaults([Fault("ketnoi new", "--vintage", text, told("a date such as 2022-12-31"))])


@command(example="ketnoi readiness scenarios/vietnam-2022")
def readiness(
    case: Annotated[Path, typer.Argument(help=say("The case folder."))],
    as_json: JsonOption = False,
) -> None:
    """Say what a place can answer, and which figures it needs for the rest."""
    from sim.begin.readiness import readiness as ready
    from sim.place.case import load_case

    place = load_case(case_folder(case))
    borrowed, every = len(place.borrowed), len(place.assumptions)
    answers = list(ready(place))
    if as_json:
        rows = [{**asdict(answer), "wanted": str(answer.wanted)} for answer in answers]
        print_json({"indicators": rows, "borrowed": sorted(place.borrowed), "assumptions": every})
        return
    head = [say("Indicator"), say("Answered"), say("Figures"), say("What is needed")]
    cells = [
        [
            say.indicator(answer.indicator),
            say("yes") if answer.given else say("no"),
            str(answer.figures),
            say.told(answer.wanted),
        ]
        for answer in answers
    ]
    print_table(head, cells, left=4, title=say.named(place.head.name.model_dump()))
    typer.echo(say("Assumptions borrowed: {count} of {every}.", count=borrowed, every=every))


@command(example="ketnoi workbook scenarios/vietnam-2026 vietnam.xlsx")
def workbook(
    case: Annotated[Path, typer.Argument(help=say("The case folder."))],
    book: Annotated[Path, typer.Argument(help=say("The workbook to write, an .xlsx."))],
    force: Annotated[bool, typer.Option("--force", help=say("Replace the file."))] = False,
) -> None:
    """Write a place as a workbook to fill in: areas, figures, targets, assumptions in cells."""
    from sim.place.case import load_case
    from sim.writing import check_file

    check_file(book, force=force, own=ours, option="BOOK")
    _write_book(load_case(case_folder(case)), book)


@command("import", example="ketnoi import vietnam.xlsx my-vietnam")
def import_(
    book: Annotated[Path, typer.Argument(help=say("A workbook that ketnoi made, filled in."))],
    folder: Annotated[Path, typer.Argument(help=say("The folder to make."))],
    force: ForceOption = False,
) -> None:
    """Make the folder of a place from its workbook, or list every cell that needs fixing."""
    from sim.begin.filled import read_book
    from sim.place.case import load_case
    from sim.reading import read_bytes
    from sim.writing import check_folder, write_folder

    check_folder(folder, force=force)
    files, notes = read_book(read_bytes(book), file=str(book))
    write_folder(folder, files.items(), force=force)
    for note in notes:
        typer.echo(say.note(note))
    hint_at_notes(load_case(folder))
    typer.echo(say("The place is in {folder}.", folder=folder))
    typer.echo(say("ketnoi readiness tells what it lacks."))
