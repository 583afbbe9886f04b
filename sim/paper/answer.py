"""A report's first page: the answer, what would help, how far to trust it."""

from collections.abc import Iterator, Sequence

import numpy as np

from sim.ask.hindsight import Hindcast, whole
from sim.ask.trials import helpful, moves
from sim.indicators import FOLLOWED, SERIES
from sim.paper.parts import Facts, Part, Section, section, table
from sim.place.case import Case
from sim.place.levers import label
from sim.place.targets import Target, Verdict
from sim.show.bars import JOBS, REASONS
from sim.show.figures import headline
from sim.show.tables import card
from sim.words import Words

ALIKE = 0.02  # difference of chances below which plans are not told apart
TRUSTED = 0.8  # share of later figures within the 90% range below which a warning is due
ENOUGH = 5  # later figures from which on such a share says something
BUILT_BY = {"fibre_households": "fibre_build", "covered_villages": "village_sites"}


def summary(facts: Facts, say: Words) -> Section:
    """Return the first page."""
    focus = facts.focus
    gap, reached = say("Gap"), say("Reached")
    head = [say("Target"), say("Chance"), say("Median"), say("90% range"), gap, reached]
    every = card(focus.judgement, say)
    rows = [_cells(facts.case, verdict, say) for verdict in focus.judgement.verdicts]
    rows.append([every.title, every.chance, "", "", "", every.level])
    plan = say.named(focus.scenario.name) + ". " + say.named(focus.scenario.why)
    parts: list[Part] = [
        {"kind": "lead", "words": headline(focus.judgement, facts.targets, say)},
        {"kind": "text", "words": [plan, _bought(facts, say)]},
        table(head, rows, "lrrrll", (2.5, 0.9, 0.9, 1.4, 1.6, 2)),
        {"kind": "list", "words": [*_what_helps(facts, say), *_bottleneck(facts, say)]},
    ]
    if facts.played is not None:
        hindcasts, _ = facts.played()
        asked = [target.indicator for target in facts.targets.targets]
        trust = [_record(facts, name, hindcasts, say) for name in asked]
        parts += [
            {"kind": "heading", "words": say("How far to trust these chances")},
            {"kind": "list", "words": [*trust, *_unknown(facts.case, asked, say)]},
        ]
    return section(say("The answer on one page"), *parts)


def _cells(case: Case, verdict: Verdict, say: Words) -> list[str]:
    """Return a target's row of the first page's table."""
    name, told = verdict.target.indicator, card(verdict, say)
    return [
        told.title.replace("≥ ", "≥\u00a0"),
        told.chance,
        say.level(name, verdict.p50),
        say.between(name, verdict.p05, verdict.p95),
        told.gap + _counted(case, verdict, say),
        told.passing,
    ]


def _counted(case: Case, verdict: Verdict, say: Words) -> str:
    """Return about how many households, villages or subscriptions a gap is."""
    kind = SERIES[verdict.target.indicator]
    if not kind.noun:
        return ""
    count = float(f"{abs(verdict.gap_p50) * case.columns[kind.counts].sum():.2g}")
    if count < 1:
        return ""
    return "\n" + say("about {count} {unit}", count=say.number(count), unit=say(kind.noun))


def _bought(facts: Facts, say: Words) -> str:
    """Say what the plan costs and what that changes against the baseline."""
    focus, ground = facts.focus, facts.baseline
    day, cost = say.day(facts.targets.last_deadline), say.number(focus.cost_bn_vnd)
    words = say.paragraph("answer#cost", day=day, cost=cost)
    if ground is None or ground is focus:
        return words
    gains = [
        f"{say.indicator(v.target.indicator)} " + say.points(v.target.indicator, 100 * v.change_p50)
        for v in focus.judgement.verdicts
    ]
    return f"{words} " + say.paragraph(
        "answer#against-baseline",
        extra=say.number(focus.cost_bn_vnd - ground.cost_bn_vnd),
        moves="; ".join(gains),
        before=say.chance(ground.judgement.chance_all),
        after=say.chance(focus.judgement.chance_all),
    )


def _what_helps(facts: Facts, say: Words) -> list[str]:
    """Say for each target which of the plans gives it the best chance, if they differ."""
    return [
        _best_plan(facts, place, say) + _best_lever(facts, target, say)
        for place, target in enumerate(facts.targets.targets)
    ]


