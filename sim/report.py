"""The reviewer's report in words, tables and charts, in either language.

What is asked, what comes out, how sure it is, what was assumed, how past forecasts did and
where it all comes from, in either language. Words enter the page as data, never as markup;
there is no clock in it, so equal inputs give equal bytes.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from sim.bars import JOBS, REASONS, money, waiting
from sim.case import Case, Observation, load_outcomes
from sim.comparison import Difference
from sim.drawing import Chart, Look
from sim.evidence import SERIES_NAMES, by_name, place_names
from sim.export import svg
from sim.fans import fan, hindsight
from sim.figures import difference_rows, headline, lever_words
from sim.forecast import PROGRAMMES
from sim.hindsight import Hindcast, Past, Promise, whole
from sim.history import FOLLOWED
from sim.results import (
    BUILT,
    COUNTED,
    card,
    hindsight_cells,
    hindsight_head,
    hindsight_rows,
    promise_rows,
    short_of,
    shown_indicators,
    tables,
)
from sim.scenario import LABELS, Scenario, load_baseline
from sim.stamp import caption, encoded, of_file, outcomes_hash
from sim.summary import Summary
from sim.targets import Target, TargetSet, Verdict, month_of
from sim.tiles import tile_map, verdict_strip
from sim.trials import helpful, moves
from sim.words import Words

Part = dict[str, Any]

ALIKE = 0.02  # difference of chances below which plans are not told apart
TRUSTED = 0.8  # share of later figures within the 90% range below which a warning is due
MOST = 5  # areas named for what they lack
ENOUGH = 5  # later figures from which on such a share says something
STRONGEST = 3  # assumptions named a target
NARROW = 360  # pixels of a chart that shares a row with another


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A report before it is set: plain words and tables, and its charts as SVG.

    Attributes:
        made: the stamp of what it tells.
        numbers: the tables behind it, the same in every language.
    """

    content: dict[str, Any]
    charts: tuple[str, ...]
    made: dict[str, Any]
    numbers: dict[str, Any]

    def stamped(self, file: str) -> str:
        """Return the stamp of one of its files, as text."""
        language = self.content["language"]
        return encoded(of_file(self.made, file=file, language=language, numbers=self.numbers))


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """All that a report is made from.

    Attributes:
        summaries: the scenarios; the first that is not the baseline is what it is about.
        played: gives the case's back-test, None where it has none; it is asked for last, so
            that it may be under way while the charts are drawn.
        tried: what each lever would do to the focus on its own, from `sim.trials.try_all`.
        made: the stamp.
    """

    case: Case
    summaries: Sequence[Summary]
    targets: TargetSet
    played: Callable[[], Past] | None
    tried: Sequence[Difference]
    made: dict[str, Any]

    @property
    def focus(self) -> Summary:
        """The scenario the report is about."""
        about = focus([summary.scenario for summary in self.summaries])
        return next(summary for summary in self.summaries if summary.scenario is about)

    @property
    def baseline(self) -> Summary | None:
        """The baseline, where it is among the scenarios."""
        return next((s for s in self.summaries if s.scenario.id == "baseline"), None)


def focus(plans: Sequence[Scenario]) -> Scenario:
    """Return the scenario that a report on several is about."""
    return next((plan for plan in plans if plan.id != "baseline"), plans[0])


class _Charts:
    """Charts in the order in which the report shows them."""

    def __init__(self) -> None:
        self.drawn: list[str] = []

    def part(self, chart: Chart, width: float = 1.0) -> Part:
        self.drawn.append(svg(chart))
        number = len(self.drawn) - 1
        return {"kind": "chart", "number": number, "alt": chart["description"], "width": width}


