"""The answers as tables: one set of numbers behind terminal, page and folder."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from operator import attrgetter
from typing import Any

import numpy as np

from sim.ask.answers import Difference
from sim.ask.hindsight import METHODS, NATION, Hindcast, Promise
from sim.ask.summary import LEVELS, Summary
from sim.files.tables import Cell, Table, in_money, table_of
from sim.forecast import Array
from sim.months import month_of
from sim.numbers import ten_digits
from sim.place.case import Case
from sim.place.targets import Target, TargetSet


def short_of(case: Case, summary: Summary, target: Target, month: int) -> Array:
    """Return how much each area is short of a target in the mean of the draws, `[area]`.

    In what the table of indicators says it counts.
    """
    levels = summary.areas[target.indicator][:, month]
    return np.asarray(np.maximum(target.bar - levels, 0) * case.sizes(target.indicator))


def _tens(*names: str, **called: str) -> Iterator[tuple[str, Callable[..., Cell]]]:
    """Yield columns of numbers that a row's last part has, to ten digits; some called otherwise."""
    for heading, name in {**dict(zip(names, names, strict=True)), **called}.items():
        get = attrgetter(name)
        yield heading, lambda *row, get=get: ten_digits(get(row[-1]))


def verdict_rows(summaries: Sequence[Summary]) -> Table:
    """Return every verdict as numbers, one row a scenario and target."""
    return table_of(
        ((plan, verdict) for plan in summaries for verdict in plan.judgement.verdicts),
        ("scenario", lambda plan, v: plan.scenario.id),
        ("indicator", lambda plan, v: v.target.indicator),
        ("target", lambda plan, v: v.target.at_least),
        ("deadline", lambda plan, v: v.target.deadline.isoformat()),
        *_tens("p05", "p50", "p95", "chance", "chance_error"),
        ("chance_low", lambda plan, v: ten_digits(v.bounds[0])),
        ("chance_high", lambda plan, v: ten_digits(v.bounds[1])),
        *_tens("gap_p50"),
        (
            "month_passed_p50",
            lambda plan, v: f"{v.month_passed_p50:%Y-%m}" if v.month_passed_p50 else "",
        ),
        *_tens("change_p05", "change_p50", "change_p95", "chance_change"),
        ("chance_all", lambda plan, v: ten_digits(plan.judgement.chance_all)),
        ("chance_all_low", lambda plan, v: ten_digits(plan.judgement.bounds_all[0])),
        ("chance_all_high", lambda plan, v: ten_digits(plan.judgement.bounds_all[1])),
        ("cost_{money}", lambda plan, v: ten_digits(plan.cost)),
    )


def nation_rows(summaries: Sequence[Summary], names: Sequence[str] = ()) -> Table:
    """Return the nation's quantiles by scenario, indicator (of all if none is named) and month."""
    head = ["scenario", "indicator", "month", *(f"p{round(100 * level):02d}" for level in LEVELS)]
    rows: list[list[Cell]] = [
        [summary.scenario.id, indicator, day.isoformat(), *map(ten_digits, fans)]
        for summary in summaries
        for indicator in names or summary.fans
        for day, fans in zip(summary.months, summary.fans[indicator].T, strict=True)
    ]
    return head, rows


def area_rows(case: Case, summaries: Sequence[Summary], targets: TargetSet) -> Table:
    """Return each area's level in the month of the last deadline, and how its start is known."""
    last = {plan.scenario.id: month_of(plan.months, targets.last_deadline) for plan in summaries}
    return table_of(
        (
            (plan, last[plan.scenario.id], name, i)
            for plan in summaries
            for name in plan.areas
            for i in range(len(case.areas))
        ),
        ("scenario", lambda plan, last, name, i: plan.scenario.id),
        ("indicator", lambda plan, last, name, i: name),
        ("area", lambda plan, last, name, i: case.areas[i].code),
        ("name_vi", lambda plan, last, name, i: case.areas[i].name_vi),
        ("name_en", lambda plan, last, name, i: case.areas[i].name_en),
        ("month", lambda plan, last, name, i: plan.months[last].isoformat()),
        ("mean", lambda plan, last, name, i: ten_digits(plan.areas[name][i, last])),
        ("p05", lambda plan, last, name, i: ten_digits(plan.spread[name][0][i])),
        ("p95", lambda plan, last, name, i: ten_digits(plan.spread[name][1][i])),
        (
            "start",
            lambda plan, last, name, i: "observed" if plan.observed[name][i] else "estimated",
        ),
    )