def _best_plan(facts: Facts, place: int, say: Words) -> str:
    """Say which plan gives a target, by its place, the best chance."""
    ranked = sorted(facts.summaries, key=lambda plan: _strength(plan.judgement.verdicts[place]))
    verdicts = [plan.judgement.verdicts[place] for plan in ranked]
    best, medians = verdicts[-1], [verdict.p50 for verdict in verdicts]
    name = best.target.indicator
    alike = len(ranked) > 1 and best.chance - verdicts[0].chance < ALIKE
    likely = "answer#alike" if alike else "answer#best"
    unlikely = "answer#alike-unlikely" if alike else "answer#nearest"
    return say.paragraph(
        likely if best.chance >= 0.5 else unlikely,
        indicator=say.indicator(name),
        scenario=say.named(ranked[-1].scenario.name),
        chance=say.chance(best.chance),
        level=say.level(name, best.p50),
        levels=say.between(name, min(medians), max(medians)),
        gap=card(best, say).gap,
    )


def _best_lever(facts: Facts, target: Target, say: Words) -> str:
    """Say which single lever would add most to the plan for a target; nothing if none was tried."""
    tried = [trial for trial in facts.tried if trial.target == target]
    if not tried:
        return ""
    best = max(tried, key=helpful)
    if helpful(best) <= (0, 0) or not moves(best):
        return " " + say.paragraph("answer#no-lever")
    return " " + say.paragraph(
        "answer#best-lever",
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


def _record(facts: Facts, name: str, hindcasts: Sequence[Hindcast], say: Words) -> str:
    """Say how the forecasts of an indicator did: this one's, and those of other days."""
    day = facts.case.head.vintage
    rows = [row for row in hindcasts if row.indicator == name]
    local = [row for row in rows if row.area is not None and row.vintage == day]
    every = whole(rows)
    if not every:
        return say.paragraph("trust#nothing-later", indicator=say.indicator(name))
    own = [row for row in every if row.vintage == day]
    others = [row for row in every if row.vintage != day]
    words = [f"{say.indicator(name)}:", *_own_record(own, say)]
    for part, judged in {"trust#other-days": others, "trust#areas": local}.items():
        if judged:
            words.append(say.paragraph(part, inside=_inside(judged), count=len(judged)))
    if len(every) >= ENOUGH and _inside(every) < TRUSTED * len(every):
        words.append(say.paragraph("trust#narrow"))
    return " ".join([*words, *_errors(own or every, say)])


def _own_record(own: Sequence[Hindcast], say: Words) -> Iterator[str]:
    """Yield how the forecast of the case's own day did, if anything came after it."""
    if own:
        above = 100 * float(np.mean([row.happened - row.said["ketnoi"] for row in own]))
        yield say.paragraph(
            "trust#above" if above >= 0 else "trust#below",
            day=say.day(own[0].vintage),
            apart=say.number(abs(above), 2 if abs(above) < 1 else 1),
            inside=_inside(own),
            count=len(own),
        )


def _errors(rows: Sequence[Hindcast], say: Words) -> Iterator[str]:
    """Yield the mean error beside that of a straight line, where both can be told."""
    both = [row for row in rows if "drift" in row.said]
    if both:
        ours, line = (
            100 * float(np.mean([abs(row.said[method] - row.happened) for row in both]))
            for method in ("ketnoi", "drift")
        )
        yield say.paragraph("trust#errors", ours=say.number(ours, 1), line=say.number(line, 1))


def _inside(rows: Sequence[Hindcast]) -> int:
    """Return how many figures lay within the 90% range of their forecast."""
    return sum(row.low <= row.happened <= row.high for row in rows)


def _unknown(case: Case, asked: Sequence[str], say: Words) -> Iterator[str]:
    """Yield which targets' own series nobody has published for the place itself."""
    if case.reference == case.head.nation:
        return
    followed = [name for name in asked if name in FOLLOWED]
    unseen = [name for name in followed if not case.series(name, case.head.nation)]
    if unseen:
        yield say.paragraph("trust#unknown", names="; ".join(map(say.indicator, unseen)))