def build_report(facts: Facts, say: Words) -> Report:
    """Return a report in one language."""
    charts = _Charts()
    look = Look(say=say)
    sections = [
        _plans(facts, say, look, charts),
        _levers(facts, say),
        _alone(facts, say),
        _targets(facts, look, charts),
        _places(facts, say, look, charts),
        _building(facts, say, look, charts),
        _money(facts, say, look, charts),
        _past(facts, say, look, charts),
        _assumptions(facts, say),
        _sources(facts, say),
        _method(say),
        _limits(facts, say),
        _glossary(facts, say),
        _checking(facts, say),
    ]
    sections.insert(0, _summary(facts, say))
    name = say.named(facts.case.head.name.model_dump())
    content = {
        "language": say.language,
        "title": f"{name}: " + say("will the targets be met?"),
        "subtitle": say(
            "What was known on {day}; {replicates} draws.",
            day=say.day(facts.case.head.vintage),
            replicates=say.number(facts.made["replicates"]),
        )
        + " "
        + say.named(facts.targets.name)
        + ".",
        "stamp": caption(facts.made, facts.focus.scenario.id),
        "sections": [section for section in sections if section["parts"]],
    }
    made, numbers = facts.made, dict[str, Any](tables(facts.case, facts.summaries, facts.targets))
    numbers |= {"levers": difference_rows(facts.tried, facts.focus.scenario)}
    if facts.played is not None:
        made = {**made, "outcomes_hash": outcomes_hash(facts.case)}
        hindcasts, promises = facts.played()
        numbers |= {"forecasts": hindsight_rows(hindcasts), "chances": promise_rows(promises)}
    return Report(content=content, charts=tuple(charts.drawn), made=made, numbers=numbers)


def _section(title: str, parts: list[Part]) -> dict[str, Any]:
    return {"title": title, "parts": parts}


def _table(head: list[str], rows: list[list[str]], numbers: Sequence[int], **more: Any) -> Part:
    head = [words[:1].upper() + words[1:] for words in head]
    return {"kind": "table", "head": head, "rows": rows, "numbers": list(numbers), **more}


def _in_two(parts: Sequence[Part]) -> list[Part]:
    """Return parts side by side, two in a row."""
    return [{"kind": "row", "parts": list(parts[i : i + 2])} for i in range(0, len(parts), 2)]


def _summary(facts: Facts, say: Words) -> dict[str, Any]:
    focus = facts.focus
    head = [say("Target"), say("Chance"), say("Median"), say("90% range"), say("Gap"),
            say("Reached")]  # fmt: skip
    rows = []
    for verdict in focus.judgement.verdicts:
        name = verdict.target.indicator
        facts_of = card(verdict, say)
        gap = facts_of.lines[1] + _counted(facts.case, verdict, say)
        rows.append(
            [facts_of.title.replace("≥ ", "≥\u00a0"), facts_of.chance, say.level(name, verdict.p50),
             say.between(name, verdict.p05, verdict.p95), gap, facts_of.lines[2]]
        )  # fmt: skip
    every = card(focus.judgement, say)
    rows.append([every.title, every.chance, "", "", "", every.lines[0]])
    plan = say.named(focus.scenario.name) + ". " + say.named(focus.scenario.why)
    parts: list[Part] = [
        {"kind": "lead", "words": headline(focus.judgement, facts.targets, say)},
        {"kind": "text", "words": [plan, _bought(facts, say)]},
        _table(head, rows, (1, 2, 3), widths=[2.5, 0.9, 0.9, 1.4, 1.6, 2]),
        {"kind": "list", "words": [*_what_helps(facts, say), *_bottleneck(facts, say)]},
    ]
    if facts.played is not None:
        trust = [*_track_record(facts, facts.played()[0], say), *_unknown(facts, say)]
        parts += [
            {"kind": "heading", "words": say("How far to trust these chances")},
            {"kind": "list", "words": trust},
        ]
    return _section(say("The answer on one page"), parts)


def _counted(case: Case, verdict: Verdict, say: Words) -> str:
    """Return about how many households, villages or subscriptions a gap is."""
    if verdict.target.indicator not in COUNTED:
        return ""
    column, unit = COUNTED[verdict.target.indicator]
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
    return words + " " + say(
        "That is {extra} bn VND more than the baseline; the medians move by {moves} (points).",
        extra=say.number(focus.cost_bn_vnd - ground.cost_bn_vnd), moves="; ".join(moves),
    ) + " " + say(
        "The chance of all targets together: {after}, in the baseline {before}.",
        before=say.chance(ground.judgement.chance_all),
        after=say.chance(focus.judgement.chance_all),
    )  # fmt: skip


