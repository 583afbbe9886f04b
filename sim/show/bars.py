"""Charts of amounts: money, what waits for what, differences, what moves an answer."""

from collections.abc import Mapping, Sequence
from textwrap import wrap

from sim.ask.summary import Summary
from sim.files.pictures import Chart
from sim.forecast import WAITING
from sim.place.levers import label
from sim.show.look import Look, framed, named_colours, rounded, time_axis

REASONS: Mapping[str, str] = {
    "permit": "Permit",
    "money": "Money",
    "power": "Power",
    "crew": "A crew",
    "works": "Works and equipment",
}
JOBS: Mapping[str, str] = {
    "village_sites": "villages without signal",
    "fibre_build": "packages of homes (a twelfth of what an area lacks)",
}


def money(summary: Summary, look: Look, currency: str) -> Chart:
    """Return the public money that arrives by programme and month, stacked."""
    say = look.say
    spending = [name for name in summary.money if summary.money[name].any()]
    names = [say(label(name)) for name in spending]
    rows = [
        {
            "date": day.isoformat(),
            "value": rounded(value),
            "what": say(label(name)),
            "text": say.number(float(value), 1),
        }
        for name in spending
        for day, value in zip(summary.months, summary.money[name], strict=True)
    ]
    total = say.number(summary.cost_bn_vnd)
    return framed(
        look,
        title=say("Public money by programme and month"),
        subtitle=[
            say.named(summary.scenario.name) + " · " + say(currency),
            say("{total} {currency} by the last deadline", total=total, currency=say(currency)),
        ],
        description=say(
            "Money arriving each month, by programme: {names}.", names=", ".join(names)
        ),
        body={
            "data": {"values": rows},
            "height": 240,
            "mark": {"type": "bar"},
            "encoding": {
                "x": {**time_axis("date", look), "timeUnit": "utcyearmonth", "bandPosition": 0},
                "y": {"field": "value", "type": "quantitative", "stack": True, "title": None},
                "color": named_colours(names, look),
                "order": {"field": "rank", "type": "quantitative"},
                "tooltip": [
                    {"field": "what", "type": "nominal", "title": say("Programme")},
                    {"field": "text", "type": "nominal", "title": say(currency)},
                ],
            },
        },
    )


def allocation(
    budgets: Mapping[str, float], baseline: Mapping[str, float], look: Look, unit: str
) -> Chart:
    """Return yearly public money by programme, the baseline's marked.

    Args:
        budgets: programme -> amount a year, as set.
        baseline: programme -> amount a year if policy simply goes on.
        look: words, theme and width.
        unit: of the amounts.
    """
    say, colours = look.say, look.palette
    names = [say(label(name)) for name in budgets]
    rows = [
        {
            "what": say(label(name)),
            "value": rounded(amount),
            "ground": rounded(baseline[name]),
            "text": say.plain(round(amount, 2)),
        }
        for name, amount in budgets.items()
    ]
    down = {"field": "what", "type": "nominal", "sort": names, "title": None, "axis": None}
    across = {"type": "quantitative", "title": None, "axis": None}
    tick = {"type": "tick", "color": colours.ink, "thickness": 2, "size": 18, "yOffset": 7}
    text = {"type": "text", "align": "left", "dy": -9, "fontSize": 12, "color": colours.ink}
    return framed(
        look,
        title=say("Where the money goes"),
        subtitle=[say(unit) + "; " + say("mark: baseline")],
        description=say(
            "Yearly money by programme: {list}.",
            list=", ".join(f"{row['what']} {row['text']}" for row in rows),
        ),
        body={
            "data": {"values": rows},
            "height": {"step": 40},
            "encoding": {"y": down},
            "layer": [
                {
                    "mark": {"type": "bar", "color": colours.main, "height": 12, "yOffset": 7},
                    "encoding": {"x": {"field": "value", **across}},
                },
                {"mark": tick, "encoding": {"x": {"field": "ground", **across}}},
                {
                    "transform": [{"calculate": "datum.what + '  ' + datum.text", "as": "line"}],
                    "mark": text,
                    "encoding": {"x": {"datum": 0}, "text": {"field": "line"}},
                },
            ],
        },
    )


