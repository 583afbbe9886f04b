"""The answers in sentences, on cards and in tables of words: what a reader is told."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import hypot
from typing import Any, Literal

from sim.ask.answers import Difference
from sim.ask.hindsight import (
    METHODS,
    NATION,
    Hindcast,
    Promise,
    Score,
    brier,
    inside,
    scores,
    too_narrow,
)
from sim.ask.summary import Summary
from sim.ask.trials import BUILT_BY, acts_on, moved_by
from sim.files.tables import Cell, Table
from sim.months import month_of
from sim.place.case import Case
from sim.place.facts import Facts
from sim.place.levers import budgets as budget_names
from sim.place.levers import label, lever_value
from sim.place.scenario import Scenario
from sim.place.targets import Judgement, Target, TargetSet, Verdict, surely
from sim.show import luck
from sim.words import RARE, Words

REASONS: Mapping[str, str] = {
    "permit": "Permit",
    "money": "Money",
    "power": "Power",
    "crew": "A crew",
    "works": "Works and equipment",
}
JOBS: Mapping[str, str] = {
    "village_sites": "villages without signal",
    "fibre_build": "packages of homes (a twelfth of what an area lacks)",
}


def own_facts(facts: Facts, say: Words) -> str:
    """Return what of an answer rests on facts of one's own."""
    words = {
        "figures": (say("1 figure"), say("{count} figures")),
        "assumptions": (say("1 assumption"), say("{count} assumptions")),
        "targets": (say("1 target"), say("{count} targets")),
    }
    told = [
        words[name][count > 1].format(count=say.number(count))
        for name, count in facts.counts.items()
        if count
    ]
    list_ = ", ".join(told) or say("a later day")
    own = say("Rests on the planner's own facts: {list}.", list=list_)
    day = facts.entries.vintage
    return own if day is None else own + " " + say("As of {day}.", day=say.day(day))


def goal_name(target: Target, among: Sequence[Target], say: Words) -> str:
    """Return what a target asks for, with its month where others ask for that as well."""
    several = sum(each.indicator == target.indicator for each in among) > 1
    name = say.indicator(target.indicator)
    return f"{name} ({say.month(target.deadline)})" if several else name


def missed_most(judged: Judgement, say: Words, none: str = "–") -> str:
    """Return the target that is missed most often, in words; another word if none is."""
    return goal_name(judged.binding, judged.targets, say) if judged.binding else none


def headline(judged: Judgement, targets: TargetSet, say: Words) -> str:
    """Return the answer to "are we going to make it?" in one sentence."""
    chance = judged.chance_all
    scale = (
        (0.9, say("Very likely")),
        (2 / 3, say("Likely")),
        (0.55, say("More likely than not")),
        (0.45, say("As likely as not")),
        (1 / 3, say("Less likely than not")),
        (0.1, say("Unlikely")),
        (0.0, say("Very unlikely")),
    )
    word = next(word for least, word in scale if chance >= least)
    told = {
        "likely": word,
        "count": len(targets.targets),
        "day": say.day(targets.last_deadline),
        "chance": luck.chance(chance, judged.bounds_all, say),
    }
    if len(targets.targets) == 1:
        return say("{likely}: the chance of meeting the target by {day} is {chance}.", **told)
    text = say("{likely}: the chance of meeting all {count} targets by {day} is {chance}.", **told)
    if judged.binding is None or chance > 1 - RARE:
        return text
    return text + " " + say("Missed most often: {indicator}.", indicator=missed_most(judged, say))


def beyond(case: Case, scenario: Scenario, say: Words) -> list[str]:
    """Return for each lever beyond the evidence what was set, what is supported, by whom."""
    levers = [case.levers[name] for name in scenario.unsupported(case.levers)]
    return [
        say(
            "{lever}: {value} is beyond {supported}, the most the evidence supports ({source}).",
            lever=say(lever.label),
            value=lever_value(lever, scenario.levers[lever.name], say),
            supported=lever_value(lever, lever.supported or 0, say)
            + ("" if lever.whole or lever.kind == "share" else f" {say(lever.unit)}"),
            source=lever.evidence(say.language),
        )
        for lever in levers
    ]


def lever_words(case: Case, scenario: Scenario, base: Scenario, say: Words) -> str:
    """Return the levers a scenario sets otherwise than another, with both values."""
    return "; ".join(
        say(
            "{lever} {value} (baseline {base})",
            lever=say(lever.label),
            value=lever_value(lever, scenario.levers[name], say),
            base=lever_value(lever, base.levers[name], say),
        )
        for name, lever in case.levers.items()
        if scenario.levers[name] != base.levers[name]
    )