def money_rows(summaries: Sequence[Summary]) -> Table:
    """Return the mean public money that arrives and is spent, by scenario, programme, month."""
    return table_of(
        (
            (plan, name, i)
            for plan in summaries
            for name in plan.money
            for i in range(len(plan.months))
        ),
        ("scenario", lambda plan, name, i: plan.scenario.id),
        ("programme", lambda plan, name, i: name),
        ("month", lambda plan, name, i: plan.months[i].isoformat()),
        ("arrived_{money}", lambda plan, name, i: ten_digits(plan.arrived[name][i])),
        ("spent_{money}", lambda plan, name, i: ten_digits(plan.money[name][i])),
    )


def difference_rows(found: Sequence[Difference], against: str) -> Table:
    """Return differences to the scenario of an id as numbers, one row a scenario and target."""
    return table_of(
        ((each,) for each in found),
        ("scenario", lambda each: each.scenario.id),
        ("against", lambda each: against),
        ("indicator", lambda each: each.target.indicator),
        ("deadline", lambda each: each.target.deadline.isoformat()),
        *_tens(change_p05="p05", change_p50="p50", change_p95="p95"),
        *_tens(chance_change="chance", chance_change_error="chance_error"),
        *_tens(**{"extra_{money}": "extra"}),
        ("{money}_per_point", lambda each: each.per_point),
        ("{money}_per_point_low", lambda each: each.per_point_low),
        ("{money}_per_point_high", lambda each: each.per_point_high),
    )


def tables(case: Case, summaries: Sequence[Summary], targets: TargetSet) -> dict[str, Table]:
    """Return all tables by name."""
    found = {
        "verdicts": verdict_rows(summaries),
        "nation": nation_rows(summaries),
        "areas": area_rows(case, summaries, targets),
        "money": money_rows(summaries),
    }
    return {name: in_money(table, case.head.currency) for name, table in found.items()}


def stamp_rows(made: Mapping[str, Any]) -> Table:
    """Return a stamp as a table, one row a value."""
    rows: list[list[Cell]] = [[name, value] for name, value in _entries("", made)]
    return ["what", "value"], rows


def _entries(name: str, value: object) -> Iterator[tuple[str, Cell]]:
    parts: Iterable[tuple[object, object]] = ()
    if isinstance(value, Mapping):
        parts = value.items()
    elif isinstance(value, list | tuple):
        parts = enumerate(value, start=1)
    else:
        yield name, value if isinstance(value, str | int | float) else str(value)
    for key, each in parts:
        yield from _entries(f"{name}.{key}" if name else str(key), each)


def _of_methods(numbers: str, *more: str) -> Iterator[tuple[str, Callable[..., Cell]]]:
    """Yield a column a method, of the numbers a row holds by method; some lack in some rows."""
    for name in (*METHODS, *more):

        def cell(row: object, name: str = name) -> Cell:
            held = getattr(row, numbers)
            return ten_digits(held[name]) if name in held else None

        yield name, cell


def hindsight_rows(hindcasts: Sequence[Hindcast]) -> Table:
    """Return every forecast of a figure that came later, as numbers."""
    return table_of(
        ((one,) for one in hindcasts),
        ("vintage", lambda one: one.vintage.isoformat()),
        ("indicator", lambda one: one.indicator),
        ("area", lambda one: one.area),
        ("lever", lambda one: one.lever),
        ("date", lambda one: one.day.isoformat()),
        *_tens("happened", p05="low", p25="lower", p75="upper", p95="high"),
        *_tens("pit", "crps"),
        *_of_methods("said", NATION),
    )


def promise_rows(promises: Sequence[Promise]) -> Table:
    """Return every chance given to a target, and whether it was met."""
    return table_of(
        ((one,) for one in promises),
        ("vintage", lambda one: one.vintage.isoformat()),
        ("indicator", lambda one: one.target.indicator),
        ("target", lambda one: ten_digits(one.target.at_least)),
        ("deadline", lambda one: one.target.deadline.isoformat()),
        ("met", lambda one: int(one.met)),
        *_of_methods("chances"),
    )
