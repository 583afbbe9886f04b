"""The workbook of a run: verdicts, months, areas, money and sources, with native charts.

Headings, sheet names and units are in the reader's language; numbers are numbers, written
as the reader's own spreadsheet writes them.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from math import ceil, floor, log10
from typing import Any

from sim.ask.summary import LEVELS, Summary
from sim.files.tables import Table
from sim.files.workbook import Charts, Dated, Entry, Kind, Plot, Series, Sheet, workbook_bytes
from sim.indicators import INDICATORS
from sim.months import month_of
from sim.numbers import ten_digits
from sim.place.case import Case
from sim.place.levers import label
from sim.place.stamp import encoded
from sim.place.targets import TargetSet, Verdict
from sim.show.evidence import assumption_table, observation_table
from sim.show.look import PALETTES
from sim.show.tables import stamp_rows
from sim.words import Words

CHANCES, VERDICTS, NATION, AREAS, MONEY = range(5)  # positions of the sheets


def result_book(
    case: Case,
    summaries: Sequence[Summary],
    targets: TargetSet,
    stamped: Mapping[str, Any],
    say: Words,
) -> bytes:
    """Return the workbook of a run.

    Args:
        case, summaries, targets: what was run.
        stamped: the file's stamp.
        say: the language of its words.
    """
    sheets = [
        _chances(summaries, targets, say),
        _verdicts(summaries, say),
        _nation(summaries, say),
        _areas(case, summaries, targets, say),
        _money(summaries, say),
        Sheet(title=say("Assumptions"), table=assumption_table(case, say), kinds=_ASSUMED),
        Sheet(
            title=say("Observations"),
            table=_dated(observation_table(case, say), (2, 5)),
            kinds=_SEEN,
        ),
        Sheet(title=say("Stamp"), table=stamp_rows(stamped)),
    ]
    plots, paints = _plots(summaries, targets, say), PALETTES["light"].series
    charts = Charts(title=say("Charts"), plots=plots, paints=paints)
    return workbook_bytes(
        sheets,
        charts,
        days="dd/mm/yyyy" if say.language == "vi" else "d mmm yyyy",
        title=say.named(case.head.name.model_dump()),
        stamp=encoded(stamped),
    )


_ASSUMED: Sequence[Kind] = ("text", "plain", "plain", "plain", "plain", "plain", "plain", "text")
_SEEN: Sequence[Kind] = ("text", "text", "day", "plain", "plain", "day", "plain", "text")


def _kind(indicator: str) -> Kind:
    return "level" if indicator == "mobile_broadband" else "share"


def _scaled(indicator: str, value: float) -> float:
    """Return a level in its unit: a fraction, which is written as a per cent, or per 100."""
    whole = 100 * float(value) if indicator == "mobile_broadband" else float(value)
    return ten_digits(whole)


def _plain(value: float) -> float:
    return ten_digits(value)


def _chances(summaries: Sequence[Summary], targets: TargetSet, say: Words) -> Sheet:
    """One row a scenario: the chance of each target, of all, the money."""
    goals = [
        f"{say.indicator(each.indicator)} ≥ {say.goal(each.indicator, each.at_least)}, "
        + say.day(each.deadline)
        for each in targets.targets
    ]
    head = [say("Scenario"), *goals, say("All together"), say("Binds"), say("Cost, bn VND")]
    rows: list[list[Entry]] = [
        [
            say.named(summary.scenario.name),
            *(_plain(verdict.chance) for verdict in summary.judgement.verdicts),
            _plain(summary.judgement.chance_all),
            say.indicator(summary.judgement.binding) if summary.judgement.binding else "–",
            _plain(summary.cost_bn_vnd),
        ]
        for summary in summaries
    ]
    kinds: list[Kind] = ["text", *(["share"] * (len(goals) + 1)), "text", "money"]  # type: ignore[list-item]
    return Sheet(title=say("Chances"), table=(head, rows), kinds=kinds)


def _verdicts(summaries: Sequence[Summary], say: Words) -> Sheet:
    head = [
        say("Scenario"),
        say("Indicator"),
        say("Unit"),
        say("Target"),
        say("Deadline"),
        "5%",
        say("Median"),
        "95%",
        say("Gap"),
        say("Change on baseline"),
        say("Change, 5%"),
        say("Change, 95%"),
        say("Chance"),
        say("Standard error"),
        say("Chance on baseline"),
        say("Reached"),
    ]
    rows, kinds = list[list[Entry]](), list[Kind]()
    for summary in summaries:
        for verdict in summary.judgement.verdicts:
            rows.append([say.named(summary.scenario.name), *_verdict(verdict, say)])
            kinds.append(_kind(verdict.target.indicator))
    return Sheet(
        title=say("Verdicts"),
        table=(head, rows),
        kinds=("text", "text", "text", "level", "day", *["level"] * 7, *["share"] * 3, "day"),  # type: ignore[arg-type]
        row_kinds=kinds,
    )


def _verdict(v: Verdict, say: Words) -> list[Entry]:
    name = v.target.indicator
    levels = (v.p05, v.p50, v.p95, v.gap_p50, v.change_p50, v.change_p05, v.change_p95)
    return [
        say.indicator(name),
        say.unit(name),
        _scaled(name, v.target.at_least),
        v.target.deadline,
        *(_scaled(name, level) for level in levels),
        *map(_plain, (v.chance, v.chance_error, v.chance_change)),
        v.month_passed_p50,
    ]


def _nation(summaries: Sequence[Summary], say: Words) -> Sheet:
    """One row a scenario, indicator and month: the nation's quantiles."""
    head = [
        say("Scenario"),
        say("Indicator"),
        say("Unit"),
        say("Month"),
        *(f"{round(100 * level)}%" for level in LEVELS),
    ]
    rows: list[list[Entry]] = [
        [
            say.named(summary.scenario.name),
            say.indicator(name),
            say.unit(name),
            day,
            *(_scaled(name, value) for value in fans),
        ]
        for summary in summaries
        for name in INDICATORS
        for day, fans in zip(summary.months, summary.fans[name].T, strict=True)
    ]
    kinds = [_kind(name) for summary in summaries for name in INDICATORS for _ in summary.months]
    return Sheet(
        title=say("Nation by month"),
        table=(head, rows),
        row_kinds=kinds,
        kinds=("text", "text", "text", "day", "level"),
    )


