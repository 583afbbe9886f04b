"""A report's first page: the answer, what would help, how far to trust it."""

from collections.abc import Iterator, Sequence
from math import hypot

import numpy as np

from sim.ask.answers import Difference
from sim.ask.hindsight import Hindcast, inside, too_narrow, whole
from sim.ask.trials import BUILT_BY, helpful, moved_by, moves
from sim.indicators import FOLLOWED, SERIES
from sim.paper.parts import Facts, Part, Section, section, table
from sim.place.case import Case
from sim.place.levers import Lever, label
from sim.place.targets import WIDE, Judgement, Target, Verdict
from sim.show import luck
from sim.show.sentences import (
    JOBS,
    REASONS,
    card,
    gap_digits,
    goal_name,
    headline,
    held_back,
    how_far,
)
from sim.words import Words

MOST = 3  # levers named that are not told apart
ALIKE = 0.02  # difference of chances below which plans are not told apart


def summary(facts: Facts, say: Words) -> Section:
    """Return the first page."""
    focus = facts.focus
    gap, reached = say("Gap"), say("Reached")
    head = [say("Target"), say("Chance"), say("Median"), say("90% range"), gap, reached]
    every, judged = card(focus.judgement, (), say), focus.judgement
    rows = [_cells(facts, verdict, say) for verdict in judged.verdicts]
    sure = luck.chance(judged.chance_all, judged.bounds_all, say)
    rows.append([every.title, sure, "", "", "", every.level])
    plan = say.named(focus.scenario.name) + ". " + say.named(focus.scenario.why)
    parts: list[Part] = [
        {"kind": "lead", "words": headline(focus.judgement, facts.targets, say)},
        {"kind": "text", "words": [plan, _bought(facts, say)]},
        table(head, rows, "lrrrll", (2.4, 1.1, 0.9, 1.4, 1.6, 1.9)),
        {"kind": "list", "words": [*what_helps(facts, say), *bottleneck(facts, say)]},
    ]
    if facts.played is not None:
        hindcasts, _ = facts.played()
        asked = list(dict.fromkeys(target.indicator for target in facts.targets.targets))
        trust = [record(facts, name, hindcasts, say) for name in asked]
        parts += [
            {"kind": "heading", "words": say("How far to trust these chances")},
            {
                "kind": "list",
                "words": [*trust, *held_back(focus, say), *unknown(facts.case, asked, say)],
            },
        ]
    return section(say("The answer on one page"), *parts)


def _cells(facts: Facts, verdict: Verdict, say: Words) -> list[str]:
    """Return a target's row of the first page's table."""
    name, told = verdict.target.indicator, card(verdict, facts.targets.targets, say)
    return [
        told.title.replace("≥ ", "≥\u00a0"),
        luck.chance(verdict.chance, verdict.bounds, say),
        say.level(name, verdict.p50),
        say.between(name, verdict.p05, verdict.p95),
        _gap(facts, verdict, say) + _counted(facts, verdict, say),
        told.passing,
    ]


def _off(facts: Facts, verdict: Verdict) -> float:
    """Return what a median may be off by the luck of the draws, as a share."""
    error = luck.median_error(verdict.p05, verdict.p95, facts.made["replicates"])
    return WIDE * error


def _gap(facts: Facts, verdict: Verdict, say: Words) -> str:
    """Return how far the median is from its target, in the digits that the draws carry."""
    digits = luck.carried(100 * _off(facts, verdict), gap_digits(verdict.target))
    return how_far(verdict, digits, say)


def _counted(facts: Facts, verdict: Verdict, say: Words) -> str:
    """Return about how many households, villages or subscriptions a gap is, in the median."""
    indicator = verdict.target.indicator
    size = float(facts.case.sizes(indicator).sum())
    count = luck.about(abs(verdict.gap_p50) * size, _off(facts, verdict) * size)
    if count < 1:
        return ""
    unit = say(SERIES[indicator].noun)
    return "\n" + say("about {count} {unit}", count=say.number(count), unit=unit)


def _bought(facts: Facts, say: Words) -> str:
    """Say what the plan costs and what that changes against the baseline."""
    focus, ground = facts.focus, facts.baseline
    day, cost = say.day(facts.targets.last_deadline), say.amount(focus.cost)
    words = say.paragraph("answer#cost", day=day, cost=cost)
    if ground is None or ground is focus:
        return words
    gains = [
        f"{goal_name(v.target, facts.targets.targets, say)} "
        + say.points(v.target.indicator, 100 * v.change_p50)
        for v in focus.judgement.verdicts
    ]
    return f"{words} " + say.paragraph(
        "answer#against-baseline",
        extra=say.amount(focus.cost - ground.cost),
        moves="; ".join(gains),
        before=_all(ground.judgement, say),
        after=_all(focus.judgement, say),
    )