def _what_helps(facts: Facts, say: Words) -> list[str]:
    """Say for each target which of the plans gives it the best chance, if they differ."""
    found = []
    for place, target in enumerate(facts.targets.targets):
        each = sorted(facts.summaries, key=lambda s: _strength(s.judgement.verdicts[place]))
        worst, verdict = (s.judgement.verdicts[place] for s in (each[0], each[-1]))
        name = target.indicator
        medians = [s.judgement.verdicts[place].p50 for s in facts.summaries]
        facts_of = {
            "indicator": say.indicator(name),
            "scenario": say.named(each[-1].scenario.name),
            "chance": say.chance(verdict.chance),
            "level": say.level(name, verdict.p50),
            "levels": say.between(name, min(medians), max(medians)),
        }
        alike = len(each) > 1 and verdict.chance - worst.chance < ALIKE
        if alike and verdict.chance >= 0.5:
            text = say("{indicator}: likely under every plan compared, and they hardly differ: "
                       "chance {chance} at best, medians {levels}.", **facts_of)  # fmt: skip
        elif alike:
            text = say("{indicator}: unlikely under every plan compared, and they hardly differ: "
                       "chance {chance} at best, medians {levels}. {scenario} comes nearest, "
                       "{gap}.", gap=card(verdict, say).lines[1], **facts_of)  # fmt: skip
        elif verdict.chance >= 0.5:
            text = say("{indicator}: of the plans compared, {scenario} gives the best chance, "
                       "{chance}, median {level}.", **facts_of)  # fmt: skip
        else:
            text = say("{indicator}: no plan compared makes the target likely. {scenario} comes "
                       "nearest: chance {chance}, median {level}, {gap}.",
                       gap=card(verdict, say).lines[1], **facts_of)  # fmt: skip
        found.append(text + _best_lever(facts, target, say))
    return found


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
        _waits(facts, BUILT_BY[verdict.target.indicator], say)
        for verdict in facts.focus.judgement.verdicts
        if verdict.chance < 0.5 and verdict.target.indicator in BUILT_BY
    ]


BUILT_BY = {"fibre_households": "fibre_build", "covered_villages": "village_sites"}


def _waits(facts: Facts, programme: str, say: Words) -> str:
    """Say how many jobs of a programme wait at the last deadline, and for what."""
    last = month_of(facts.focus.months, facts.targets.last_deadline)
    jobs = {reason: float(row[last]) for reason, row in facts.focus.waiting[programme].items()}
    total, begin = sum(jobs.values()), sum(float(row[0]) for row in
                                           facts.focus.waiting[programme].values())  # fmt: skip
    day = say.day(facts.targets.last_deadline)
    if total < 0.5:
        return say("{programme}: nothing waits any more on {day}, in the mean of the draws.",
                   programme=say(LABELS[programme]), day=day)  # fmt: skip
    ranked = sorted(jobs, key=lambda reason: -jobs[reason])
    parts = [
        f"{say(REASONS[reason]).lower()} {say.percent(jobs[reason] / total, 0)}"
        for reason in ranked
        if jobs[reason] >= 0.005 * total
    ]
    words = say(
        "{programme}: on {day}, in the mean of the draws, {count} of {begin} {jobs} are not done. "
        "They wait for: {parts}.",
        programme=say(LABELS[programme]), day=day, count=say.number(total),
        begin=say.number(begin), jobs=say(JOBS[programme]), parts=", ".join(parts),
    )  # fmt: skip
    if ranked[0] != "power":
        return words
    teams = say.plain(facts.case.assumptions["solar_teams"].central)
    return words + " " + say("Power waits for teams rather than money: {teams} solar teams by "
                             "assumption, and no lever here adds any.", teams=teams)  # fmt: skip


def _track_record(facts: Facts, hindcasts: Sequence[Hindcast], say: Words) -> list[str]:
    """Say of each target how this forecast did, and those made on other days."""
    return [_record(facts, target.indicator, hindcasts, say) for target in facts.targets.targets]