def _areas(case: Case, summaries: Sequence[Summary], targets: TargetSet, say: Words) -> Sheet:
    """One row a scenario, indicator and area: its mean level month by month."""
    months = summaries[0].months
    last = say.day(months[month_of(months, targets.last_deadline)])
    head = [
        say("Scenario"),
        say("Indicator"),
        say("Unit"),
        say("Area"),
        say("Start"),
        f"5%, {last}",
        f"95%, {last}",
        *(say.month(day) for day in months),
    ]
    rows, kinds = list[list[Entry]](), list[Kind]()
    for summary in summaries:
        for name in INDICATORS:
            low, high = summary.spread[name]
            for i, area in enumerate(case.areas):
                known = summary.observed[name][i]
                levels = (low[i], high[i], *summary.areas[name][i])
                rows.append(
                    [
                        say.named(summary.scenario.name),
                        say.indicator(name),
                        say.unit(name),
                        area.name()[say.language],
                        say("observed") if known else say("estimated"),
                        *(_scaled(name, level) for level in levels),
                    ]
                )
                kinds.append(_kind(name))
    return Sheet(
        title=say("Areas by month"),
        table=(head, rows),
        row_kinds=kinds,
        frozen=4,
        kinds=("text", "text", "text", "text", "plain", "level"),
    )