def _all(judged: Judgement, say: Words) -> str:
    return luck.chance(judged.chance_all, judged.bounds_all, say)


def what_helps(facts: Facts, say: Words) -> list[str]:
    """Say for each target which of the plans gives it the best chance, and which lever helps."""
    return [
        best_plan(facts, place, say) + _best_lever(facts, target, say)
        for place, target in enumerate(facts.targets.targets)
    ]


def best_plan(facts: Facts, place: int, say: Words) -> str:
    """Say which plans give a target, by its place, the best chance, as far as draws can tell."""
    ranked = sorted(facts.summaries, key=lambda plan: _strength(plan.judgement.verdicts[place]))
    verdicts = [plan.judgement.verdicts[place] for plan in ranked]
    best, medians = verdicts[-1], [verdict.p50 for verdict in verdicts]
    name = best.target.indicator
    close = [each for each in verdicts if best.chance - each.chance < _alike(best, each)]
    leading = [say.named(plan.scenario.name) for plan in reversed(ranked[-len(close) :])]
    alike = len(close) == len(ranked)
    part = "answer#best" if best.chance >= 0.5 else "answer#nearest"
    if alike:
        sides = sorted({each.chance >= 0.5 for each in verdicts})
        likely = "answer#alike" if sides[0] else "answer#alike-unlikely"
        part = "answer#alike-even" if sides[1:] else likely
    return say.paragraph(
        part if ranked[1:] else "answer#only",
        indicator=goal_name(best.target, facts.targets.targets, say),
        scenario=say(" or ").join(leading if not alike else leading[:1]),
        chance=luck.chance(best.chance, best.bounds, say),
        least=luck.chance(verdicts[0].chance, verdicts[0].bounds, say),
        level=say.level(name, best.p50),
        levels=_span(name, min(medians), max(medians), say),
        gap=_gap(facts, best, say),
    )


def _span(name: str, low: float, high: float, say: Words) -> str:
    """Return from where to where levels go; one where they are told alike."""
    same = say.level(name, low) == say.level(name, high)
    return say.level(name, high) if same else say.between(name, low, high)


def _alike(one: Verdict, other: Verdict) -> float:
    """Return the difference of chances below which two plans are not told apart."""
    return max(ALIKE, 2 * hypot(one.chance_error, other.chance_error))


def _best_lever(facts: Facts, target: Target, say: Words) -> str:
    """Say which single levers would add most to the plan for a target; nothing if none was tried.

    None is named whose gain may be luck; those that luck does not tell apart stand together.
    """
    tried = sorted((each for each in facts.tried if each.target == target), key=helpful)
    if not tried:
        return ""
    best = tried[-1]
    if helpful(best) <= (0, 0) or not moves(best):
        return " " + say.paragraph("answer#no-lever")
    if round(100 * best.chance, 1) <= 0:
        points = say.points(target.indicator, 100 * best.p50)
        return " " + say.paragraph("answer#no-chance", points=points)
    if best.chance <= 2 * best.chance_error:
        return " " + say.paragraph("answer#no-sure-lever", gain=luck.gained(best, say))
    near = [each for each in reversed(tried) if not luck.surely_above(best, each)]
    told = [_lever(facts, each, say) for each in near if each.chance > 2 * each.chance_error]
    part = "answer#best-levers" if told[1:] else "answer#best-lever"
    return " " + say.paragraph(part, lever="; ".join(told[:MOST]))


def _lever(facts: Facts, trial: Difference, say: Words) -> str:
    """Say what a lever would add, what it costs the public, who decides it and who pays."""
    moved = lever_of(facts, trial)
    extra = say.number(abs(trial.extra))
    more = "answer#lever" if trial.extra > 0 else "answer#lever-less"
    return say.paragraph(
        "answer#lever-free" if extra == "0" else more,
        lever=say.named(trial.scenario.name),
        points=say.points(trial.target.indicator, 100 * trial.p50),
        chance=luck.gained(trial, say),
        extra=extra,
        owner=say(moved.owner),
        payer=say(moved.payer),
    )


def lever_of(facts: Facts, trial: Difference) -> Lever:
    """Return the lever that a trial moves."""
    return moved_by(facts.case, facts.focus.scenario, trial.scenario)


def _strength(verdict: Verdict) -> tuple[float, float]:
    """Return what ranks plans for a target: the chance, and between equals the median."""
    return verdict.chance, verdict.p50


def bottleneck(facts: Facts, say: Words) -> list[str]:
    """Say what holds up the building for each target that is likely to be missed."""
    return [
        waits(facts, BUILT_BY[verdict.target.indicator], say)
        for verdict in facts.focus.judgement.verdicts
        if verdict.chance < 0.5 and verdict.target.indicator in BUILT_BY
    ]


