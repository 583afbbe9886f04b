"""A report's middle: what comes of each plan, place by place, built and paid, and of the past."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from sim.ask.answers import Difference
from sim.ask.hindsight import Promise, whole
from sim.ask.summary import LEVELS, idle
from sim.ask.trials import acts_on, helpful, moves
from sim.indicators import SERIES
from sim.months import month_of
from sim.paper.answer import lever_of, waits
from sim.paper.parts import Charts, Facts, Grid, Part, Section, in_two, section, table
from sim.place.levers import Lever, label
from sim.place.targets import wilson
from sim.seek import telling
from sim.show import luck
from sim.show.bars import bought, money, swung, waiting
from sim.show.evidence import by_name
from sim.show.fans import fan, hindsight
from sim.show.sentences import binds, goal_name, lever_words, past_tables
from sim.show.tables import short_of
from sim.show.tiles import tile_map, verdicts
from sim.words import Words

MOST = 5  # areas named for what they lack
FEW = 20  # areas whose table stays on a page
IDLE = 0.01  # of the money that arrives: so much that has bought nothing is told
MEDIAN = LEVELS.index(0.5)  # position of the medians among the quantiles


def plans_compared(facts: Facts, say: Words, charts: Charts) -> Section:
    """Return the chances of all plans in one chart."""
    chart = charts.part(verdicts(facts.shown(say, *facts.summaries)).draw(charts.look))
    several = say("The plans compared")
    return section(several if facts.summaries[1:] else say("Chance of meeting the targets"), chart)


def plans_in_words(facts: Facts, say: Words) -> Section:
    """Return what each plan is for, sets and costs."""
    rows = []
    for summary in facts.summaries:
        plan = summary.scenario
        sets = lever_words(facts.case, plan, facts.case.baseline, say)
        does, cost = f"{say.named(plan.why)}\n{sets}", say.amount(summary.cost)
        rows.append([say.named(plan.name), does, cost])
    head = [say("Scenario"), say("What it sets differently"), say("Cost, {bn}")]
    words = say.prose("plans", day=say.day(facts.targets.last_deadline))
    return section(
        say("What each plan does"),
        {"kind": "text", "words": words},
        table(head, rows, "llr", (1.4, 7, 0.8), small=True),
    )


def levers_alone(facts: Facts, say: Words) -> Section:
    """Show what each lever would change on its own."""
    trials: dict[str, list[Difference]] = {}
    for trial in facts.tried:
        trials.setdefault(say.named(trial.scenario.name), []).append(trial)
    moving = {name: effects for name, effects in trials.items() if any(map(moves, effects))}
    if not moving:
        return section("")
    ranked = sorted(moving, key=lambda name: max(map(helpful, moving[name])), reverse=True)
    rows = [
        [
            name,
            *_effects(facts, moving[name], say),
            say.number(moving[name][0].extra),
            _whose(lever_of(facts, moving[name][0]), say),
        ]
        for name in ranked
    ]
    words = say.prose("levers", plan=say.named(facts.focus.scenario.name))
    words += [_authority([lever_of(facts, moving[name][0]) for name in ranked], say)]
    still = "; ".join(name for name in trials if name not in moving)
    if still:
        words += say.prose("levers#still", names=still)
    asked = facts.targets.targets
    goals = [goal_name(target, asked, say) for target in asked]
    words += [
        f"{goal}: {binds(facts.focus, target, say)}"
        for goal, target in zip(goals, asked, strict=True)
    ]
    head = [say("Lever"), *goals, say("extra public money, {bn}"), say("Who decides; who pays")]
    widths = [2.6, *(1.3 for _ in goals), 0.9, 2.7]
    return section(
        say("What each lever would do on its own"),
        {"kind": "text", "words": words},
        table(head, rows, "l".ljust(len(head) - 1, "r") + "l", widths, small=True),
    )


def _whose(lever: Lever, say: Words) -> str:
    """Return who decides a lever and who pays for it, starred where that is assumed."""
    star = "" if lever.authority(say.language) else " *"
    return "; ".join(dict.fromkeys((say(lever.owner), say(lever.payer)))) + star


def _authority(levers: Sequence[Lever], say: Words) -> str:
    """Say where it is from who decides and who pays."""
    known = dict.fromkeys(filter(None, (lever.authority(say.language) for lever in levers)))
    return say.paragraph("levers#owners", sources="; ".join(known) or "–")


def what_it_takes(facts: Facts, say: Words, charts: Charts) -> Section:
    """Return the answer to a question asked backwards of the plan, where there was one."""
    if facts.reply is None:
        return section("")
    shown, head = replace(facts.shown(say), reply=facts.reply), telling.head(say)
    drawn = [*bought.all(shown), *swung.all(shown)]
    lead, *words = telling.sentences(facts.reply, say)
    return section(
        say("What would it take"),
        {"kind": "text", "words": [lead]},
        {"kind": "list", "words": words},
        *in_two([charts.part(each.draw(charts.narrow)) for each in drawn]),
        table(head, [list(row) for row in telling.rows(facts.reply, say)], "llrr", small=True),
    )


def _effects(facts: Facts, effects: Sequence[Difference], say: Words) -> list[str]:
    """Return what a lever adds to each target's median, in brackets to its chance, at what price.

    A price stands where the gain is more than the luck of the draws.
    """
    return [
        f"{say.points(one.target.indicator, 100 * one.p50)} ({luck.gained(one, say)})"
        + _price_of(one, say)
        if moves(one)
        else say("nothing by then")
        if acts_on(lever_of(facts, one), one.target.indicator)
        else say("does not act on it")
        for one in effects
    ]


def _price_of(one: Difference, say: Words) -> str:
    if one.per_point is None or one.p05 <= 0:
        return ""
    return "\n" + say("{money} {bn} per point", money=say.figure(float(f"{one.per_point:.2g}")))


def outlook(facts: Facts, say: Words, charts: Charts) -> Section:
    """Return where each target starts, what is expected and what came, and the fans."""
    figures = fan.all(facts.shown(say, facts.focus))
    drawn = [charts.part(figure.draw(charts.narrow)) for figure in figures]
    return section(say("Where things are going"), _framework(facts, say), *in_two(drawn))


def _framework(facts: Facts, say: Words) -> Grid:
    """Return the targets as a framework of results: start, target, expected, came."""
    focus, asked = facts.focus, facts.targets.targets
    first = say.month(focus.months[0])
    rows = []
    for verdict in focus.judgement.verdicts:
        name, target = verdict.target.indicator, verdict.target
        start = float(focus.fans[name][MEDIAN][0])
        between = say.between(name, verdict.p05, verdict.p95)
        rows.append(
            [
                goal_name(target, asked, say),
                say.level(name, start),
                say.goal(name, target.at_least),
                say.day(target.deadline),
                f"{say.level(name, verdict.p50)} ({between})",
                _latest(facts, name, say),
            ]
        )
    head = [say("Indicator"), say("Start, {month}", month=first), say("Target"), say("Day")]
    head += [say("Expected (90% range)"), say("Latest figure since")]
    what = say("From start to target")
    return table(head, rows, "lrrlrl", (2, 1.1, 0.9, 1.1, 2, 1.6), whole=True, caption=what)


def _latest(facts: Facts, name: str, say: Words) -> str:
    """Return the last figure of an indicator that came after the case's day; a dash if none."""
    hindcasts = facts.played()[0] if facts.played is not None else []
    day = facts.case.head.vintage
    rows = [row for row in whole(hindcasts) if (row.indicator, row.vintage) == (name, day)]
    if not rows:
        return "–"
    last = max(rows, key=lambda row: row.day)
    return f"{say.level(name, last.happened)} ({say.day(last.day)})"