def waiting(summary: Summary, programme: str, look: Look) -> Chart:
    """Return how many jobs of a building programme wait for what, by month."""
    say = look.say
    reasons = [reason for reason in WAITING if summary.waiting[programme][reason].any()]
    names = [say(REASONS[reason]) for reason in reasons]
    rows = [
        {"date": day.isoformat(), "value": rounded(value), "what": say(REASONS[reason])}
        for reason in reasons
        for day, value in zip(summary.months, summary.waiting[programme][reason], strict=True)
    ]
    return framed(
        look,
        title=say(label(programme)) + ": " + say("what is waiting for what"),
        subtitle=[say.named(summary.scenario.name) + " · " + say(JOBS[programme])],
        description=say("Jobs that wait for {names}, by month.", names=", ".join(names)),
        body={
            "data": {"values": rows},
            "height": 220,
            "mark": {"type": "area", "opacity": 0.9},
            "encoding": {
                "x": time_axis("date", look),
                "y": {"field": "value", "type": "quantitative", "stack": True, "title": None},
                "color": named_colours(names, look),
            },
        },
    )


def intervals(
    rows: Sequence[tuple[str, float, float, float, float]],
    indicator: str,
    against: str,
    look: Look,
) -> Chart:
    """Return differences with their 90% intervals, one row a scenario, in points.

    Args:
        rows: name, 5% quantile, median, 95% quantile of the difference, and what the chance
            of the target gains, all in hundredths.
        indicator: what differs.
        against: name of the scenario they are set against.
        look: words, theme and width.
    """
    say, colours = look.say, look.palette
    values = [
        {
            "scenario": name,
            "low": rounded(low),
            "middle": rounded(middle),
            "high": rounded(high),
            "text": say.points(indicator, middle),
            "chance": say.signed(chance),
            "range": f"{say.points(indicator, low)} … {say.points(indicator, high)}",
        }
        for name, low, middle, high, chance in rows
    ]
    down = {
        "field": "scenario",
        "type": "nominal",
        "sort": [row[0] for row in rows],
        "title": None,
        "axis": None,
    }
    across = {
        "type": "quantitative",
        "title": say("points"),
        "scale": {"nice": True},
        "axis": {"tickCount": 5, "labelOverlap": True},
    }
    tips = [
        {"field": "scenario", "type": "nominal", "title": say("Scenario")},
        {"field": "text", "type": "nominal", "title": say("median")},
        {"field": "range", "type": "nominal", "title": say("90% range")},
        {"field": "chance", "type": "nominal", "title": say("chance, points")},
    ]
    zero = {"type": "rule", "color": colours.soft, "strokeDash": [3, 3]}
    told = f"datum.scenario + ' · ' + datum.text + ' · {say('chance')} ' + datum.chance"
    line = {"calculate": told, "as": "line"}
    text: Chart = {"type": "text", "align": "left", "dy": -16, "fontSize": 12}
    behind: Chart = {"color": colours.paper, "stroke": colours.paper, "strokeWidth": 4}
    written: list[Chart] = [
        {
            "transform": [line],
            "mark": {**text, **paint},
            "encoding": {"y": down, "x": {"value": 0}, "text": {"field": "line"}},
        }
        for paint in (behind, Chart(color=colours.ink))
    ]
    words = "; ".join(f"{row['scenario']} {row['text']} ({row['range']})" for row in values)
    return framed(
        look,
        title=say.indicator(indicator),
        subtitle=[say("points more than {scenario}: median, 90% range, chance", scenario=against)],
        description=say("Differences to {scenario}: {list}.", scenario=against, list=words),
        body={
            "data": {"values": values},
            "height": {"step": 52},
            "layer": [
                {
                    "data": {"values": [{"zero": 0}]},
                    "mark": zero,
                    "encoding": {"x": {"field": "zero", **across}},
                },
                {
                    "mark": {
                        "type": "rule",
                        "color": colours.main,
                        "strokeWidth": 4,
                        "opacity": 0.5,
                        "strokeCap": "round",
                    },
                    "encoding": {
                        "y": down,
                        "x": {"field": "low", **across},
                        "x2": {"field": "high"},
                        "tooltip": tips,
                    },
                },
                {
                    "mark": {
                        "type": "point",
                        "filled": True,
                        "size": 90,
                        "color": colours.main,
                        "opacity": 1,
                    },
                    "encoding": {"y": down, "x": {"field": "middle", **across}, "tooltip": tips},
                },
                *written,
            ],
        },
    )


