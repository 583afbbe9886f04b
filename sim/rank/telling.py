"""Where to start in words and tables: need, leverage and doubt of each area, a floor."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from sim.files.tables import Cell, Table
from sim.forecast import Array
from sim.indicators import SERIES
from sim.numbers import ten_digits
from sim.place.targets import WIDE, wilson
from sim.rank.criteria import SHORT, Criterion
from sim.rank.start import Floor, Start
from sim.words import OFF, Words

DIRECTIONS = {"more": "more", "less": "less"}
NAMES = {  # of columns of areas.csv that every place may have
    "population": "people",
    "households": "households",
    "villages": "villages",
    "communes": "communes",
    "urban_share": "share of people in towns",
    "area_km2": "area, km²",
}
MOST = 5  # areas named at the head of a map


def criterion_name(id: str, say: Words) -> str:
    """Return what a criterion is called."""
    name = id.removeprefix(SHORT)
    if id.startswith(SHORT):
        return say("short of the target: {indicator}", indicator=say.indicator(name))
    if name in SERIES:
        return say.indicator(name)
    return say(NAMES[name]) if name in NAMES else name


def area_names(start: Start, say: Words) -> list[str]:
    """Return the areas' names, in the order of arrays."""
    return [say.named(area.name()) for area in start.question.case.areas]


def grouped(start: Start, say: Words) -> list[tuple[int, int]]:
    """Return the areas as pairs of group and place, within a group as a dictionary has them."""
    names = area_names(start, say)
    return [
        (number, area)
        for number, group in enumerate(start.ranks.groups, start=1)
        for area in sorted(group, key=lambda area: (say.order(names[area]), area))
    ]


def sentences(start: Start, say: Words) -> Iterator[str]:
    """Yield in words who comes first, what money can and cannot do, the floor, and by what."""
    first, names = len(start.ranks.groups[0]), area_names(start, say)
    order = np.argsort(-start.ranks.chance, kind="stable")[: start.ranks.top]
    told = ", ".join(names[area] for area in order)
    if start.ranks.top == 1:
        yield say("Most often first: {names}.", names=told)
    else:
        yield say("Most often among the first {top}: {names}.", top=start.ranks.top, names=told)
    if first > 1:
        yield say(
            "{count} areas cannot be told apart at the front: begin with any of them.",
            count=say.number(first),
        )
    yield from _moved(start, say)
    if start.floor is not None:
        yield from _floored(start, start.floor, say)
    yield _by_what(start.criteria, say)


def _by_what(criteria: Sequence[Criterion], say: Words) -> str:
    """Return by which criteria areas are ranked; the weight once where several have the same."""
    if len(criteria) == 1 or len({(each.low, each.high) for each in criteria}) > 1:
        return say(
            "Ranked by: {criteria}.",
            criteria="; ".join(_weighed(each, say) for each in criteria),
        )
    return say(
        "Ranked by, each with weight {low} to {high}: {criteria}.",
        low=say.plain(criteria[0].low),
        high=say.plain(criteria[0].high),
        criteria="; ".join(_first(each, say) for each in criteria),
    )


def _first(each: Criterion, say: Words) -> str:
    name, direction = criterion_name(each.id, say), say(DIRECTIONS[each.direction])
    return say("{name} ({direction} first)", name=name, direction=direction)


def _weighed(each: Criterion, say: Words) -> str:
    return say(
        "{name} ({direction} first, weight {low} to {high})",
        name=criterion_name(each.id, say),
        direction=say(DIRECTIONS[each.direction]),
        low=say.plain(each.low),
        high=say.plain(each.high),
    )


def _moved(start: Start, say: Words) -> Iterator[str]:
    found = start.leverage
    if found is None:
        return
    yield say(
        "Leverage: what changes if an area is built before all others. Nothing else in a plan is "
        "tied to an area: vouchers, training and teams go to all areas alike."
    )
    if not found.money:
        yield say("This plan has no money for building, so no area's place in the order matters.")
    elif not (np.abs(found.chance) > WIDE * found.chance_error).any():
        yield say("No area's place in the order changes the chance by more than sampling noise.")


def _floored(start: Start, floor: Floor, say: Words) -> Iterator[str]:
    yield say(
        "Every area at {level} or more: chance {chance}; together with all targets {both}, "
        "against {nation} for the targets alone.",
        level=say.percent(floor.level, 0),
        chance=chance(start, floor.chance, say),
        both=chance(start, floor.both, say),
        nation=chance(start, floor.nation, say),
    )
    if floor.worst is not None:
        goal, area = floor.worst
        yield say(
            "What fails most often: {area}, {indicator}.",
            area=area_names(start, say)[area],
            indicator=say.indicator(start.question.targets.targets[goal].indicator),
        )
    lifted, nation = floor.poorest
    yield say(
        "All that a plan can do about it is build in the poorest areas first: the floor's chance "
        "becomes {chance}, and that of the targets changes by {points} points.",
        chance=chance(start, lifted, say),
        points=say.signed(100 * (nation - floor.nation)),
    )