def places(facts: Facts, say: Words, charts: Charts) -> Section:
    """Return the areas: where most is missing, a map, a table."""
    focus, case = facts.focus, facts.case
    asked = list(dict.fromkeys(target.indicator for target in facts.targets.targets))
    missed, shown = focus.judgement.binding or facts.targets.targets[0], facts.shown(say, focus)
    size = ("population", "households", "villages" if case.lists_villages else "")
    counts = {name: say.number(float(case.columns[name].sum())) for name in size if name}
    sizes = "places#size" if case.lists_villages else "places#people"
    plan, month = say.named(focus.scenario.name), say.month(focus.months[facts.last])
    drawn = tile_map(shown, indicator=missed.indicator, month=shown.last).draw(charts.look)
    return section(
        say("Place by place"),
        {"kind": "text", "words": say.prose(sizes, areas=len(case.areas), **counts)},
        {"kind": "heading", "words": say("Where most is missing")},
        {"kind": "list", "words": list(most_missing(facts, say))},
        {"kind": "text", "words": [say.paragraph("places#mean")]},
        charts.part(drawn, 0.8, floats=True),
        {"kind": "text", "words": say.prose("places#note", plan=plan, month=month)},
        _areas(facts, asked, say),
    )


def most_missing(facts: Facts, say: Words) -> Iterator[str]:
    """Yield for each target where most of what is missing is, in what the target counts."""
    for target in facts.targets.targets:
        month = month_of(facts.focus.months, target.deadline)
        missing = short_of(facts.case, facts.focus, target, month)
        few = missing.sum() < 1
        least = 0.05 if few else 0.5
        most = [int(i) for i in np.argsort(-missing)[:MOST] if missing[i] >= least]
        names = [say.named(facts.case.areas[i].name()) for i in most]
        counts = [say.number(luck.about(float(missing[i]), 0)) for i in most]
        pairs = names if few else map(": ".join, zip(names, counts, strict=True))
        short = "places#hardly-short" if few else "places#short"
        yield say.paragraph(
            short if most else "places#none-short",
            indicator=goal_name(target, facts.targets.targets, say),
            count=say.number(luck.about(float(missing.sum()), 0)),
            unit=say(SERIES[target.indicator].noun),
            list=", ".join(pairs),
        )