def _record(facts: Facts, name: str, hindcasts: Sequence[Hindcast], say: Words) -> str:
    rows = [row for row in hindcasts if row.indicator == name]
    every = whole(rows)
    if not every:
        return say("{indicator}: nothing was published later to judge its forecasts by.",
                   indicator=say.indicator(name))  # fmt: skip
    day = facts.case.head.vintage
    own, others = ([row for row in every if (row.vintage == day) is mine] for mine in (True, False))
    words = [say("{indicator}:", indicator=say.indicator(name))]
    if own:
        above = 100 * float(np.mean([row.happened - row.said["ketnoi"] for row in own]))
        counts = {"inside": sum(map(_held, own)), "count": len(own), "day": say.day(day),
                  "apart": say.number(abs(above), 2 if abs(above) < 1 else 1)}  # fmt: skip
        words.append(
            say("of the figures published after {day}, {inside} of {count} lay within this "
                "forecast's 90% range, in the mean {apart} points above its median.", **counts)
            if above >= 0 else
            say("of the figures published after {day}, {inside} of {count} lay within this "
                "forecast's 90% range, in the mean {apart} points below its median.", **counts)
        )  # fmt: skip
    if others:
        words.append(say("Forecasts made on other days: {inside} of {count} within.",
                         inside=sum(map(_held, others)), count=len(others)))  # fmt: skip
    local = [row for row in rows if row.area is not None and row.vintage == day]
    if local:
        words.append(say("Single areas: {inside} of {count} within.",
                         inside=sum(map(_held, local)), count=len(local)))  # fmt: skip
    if len(every) >= ENOUGH and sum(map(_held, every)) < TRUSTED * len(every):
        words.append(say("The range has been too narrow: trust this chance less."))
    both = [row for row in own or every if "drift" in row.said]
    if both:
        ours, line = (
            100 * float(np.mean([abs(row.said[method] - row.happened) for row in both]))
            for method in ("ketnoi", "drift")
        )
        words.append(say("Mean error {ours} points, a straight line's {line}.",
                         ours=say.number(ours, 1), line=say.number(line, 1)))  # fmt: skip
    return " ".join(words)


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
        say("{names}: no figure of the place's own was known; its range is mostly not knowing "
            "where it stands today. A count from the operators would narrow it most.",
            names="; ".join(names))
    ]  # fmt: skip


def _plans(facts: Facts, say: Words, look: Look, charts: _Charts) -> dict[str, Any]:
    chart = charts.part(verdict_strip(facts.summaries, facts.targets, look))
    return _section(say("The plans compared"), [chart])


def _levers(facts: Facts, say: Words) -> dict[str, Any]:
    base = load_baseline(facts.case)
    rows = [
        [say.named(summary.scenario.name),
         say.named(summary.scenario.why) + "\n"
         + lever_words(facts.case, summary.scenario, base, say),
         say.number(summary.cost_bn_vnd)]
        for summary in facts.summaries
    ]  # fmt: skip
    head = [say("Scenario"), say("What it sets otherwise"), say("Cost, bn VND")]
    words = say("Budgets are bn VND a year; the cost is the public money that arrives by {day}.",
                day=say.day(facts.targets.last_deadline))  # fmt: skip
    parts = [
        {"kind": "text", "words": [words]},
        _table(head, rows, (2,), widths=[1.4, 7, 0.8], small=True),
    ]
    return _section(say("What each plan does"), parts)


def _alone(facts: Facts, say: Words) -> dict[str, Any]:
    """Show what each lever would change on its own."""
    trials: dict[str, list[Difference]] = {}
    for each in facts.tried:
        trials.setdefault(say.named(each.scenario.name), []).append(each)
    told = {name: own for name, own in trials.items() if any(map(moves, own))}
    rows = [
        [name, *(f"{say.points(each.target.indicator, 100 * each.p50)} "
                 f"({say.signed(100 * each.chance)})" for each in own),
         say.number(own[0].extra_bn_vnd)]
        for name, own in sorted(told.items(), key=lambda pair: max(map(helpful, pair[1])),
                                reverse=True)
    ]  # fmt: skip
    if not rows:
        return _section("", [])
    goals = [say.indicator(target.indicator) for target in facts.targets.targets]
    words = [
        say("{plan}, one lever at a time moved as far as there is evidence for, all else the "
            "same: points the median gains, in brackets points the chance gains. Effects do not "
            "simply add up.", plan=say.named(facts.focus.scenario.name))
    ]  # fmt: skip
    still = "; ".join(name for name in trials if name not in told)
    if still:
        words.append(say("These change nothing here: {names}.", names=still))
    head = [say("Lever"), *goals, say("extra money, bn VND")]
    widths = [3.6, *(1.5 for _ in goals), 1]
    parts: list[Part] = [
        {"kind": "text", "words": words},
        _table(head, rows, range(1, len(head)), widths=widths, small=True),
    ]
    return _section(say("What each lever would do on its own"), parts)


def _targets(facts: Facts, look: Look, charts: _Charts) -> dict[str, Any]:
    goals = {target.indicator: target for target in facts.targets.targets}
    narrow = replace(look, width=NARROW)
    parts = [
        charts.part(fan(facts.focus, facts.baseline, goals.get(name), facts.case, name, narrow))
        for name in shown_indicators(facts.targets)
    ]
    return _section(look.say("Where things are going"), _in_two(parts))