def _money(summaries: Sequence[Summary], say: Words) -> Sheet:
    rows: list[list[Entry]] = [
        [say.named(summary.scenario.name), say(label(programme)), day, _plain(float(sum_))]
        for summary in summaries
        for programme in summary.money
        for day, sum_ in zip(summary.months, summary.money[programme], strict=True)
    ]
    head = [say("Scenario"), say("Programme"), say("Month"), say("bn VND")]
    return Sheet(title=say("Money"), table=(head, rows), kinds=("text", "text", "day", "money"))


def _dated(table: Table, columns: Sequence[int]) -> Dated:
    """Return a table whose days, written as text, are days."""
    head, rows = table
    return head, [
        [date.fromisoformat(str(cell)) if i in columns else cell for i, cell in enumerate(row)]
        for row in rows
    ]


def _plots(summaries: Sequence[Summary], targets: TargetSet, say: Words) -> list[Plot]:
    focus = next((i for i, s in enumerate(summaries) if s.scenario.id != "baseline"), 0)
    asked = dict.fromkeys(target.indicator for target in targets.targets)
    plots = [_chance_plot(summaries, targets, say)]
    plots += [_fan_plot(summaries, focus, name, say) for name in asked]
    if summaries[focus].cost_bn_vnd > 0:
        plots.append(_money_plot(summaries, focus, say))
    return plots


def _chance_plot(summaries: Sequence[Summary], targets: TargetSet, say: Words) -> Plot:
    last = len(summaries)
    series = tuple(
        Series(
            sheet=CHANCES,
            name=(0, column),
            x=(1, 0, last, 0),
            y=(1, column, last, column),
            hue=column - 1,
        )
        for column in range(1, len(targets.targets) + 2)
    )
    return Plot(
        title=say("Chance of meeting the targets"),
        kind="bar",
        series=series,
        axis=say("Chance"),
        number="0%",
        bounds=(0.0, 1.0),
    )


def _fan_plot(summaries: Sequence[Summary], focus: int, name: str, say: Words) -> Plot:
    months = len(summaries[focus].months)
    first = 1 + months * (focus * len(INDICATORS) + INDICATORS.index(name))
    x = (first, 3, first + months - 1, 3)
    columns = [(4 + LEVELS.index(level), level) for level in (0.05, 0.5, 0.95)]
    series = tuple(
        Series(
            sheet=NATION,
            name=(0, column),
            x=x,
            y=(first, column, first + months - 1, column),
            dash=level != 0.5,
        )
        for column, level in columns
    )
    number = "0" if name == "mobile_broadband" else "0%"
    fan = summaries[focus].fans[name]
    low, high = (_scaled(name, float(level)) for level in (fan.min(), fan.max()))
    return Plot(
        title=say.indicator(name),
        kind="line",
        series=series,
        axis=say.unit(name),
        number=number,
        bounds=_round(low, high),
        months=_months(say),
    )


def _round(low: float, high: float) -> tuple[float, float]:
    """Return round numbers about two others, a power of ten apart from the next.

    >>> _round(0.644, 0.861), _round(71.2, 93.0), _round(1.0, 1.0)
    ((0.6, 0.9), (70.0, 100.0), (0.99, 1.0))
    """
    step = 10.0 ** floor(log10(max(high - low, 0.01)))
    begin, end = floor(low / step), ceil(high / step)
    return round(min(begin, end - 1) * step, 10), round(end * step, 10)


def _money_plot(summaries: Sequence[Summary], focus: int, say: Words) -> Plot:
    months, summary = len(summaries[focus].months), summaries[focus]
    series = []
    for place, programme in enumerate(summary.money):
        if not summary.money[programme].any():
            continue
        first = 1 + months * (focus * len(summary.money) + place)
        end = first + months - 1
        series.append(
            Series(
                sheet=MONEY,
                name=(first, 1),
                x=(first, 2, end, 2),
                y=(first, 3, end, 3),
                hue=place,
            )
        )
    return Plot(
        title=say("Money"),
        kind="stacked",
        series=tuple(series),
        axis=say("bn VND"),
        number="#,##0",
        months=_months(say),
    )


def _months(say: Words) -> str:
    return "mm/yyyy" if say.language == "vi" else "mmm yyyy"