def index_bars(
    rows: Sequence[tuple[str, str, float, float, float]], what: str, points: int, look: Look
) -> Chart:
    """Return how much each factor matters, a bar and its 95% interval for each measure.

    Args:
        rows: factor's name, measure's name, value and the ends of its interval, the factor
            that matters most first.
        what: the answer that the factors move.
        points: how many points it was computed at.
        look: words, theme and width.
    """
    say, colours = look.say, look.palette
    values = [
        {
            "factor": "\n".join(wrap(name, 46, max_lines=2, placeholder=" …")),
            "measure": measure,
            "value": rounded(value),
            "low": rounded(low),
            "high": rounded(high),
            "end": rounded(max(value, high, 0)),
            "text": say.number(round(value, 2) + 0.0, 2),
        }
        for name, measure, value, low, high in rows
    ]
    names = list(dict.fromkeys(row["factor"] for row in values))
    measures = list(dict.fromkeys(row[1] for row in rows))
    down = {
        "field": "factor",
        "type": "nominal",
        "sort": names,
        "title": None,
        "axis": {
            "labelLimit": 330,
            "labelExpr": "split(datum.label, '\\n')",
            "ticks": False,
            "domain": False,
        },
    }
    apart = {"field": "measure", "type": "nominal", "sort": measures}
    across = {"type": "quantitative", "title": None, "axis": {"tickCount": 5}}
    paint = {
        "field": "measure",
        "type": "nominal",
        "title": None,
        "sort": measures,
        "scale": {"domain": measures, "range": list(colours.series[: len(measures)])},
        "legend": {"orient": "top", "direction": "horizontal"} if measures[1:] else None,
    }
    tips = [
        {"field": "factor", "type": "nominal", "title": say("Factor")},
        {"field": "measure", "type": "nominal", "title": say("Measure")},
        {"field": "text", "type": "nominal", "title": say("Index")},
    ]
    span = {"x": {"field": "low", **across}, "x2": {"field": "high"}}
    words = "; ".join(
        f"{name} {say.number(value, 2)} ({measure})" for name, measure, value, *_ in rows
    )
    return framed(
        look,
        title=say("What moves it: {what}", what=what),
        subtitle=[
            say("indices at {count} points; lines: 95% intervals", count=say.number(points)),
            *([] if measures[1:] else measures),
        ],
        description=say("How much each factor moves it: {list}.", list=words),
        body={
            "data": {"values": values},
            "height": {"step": 38 if measures[1:] else 34, "for": "position"},
            "encoding": {"y": down, "yOffset": apart},
            "layer": [
                {
                    "mark": {"type": "bar", "height": {"band": 0.8}},
                    "encoding": {
                        "x": {"field": "value", **across},
                        "color": paint,
                        "tooltip": tips,
                    },
                },
                {
                    "mark": {"type": "rule", "color": colours.ink, "strokeWidth": 1.5},
                    "encoding": span,
                },
                {
                    "mark": {
                        "type": "text",
                        "align": "left",
                        "dx": 5,
                        "fontSize": 11,
                        "color": colours.soft,
                    },
                    "encoding": {"x": {"field": "end", **across}, "text": {"field": "text"}},
                },
            ],
        },
    )