def _places(facts: Facts, say: Words, look: Look, charts: _Charts) -> dict[str, Any]:
    focus, last = facts.focus, month_of(facts.focus.months, facts.targets.last_deadline)
    asked = [target.indicator for target in facts.targets.targets]
    missed = focus.judgement.binding or asked[0]
    goal = next(target for target in facts.targets.targets if target.indicator == missed)
    counted = any(focus.observed[name].any() for name in asked)
    head = [say("Area"), *(say.indicator(name) for name in asked)]
    note = say(
        "{plan}, {month}: mean of the draws, in brackets the 90% range.",
        plan=say.named(focus.scenario.name),
        month=say.month(focus.months[last]),
    )
    size = {
        name: say.number(float(facts.case.columns[name].sum()))
        for name in ("population", "households", "villages")
    }
    parts: list[Part] = [
        {
            "kind": "text",
            "words": [
                say(
                    "{areas} areas with {population} people, {households} "
                    "households and {villages} villages.",
                    areas=len(facts.case.areas),
                    **size,
                )
            ],
        },
        {"kind": "heading", "words": say("Where most is missing")},
        {"kind": "list", "words": _most_missing(facts, say)},
        {**charts.part(tile_map(focus, facts.case, missed, last, goal, look), 0.8), "floats": True},
        {"kind": "text", "words": [note]},
        _table(
            [*head, say("Start")] if counted else head,
            _area_cells(facts, asked, last, say, counted),
            range(1, len(asked) + 1),
            small=True,
        ),
    ]
    return _section(say("Place by place"), parts)


def _most_missing(facts: Facts, say: Words) -> list[str]:
    """Say for each target where most of what is missing is, in households, villages or lines."""
    focus, found = facts.focus, []
    for target in facts.targets.targets:
        if target.indicator not in COUNTED:
            continue
        missing = short_of(facts.case, focus, target, month_of(focus.months, target.deadline))
        most = [int(i) for i in np.argsort(-missing)[:MOST] if missing[i] >= 0.05]
        unit = say(COUNTED[target.indicator][1])
        facts_of = {"indicator": say.indicator(target.indicator), "unit": unit}
        if not most:
            found.append(say("{indicator}: no area is below the target in the mean.", **facts_of))
            continue
        names = [facts.case.areas[i].name()[say.language] for i in most]
        counts = [say.plain(float(f"{missing[i]:.2g}")) for i in most]
        found.append(
            say("{indicator}: about {count} {unit} short in the areas below the target; most in "
                "{list}.", count=say.plain(float(f"{missing.sum():.2g}")),
                list=", ".join(map(" ".join, zip(names, counts, strict=True))), **facts_of)
        )  # fmt: skip
    return found


def _area_cells(
    facts: Facts, asked: list[str], last: int, say: Words, starts: bool
) -> list[list[str]]:
    focus = facts.focus
    rows = []
    for i in by_name(facts.case, say):
        area = facts.case.areas[i]
        cells = [area.name()[say.language]]
        for name in asked:
            low, high = focus.spread[name]
            level = say.level(name, float(focus.areas[name][i, last]))
            cells.append(f"{level} ({say.between(name, float(low[i]), float(high[i]))})")
        counted = [name for name in asked if focus.observed[name][i]]
        words = ", ".join(say.indicator(name) for name in counted)
        start = say("observed: {names}", names=words) if counted else say("estimated")
        rows.append([*cells, start] if starts else cells)
    return rows


def _building(facts: Facts, say: Words, look: Look, charts: _Charts) -> dict[str, Any]:
    focus = facts.focus
    last = month_of(focus.months, facts.targets.last_deadline)
    middle = {name: fan[2] for name, fan in focus.fans.items()}
    able, users = middle["homes_passed"], middle["fibre_households"]
    grown = say(
        "From {first} to {month}, in the median, homes that can order fibre go from {able} to "
        "{reach}, households with fibre from {users} to {taken}.",
        first=say.month(focus.months[0]), month=say.month(focus.months[last]),
        able=say.level("homes_passed", float(able[0])),
        reach=say.level("homes_passed", float(able[last])),
        users=say.level("fibre_households", float(users[0])),
        taken=say.level("fibre_households", float(users[last])),
    )  # fmt: skip
    if able[last] - able[0] < (users[last] - users[0]) / 2:
        grown += " " + say("Most new users live where fibre has passed already.")
    words = [*(_waits(facts, programme, say) for programme in BUILT), grown]
    narrow = replace(look, width=NARROW)
    drawn = [charts.part(waiting(focus, programme, narrow)) for programme in BUILT]
    parts: list[Part] = [{"kind": "text", "words": words}, *_in_two(drawn)]
    return _section(say("What is built, and what it waits for"), parts)


