"""Commands that ask: backwards, where to start, what to count next, and how many to ask."""

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
from sim.faults import Fault, InputFaults, one_of, refuse, shown, told
from sim.months import month_end
from sim.numbers import REPLICATES, SEED

if TYPE_CHECKING:
    from sim.ask.answers import Question
    from sim.place.scenario import Scenario
    from sim.rank.criteria import Criterion
    from sim.seek.wish import Wish
    from sim.show.figures import Next

PARTS = 8  # of an answer, for the bar


@command(example="ketnoi ask --target mobile_broadband --chance 0.6 --free switch_off_2g,training")
def ask(
    plan: Annotated[
        Path | None, typer.Argument(help=say("The plan to start from; the baseline by default."))
    ] = None,
    case: OwnCaseOption = None,
    targets: TargetsOption = None,
    facts: FactsOption = None,
    target: Annotated[
        str, typer.Option(help=say("The indicator asked about, or all together."))
    ] = "all",
    chance: Annotated[
        float | None, typer.Option(help=say("The chance wanted; 0.8 by default."))
    ] = None,
    least: Annotated[
        str | None, typer.Option(help=say("What to minimise: money or month."))
    ] = None,
    most: Annotated[
        str | None, typer.Option(help=say("What to maximise with --money: chance."))
    ] = None,
    money: Annotated[
        float | None, typer.Option(help=say("The sum that --most chance may spend."))
    ] = None,
    free: Annotated[
        str | None,
        typer.Option(
            help=say("Levers that may move, separated by commas; every budget by default.")
        ),
    ] = None,
    cap: Annotated[
        float | None, typer.Option(help=say("The most public money that may be spent."))
    ] = None,
    by: Annotated[
        str | None, typer.Option(help=say("Month by which it is wanted, such as 2022-12."))
    ] = None,
    replicates: ReplicatesOption = REPLICATES,
    seed: SeedOption = SEED,
    out: Annotated[
        Path | None, typer.Option(help=say("Folder for the answer, its plans and the stamp."))
    ] = None,
    force: ForceOption = False,
) -> None:
    """Ask backwards: what a chance takes, when it can be reached, the best use of a sum."""
    from sim.ask.answers import Question
    from sim.paper.folders import ask_files
    from sim.seek.ask import ask as answer
    from sim.seek.telling import head, rows, sentences
    from sim.show.figures import Shown
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
        shown = Shown(question=question, say=say, reply=reply)
        write_folder(out, ask_files(shown), force=force)
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
        yield Fault("ketnoi ask", name, told("options for two questions"), wanted)


def _month(given: str | None) -> date | None:
    found = re.fullmatch(r"([0-9]{4})-(0[1-9]|1[0-2])", given or "", re.ASCII)
    return month_end(int(found[1]), int(found[2])) if found and int(found[1]) else None


