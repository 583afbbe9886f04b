"""A report's first page: the answer, what would help, how far to trust it."""

from collections.abc import Iterator, Sequence
from datetime import date

import numpy as np

from sim.ask.hindsight import Hindcast, whole
from sim.ask.trials import helpful, moves
from sim.indicators import FOLLOWED, SERIES
from sim.months import month_of
from sim.paper.parts import Facts, Part, Section, section, table
from sim.place.case import Case
from sim.place.levers import label
from sim.place.targets import Target, Verdict
from sim.show.bars import JOBS, REASONS
from sim.show.figures import headline
from sim.show.tables import (
    card,
)
from sim.words import Words

ALIKE = 0.02  # difference of chances below which plans are not told apart
TRUSTED = 0.8  # share of later figures within the 90% range below which a warning is due
ENOUGH = 5  # later figures from which on such a share says something
BUILT_BY = {"fibre_households": "fibre_build", "covered_villages": "village_sites"}


def summary(facts: Facts, say: Words) -> Section:
    """Return the first page."""
    focus = facts.focus
    head = [
        say("Target"),
        say("Chance"),
        say("Median"),
        say("90% range"),
        say("Gap"),
        say("Reached"),
    ]
    rows = []
    for verdict in focus.judgement.verdicts:
        name = verdict.target.indicator
        facts_of = card(verdict, say)
        gap = facts_of.gap + _counted(facts.case, verdict, say)
        rows.append(
            [
                facts_of.title.replace("≥ ", "≥\u00a0"),
                facts_of.chance,
                say.level(name, verdict.p50),
                say.between(name, verdict.p05, verdict.p95),
                gap,
                facts_of.passing,
            ]
        )
    every = card(focus.judgement, say)
    rows.append([every.title, every.chance, "", "", "", every.level])
    plan = say.named(focus.scenario.name) + ". " + say.named(focus.scenario.why)
    parts: list[Part] = [
        {"kind": "lead", "words": headline(focus.judgement, facts.targets, say)},
        {"kind": "text", "words": [plan, _bought(facts, say)]},
        table(head, rows, (1, 2, 3), widths=[2.5, 0.9, 0.9, 1.4, 1.6, 2]),
        {"kind": "list", "words": [*_what_helps(facts, say), *_bottleneck(facts, say)]},
    ]
    if facts.played is not None:
        trust = [*_track_record(facts, facts.played()[0], say), *_unknown(facts, say)]
        parts += [
            {"kind": "heading", "words": say("How far to trust these chances")},
            {"kind": "list", "words": trust},
        ]
    return section(say("The answer on one page"), parts)


def _counted(case: Case, verdict: Verdict, say: Words) -> str:
    """Return about how many households, villages or subscriptions a gap is."""
    if not SERIES[verdict.target.indicator].noun:
        return ""
    kind = SERIES[verdict.target.indicator]
    column, unit = kind.counts, kind.noun
    count = float(f"{abs(verdict.gap_p50) * case.columns[column].sum():.2g}")
    if count < 1:
        return ""
    return "\n" + say("about {count} {unit}", count=say.number(count), unit=say(unit))


def _bought(facts: Facts, say: Words) -> str:
    """Say what the plan costs and what that changes against the baseline."""
    focus, ground = facts.focus, facts.baseline
    cost = say.number(focus.cost_bn_vnd)
    day = say.day(facts.targets.last_deadline)
    words = say("Public money by {day}: {cost} bn VND.", day=day, cost=cost)
    if ground is None or ground is focus:
        return words
    moves = [
        f"{say.indicator(v.target.indicator)} " + say.points(v.target.indicator, 100 * v.change_p50)
        for v in focus.judgement.verdicts
    ]
    return (
        words
        + " "
        + say(
            "That is {extra} bn VND more than the baseline; the median gain, draw by draw: {moves} "
            "(points).",
            extra=say.number(focus.cost_bn_vnd - ground.cost_bn_vnd),
            moves="; ".join(moves),
        )
        + " "
        + say(
            "The chance of all targets together: {after}, in the baseline {before}.",
            before=say.chance(ground.judgement.chance_all),
            after=say.chance(focus.judgement.chance_all),
        )
    )