def _areas(facts: Facts, asked: Sequence[str], say: Words) -> Grid:
    """Return each area's levels, and how its start is known if any was counted."""
    focus, rows = facts.focus, []
    for i in by_name(facts.case, say):
        cells = [say.named(facts.case.areas[i].name())]
        for name in asked:
            low, high = focus.spread[name]
            level = say.level(name, float(focus.areas[name][i, facts.last]))
            cells.append(f"{level} ({say.between(name, float(low[i]), float(high[i]))})")
        counted = ", ".join(say.indicator(name) for name in asked if focus.observed[name][i])
        start = say("observed: {names}", names=counted) if counted else say("estimated")
        rows.append([*cells, start])
    head = [say("Area"), *map(say.indicator, asked), say("Start")]
    if not any(focus.observed[name].any() for name in asked):
        head, rows = head[:-1], [cells[:-1] for cells in rows]
    whole, sides = len(rows) <= FEW, "l" + "r" * len(asked)
    return table(head, rows, sides, small=True, whole=whole, caption=say("Area by area"))


def building(facts: Facts, say: Words, charts: Charts) -> Section:
    """Return what is built, and what it waits for."""
    focus = facts.focus
    words = [waits(facts, programme, say) for programme in reversed(list(focus.waiting))]
    if facts.case.lines:
        words.append(_grown(facts, say))
    shown = facts.shown(say, focus)
    figures = [waiting(shown, programme=programme) for programme in reversed(list(focus.waiting))]
    drawn = [charts.part(figure.draw(charts.narrow)) for figure in figures]
    title = say("What is built, and what it waits for")
    return section(title, {"kind": "text", "words": words}, *in_two(drawn))


def _grown(facts: Facts, say: Words) -> str:
    """Return how homes that can order and homes that did have grown."""
    focus, last, lines = facts.focus, facts.last, facts.case.lines
    able, users = (focus.fans[name][MEDIAN] for name in ("homes_passed", lines))
    words = say.paragraph(
        "building#grown",
        first=say.month(focus.months[0]),
        month=say.month(focus.months[last]),
        able=say.level("homes_passed", float(able[0])),
        reach=say.level("homes_passed", float(able[last])),
        users=say.level(lines, float(users[0])),
        taken=say.level(lines, float(users[last])),
    )
    if able[last] - able[0] < (users[last] - users[0]) / 2:
        words += " " + say.paragraph("building#where-passed")
    return words


