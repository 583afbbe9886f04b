"""The command about a release: what moved since the last one."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sim.cli.terminal import (
    JsonOption,
    command,
    print_json,
    print_table,
    progress,
    say,
)
from sim.shipped import DEFAULT

if TYPE_CHECKING:
    from sim.ask.regress import Row


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