def _what_helps(facts: Facts, say: Words) -> list[str]:
    """Say for each target which of the plans gives it the best chance, if they differ."""
    return [
        _best_plan(facts, place, say) + _best_lever(facts, target, say)
        for place, target in enumerate(facts.targets.targets)
    ]


def _best_plan(facts: Facts, place: int, say: Words) -> str:
    ranked = sorted(facts.summaries, key=lambda s: _strength(s.judgement.verdicts[place]))
    worst, verdict = (s.judgement.verdicts[place] for s in (ranked[0], ranked[-1]))
    medians = [s.judgement.verdicts[place].p50 for s in facts.summaries]
    name = verdict.target.indicator
    words = {
        "indicator": say.indicator(name),
        "scenario": say.named(ranked[-1].scenario.name),
        "chance": say.chance(verdict.chance),
        "level": say.level(name, verdict.p50),
        "levels": say.between(name, min(medians), max(medians)),
        "gap": card(verdict, say).gap,
    }
    alike = len(ranked) > 1 and verdict.chance - worst.chance < ALIKE
    likely = verdict.chance >= 0.5
    if alike and likely:
        return say(
            "{indicator}: likely under every plan compared, and they hardly differ: "
            "chance {chance} at best, medians {levels}.",
            **words,
        )
    if alike:
        return say(
            "{indicator}: unlikely under every plan compared, and they hardly differ: "
            "chance {chance} at best, medians {levels}. {scenario} comes nearest, "
            "{gap}.",
            **words,
        )
    if likely:
        return say(
            "{indicator}: of the plans compared, {scenario} gives the best chance, "
            "{chance}, median {level}.",
            **words,
        )
    return say(
        "{indicator}: no plan compared makes the target likely. {scenario} comes "
        "nearest: chance {chance}, median {level}, {gap}.",
        **words,
    )


def _best_lever(facts: Facts, target: Target, say: Words) -> str:
    """Say which single lever would add most to the plan for a target; nothing if none was tried."""
    tried = [each for each in facts.tried if each.target == target]
    if not tried:
        return ""
    best = max(tried, key=helpful)
    if helpful(best) <= (0, 0) or not moves(best):
        return " " + say("No single lever would add to this plan.")
    return " " + say(
        "Of single levers, this would add most to the plan: {lever}; median {points} points, "
        "chance {chance} points, for {extra} bn VND more.",
        lever=say.named(best.scenario.name),
        points=say.points(target.indicator, 100 * best.p50),
        chance=say.signed(100 * best.chance),
        extra=say.number(best.extra_bn_vnd),
    )


def _strength(verdict: Verdict) -> tuple[float, float]:
    """Return what ranks plans for a target: the chance, and between equals the median."""
    return verdict.chance, verdict.p50


def _bottleneck(facts: Facts, say: Words) -> list[str]:
    """Say what holds up the building for each target that is likely to be missed."""
    return [
        waits(facts, BUILT_BY[verdict.target.indicator], say)
        for verdict in facts.focus.judgement.verdicts
        if verdict.chance < 0.5 and verdict.target.indicator in BUILT_BY
    ]


def waits(facts: Facts, programme: str, say: Words) -> str:
    """Say how many jobs of a programme wait at the last deadline, and for what."""
    last = month_of(facts.focus.months, facts.targets.last_deadline)
    rows = facts.focus.waiting[programme]
    jobs = {reason: float(row[last]) for reason, row in rows.items()}
    total, begin = sum(jobs.values()), sum(float(row[0]) for row in rows.values())
    about = {"programme": say(label(programme)), "day": say.day(facts.targets.last_deadline)}
    if total < 0.5:
        return say(
            "{programme}: nothing waits any more on {day}, in the mean of the draws.", **about
        )
    ranked = sorted(jobs, key=lambda reason: -jobs[reason])
    words = say(
        "{programme}: on {day}, in the mean of the draws, {count} of {begin} {jobs} are not done. "
        "They wait for: {parts}.",
        **about,
        count=say.number(total),
        begin=say.number(begin),
        jobs=say(JOBS[programme]),
        parts=", ".join(
            f"{say(REASONS[reason]).lower()} {say.percent(jobs[reason] / total, 0)}"
            for reason in ranked
            if jobs[reason] >= 0.005 * total
        ),
    )
    if ranked[0] != "power" or not _money_for_power_is_idle(facts):
        return words
    return f"{words} " + say(
        "Power waits for teams rather than money: {teams} solar teams by "
        "assumption, and no lever here adds any.",
        teams=say.plain(facts.case.assumptions["solar_teams"].central),
    )