@command(example="ketnoi rank --case scenarios/vinh-phuc-2022 --top 3 --floor 0.6")
def rank(
    plan: Annotated[
        Path | None, typer.Argument(help=say("The plan in force; the baseline by default."))
    ] = None,
    case: OwnCaseOption = None,
    criteria: Annotated[
        Path | None,
        typer.Option(help=say("Criteria with their direction and weights: a CSV or TOML file.")),
    ] = None,
    top: Annotated[
        int | None,
        whole_option(say("How many areas come first; by default a third, ten at most."), 0, 10_000),
    ] = None,
    floor: Annotated[
        float | None, typer.Option(help=say("A share below which no area may stay, such as 0.6."))
    ] = None,
    leverage: Annotated[
        bool, typer.Option(help=say("Measure leverage, which takes one run per area."))
    ] = True,
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
    """Say where to start: need, leverage and doubt of every area, and how sure its rank is."""
    from sim.ask.answers import Question
    from sim.rank import telling
    from sim.rank.start import where_to_start
    from sim.writing import check_folder

    if out is not None:
        check_folder(out, force=force)
    place, plans = case_and_scenarios(case, [plan] if plan else [], facts)
    wanted, chosen = target_set(place, targets), plans[0] if plan else place.baseline
    asked = Question(case=place, targets=wanted, seed=seed, replicates=replicates)
    given = _criteria(asked, criteria, top, floor)
    with progress(say("Running scenarios"), 1 + leverage * len(place.areas)) as advance:
        found = where_to_start(
            asked, chosen, criteria=given, top=top, floor=floor, moved=leverage, done=advance
        )
    if as_json:
        print_json(telling.as_json(found))
    else:
        typer.echo("\n".join(telling.sentences(found, say)))
        print_table(telling.head(found, say), telling.rows(found, say), left=2)
    print_next(asked, found, out, force=force, quiet=as_json)


def _criteria(
    asked: "Question", file: Path | None, top: int | None, floor: float | None
) -> tuple["Criterion", ...]:
    """Return the criteria of a file; raises `InputFaults` with these and the options' faults."""
    from sim.rank.criteria import load_criteria
    from sim.rank.start import asked_faults

    faults = asked_faults(asked, top, floor)
    try:
        found = () if file is None else load_criteria(asked, file)
    except InputFaults as error:
        raise InputFaults([*faults, *error.faults]) from None
    refuse(faults)
    return found


def print_next(
    asked: "Question", found: "Next", out: Path | None, *, force: bool, quiet: bool
) -> None:
    """Write the folder of what is to be done next, where one is asked for, and say so."""
    from sim.paper.folders import next_files
    from sim.show.figures import Shown
    from sim.writing import write_folder

    if out is None:
        return
    write_folder(out, next_files(Shown(question=asked, say=say, next=found)), force=force)
    if not quiet:
        typer.echo(say("Tables and charts are in {folder}.", folder=out))


@command(example="ketnoi worth --case scenarios/vietnam-2022 --survey fibre_willing=400")
def worth(
    scenarios: ScenarioFiles = None,
    case: OwnCaseOption = None,
    survey: Annotated[
        str | None,
        typer.Option(
            help=say("A share and how many people would be asked, such as fibre_willing=400.")
        ),
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
    """Say what to count next: what knowing it would add to the choice among plans."""
    from sim.ask.answers import Question
    from sim.worth import telling
    from sim.worth.count import what_to_count
    from sim.writing import check_folder

    if out is not None:
        check_folder(out, force=force)
    place, plans = case_and_scenarios(case, scenarios or [], facts)
    wanted = target_set(place, targets)
    asked = Question(case=place, targets=wanted, seed=seed, replicates=replicates)
    with progress(say("Running scenarios"), len(plans)) as advance:
        found = what_to_count(asked, plans, survey=_survey(survey), done=advance)
    if as_json:
        print_json(telling.as_json(found))
    else:
        typer.echo("\n".join(telling.sentences(found, say)))
        print_table(telling.head(say), telling.rows(found, say), left=1, widest=70)
    print_next(asked, found, out, force=force, quiet=as_json)


def _survey(given: str | None) -> tuple[str, int] | None:
    """Return a survey as it is given: a quantity, and how many are asked about it."""
    if given is None:
        return None
    name, _, people = given.partition("=")
    if not people.isascii() or not people.isdigit() or len(people) > 9:
        wanted = told("a share and how many people are asked, such as fibre_willing=400")
        raise InputFaults([Fault("ketnoi worth", "--survey", shown(given), wanted)])
    return name, int(people)


@command(example="ketnoi survey --population 12000 --icc 0.05 --cost-cluster 10 --cost-person 1")
def survey(
    population: Annotated[int, whole_option(say("The size of the population."), 0, 2_000_000_000)],
    share: Annotated[float, typer.Option(help=say("Their share, as estimated now."))] = 0.5,
    margin: Annotated[float, typer.Option(help=say("Margin of error, as a share."))] = 0.05,
    level: Annotated[float, typer.Option(help=say("The confidence level of that margin."))] = 0.95,
    sample: Annotated[
        int | None, typer.Option(help=say("How many can be asked, instead of a margin."))
    ] = None,
    icc: Annotated[float, typer.Option(help=say("Correlation within a cluster, 0 to 1."))] = 0.0,
    each: Annotated[
        int | None, typer.Option(help=say("People per cluster; from the costs by default."))
    ] = None,
    cost_cluster: Annotated[
        float, typer.Option(help=say("Cost of going to one more cluster."))
    ] = 0.0,
    cost_person: Annotated[
        float, typer.Option(help=say("Cost of asking one more person there."))
    ] = 0.0,
    low: Annotated[
        float | None, typer.Option(help=say("Share up to which a district counts as low."))
    ] = None,
    high: Annotated[
        float | None, typer.Option(help=say("Share from which a district counts as high."))
    ] = None,
    risk: Annotated[float, typer.Option(help=say("The risk of misclassifying a district."))] = 0.1,
    as_json: JsonOption = False,
) -> None:
    """Say how many to ask, in which clusters, and how a small sample classifies a district.

    What a survey would add to a choice among plans is shown by ketnoi worth.
    """
    from dataclasses import asdict

    from sim.worth.survey import Design, card
    from sim.worth.telling import card_rows

    design = Design(
        population=population,
        share=share,
        margin=margin,
        level=level,
        sample=sample,
        icc=icc,
        each=each,
        cost_cluster=cost_cluster,
        cost_person=cost_person,
        low=low,
        high=high,
        risk=risk,
    )
    found = card(design)
    if as_json:
        print_json(asdict(found))
    else:
        print_table([say("Survey"), ""], card_rows(found, say))
        typer.echo(
            say("It changes a chance only if a target depends on it: see ketnoi worth --survey.")
        )