def _money(facts: Facts, say: Words, look: Look, charts: _Charts) -> dict[str, Any]:
    focus, ground = facts.focus, facts.baseline or facts.focus
    last = month_of(focus.months, facts.targets.last_deadline)
    day = say.day(facts.targets.last_deadline)

    def arrived(summary: Summary, programme: str) -> float:
        return float(summary.money[programme][: last + 1].sum())

    spending = [name for name in PROGRAMMES if arrived(focus, name) or arrived(ground, name)]
    rows = [
        [say(LABELS[name]), say.plain(focus.scenario.value(name)),
         *(say.number(arrived(each, name), 1) for each in (focus, ground))]
        for name in spending
    ]  # fmt: skip
    budget = sum(focus.scenario.value(name) for name in PROGRAMMES)
    rows.append([say("Together"), say.plain(budget), say.number(focus.cost_bn_vnd, 1),
                 say.number(ground.cost_bn_vnd, 1)])  # fmt: skip
    head = [say("Programme"), say("Budget, bn VND a year"),
            say("Arrives by {day}, bn VND", day=day), say("Baseline, bn VND")]  # fmt: skip
    assumed = facts.case.assumptions
    words = [
        say("These are public budgets. What a year's budget does not release by the deadline comes "
            "in the next year's first months or lapses, as public money has done before."),
        say("Operators spend their own money besides, in every plan: by assumption {homes} bn VND "
            "a year on passing homes and {villages} on village sites.",
            homes=say.plain(assumed["operator_fibre_money"].central),
            villages=say.plain(assumed["operator_village_money"].central)),
    ]  # fmt: skip
    promised = focus.scenario.value("private_leverage")
    if promised:
        words.append(
            say("For each dong of public money for building, {ratio} of private money is promised; "
                "it is not in the table.", ratio=say.plain(promised))
        )  # fmt: skip
    parts: list[Part] = [
        _table(head, rows, (1, 2, 3), widths=[3, 1.6, 2, 1.4], whole=True),
        {"kind": "text", "words": words},
    ]
    if focus.cost_bn_vnd > 0:
        parts.append(charts.part(money(focus, look, facts.case.head.currency), 0.86))
    return _section(say("Which money, and whose"), parts)


def _past(facts: Facts, say: Words, look: Look, charts: _Charts) -> dict[str, Any]:
    if facts.played is None:
        return _section("", [])
    hindcasts, promises = facts.played()
    words = [
        say("To see how far off it is, ketnoi forecast the baseline again from other days, earlier "
            "and later ones, each time with only what had been published by then. Each row "
            "sets such a forecast against the official figures that came after it."),
        say("Figures published after {day} serve this check alone: none of them reaches a forecast "
            "elsewhere in this report. Some assumptions rest on later or foreign studies; each "
            "says so.", day=say.day(facts.case.head.vintage)),
        say("Errors are mean absolute errors in points; the methods beside ketnoi saw the same "
            "figures."),
        *_came(facts, promises, say),
    ]  # fmt: skip
    parts: list[Part] = [
        {"kind": "text", "words": words},
        _table(hindsight_head(say), hindsight_cells(hindcasts, promises, say), range(2, 10),
               small=True),
    ]  # fmt: skip
    for name in dict.fromkeys(one.indicator for one in whole(hindcasts)):
        rows = [one for one in whole(hindcasts) if one.indicator == name]
        if len(rows) > len(facts.targets.targets):
            panels = len({row.vintage for row in rows})
            parts.append(charts.part(hindsight(rows, look), min(1.0, panels / 6)))
    return _section(say("How past forecasts did"), parts)


def _came(facts: Facts, promises: Sequence[Promise], say: Words) -> list[str]:
    """Say which targets were met, and what chance the baseline had given them."""
    told = [
        f"{say.indicator(one.indicator)}: " + (say("met") if one.met else say("missed"))
        + f" ({say('chance')} {say.chance(one.chances['ketnoi'])})"
        for one in promises
        if one.vintage == facts.case.head.vintage
    ]  # fmt: skip
    if not told:
        return []
    return [say("What came of the targets, beside the chance the baseline gave them: {list}.",
                list="; ".join(told))]  # fmt: skip