def moved_words(case: Case, scenario: Scenario, start: Scenario, say: Words) -> str:
    """Return which levers were moved from a scenario as it is saved, from where to where."""
    return "; ".join(
        f"{say(lever.label)} {lever_value(lever, start.levers[name], say)} → "
        + lever_value(lever, scenario.levers[name], say)
        for name, lever in case.levers.items()
        if scenario.levers[name] != start.levers[name]
    )


def budgets(case: Case, scenario: Scenario) -> dict[str, float]:
    """Return the yearly budgets of a scenario by programme, in the large money unit."""
    return {name: scenario.value(name) for name in budget_names(case.levers)}


def yearly(case: Case, scenario: Scenario) -> float:
    """Return the public money of a scenario a year once every budget has begun, {bn}."""
    return sum(budgets(case, scenario).values())


def money_words(case: Case, scenario: Scenario, say: Words) -> tuple[str, str, str]:
    """Return the yearly money, its difference to baseline, and its parts, the largest first."""
    say = say.at(case.head.currency)
    total, own = yearly(case, scenario), budgets(case, scenario)
    more = round(total - yearly(case, case.baseline), 2)
    ranked = sorted((name for name in own if own[name] > 0), key=lambda name: -own[name])
    parts = [f"{say(label(name))} {say.percent(own[name] / total, 0)}" for name in ranked]
    return (
        say("{sum} {bn}", sum=say.plain(round(total, 2))),
        _on_baseline(more, say.plain(abs(more)), say),
        " · ".join(parts) or say("This scenario spends no public money."),
    )


def _on_baseline(more: float, sum: str, say: Words) -> str:
    """Return how much more a scenario costs than baseline, in words."""
    if not more:
        return say("the same as baseline")
    return say("{sum} on baseline", sum=("−" if more < 0 else "+") + sum)


def leader(summaries: Sequence[Summary], say: Words) -> str:
    """Return in one sentence which of several scenarios is most likely to meet all targets."""
    told = max((plan.judgement for plan in summaries), key=lambda judged: judged.chance_all)
    alike = [
        plan
        for plan in summaries
        if told.chance_all - plan.judgement.chance_all
        <= 2 * hypot(told.chance_all_error, plan.judgement.chance_all_error)
    ]
    chance = luck.chance(told.chance_all, told.bounds_all, say)
    if len(alike) == len(summaries):
        return say(
            "All together: no scenario is clearly ahead of the others; at best {chance}.",
            chance=chance,
        )
    names = say(" or ").join(say.named(plan.scenario.name) for plan in alike)
    if told.chance_all < 0.5:
        return say(
            "No scenario makes all targets likely; closest: {names} ({chance}).",
            names=names,
            chance=chance,
        )
    return say("All together, the best is {names}: {chance}.", names=names, chance=chance)


def levers_beside(
    case: Case, summaries: Sequence[Summary], targets: TargetSet, say: Words
) -> tuple[list[str], list[list[str]]]:
    """Return the levers that scenarios set differently and their money, a column a scenario."""
    say = say.at(case.head.currency)
    plans = [summary.scenario for summary in summaries]
    rows = []
    for name, lever in case.levers.items():
        values = [plan.levers[name] for plan in plans]
        if len(set(values)) > 1:
            unit = f", {say(lever.unit)}" if lever.kind in ("budget", "ratio") else ""
            rows.append([say(lever.label) + unit, *(lever_value(lever, v, say) for v in values)])
    year = [say.plain(round(yearly(case, plan), 2)) for plan in plans]
    rows.append([say("Public money a year") + ", " + say("{bn}"), *year])
    day = say.day(targets.last_deadline)
    spent = [say.amount(summary.cost) for summary in summaries]
    rows.append([say("Spent by {day}, {bn}", day=day), *spent])
    return [say("Lever"), *(say.named(plan.name) for plan in plans)], rows


def spent_words(summary: Summary, ground: Summary, targets: TargetSet, say: Words) -> str:
    """Say what is spent by the last deadline, and why that is not the yearly sum times years."""
    more = round(summary.cost) - round(ground.cost)
    return say(
        "Spent by {day}: {sum} {bn} ({more}). Yearly sums are budgets from when they begin; less "
        "is spent where money arrives late or waits for what it is to build.",
        day=say.day(targets.last_deadline),
        sum=say.amount(summary.cost),
        more=_on_baseline(more, say.number(abs(more)), say),
    )


