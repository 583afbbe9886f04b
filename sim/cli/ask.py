"""The command that asks backwards: what it takes, what a sum is best used for, and when."""

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from sim.cli.given import case_and_scenarios, target_set
from sim.cli.terminal import (
    FactsOption,
    ForceOption,
    OwnCaseOption,
    ReplicatesOption,
    SeedOption,
    TargetsOption,
    command,
    print_table,
    progress,
    say,
)
from sim.faults import Fault, InputFaults, one_of, refuse, shown, told
from sim.months import month_end
from sim.numbers import REPLICATES, SEED

if TYPE_CHECKING:
    from sim.ask.answers import Question
    from sim.place.scenario import Scenario
    from sim.seek.wish import Wish

PARTS = 8  # of an answer, for the bar


@command(example="ketnoi ask --target mobile_broadband --chance 0.6 --free switch_off_2g,training")
def ask(
    plan: Annotated[
        Path | None, typer.Argument(help=say("The plan that stands; the baseline if none."))
    ] = None,
    case: OwnCaseOption = None,
    targets: TargetsOption = None,
    facts: FactsOption = None,
    target: Annotated[
        str, typer.Option(help=say("The indicator asked about, or all together."))
    ] = "all",
    chance: Annotated[
        float | None, typer.Option(help=say("The chance asked for; 0.8 if none is named."))
    ] = None,
    least: Annotated[
        str | None, typer.Option(help=say("What is wanted least: money or month."))
    ] = None,
    most: Annotated[
        str | None, typer.Option(help=say("What is wanted most for --money: chance."))
    ] = None,
    money: Annotated[
        float | None, typer.Option(help=say("The sum that --most chance may spend."))
    ] = None,
    free: Annotated[
        str | None,
        typer.Option(help=say("Levers that may move, with commas; every budget if none.")),
    ] = None,
    cap: Annotated[
        float | None, typer.Option(help=say("Public money that may be spent at most."))
    ] = None,
    by: Annotated[
        str | None, typer.Option(help=say("Month by which it is asked for, such as 2022-12."))
    ] = None,
    replicates: ReplicatesOption = REPLICATES,
    seed: SeedOption = SEED,
    out: Annotated[
        Path | None, typer.Option(help=say("Folder for the answer, its plans and the stamp."))
    ] = None,
    force: ForceOption = False,
) -> None:
    """Ask backwards: what a chance takes, when it can be had, the best use of a sum."""
    from sim.ask.answers import Question
    from sim.seek.ask import ask as answer
    from sim.seek.telling import files, head, rows, sentences
    from sim.writing import check_folder, write_folder

    if out is not None:
        check_folder(out, force=force)
    given = _Given(chance, least, most, money, free, cap, by)
    place, plans = case_and_scenarios(case, [plan] if plan else [], facts)
    question = Question(
        case=place, targets=target_set(place, targets), seed=seed, replicates=replicates
    )
    wish = _wish(question, plans[0] if plan else place.baseline, target, given)
    with progress(say("Asking backwards"), PARTS) as advance:
        reply = answer(wish, advance)
    words = say.at(place.head.currency)
    typer.echo("\n".join(sentences(reply, words)))
    print_table(head(words), rows(reply, words), left=2)
    if out is not None:
        write_folder(out, files(reply, words), force=force)
        typer.echo(say("The answer and its plans are in {folder}.", folder=out))


class _Given(NamedTuple):
    """What the command line says of a wish, as it was given."""

    chance: float | None
    least: str | None
    most: str | None
    money: float | None
    free: str | None
    cap: float | None
    by: str | None


def _wish(question: "Question", plan: "Scenario", target: str, given: _Given) -> "Wish":
    """Return the wish of a command line; raises `InputFaults` with every fault."""
    from sim.seek.wish import build_wish

    faults = list(_faults(given))
    free = None if given.free is None else [name.strip() for name in given.free.split(",")]
    try:
        wish = build_wish(
            question,
            plan,
            target=target,
            chance=given.chance,
            free=None if free is None else [name for name in free if name],
            sought="chance" if given.most else "month" if given.least == "month" else "money",
            cap=given.money if given.most else given.cap,
            by=_month(given.by),
        )
    except InputFaults as error:
        raise InputFaults([*faults, *error.faults]) from None
    refuse(faults)
    return wish


def _faults(given: _Given) -> Iterator[Fault]:
    """Yield words that are no option's, and options that do not go together."""
    if given.least not in (None, "money", "month"):
        yield Fault("ketnoi ask", "--least", shown(given.least), one_of(["money", "month"]))
    if given.most not in (None, "chance"):
        yield Fault("ketnoi ask", "--most", shown(given.most), one_of(["chance"]))
    if given.by is not None and _month(given.by) is None:
        yield Fault("ketnoi ask", "--by", shown(given.by), told("a month such as 2022-12"))
    if given.most and given.money is None:
        yield Fault("ketnoi ask", "--money", told("nothing"), told("the sum for --most chance"))
    beside = {"--least": given.least, "--chance": given.chance, "--cap": given.cap}
    alone = [name for name, value in beside.items() if given.most and value is not None]
    if given.money is not None and not given.most:
        alone.append("--money")
    for name in alone:
        wanted = told("--most chance with --money, or --least with --chance and --cap")
        yield Fault("ketnoi ask", name, told("options of two questions"), wanted)


def _month(given: str | None) -> date | None:
    found = re.fullmatch(r"([0-9]{4})-(0[1-9]|1[0-2])", given or "", re.ASCII)
    return month_end(int(found[1]), int(found[2])) if found and int(found[1]) else None