def _assumptions(facts: Facts, say: Words) -> dict[str, Any]:
    assumed = facts.case.assumptions
    rows = [
        [
            row.meaning(say.language),
            say.figure(row.low),
            say.figure(row.central),
            say.figure(row.high),
            say(row.unit),
            say(row.confidence),
            row.evidence(say.language),
        ]
        for row in assumed.values()
    ]
    head = [say("Assumption"), say("Low"), say("Central"), say("High"), say("Unit"),
            say("Confidence"), say("Source")]  # fmt: skip
    strongest = [
        [say.indicator(target), assumed[name].meaning(say.language), say.number(rank, 2),
         f"{say.figure(assumed[name].low)}–{say.figure(assumed[name].high)} "
         + say(assumed[name].unit), say(assumed[name].confidence)]
        for target, ranks in facts.focus.drivers.items()
        for name, rank in list(ranks.items())[:STRONGEST]
    ]  # fmt: skip
    parts: list[Part] = [{"kind": "text", "words": _hinges(facts, say)}]
    if strongest:
        heads = [say("Target"), say("Assumption"), say("Rank correlation"), say("Range"),
                 say("Confidence")]  # fmt: skip
        parts.append(
            _table(heads, strongest, (2,), widths=[1.8, 3, 1, 1.6, 0.9], small=True, whole=True)
        )
    parts += [
        {"kind": "heading", "words": say("Everything assumed")},
        _table(head, rows, (1, 2, 3), widths=[3, 0.8, 0.9, 0.8, 1.2, 1.1, 4.5], small=True),
    ]
    return _section(say("What it hinges on"), parts)


def _hinges(facts: Facts, say: Words) -> list[str]:
    """Say what the assumptions are worth, and which targets hinge on none of them."""
    assumed = facts.case.assumptions.values()
    low = sum(row.confidence == "low" for row in assumed)
    words = [
        say("Of {count} assumptions, {low} are of low confidence. Those below move a result most: "
            "the rank correlation of their draws with the level on the target's day, -1 to 1.",
            count=len(assumed), low=low)
    ]  # fmt: skip
    free = [name for name, ranks in facts.focus.drivers.items() if not ranks]
    if free:
        names = "; ".join(say.indicator(name) for name in free)
        words.append(
            say("No single assumption moves these much: {names}. What spreads them is how far "
                "such series have strayed from their own trend in other years and countries.",
                names=names)
        )  # fmt: skip
    return words


def _sources(facts: Facts, say: Words) -> dict[str, Any]:
    case, targets = facts.case, facts.targets
    goals = "; ".join(
        f"{say.indicator(each.indicator)} ≥ {say.goal(each.indicator, each.at_least)}, "
        + say("by {day}", day=say.day(each.deadline))
        for each in targets.targets
    )
    published = say("Published {day}. {source}", day=say.day(targets.published),
                    source=targets.source)  # fmt: skip
    parts: list[Part] = [
        {"kind": "text", "words": [f"{say.named(targets.name)}: {goals}. {published}"]},
        {
            "kind": "heading",
            "words": say("What was known on {day}", day=say.day(case.head.vintage)),
        },
        _figures(case, case.observations, say),
    ]
    later = [row for _, _, row in load_outcomes(case.folder)] if facts.played is not None else []
    if later:
        parts += [
            {"kind": "heading", "words": say("Published later, used for nothing but to judge")},
            _figures(case, later, say),
        ]
    return _section(say("Every figure used"), parts)


def _figures(case: Case, rows: Sequence[Observation], say: Words) -> Part:
    names = place_names(case, say)
    kept = sorted(rows, key=lambda row: (row.indicator, row.area, row.date))
    cells = [
        [
            say.day(row.date),
            say(SERIES_NAMES.get(row.indicator, row.indicator)),
            names.get(row.area, row.area),
            say.figure(row.value) + ("" if row.unit == "%" else " ") + say(row.unit),
            say.day(row.published),
            say(row.confidence),
            row.source,
        ]
        for row in kept
    ]
    head = [say("Day"), say("Indicator"), say("Area"), say("Figure"), say("Published"),
            say("Confidence"), say("Source")]  # fmt: skip
    return _table(head, cells, (3,), widths=[1.2, 1.8, 1.3, 1.4, 1.2, 1.1, 3.9], small=True)


