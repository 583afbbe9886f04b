"""An answer in words first, then as rows of a table, and its plans as texts."""

import json
import math
from collections.abc import Iterator

from sim.files.tables import Cell, Table
from sim.numbers import ten_digits
from sim.place.levers import label, lever_value
from sim.seek.reply import Late, Levers, Point, Reply
from sim.words import LANGUAGES, Words

Row = tuple[str, str, str, str]  # part of the answer, what it is about, value, note


def sentences(reply: Reply, say: Words) -> Iterator[str]:
    """Yield the answer in words."""
    wish = reply.wish
    yield _first(reply, say)
    if reply.late is not None:
        yield from _late(reply, reply.late, say)
    for name, gain in (reply.free_moves or {}).items():
        points = say.number(100 * gain, 1)
        yield say("{lever} adds {points} points of chance.", lever=say(label(name)), points=points)
    if reply.saved:
        names = ", ".join(say(label(name)) for name in reply.saved)
        yield say("Could be saved while the chance still holds: {names}.", names=names)
    if reply.proof is not None:
        low, high = (say.percent(end) for end in reply.proof.bounds)
        yield say(
            "Checked on {draws} fresh draws: chance {chance}, between {low} and {high}.",
            draws=say.number(reply.proof.draws),
            chance=say.percent(reply.proof.chance),
            low=low,
            high=high,
        )
        if reply.falls_short:
            yield say(
                "That is less than asked: with these levers no plan found reaches the chance."
            )
    if reply.lowest is not None:
        money = _money(reply.lowest, say)
        yield say("Sampling noise aside, it takes at least {money}.", money=money)
    yield say(
        "It took {runs} runs of 1,000 draws, starting from {plan}.",
        runs=say.number(reply.runs, 1),
        plan=say.named(wish.plan.name),
    )


def _money(value: float, say: Words) -> str:
    if not math.isfinite(value):
        return say("not possible")
    return say("{sum} {bn}", sum=say.plain(float(f"{value:.4g}")))


def _first(reply: Reply, say: Words) -> str:
    wish, chance = reply.wish, say.percent(reply.chance)
    asked, money = say.percent(wish.chance), _money(reply.money, say)
    extra = _money(reply.money - reply.spent, say)
    if reply.kind == "met":
        return say("Nothing is needed: the chance is {chance}.", chance=chance)
    if reply.kind == "late":
        return say(
            "Not by then: with all free levers at their aim the chance is {chance}, not {asked}.",
            chance=chance,
            asked=asked,
        )
    if reply.kind == "dear":
        return say(
            "Not for that money: {asked} takes {needed}; for {money} the chance is {chance}.",
            asked=asked,
            needed=_money(reply.needed or 0.0, say),
            money=money,
            chance=chance,
        )
    if reply.month is not None:
        return say(
            "The earliest month is {month}: the plan spends {money}.",
            month=say.month(reply.month),
            money=money,
        )
    if wish.sought == "chance":
        return say("For {money}, the highest chance found is {chance}.", money=money, chance=chance)
    return say(
        "A chance of {asked} takes {money}, {extra} more than the plan as it stands.",
        asked=asked,
        money=money,
        extra=extra,
    )


def _late(reply: Reply, late: Late, say: Words) -> Iterator[str]:
    asked = say.percent(reply.wish.chance)
    for target, level in late.levels.items():
        yield say(
            "{indicator}: with a chance of {asked} it reaches {level} by {day}.",
            indicator=say.indicator(target.indicator),
            asked=asked,
            level=say.level(target.indicator, level),
            day=say.day(target.deadline),
        )
    if late.month is None:
        yield say("Nor is it reached within a year of the deadline.")
    else:
        yield say("It is a date, not money: reached in {month}.", month=say.month(late.month))
    if late.binding:
        yield say("What holds it back most: {lever}.", lever=say(label(late.binding)))
    else:
        yield say("No lever helps by going beyond its aim: time is what is short.")
    if late.assumption:
        known = reply.wish.question.case.assumptions[late.assumption]
        name = known.meaning(say.language)
        yield say("The assumption that matters most: {name}.", name=name)


