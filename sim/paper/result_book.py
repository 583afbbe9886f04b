"""The workbook of a run: verdicts, months, areas, money and sources, with native charts.

Headings, sheet names and units are in the reader's language; numbers are numbers, written
as the reader's own spreadsheet writes them.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from math import ceil, floor, log10
from typing import Any

from sim.ask.summary import LEVELS, Summary
from sim.files.tables import Rows
from sim.files.workbook import Charts, Dated, Entry, Kind, Plot, Series, Sheet, workbook_bytes
from sim.indicators import SERIES
from sim.months import month_of
from sim.numbers import ten_digits
from sim.place.case import Case
from sim.place.levers import label
from sim.place.stamp import encoded
from sim.place.targets import TargetSet, Verdict
from sim.show.evidence import assumptions, observations
from sim.show.figures import Shown
from sim.show.look import PALETTES
from sim.show.sentences import missed_most
from sim.show.tables import stamp_rows
from sim.words import Words

Column = tuple[str, Kind]
OfIndicator = tuple[Summary, str, list[Entry]]  # a row: its plan, its indicator, its cells
CHANCES, VERDICTS, NATION, AREAS, MONEY = range(5)  # positions of the sheets
_ASSUMED: Sequence[Kind] = ("text", "plain", "plain", "plain", "plain", "plain", "plain", "text")
_SEEN: Sequence[Kind] = ("text", "text", "day", "plain", "plain", "day", "plain", "text")


def result_book(shown: Shown, stamped: Mapping[str, Any]) -> bytes:
    """Return the workbook of a run, with the stamp of its file."""
    case, summaries, targets, say = shown.case, shown.summaries, shown.targets, shown.say
    seen = _dated(observations(shown).table(), _SEEN)
    sheets = [
        _chances(summaries, targets, say),
        _verdicts(summaries, say),
        _nation(summaries, say),
        _areas(case, summaries, targets, say),
        _money(summaries, say),
        Sheet(title=say("Assumptions"), table=assumptions(shown).table(), kinds=_ASSUMED),
        Sheet(title=say("Observations"), table=seen, kinds=_SEEN),
        Sheet(title=say("Stamp"), table=stamp_rows(stamped)),
    ]
    plots, paints = _plots(sheets, summaries, targets, say), PALETTES["light"].series
    return workbook_bytes(
        sheets,
        Charts(title=say("Charts"), plots=plots, paints=paints),
        days=say.manner.day.lower(),
        title=say.named(case.head.name.model_dump()),
        stamp=encoded(stamped),
    )


def _sheet(title: str, columns: Sequence[Column], rows: list[list[Entry]], **more: Any) -> Sheet:
    head, kinds = zip(*columns, strict=True)
    return Sheet(title=title, table=(head, rows), kinds=kinds, **more)


def _of_indicators(
    title: str,
    columns: Sequence[Column],
    rows: Iterable[OfIndicator],
    say: Words,
    frozen: int = 1,
) -> Sheet:
    """Return a sheet whose rows are of a plan and an indicator each, levels in its own unit."""
    about = (say("Scenario"), say("Indicator"), say("Unit"))
    cells, kinds = [], list[Kind]()
    for summary, name, own in rows:
        plan = say.named(summary.scenario.name)
        cells.append([plan, say.indicator(name), say.unit(name), *own])
        kinds.append("level" if SERIES[name].per_hundred else "share")
    texts: list[Column] = [(what, "text") for what in about]
    return _sheet(title, [*texts, *columns], cells, row_kinds=kinds, frozen=frozen)


def _scaled(indicator: str, value: float) -> float:
    """Return a level in its unit: a fraction, which is written as a per cent, or per 100."""
    return ten_digits(100 * float(value) if SERIES[indicator].per_hundred else float(value))


def _chances(summaries: Sequence[Summary], targets: TargetSet, say: Words) -> Sheet:
    """One row a scenario: the chance of each target, of all, the money."""
    goals: list[Column] = [
        (
            f"{say.indicator(each.indicator)} ≥ {say.goal(each.indicator, each.at_least)}, "
            + say.day(each.deadline),
            "share",
        )
        for each in targets.targets
    ]
    every: list[Column] = [(say("All together"), "share"), (say("Binds"), "text")]
    rows: list[list[Entry]] = [
        [
            say.named(summary.scenario.name),
            *(ten_digits(verdict.chance) for verdict in summary.judgement.verdicts),
            ten_digits(summary.judgement.chance_all),
            missed_most(summary.judgement, say),
            ten_digits(summary.cost),
        ]
        for summary in summaries
    ]
    columns = [(say("Scenario"), "text"), *goals, *every, (say("Cost, {bn}"), "money")]
    return _sheet(say("Chances"), columns, rows)


def _verdicts(summaries: Sequence[Summary], say: Words) -> Sheet:
    columns: list[Column] = [
        (say("Target"), "level"),
        (say("Deadline"), "day"),
        ("5%", "level"),
        (say("Median"), "level"),
        ("95%", "level"),
        (say("Gap"), "level"),
        (say("Change on baseline"), "level"),
        (say("Change, 5%"), "level"),
        (say("Change, 95%"), "level"),
        (say("Chance"), "share"),
        (say("Chance, at least"), "share"),
        (say("Chance, at most"), "share"),
        (say("Chance on baseline"), "share"),
        (say("Reached"), "day"),
    ]
    rows = (
        (summary, verdict.target.indicator, _verdict(verdict))
        for summary in summaries
        for verdict in summary.judgement.verdicts
    )
    return _of_indicators(say("Verdicts"), columns, rows, say)


def _verdict(v: Verdict) -> list[Entry]:
    levels = (v.p05, v.p50, v.p95, v.gap_p50, v.change_p50, v.change_p05, v.change_p95)
    return [
        _scaled(v.target.indicator, v.target.at_least),
        v.target.deadline,
        *(_scaled(v.target.indicator, level) for level in levels),
        *map(ten_digits, (v.chance, *v.bounds, v.chance_change)),
        v.month_passed_p50,
    ]


def _nation(summaries: Sequence[Summary], say: Words) -> Sheet:
    """One row a scenario, indicator and month: the nation's quantiles."""
    columns: list[Column] = [(say("Month"), "day"), *((_percent(x), "level") for x in LEVELS)]
    rows: Iterable[OfIndicator] = (
        (summary, name, [day, *(_scaled(name, value) for value in fans)])
        for summary in summaries
        for name in summary.fans
        for day, fans in zip(summary.months, summary.fans[name].T, strict=True)
    )
    return _of_indicators(say("Nation by month"), columns, rows, say)


