"""A report's middle: what comes of each plan, place by place, built and paid, and of the past."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from sim.ask.answers import Difference
from sim.ask.hindsight import Promise, whole
from sim.ask.summary import Summary
from sim.ask.trials import helpful, moves
from sim.indicators import SERIES
from sim.months import month_of
from sim.paper.answer import waits
from sim.paper.parts import NARROW, Charts, Facts, Part, Section, in_two, section, table
from sim.place.levers import label
from sim.show.bars import money, waiting
from sim.show.evidence import by_name
from sim.show.fans import fan, hindsight
from sim.show.figures import lever_words
from sim.show.look import Look
from sim.show.tables import (
    BUILT,
    hindsight_cells,
    hindsight_head,
    short_of,
    shown_indicators,
)
from sim.show.tiles import tile_map, verdict_strip
from sim.words import Words

MOST = 5  # areas named for what they lack


def plans_compared(facts: Facts, say: Words, look: Look, charts: Charts) -> Section:
    """Return the chances of all plans in one chart."""
    chart = charts.part(verdict_strip(facts.summaries, facts.targets, look))
    return section(say("The plans compared"), [chart])


def plans_in_words(facts: Facts, say: Words) -> Section:
    """Return what each plan is for, sets and costs."""
    base = facts.case.baseline
    rows = [
        [
            say.named(summary.scenario.name),
            say.named(summary.scenario.why)
            + "\n"
            + lever_words(facts.case, summary.scenario, base, say),
            say.number(summary.cost_bn_vnd),
        ]
        for summary in facts.summaries
    ]
    head = [say("Scenario"), say("What it sets otherwise"), say("Cost, bn VND")]
    words = say(
        "Budgets are bn VND a year; the cost is the public money that arrives by {day}.",
        day=say.day(facts.targets.last_deadline),
    )
    parts = [
        {"kind": "text", "words": [words]},
        table(head, rows, (2,), widths=[1.4, 7, 0.8], small=True),
    ]
    return section(say("What each plan does"), parts)


def levers_alone(facts: Facts, say: Words) -> Section:
    """Show what each lever would change on its own."""
    trials: dict[str, list[Difference]] = {}
    for each in facts.tried:
        trials.setdefault(say.named(each.scenario.name), []).append(each)
    told = {name: own for name, own in trials.items() if any(map(moves, own))}
    rows = [
        [
            name,
            *(
                f"{say.points(each.target.indicator, 100 * each.p50)} "
                f"({say.signed(100 * each.chance)})"
                for each in own
            ),
            say.number(own[0].extra_bn_vnd),
        ]
        for name, own in sorted(
            told.items(), key=lambda pair: max(map(helpful, pair[1])), reverse=True
        )
    ]
    if not rows:
        return section("", [])
    goals = [say.indicator(target.indicator) for target in facts.targets.targets]
    words = [
        say(
            "{plan}, one lever at a time moved as far as there is evidence for, all else the "
            "same: points the median gains, in brackets points the chance gains. Effects do not "
            "simply add up.",
            plan=say.named(facts.focus.scenario.name),
        )
    ]
    still = "; ".join(name for name in trials if name not in told)
    if still:
        words.append(say("These change nothing here: {names}.", names=still))
    head = [say("Lever"), *goals, say("extra money, bn VND")]
    widths = [3.6, *(1.5 for _ in goals), 1]
    parts: list[Part] = [
        {"kind": "text", "words": words},
        table(head, rows, range(1, len(head)), widths=widths, small=True),
    ]
    return section(say("What each lever would do on its own"), parts)


def outlook(facts: Facts, look: Look, charts: Charts) -> Section:
    """Return the fan of each indicator."""
    goals = {target.indicator: target for target in facts.targets.targets}
    narrow = replace(look, width=NARROW)
    parts = [
        charts.part(fan(facts.focus, facts.baseline, goals.get(name), facts.case, name, narrow))
        for name in shown_indicators(facts.targets)
    ]
    return section(look.say("Where things are going"), in_two(parts))


def places(facts: Facts, say: Words, look: Look, charts: Charts) -> Section:
    """Return the areas: where most is missing, a map, a table."""
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
        table(
            [*head, say("Start")] if counted else head,
            _area_cells(facts, asked, last, say, counted),
            range(1, len(asked) + 1),
            small=True,
        ),
    ]
    return section(say("Place by place"), parts)


def _most_missing(facts: Facts, say: Words) -> list[str]:
    """Say for each target where most of what is missing is, in households, villages or lines."""
    focus, found = facts.focus, []
    for target in facts.targets.targets:
        if not SERIES[target.indicator].noun:
            continue
        missing = short_of(facts.case, focus, target, month_of(focus.months, target.deadline))
        most = [int(i) for i in np.argsort(-missing)[:MOST] if missing[i] >= 0.05]
        unit = say(SERIES[target.indicator].noun)
        facts_of = {"indicator": say.indicator(target.indicator), "unit": unit}
        if not most:
            found.append(say("{indicator}: no area is below the target in the mean.", **facts_of))
            continue
        names = [facts.case.areas[i].name()[say.language] for i in most]
        counts = [say.plain(float(f"{missing[i]:.2g}")) for i in most]
        found.append(
            say(
                "{indicator}: about {count} {unit} short in the areas below the target; most in "
                "{list}.",
                count=say.plain(float(f"{missing.sum():.2g}")),
                list=", ".join(map(" ".join, zip(names, counts, strict=True))),
                **facts_of,
            )
        )
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


def building(facts: Facts, say: Words, look: Look, charts: Charts) -> Section:
    """Return what is built, and what it waits for."""
    focus = facts.focus
    last = month_of(focus.months, facts.targets.last_deadline)
    middle = {name: fan[2] for name, fan in focus.fans.items()}
    able, users = middle["homes_passed"], middle["fibre_households"]
    grown = say(
        "From {first} to {month}, in the median, homes that can order fibre go from {able} to "
        "{reach}, households with fibre from {users} to {taken}.",
        first=say.month(focus.months[0]),
        month=say.month(focus.months[last]),
        able=say.level("homes_passed", float(able[0])),
        reach=say.level("homes_passed", float(able[last])),
        users=say.level("fibre_households", float(users[0])),
        taken=say.level("fibre_households", float(users[last])),
    )
    if able[last] - able[0] < (users[last] - users[0]) / 2:
        grown += " " + say("Most new users live where fibre has passed already.")
    words = [*(waits(facts, programme, say) for programme in BUILT), grown]
    narrow = replace(look, width=NARROW)
    drawn = [charts.part(waiting(focus, programme, narrow)) for programme in BUILT]
    parts: list[Part] = [{"kind": "text", "words": words}, *in_two(drawn)]
    return section(say("What is built, and what it waits for"), parts)


def spending(facts: Facts, say: Words, look: Look, charts: Charts) -> Section:
    """Return the money, by programme and month."""
    parts: list[Part] = [
        _arrivals(facts, say),
        {"kind": "text", "words": _whose_money(facts, say)},
    ]
    if facts.focus.cost_bn_vnd > 0:
        parts.append(charts.part(money(facts.focus, look, facts.case.head.currency), 0.86))
    return section(say("Which money, and whose"), parts)


def _arrivals(facts: Facts, say: Words) -> Part:
    """Return the table of budgets and of what arrives of them."""
    focus, ground = facts.focus, facts.baseline or facts.focus
    last = month_of(focus.months, facts.targets.last_deadline)

    def arrived(summary: Summary, programme: str) -> float:
        return float(summary.money[programme][: last + 1].sum())

    paid = [name for name in focus.money if arrived(focus, name) or arrived(ground, name)]
    rows = [
        [
            say(label(name)),
            say.plain(focus.scenario.value(name)),
            *(say.number(arrived(plan, name), 1) for plan in (focus, ground)),
        ]
        for name in paid
    ]
    budget = say.plain(sum(focus.scenario.value(name) for name in focus.money))
    costs = (say.number(plan.cost_bn_vnd, 1) for plan in (focus, ground))
    rows.append([say("Together"), budget, *costs])
    arrives = say("Arrives by {day}, bn VND", day=say.day(facts.targets.last_deadline))
    head = [say("Programme"), say("Budget, bn VND a year"), arrives, say("Baseline, bn VND")]
    return table(head, rows, (1, 2, 3), widths=[3, 1.6, 2, 1.4], whole=True)


def _whose_money(facts: Facts, say: Words) -> list[str]:
    """Say what the table of money leaves out."""
    assumed = facts.case.assumptions
    words = [
        say(
            "These are public budgets. What a year's budget does not release by the deadline comes "
            "in the next year's first months or lapses, as public money has done before."
        ),
        say(
            "Operators spend their own money besides, in every plan: by assumption {homes} bn VND "
            "a year on passing homes and {villages} on village sites.",
            homes=say.plain(assumed["operator_fibre_money"].central),
            villages=say.plain(assumed["operator_village_money"].central),
        ),
    ]
    promised = facts.focus.scenario.value("private_leverage")
    if promised:
        words.append(
            say(
                "For each dong of public money for building, {ratio} of private money is promised; "
                "it is not in the table.",
                ratio=say.plain(promised),
            )
        )
    return words


def past_forecasts(facts: Facts, say: Words, look: Look, charts: Charts) -> Section:
    """Return how far off forecasts of other days were, and what came of the targets."""
    if facts.played is None:
        return section("", [])
    hindcasts, promises = facts.played()
    words = [
        say(
            "To see how far off it is, ketnoi forecast the baseline again from other days, earlier "
            "and later ones, each time with only what had been published by then. Each row "
            "sets such a forecast against the official figures that came after it."
        ),
        say(
            "Figures published after {day} serve this check alone: none of them reaches a forecast "
            "elsewhere in this report. Some assumptions rest on later or foreign studies; each "
            "says so.",
            day=say.day(facts.case.head.vintage),
        ),
        say(
            "Errors are mean absolute errors in points; the methods beside ketnoi saw the same "
            "figures."
        ),
        *_came(facts, promises, say),
    ]
    parts: list[Part] = [
        {"kind": "text", "words": words},
        table(
            hindsight_head(say), hindsight_cells(hindcasts, promises, say), range(2, 10), small=True
        ),
    ]
    for name in dict.fromkeys(one.indicator for one in whole(hindcasts)):
        rows = [one for one in whole(hindcasts) if one.indicator == name]
        if len(rows) > len(facts.targets.targets):
            panels = len({row.vintage for row in rows})
            parts.append(charts.part(hindsight(rows, look), min(1.0, panels / 6)))
    return section(say("How past forecasts did"), parts)


def _came(facts: Facts, promises: Sequence[Promise], say: Words) -> list[str]:
    """Say which targets were met, and what chance the baseline had given them."""
    told = [
        f"{say.indicator(one.indicator)}: "
        + (say("met") if one.met else say("missed"))
        + f" ({say('chance')} {say.chance(one.chances['ketnoi'])})"
        for one in promises
        if one.vintage == facts.case.head.vintage
    ]
    if not told:
        return []
    return [
        say(
            "What came of the targets, beside the chance the baseline gave them: {list}.",
            list="; ".join(told),
        )
    ]