def difference_table(found: Sequence[Difference], base: Scenario, what: str, say: Words) -> Table:
    """Return differences in words, one row a scenario and target.

    A price stands where one lever moved; of several, nobody knows what each has bought.

    Args:
        found: the differences; where they are of one target, no column names it.
        base: the scenario they are set against.
        what: the scenarios are called, as a heading.
        say: the language.
    """
    priced = any(_one_moved(each.scenario, base) for each in found)
    among = list(dict.fromkeys(each.target for each in found))
    many = len(among) > 1
    head = [
        what,
        *([say("Target")] if many else []),
        say("points more"),
        say("90% range"),
        say("chance, points"),
        say("extra money, {bn}"),
        *([say("{bn} per point")] if priced else []),
    ]
    rows: list[list[Cell]] = []
    for each in found:
        name = each.target.indicator
        goal = (
            f"{goal_name(each.target, among, say)} ≥\N{NO-BREAK SPACE}"
            f"{say.goal(name, each.target.at_least)}"
        )
        price = _price(each, say) if _one_moved(each.scenario, base) else "–"
        rows.append(
            [
                say.named(each.scenario.name),
                *([goal] if many else []),
                say.points(name, 100 * each.p50),
                f"{say.points(name, 100 * each.p05)} … {say.points(name, 100 * each.p95)}",
                luck.gained(each, say),
                say.number(each.extra),
                *([price] if priced else []),
            ]
        )
    return head, rows


def _one_moved(scenario: Scenario, base: Scenario) -> bool:
    return sum(base.levers[name] != value for name, value in scenario.levers.items()) == 1


def _price(each: Difference, say: Words) -> str:
    if each.per_point is None:
        return say("no price: nothing gained") if each.extra > 0 else say("no extra money")
    low = say.number(each.per_point_low) if each.per_point_low is not None else ""
    if each.per_point_high is None:
        return say("{price} ({low} or more)", price=say.number(each.per_point), low=low)
    return f"{say.number(each.per_point)} ({low}–{say.number(each.per_point_high)})"


def still_words(
    case: Case, summary: Summary, still: Sequence[Scenario], target: Target, say: Words
) -> list[str]:
    """Return which trials cannot move a target: not at all, or not by its day, and what binds."""
    found: dict[bool, list[str]] = {}
    for trial in still:
        lever = moved_by(case, summary.scenario, trial)
        found.setdefault(acts_on(lever, target.indicator), []).append(say.named(trial.name))
    words = []
    if True in found:
        late, day = "; ".join(found[True]), say.day(target.deadline)
        words = [say("These change nothing by {day}: {names}.", day=day, names=late)]
        words.append(binds(summary, target, say))
    if False in found:
        words.append(say("These do not act on it: {names}.", names="; ".join(found[False])))
    return words


def binds(summary: Summary, target: Target, say: Words) -> str:
    """Say what holds an indicator back on a target's day: what building waits for, or demand."""
    programme = BUILT_BY.get(target.indicator)
    at = month_of(summary.months, target.deadline)
    rows = summary.waiting[programme] if programme else {}
    jobs = {reason: float(row[at]) for reason, row in rows.items()}
    total = sum(jobs.values())
    if programme is None or total < 0.5:
        return say("Take-up decides this target: nothing is waiting to be built.")
    most = max(jobs, key=lambda reason: jobs[reason])
    return say(
        "Building decides this target: {count} {jobs} are not done; the largest share is waiting "
        "for: {reason} ({share}).",
        count=say.number(total),
        jobs=say(JOBS[programme]),
        reason=say(REASONS[most]).lower(),
        share=say.percent(jobs[most] / total, 0),
    )