def head(say: Words) -> list[str]:
    """Return the headings of the answer's table."""
    return [say("Part"), say("About"), say("Value"), say("Range")]


def rows(reply: Reply, say: Words) -> list[Row]:
    """Return the answer as rows: levers, doing without, money against chance, next money."""
    case, standing = reply.wish.question.case, reply.wish.plan.levers
    found: list[Row] = []
    for name, value in reply.levers.items():
        if value != standing[name]:
            lever = case.levers[name]
            was = lever_value(lever, standing[name], say)
            found.append((say("plan"), say(lever.label), lever_value(lever, value, say), was))
    for each in reply.without:
        price = say("not possible") if each.extra is None else _money(each.extra, say)
        found.append((say("without"), say(label(each.lever)), price, ""))
    for point in filter(_told, reply.curve):
        money, low, high = (_money(end, say) for end in (point.money, *point.band))
        found.append(
            (say("money for a chance"), say.percent(point.chance), money, f"{low} – {high}")
        )
    for gain in reply.worth:
        value, low, high = (say.number(100 * n, 3) for n in (gain.points, *gain.bounds))
        part = say("points per extra unit of money")
        found.append((part, say(label(gain.lever)), value, f"{low} – {high}"))
    return found


def table(reply: Reply) -> Table:
    """Return the answer as numbers, which are the same in every language."""
    case, standing = reply.wish.question.case, reply.wish.plan.levers
    found: list[list[Cell]] = [["chance", "", _ten(reply.chance), None, None]]
    found.append(["money", "", _ten(reply.money), _ten(reply.lowest), None])
    if reply.proof is not None:
        low, high = map(_ten, reply.proof.bounds)
        found.append(["proof", reply.proof.draws, _ten(reply.proof.chance), low, high])
    for name in case.levers:
        if reply.levers[name] != standing[name]:
            found.append(["plan", name, reply.levers[name], standing[name], None])
    found += [["without", each.lever, _ten(each.extra), None, None] for each in reply.without]
    found += [
        ["money_for_chance", each.chance, *map(_ten, (each.money, *each.band))]
        for each in reply.curve
    ]
    found += [
        ["points_for_money", each.lever, *map(_ten, (each.points, *each.bounds))]
        for each in reply.worth
    ]
    return ["part", "about", "value", "low", "high"], found


def _told(point: Point) -> bool:
    """Return whether a table tells a point of the curve: each twentieth part."""
    return round(100 * point.chance) % 5 == 0


def _ten(value: float | None) -> float | None:
    """Return a number to ten digits; None of one without end, for what is not reached."""
    return None if value is None or not math.isfinite(value) else ten_digits(value)


def plans(reply: Reply) -> dict[str, str]:
    """Return the plans of an answer as texts of scenario files, the one found first."""
    every = [] if reply.kind == "met" else [reply.levers, *reply.plans]
    return {f"plan-{i}": plan_text(reply, each, i) for i, each in enumerate(every, start=1)}


def plan_text(reply: Reply, levers: Levers, number: int) -> str:
    """Return a plan as a scenario file: what differs from the baseline, and why."""
    asked = reply.wish.chance if reply.wish.sought != "chance" else reply.chance
    base = reply.wish.question.case.baseline.levers
    names, whys = [], []
    for say in map(Words, LANGUAGES):
        chance = say.percent(asked, 0)
        name = say("What it takes for {chance}, plan {number}", chance=chance, number=number)
        names.append(f"{say.language} = {json.dumps(name, ensure_ascii=False)}")
        why = say("Found by asking backwards, from {plan}.", plan=say.named(reply.wish.plan.name))
        whys.append(f"{say.language} = {json.dumps(why, ensure_ascii=False)}")
    own = [f"{name} = {json.dumps(value)}" for name, value in levers.items() if value != base[name]]
    return "\n".join(["[name]", *names, "", "[why]", *whys, "", "[levers]", *own, ""])