def _method(say: Words) -> dict[str, Any]:
    """Say in six steps how a number is made."""
    steps = [
        say("Every assumption is drawn from its range; the same draws serve every plan, so plans "
            "are compared draw by draw."),
        say("Areas start where they were counted or where a small-area estimate puts them, and "
            "add up to the whole in every draw."),
        say("Where history alone would lead: the level comes from the place's own figures, its "
            "further way and its spread from how a hundred countries moved and how wrong such "
            "forecasts were."),
        say("What gets built: sites and packages of homes pass survey, permit, money, power, works "
            "and equipment, in queues with crews, rain and late money."),
        say("Who takes it up: the rate that makes the baseline follow history is found draw by "
            "draw; the plan then runs with that rate, its own reach and its levers."),
        say("A chance is the share of the draws in which the target is met on its day."),
    ]  # fmt: skip
    return _section(say("How a number is made"), [{"kind": "list", "words": steps}])


def _limits(facts: Facts, say: Words) -> dict[str, Any]:
    words = [
        say("Chances come from draws of this model: they hold only as far as its assumptions do."),
        say("Areas marked as estimated were not counted in the past year; their spread is wide."),
        say("Effects of levers rest on few studies, most of them of other countries."),
        say("The chances of different targets are drawn independently of each other, so the "
            "chance of all together is too low where they rise and fall together."),
        say("Works already under way on the day of the forecast are not known."),
        say("Costs are public money alone: what operators and users pay, and whether a place may "
            "order a measure by itself, is left out."),
    ]  # fmt: skip
    if any(target.at_least == 1 for target in facts.targets.targets):
        words.append(say("A target of 100% is missed if a single one is missing."))
    return _section(say("Limits"), [{"kind": "list", "words": words}])


def _glossary(facts: Facts, say: Words) -> dict[str, Any]:
    """Say what the words mean that a reader may not know."""
    rows = [
        ["ketnoi", say("the program that made this report")],
        [say("chance"), say("share of the draws in which the target is met on its day")],
        [say("draw"), say("one run of the model with one value of every assumption and one set of "
                          "random numbers, the same in every scenario, so that scenarios are "
                          "compared pair by pair")],
        [say("median"), say("half of the draws lie below it, half above")],
        [say("90% range"), say("from the level that 5% of the draws stay below to the one that "
                                "5% exceed")],
        [say("Gap"), say("the target less the median, in points: hundredths of all households or "
                         "villages, or subscriptions per 100 people")],
        [say("run"), say("the months computed, up to {month}",
                         month=say.month(facts.focus.months[-1]))],
        [say("Baseline"), say("policy simply goes on as it is")],
        [say("estimated"), say("the area was not counted in the past year; its start comes from "
                               "its urban share, its internet score in the PAPI survey and the "
                               "areas that were counted")],
        [say("Confidence"), say("high: an official figure; medium: derived from one, or an "
                                "estimate; low: on another definition, or ketnoi's own "
                                "assumption")],
        [say("No change"), say("says that the last figure stays")],
        [say("Straight line"), say("goes on at the mean pace so far")],
        [say("Damped ETS"), say("exponential smoothing with a trend that fades")],
        [say("Bass curve"), say("an S-shaped curve of adoption, fitted to the past")],
        [say("Within 90%"), say("share of later figures within the 90% range; good is 90%")],
        [say("Width"), say("mean width of the 90% range, in points")],
        [say("Brier score of the chances"), say("mean squared distance of the chances from what "
                                                "happened (0 or 1); a coin's is 0.25; in brackets "
                                                "of how many chances, and only scores of the "
                                                "same ones compare")],
        *([say.indicator(name), say.unit(name)] for name in facts.focus.fans),
    ]  # fmt: skip
    table = _table([say("Word"), say("Meaning")], rows, (), widths=[1.8, 6], small=True)
    return _section(say("Words"), [table])


def _checking(facts: Facts, say: Words) -> dict[str, Any]:
    words = [
        say("This file carries its recipe, in a PDF as the document's description: the case's "
            "hash, every lever, the seed, the versions and a hash of its numbers."),
        say("Check it with: {command}. ketnoi makes it again and compares byte for byte, and says "
            "which number, caption or input differs.", command="ketnoi verify report.pdf"),
        say("That shows that the report follows from its inputs. To see that they are the right "
            "ones, compare the case's hash with the one its publisher gives: {case}, {hash}.",
            case=facts.made["case"], hash=facts.made["case_hash"]),
    ]  # fmt: skip
    return _section(say("How to check this report"), [{"kind": "text", "words": words}])