def held_back(summary: Summary, say: Words) -> list[str]:
    """Say of which indicators the baseline's path was held back, and how often: 0.5 % or more."""
    return [
        say.paragraph("trust#held", indicator=say.indicator(name), share=say.percent(share, 0))
        for name, share in summary.held.items()
        if share >= 0.005
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A verdict in the few words that fit on a card.

    Attributes:
        level: what is expected, or of all together which target is missed most often.
        gap, passing: how far and when; empty for all together.
        arrow: which way the change points; none where it is within its own error.
        beside: another chance, told beside this one; empty for none.
        record: how far off its kind of forecast has been; empty where nothing came later.
    """

    title: str
    chance: str
    change: str | None
    colour: Literal["normal", "inverse", "off"]
    arrow: Literal["up", "down", "off"]
    level: str
    gap: str = ""
    passing: str = ""
    beside: str = ""
    record: str = ""

    @property
    def lines(self) -> list[str]:
        """What is written below the chance, line by line."""
        every = (self.level, self.gap, self.passing, self.beside, self.record)
        return [line for line in every if line]


def card(
    verdict: Verdict | Judgement,
    among: Sequence[Target],
    say: Words,
    came: Sequence[Hindcast] = (),
) -> Card:
    """Return the card of one target among several, or of all together.

    Args:
        verdict: what the draws say.
        among: all targets that are told of.
        say: the language.
        came: what was forecast of figures that were published later, of any indicator.
    """
    if isinstance(verdict, Judgement):
        binding = missed_most(verdict, say, say("none"))
        return Card(
            title=say("All together"),
            chance=say.chance(verdict.chance_all, verdict.bounds_all),
            change=_change(verdict.chance_all_change, verdict.chance_all_change_error, say),
            **_turn(verdict.chance_all_change, verdict.chance_all_change_error),
            level=say("missed most often: {indicator}", indicator=binding),
            beside=say(
                "if targets were independent: {chance}",
                chance=say.chance(verdict.chance_if_independent, verdict.bounds_if_independent),
            ),
        )
    name, goal = verdict.target.indicator, verdict.target.at_least
    return Card(
        title=f"{goal_name(verdict.target, among, say)} ≥\N{NO-BREAK SPACE}{say.goal(name, goal)}",
        chance=say.chance(verdict.chance, verdict.bounds),
        change=_change(verdict.chance_change, verdict.chance_change_error, say),
        **_turn(verdict.chance_change, verdict.chance_change_error),
        level=say(
            "median {level}, 90% range {range}",
            level=say.level(name, verdict.p50),
            range=say.between(name, verdict.p05, verdict.p95),
        ),
        gap=how_far(verdict, gap_digits(verdict.target), say),
        passing=_passing(verdict, say),
        beside=_beside(verdict, say),
        record=_record([each for each in came if each.indicator == name], say),
    )


def _record(came: Sequence[Hindcast], say: Words) -> str:
    """Say how many later figures lay within the range, and what follows where too few did."""
    if not came:
        return ""
    told = say(
        "of {count} figures published since, {inside} lay within the 90% range",
        count=len(came),
        inside=inside(came),
    )
    return f"{told}. {say.paragraph('trust#narrow')}" if too_narrow(came) else told


def _beside(verdict: Verdict, say: Words) -> str:
    """Say the chance of the indicator that is told beside the target's, if there is one."""
    if verdict.chance_beside is None:
        return ""
    chance = say.chance(verdict.chance_beside, verdict.bounds_beside)
    return say("on the last known list: {chance}", chance=chance)


def _change(difference: float, error: float, say: Words) -> str | None:
    if abs(difference) < 0.0005:
        return None
    return say("{points} points on baseline", points=luck.points(difference, error, say))


def _turn(difference: float, error: float) -> dict[str, Any]:
    """Return colour and arrow of a change: grey and none within its own error.

    The page takes a change for good if its words do not begin with a hyphen, as ours never do.
    """
    if not surely(difference, error):
        return {"colour": "off", "arrow": "off"}
    better = difference > 0
    return {"colour": "normal" if better else "inverse", "arrow": "up" if better else "down"}


def gap_digits(target: Target) -> int:
    """Return the digits in which points short of a target are told; all of a whole need two."""
    return 2 if target.at_least == 1 else 1


def how_far(verdict: Verdict, digits: int, say: Words) -> str:
    """Return how far the median is from its target, in points of so many digits."""
    points = abs(100 * verdict.gap_p50)
    if points < 1e-9:
        return say("just reached")
    told, least = say.number(points, digits), 10.0**-digits
    if points < least / 2:  # told in these digits it would be nought
        told = say("less than {number}", number=say.number(least, digits))
    if verdict.gap_p50 > 0:
        return say("{points} points short", points=told)
    return say("{points} points to spare", points=told)


def _passing(verdict: Verdict, say: Words) -> str:
    day = verdict.month_passed_p50
    if day is None:
        return say("not reached within the run in most draws")
    return say("reached in {month} in half of the draws", month=say.month(day))


def verdict_head(targets: TargetSet, say: Words) -> list[str]:
    """Return the headings of the verdict table."""
    goals = [
        f"{goal_name(each, targets.targets, say)} ≥\N{NO-BREAK SPACE}"
        f"{say.goal(each.indicator, each.at_least)}"
        for each in targets.targets
    ]
    return [say("Scenario"), *goals, say("All together"), say("Binds"), say("Cost, {bn}")]


def verdict_cells(summary: Summary, say: Words) -> list[str]:
    """Return a scenario's row of the verdict table, as text."""
    judged = summary.judgement
    cells = [
        f"{say.chance(v.chance, v.bounds)}\n{say.level(v.target.indicator, v.p50)} "
        f"({say.between(v.target.indicator, v.p05, v.p95)})"
        for v in judged.verdicts
    ]
    every = say.chance(judged.chance_all, judged.bounds_all)
    cost = say.amount(summary.cost)
    return [say.named(summary.scenario.name), *cells, every, missed_most(judged, say), cost]


METHOD_NAMES = {
    "ketnoi": "ketnoi",
    "naive": "No change",
    "drift": "Straight line",
    "damped_ets": "Damped ETS",
    "bass": "Bass curve",
    NATION: "As the nation",
}


@dataclass(frozen=True, slots=True)
class PastTable:
    """A table of past forecasts as text; its first `left` columns are words."""

    title: str
    head: list[str]
    cells: list[list[str]]
    left: int = 2


def past_tables(
    hindcasts: Sequence[Hindcast], promises: Sequence[Promise], say: Words
) -> list[PastTable]:
    """Return the tables of past forecasts, those without a row left out; errors in points."""
    every = scores(hindcasts)
    whole, apart = ([s for s in every if s.by_area == by_area] for by_area in (False, True))
    tables = [
        PastTable(say("Errors, beside those of simpler methods"), *_errors(whole, METHODS, say)),
        PastTable(say("What the ranges held"), *_ranges(whole, say)),
        PastTable(say("Single areas: errors"), *_errors(apart, ("ketnoi", NATION), say)),
        PastTable(say("Single areas: what the ranges held"), *_ranges(apart, say)),
        PastTable(
            say("A lever pulled later, as if known beforehand"), *_pulled(hindcasts, say), left=4
        ),
        PastTable(say("Chances given to targets"), *_chances(promises, say), left=1),
    ]
    return [each for each in tables if each.cells]


Cells = tuple[list[str], list[list[str]]]


def _errors(found: Sequence[Score], methods: Sequence[str], say: Words) -> Cells:
    """Return the mean absolute errors; the CRPS of a method without a range is its error."""
    names = [say(METHOD_NAMES[method]) for method in methods]
    head = [say("Known on"), say("Indicator"), say("Figures"), say("CRPS"), *names]
    return head, [
        [
            *_of(score, say),
            say.number(100 * score.crps, 2),
            *(
                say.number(100 * score.error[name], 2) if name in score.error else "–"
                for name in methods
            ),
        ]
        for score in found
    ]


def _ranges(found: Sequence[Score], say: Words) -> Cells:
    """Return how often the ranges held, how wide they were, and where in them the figures lay."""
    head = [
        say("Known on"),
        say("Indicator"),
        say("Figures"),
        say("Outcome − median"),
        say("Within 50%"),
        say("Within 90%"),
        say("Width"),
        say("PIT, lowest to highest"),
    ]
    return head, [
        [
            *_of(score, say),
            ("−" if score.bias < 0 else "+") + say.number(abs(100 * score.bias), 2),
            say.percent(score.inner, 0),
            say.percent(score.inside, 0),
            say.number(100 * score.width, 1),
            "–".join(say.number(score.pit[end], 2) for end in (0, 2)),
        ]
        for score in found
    ]


def _of(score: Score, say: Words) -> list[str]:
    return [say.day(score.vintage), say.indicator(score.indicator), str(score.figures)]


def _pulled(hindcasts: Sequence[Hindcast], say: Words) -> Cells:
    """Return what was forecast of each figure with and without a lever that was pulled later."""
    head = [
        say("Known on"),
        say("Lever"),
        say("Indicator"),
        say("Day"),
        say("Outcome"),
        say("Without it"),
        say("PIT without it"),
        say("With it"),
        say("PIT with it"),
    ]
    plain = {(o.vintage, o.indicator, o.day): o for o in hindcasts if not o.area and not o.lever}
    return head, [
        [
            say.day(one.vintage),
            say(label(one.lever)),
            say.indicator(one.indicator),
            say.day(one.day),
            say.level(one.indicator, one.happened),
            *_told(plain[one.vintage, one.indicator, one.day], say),
            *_told(one, say),
        ]
        for one in hindcasts
        if one.lever
    ]


def _told(one: Hindcast, say: Words) -> list[str]:
    middle = say.level(one.indicator, one.said["ketnoi"])
    return [f"{middle} ({say.between(one.indicator, one.low, one.high)})", say.number(one.pit, 2)]


def _chances(promises: Sequence[Promise], say: Words) -> Cells:
    """Return the Brier score of each method's chances, of those it could give."""
    judged = {name: brier(promises, name) for name in METHODS}
    head = [say("Method"), say("Chances"), say("Brier score of the chances")]
    return head, [
        [say(METHOD_NAMES[name]), str(count), say.number(score, 3)]
        for name, (score, count) in judged.items()
        if count
    ]