def _percent(level: float) -> str:
    return f"{round(100 * level)}%"


def _areas(case: Case, summaries: Sequence[Summary], targets: TargetSet, say: Words) -> Sheet:
    """One row a scenario, indicator and area: its mean level month by month."""
    months = summaries[0].months
    last = say.day(months[month_of(months, targets.last_deadline)])
    columns: list[Column] = [(say("Area"), "text"), (say("Start"), "plain")]
    levels = [f"5%, {last}", f"95%, {last}", *map(say.month, months)]
    columns += [(title, "level") for title in levels]
    starts = {True: say("observed"), False: say("estimated")}
    rows: Iterable[OfIndicator] = (
        (
            summary,
            name,
            [
                say.named(area.name()),
                starts[bool(known)],
                *(_scaled(name, level) for level in (low, high, *means)),
            ],
        )
        for summary in summaries
        for name in summary.fans
        for area, known, low, high, means in zip(
            case.areas,
            summary.observed[name],
            *summary.spread[name],
            summary.areas[name],
            strict=True,
        )
    )
    return _of_indicators(say("Areas by month"), columns, rows, say, frozen=4)


def _money(summaries: Sequence[Summary], say: Words) -> Sheet:
    rows: list[list[Entry]] = [
        [
            say.named(summary.scenario.name),
            say(label(programme)),
            day,
            *(ten_digits(float(flow[programme][i])) for flow in (summary.arrived, summary.money)),
        ]
        for summary in summaries
        for programme in summary.money
        for i, day in enumerate(summary.months)
    ]
    columns: list[Column] = [(say("Scenario"), "text"), (say("Programme"), "text")]
    columns += [(say("Month"), "day"), (say("Arrived, {bn}"), "money")]
    columns += [(say("Spent, {bn}"), "money")]
    return _sheet(say("Money"), columns, rows)