def heads(start: Start, say: Words) -> Iterator[str]:
    """Yield the head of each map: who is short, where the order of building moves, what to count.

    An area stands there only where its number is more than luck or a rounding.
    """
    for target, short in start.need.items():
        need = np.median(short, axis=0)
        yield say(
            "Need, {indicator} ({unit}) – {areas}.",
            indicator=say.indicator(target.indicator),
            unit=say(SERIES[target.indicator].noun),
            areas=_largest(start, need, lambda count: say.number(count), 0.5, say),
        )
    moved = start.leverage
    if moved is not None and moved.money:
        sure = np.where(np.abs(moved.chance) > WIDE * moved.chance_error, moved.chance, 0)
        if sure.any():
            areas = _largest(start, 100 * sure, lambda points: say.signed(points), 0.05, say)
            yield say("Leverage, points – {areas}.", areas=areas)
    areas = _largest(start, 100 * start.doubt, lambda points: say.number(points, 1), 0.05, say)
    yield say("Doubt, points – {areas}.", areas=areas)


def _largest(
    start: Start, of: Array, told: Callable[[float], str], least: float, say: Words
) -> str:
    """Return the areas where most is, at least so much, each with its number."""
    names = area_names(start, say)
    first = [place for place in np.argsort(-of, kind="stable")[:MOST] if of[place] >= least]
    return ", ".join(f"{names[place]}: {told(float(of[place]))}" for place in first) or say("none")


def chance(start: Start, share: float, say: Words) -> str:
    """Return a chance in words, as sure as its draws are."""
    return say.chance(share, wilson(share, start.question.replicates))


def head(start: Start, say: Words) -> list[str]:
    """Return the headings of `rows`."""
    needs = [
        say(
            "Short ({unit}): {indicator}",
            unit=say(SERIES[each.indicator].noun),
            indicator=say.indicator(each.indicator),
        )
        for each in start.need
    ]
    words = [say("Group"), say("Area"), in_front(start, say), say("Rank")]
    moved = [say("Leverage, points")] if start.leverage is not None else []
    return [*words, *needs, *moved, say("Doubt, points")]


def in_front(start: Start, say: Words) -> str:
    """Return the heading over the chances of being among the first."""
    top = start.ranks.top
    return say("Is the first") if top == 1 else say("In the first {top}", top=top)


def rows(start: Start, say: Words) -> list[list[str]]:
    """Return a row an area, the first group first."""
    names, found = area_names(start, say), start.ranks
    return [
        [
            say.number(group),
            names[area],
            chance(start, float(found.chance[area]), say),
            f"{_rank(found.middle[area], say)} "
            f"({_rank(found.low[area], say)} – {_rank(found.high[area], say)})",
            *(say.number(float(np.median(short[:, area]))) for short in start.need.values()),
            *_lever_cells(start, area, say),
            say.number(100 * float(start.doubt[area]), 1),
        ]
        for group, area in grouped(start, say)
    ]


def _rank(value: float, say: Words) -> str:
    return say.number(round(float(value)))


def _lever_cells(start: Start, area: int, say: Words) -> list[str]:
    found = start.leverage
    if found is None:
        return []
    points, error = 100 * float(found.chance[area]), 100 * float(found.chance_error[area])
    if not found.money or abs(points) <= WIDE * error:
        return [say("none")]
    return [say.signed(points) + OFF + say.number(WIDE * error, 1)]


COLUMNS = ("area", "group", "chance_top", "rank_p05", "rank_p50", "rank_p95", "doubt")


def table(start: Start) -> Table:
    """Return it as numbers, which are the same in every language."""
    found, moved, targets = start.ranks, start.leverage, list(start.need)
    group = {area: number for number, own in enumerate(found.groups, 1) for area in own}
    head = [*COLUMNS]
    for each in targets:
        name = f"{SHORT}{each.indicator}_{each.deadline:%Y-%m}"
        head += [f"{name}_p05", f"{name}_p50", f"{name}_p95"]
    head += ["leverage", "leverage_error"] if moved else []
    head += ["floor_chance"] if start.floor else []
    cells: list[list[Cell]] = []
    for place, code in enumerate(start.question.case.codes):
        numbers = [found.chance, found.low, found.middle, found.high, start.doubt]
        row: list[Cell] = [code, group[place], *(_ten(each[place]) for each in numbers)]
        for short in start.need.values():
            row += map(_ten, np.quantile(short[:, place], (0.05, 0.5, 0.95)))
        row += [_ten(moved.chance[place]), _ten(moved.chance_error[place])] if moved else []
        row += [_ten(start.floor.each[place])] if start.floor else []
        cells.append(row)
    return head, cells


def as_json(start: Start) -> dict[str, Any]:
    """Return it as the object that `ketnoi rank --json` prints."""
    head, cells = table(start)
    floor, targets = start.floor, start.question.targets.targets
    told = None
    if floor is not None:
        worst = floor.worst and {
            "indicator": targets[floor.worst[0]].indicator,
            "area": start.question.case.codes[floor.worst[1]],
        }
        numbers = {"level": floor.level, "chance": floor.chance, "nation": floor.nation}
        numbers |= {"both": floor.both, "poorest_chance": floor.poorest[0]}
        numbers |= {"poorest_nation": floor.poorest[1]}
        told = {**{name: _ten(each) for name, each in numbers.items()}, "fails_most": worst}
    return {
        "asked": start.entries,
        "areas": [dict(zip(head, row, strict=True)) for row in cells],
        "floor": told,
    }


def _ten(value: float) -> float:
    return ten_digits(float(value))