def spending(facts: Facts, say: Words, charts: Charts) -> Section:
    """Return the money, by programme and month."""
    focus, assumed = facts.focus, facts.case.assumptions
    homes, villages = (
        say.plain(assumed[name].central)
        for name in ("operator_fibre_money", "operator_village_money")
    )
    words = say.prose("money", homes=homes, villages=villages)
    promised = focus.scenario.value("private_leverage")
    if promised:
        words += say.prose("money#promised", ratio=say.plain(promised))
    arrived, left = idle(focus, facts.last)
    if left > IDLE * arrived:
        words += say.prose(
            "money#idle",
            day=say.day(facts.targets.last_deadline),
            arrived=say.number(arrived, 1),
            idle=say.number(left, 1),
            share=say.percent(left / arrived, 0),
        )
    parts: list[Part] = [_amounts(facts, say), {"kind": "text", "words": words}]
    figures = money.all(facts.shown(say, focus))
    parts += [charts.part(figure.draw(charts.look), 0.86) for figure in figures]
    return section(say("Which money, and whose"), *parts)


def _amounts(facts: Facts, say: Words) -> Grid:
    """Return the table of budgets, of what arrives of them and is spent, and of who pays."""
    focus, ground = facts.focus, facts.baseline or facts.focus
    flows, last = (focus.arrived, focus.money, ground.money), facts.last + 1
    rows: list[list[str]] = []
    paid: dict[str, list[float]] = {}
    for name in focus.money:
        sums = [float(flow[name][:last].sum()) for flow in flows]
        if any(sums):
            amounts, payer = [focus.scenario.value(name), *sums], say(facts.case.levers[name].payer)
            rows.append([say(label(name)), payer, *_amount_cells(amounts, say)])
            before = paid.get(payer, [0.0] * len(amounts))
            paid[payer] = [sum(pair) for pair in zip(before, amounts, strict=True)]
    if len(paid) > 1:
        rows += [[say("Of it"), payer, *_amount_cells(paid[payer], say)] for payer in paid]
    budgets = sum(focus.scenario.value(name) for name in focus.money)
    every = [budgets, idle(focus, facts.last)[0], focus.cost, ground.cost]
    rows.append([say("Together"), "", *_amount_cells(every, say)])
    day = say.day(facts.targets.last_deadline)
    head = [
        say("Programme"),
        say("Who pays"),
        say("Budget, {bn} a year"),
        say("Arrives by {day}, {bn}", day=day),
        say("Spent by {day}, {bn}", day=day),
        say("Baseline, {bn}"),
    ]
    widths = (2.2, 2.8, 1.1, 1.4, 1.3, 1.2)
    return table(head, rows, "llrrrr", widths, small=True, whole=True)


def _amount_cells(amounts: Sequence[float], say: Words) -> list[str]:
    """Return a budget as it is set, and sums of money to a tenth."""
    budget, *sums = amounts
    return [say.plain(budget), *(say.number(each, 1) for each in sums)]


def past_forecasts(facts: Facts, say: Words, charts: Charts) -> Section:
    """Return how far off forecasts of other days were, and what came of the targets."""
    if facts.played is None:
        return section("")
    hindcasts, promises = facts.played()
    day = facts.case.head.vintage
    words = [
        say.paragraph("past#how"),
        say.paragraph("past#alone", day=say.day(day)),
        say.paragraph("past#errors"),
        *_came(facts, [promise for promise in promises if promise.vintage == day], say),
    ]
    parts: list[Part] = [{"kind": "text", "words": words}]
    for each in past_tables(hindcasts, promises, say):
        sides = ("l" * each.left).ljust(len(each.head), "r")
        parts.append(table(each.head, each.cells, sides, small=True, caption=each.title))
    for figure in hindsight.all(facts.shown(say)):
        own = figure.table()[1]
        if len(own) > len(facts.targets.targets):
            panels = len({row[0] for row in own})  # one a vintage
            parts.append(charts.part(figure.draw(charts.look), min(1.0, panels / 6)))
    return section(say("How past forecasts did"), *parts)


def _came(facts: Facts, promises: Sequence[Promise], say: Words) -> Iterator[str]:
    """Yield which targets were met, and what chance the baseline had given them."""
    told, asked = [], [promise.target for promise in promises]
    for promise in promises:
        if promise.target not in facts.targets.targets:
            continue
        share, came = promise.chances["ketnoi"], say("met") if promise.met else say("missed")
        chance = luck.chance(share, wilson(share, facts.made["replicates"]), say)
        told.append(f"{goal_name(promise.target, asked, say)}: {came} ({say('chance')} {chance})")
    if told:
        yield say.paragraph("past#came", list="; ".join(told))