def _dated(table: tuple[Sequence[str], Rows], kinds: Sequence[Kind]) -> Dated:
    """Return a table whose days, written as text, are days."""
    head, rows = table
    days = [column for column, kind in enumerate(kinds) if kind == "day"]
    return head, [
        [
            date.fromisoformat(str(cell)) if column in days else cell
            for column, cell in enumerate(row)
        ]
        for row in rows
    ]


def _plots(
    sheets: Sequence[Sheet], summaries: Sequence[Summary], targets: TargetSet, say: Words
) -> list[Plot]:
    focus = next((i for i, s in enumerate(summaries) if s.scenario.id != "baseline"), 0)
    asked = dict.fromkeys(target.indicator for target in targets.targets)
    plots = [_chance_plot(sheets[CHANCES], say)]
    plots += [_fan_plot(sheets[NATION], summaries[focus], focus, name, say) for name in asked]
    if summaries[focus].cost > 0:
        plots.append(_money_plot(sheets[MONEY], summaries[focus], focus, say))
    return plots


def _chance_plot(sheet: Sheet, say: Words) -> Plot:
    rows = range(1, len(sheet.table[1]) + 1)
    chances = [column for column, kind in enumerate(sheet.kinds) if kind == "share"]
    series = [_series(CHANCES, rows, 0, column, hue=hue) for hue, column in enumerate(chances)]
    return Plot(
        title=say("Chance of meeting the targets"),
        kind="bar",
        series=tuple(series),
        axis=say("Chance"),
        number="0%",
        bounds=(0.0, 1.0),
    )


def _fan_plot(sheet: Sheet, summary: Summary, plan: int, name: str, say: Words) -> Plot:
    head, rows = list(sheet.table[0]), _rows_of(list(summary.fans), name, summary, plan)
    month, levels = head.index(say("Month")), (0.05, 0.5, 0.95)
    series = [
        _series(NATION, rows, month, head.index(_percent(level)), dash=level != 0.5)
        for level in levels
    ]
    fan = summary.fans[name]
    low, high = (_scaled(name, float(level)) for level in (fan.min(), fan.max()))
    return Plot(
        title=say.indicator(name),
        kind="line",
        series=tuple(series),
        axis=say.unit(name),
        number="0" if SERIES[name].per_hundred else "0%",
        bounds=_round(low, high),
        months=say.manner.month.lower(),
    )


def _round(low: float, high: float) -> tuple[float, float]:
    """Return round numbers about two others, a power of ten apart from the next.

    >>> _round(0.644, 0.861), _round(71.2, 93.0), _round(1.0, 1.0)
    ((0.6, 0.9), (70.0, 100.0), (0.99, 1.0))
    """
    step = 10.0 ** floor(log10(max(high - low, 0.01)))
    begin, end = floor(low / step), ceil(high / step)
    return round(min(begin, end - 1) * step, 10), round(end * step, 10)


def _money_plot(sheet: Sheet, summary: Summary, plan: int, say: Words) -> Plot:
    head, series = list(sheet.table[0]), []
    month, total = head.index(say("Month")), head.index(say("Spent, {bn}"))
    for hue, name in enumerate(summary.money):
        if summary.money[name].any():
            rows = _rows_of(list(summary.money), name, summary, plan)
            named = (rows.start, head.index(say("Programme")))
            series.append(_series(MONEY, rows, month, total, named, hue=hue))
    return Plot(
        title=say("Money"),
        kind="stacked",
        series=tuple(series),
        axis=say("{bn}"),
        number="#,##0",
        months=say.manner.month.lower(),
    )


def _rows_of(names: Sequence[str], name: str, summary: Summary, plan: int) -> range:
    """Return the rows of a series, on a sheet that has one for each plan, name and month."""
    months = len(summary.months)
    first = 1 + months * (plan * len(names) + names.index(name))
    return range(first, first + months)


def _series(
    sheet: int, rows: range, x: int, y: int, name: tuple[int, int] | None = None, **look: Any
) -> Series:
    """Return two columns of some rows as a series, named by a cell; by its heading if by none."""
    along, up = ((rows.start, column, rows.stop - 1, column) for column in (x, y))
    return Series(sheet=sheet, name=name or (0, y), x=along, y=up, **look)