def _money_for_power_is_idle(facts: Facts) -> bool:
    """Return whether more money for power was tried and covers no more villages."""
    name, villages = "village_power", "covered_villages"
    standing = facts.focus.scenario.levers[name]
    tried = [
        each
        for each in facts.tried
        if each.target.indicator == villages and each.scenario.levers[name] != standing
    ]
    return bool(tried) and not any(map(moves, tried))


def _track_record(facts: Facts, hindcasts: Sequence[Hindcast], say: Words) -> list[str]:
    """Say of each target how this forecast did, and those made on other days."""
    return [_record(facts, target.indicator, hindcasts, say) for target in facts.targets.targets]


def _record(facts: Facts, name: str, hindcasts: Sequence[Hindcast], say: Words) -> str:
    rows = [row for row in hindcasts if row.indicator == name]
    every = whole(rows)
    if not every:
        return say(
            "{indicator}: nothing was published later to judge its forecasts by.",
            indicator=say.indicator(name),
        )
    day = facts.case.head.vintage
    own, others = ([row for row in every if (row.vintage == day) is mine] for mine in (True, False))
    local = [row for row in rows if row.area is not None and row.vintage == day]
    words = [say("{indicator}:", indicator=say.indicator(name)), *_own_record(own, day, say)]
    if others:
        words.append(
            say("Forecasts made on other days: {inside} of {count} within.", **_tally(others))
        )
    if local:
        words.append(say("Single areas: {inside} of {count} within.", **_tally(local)))
    if len(every) >= ENOUGH and sum(map(_held, every)) < TRUSTED * len(every):
        words.append(say("The range has been too narrow: trust this chance less."))
    return " ".join([*words, *_errors([row for row in own or every if "drift" in row.said], say)])


def _own_record(own: Sequence[Hindcast], day: date, say: Words) -> Iterator[str]:
    """Yield how the forecast of the case's own day did."""
    if not own:
        return
    above = 100 * float(np.mean([row.happened - row.said["ketnoi"] for row in own]))
    about = {"day": say.day(day), "apart": say.number(abs(above), 2 if abs(above) < 1 else 1)}
    if above >= 0:
        yield say(
            "of the figures published after {day}, {inside} of {count} lay within the "
            "baseline's 90% range, in the mean {apart} points above its median.",
            **_tally(own),
            **about,
        )
    else:
        yield say(
            "of the figures published after {day}, {inside} of {count} lay within the "
            "baseline's 90% range, in the mean {apart} points below its median.",
            **_tally(own),
            **about,
        )


def _errors(both: Sequence[Hindcast], say: Words) -> Iterator[str]:
    """Yield the mean error beside that of a straight line, where both can be told."""
    if both:
        ours, line = (
            100 * float(np.mean([abs(row.said[method] - row.happened) for row in both]))
            for method in ("ketnoi", "drift")
        )
        yield say(
            "Mean error {ours} points, a straight line's {line}.",
            ours=say.number(ours, 1),
            line=say.number(line, 1),
        )


def _tally(rows: Sequence[Hindcast]) -> dict[str, int]:
    return {"inside": sum(map(_held, rows)), "count": len(rows)}


def _held(one: Hindcast) -> bool:
    return one.low <= one.happened <= one.high


def _unknown(facts: Facts, say: Words) -> list[str]:
    """Say which targets' own series nobody has published for the place itself."""
    case = facts.case
    if case.reference == case.head.nation:
        return []
    names = [
        say.indicator(target.indicator)
        for target in facts.targets.targets
        if target.indicator in FOLLOWED and not case.series(target.indicator, case.head.nation)
    ]
    if not names:
        return []
    return [
        say(
            "{names}: no figure of the place's own was known; its range is mostly not knowing "
            "where it stands today. A count from the operators would narrow it most.",
            names="; ".join(names),
        )
    ]