def waits(facts: Facts, programme: str, say: Words) -> str:
    """Say how many jobs of a programme wait at the last deadline, and for what."""
    rows = facts.focus.waiting[programme]
    jobs = {reason: float(row[facts.last]) for reason, row in rows.items()}
    total, begin = sum(jobs.values()), sum(float(row[0]) for row in rows.values())
    about = {"programme": say(label(programme)), "day": say.day(facts.targets.last_deadline)}
    if total < 0.5:
        return say.paragraph("building#nothing-waits", **about)
    ranked = sorted(jobs, key=lambda reason: -jobs[reason])
    parts = [
        f"{say(REASONS[reason]).lower()} {say.percent(jobs[reason] / total, 0)}"
        for reason in ranked
        if jobs[reason] >= 0.005 * total
    ]
    words = say.paragraph(
        "building#waits",
        **about,
        count=say.number(total),
        begin=say.number(begin),
        jobs=say(JOBS[programme]),
        parts=", ".join(parts),
    )
    if total > begin:
        words += " " + say.paragraph("building#lists")
    if ranked[0] != "power" or not _money_for_power_is_idle(facts):
        return words
    teams = say.plain(facts.case.assumptions["solar_teams"].central)
    return f"{words} " + say.paragraph("building#power", teams=teams)


def _money_for_power_is_idle(facts: Facts) -> bool:
    """Return whether more money for power was tried and covers no more villages."""
    name, villages = "village_power", "covered_villages"
    standing = facts.focus.scenario.levers[name]
    tried = [
        trial
        for trial in facts.tried
        if trial.target.indicator == villages and trial.scenario.levers[name] != standing
    ]
    return bool(tried) and not any(map(moves, tried))


def record(facts: Facts, name: str, hindcasts: Sequence[Hindcast], say: Words) -> str:
    """Say how the forecasts of an indicator did: this one's, and those of other days."""
    day = facts.case.head.vintage
    rows = [row for row in hindcasts if row.indicator == name]
    local = [row for row in rows if row.area is not None and row.vintage == day]
    every = whole(rows)
    if not every:
        return say.paragraph("trust#nothing-later", indicator=say.indicator(name))
    own = [row for row in every if row.vintage == day]
    others = [row for row in every if row.vintage != day]
    draws = facts.made["replicates"]
    words = [f"{say.indicator(name)}:", *_own_record(own, draws, say)]
    for part, judged in {"trust#other-days": others, "trust#areas": local}.items():
        if judged:
            words.append(say.paragraph(part, inside=inside(judged), count=len(judged)))
    if too_narrow(every):
        words.append(say.paragraph("trust#narrow"))
    return " ".join([*words, *_errors(own or every, draws, say)])


def _own_record(own: Sequence[Hindcast], draws: int, say: Words) -> Iterator[str]:
    """Yield how the forecast of the case's own day did, if anything came after it."""
    if own:
        above = 100 * float(np.mean([row.happened - row.said["ketnoi"] for row in own]))
        yield say.paragraph(
            "trust#above" if above >= 0 else "trust#below",
            day=say.day(own[0].vintage),
            apart=say.number(abs(above), _digits(own, draws, 2 if abs(above) < 1 else 1)),
            inside=inside(own),
            count=len(own),
        )


def _digits(rows: Sequence[Hindcast], draws: int, most: int) -> int:
    """Return the digits that a mean distance from medians carries."""
    errors = [luck.median_error(row.low, row.high, draws) for row in rows]
    return luck.carried(100 * WIDE * float(np.mean(errors)), most)


def _errors(rows: Sequence[Hindcast], draws: int, say: Words) -> Iterator[str]:
    """Yield the mean error beside that of a straight line, where both can be told."""
    both = [row for row in rows if "drift" in row.said]
    if both:
        ours, line = (
            100 * float(np.mean([abs(row.said[method] - row.happened) for row in both]))
            for method in ("ketnoi", "drift")
        )
        told = [say.number(error, _digits(both, draws, 1)) for error in (ours, line)]
        yield say.paragraph("trust#errors", ours=told[0], line=told[1])


def unknown(case: Case, asked: Sequence[str], say: Words) -> Iterator[str]:
    """Yield which targets' own series nobody has published for the place itself."""
    if case.reference == case.head.nation:
        return
    followed = [name for name in asked if name in FOLLOWED]
    unseen = [name for name in followed if not case.series(name, case.head.nation)]
    if unseen:
        yield say.paragraph("trust#unknown", names="; ".join(map(say.indicator, unseen)))
