"""Charts as Vega-Lite dicts: one drawing for screen and file; nothing is computed here.

Every chart takes a `Look` (language, theme, width) and carries its title, its unit and a
description for those who cannot see it. Shares stay fractions; the axis writes per cent.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from textwrap import wrap
from typing import Any, Literal

from sim.case import Case
from sim.forecast import PROGRAMMES, WAITING
from sim.hindsight import Hindcast
from sim.scenario import LABELS
from sim.summary import LEVELS, Summary
from sim.targets import Target, TargetSet
from sim.words import Words

Chart = dict[str, Any]
Theme = Literal["light", "dark"]

FONT = "Source Sans Pro, Source Sans, sans-serif"
SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"
CLOSEST = 1e-6
LONGEST = 120  # letters of a text that is drawn; in the words beside a chart it stays whole
NARROW_LETTERS = 32  # of a name in a legend of two columns on a phone
COLUMN_LETTERS = 22  # of a heading of the verdict strip before it goes on in another line


@dataclass(frozen=True, slots=True, kw_only=True)
class Palette:
    """Colours of a theme, each told apart by the colour-blind and on a poor projector.

    `on_shade` is the colour of text on the lower and on the upper part of the `shades`,
    which part at `turn`, where both can be read equally well.
    """

    paper: str
    ink: str
    soft: str
    grid: str
    main: str
    ghost: str
    target: str
    series: tuple[str, ...]
    shades: tuple[str, str, str]
    on_shade: tuple[str, str]
    turn: float


PALETTES: Mapping[Theme, Palette] = {
    "light": Palette(
        paper="#ffffff",
        ink="#17212b",
        soft="#586570",
        grid="#e4e8ec",
        main="#0a6aa8",
        ghost="#8a949d",
        target="#c2410c",
        series=("#0a6aa8", "#e08a00", "#0f8f6f", "#b3478f", "#59a5d8", "#8c4a00", "#6b7680",
                "#d4b400"),
        shades=("#f4efe2", "#5fa8b8", "#0b3f66"),
        on_shade=("#000000", "#ffffff"),
        turn=0.7,
    ),
    "dark": Palette(
        paper="#0f171f",
        ink="#e9eef3",
        soft="#a3b1bd",
        grid="#283542",
        main="#5ab4f0",
        ghost="#84919d",
        target="#ffa552",
        series=("#5ab4f0", "#f2b14a", "#3cc6a0", "#df86c0", "#2f7fb5", "#c98a4b", "#93a1ad",
                "#e8d44d"),
        shades=("#22303d", "#2f7f99", "#8fe0f2"),
        on_shade=("#ffffff", "#000000"),
        turn=0.495,
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How a chart is to look: its words, its theme, its width in pixels or its container's."""

    say: Words
    theme: Theme = "light"
    width: int | Literal["container"] = 560

    @property
    def palette(self) -> Palette:
        """The colours of the theme."""
        return PALETTES[self.theme]


def fan(
    summary: Summary, baseline: Summary | None, target: Target | None, case: Case,
    indicator: str, look: Look,
) -> Chart:  # fmt: skip
    """Return the nation's fan of an indicator: median, 50 and 90% bands, what was seen.

    Args:
        summary: the scenario.
        baseline: drawn as a ghost behind it; None for the baseline itself.
        target: drawn as a line with its value and day; None if there is none.
        case: gives the observations known on its vintage day.
        indicator: which.
        look: words, theme and width.
    """
    say, colours = look.say, look.palette
    layers = [
        _band(summary, indicator, 0, 4, 0.18, colours.main),
        _band(summary, indicator, 1, 3, 0.30, colours.main),
    ]
    if baseline is not None and baseline.scenario.id != summary.scenario.id:
        ghost = {"type": "line", "color": colours.ghost, "strokeDash": [2, 3], "strokeWidth": 2}
        layers.append(_median(baseline, indicator, ghost, say("Baseline"), look))
    line = {"type": "line", "color": colours.main, "strokeWidth": 2.5}
    layers.append(_median(summary, indicator, line, say.named(summary.scenario.name), look))
    seen = _seen(case, indicator, look)
    if seen:
        layers.append(_dots(seen, indicator, look))
    if target is not None:
        layers += _target_line(target, summary, look)
    words = []
    if baseline is not None and baseline.scenario.id != summary.scenario.id:
        words.append(say("dotted: baseline"))
    if seen:
        words.append(say("dots: published figures"))
    heading = say.named(summary.scenario.name) + " · " + say.unit(indicator)
    bands = ", ".join([say("90% range"), say("50% range"), say("median")])
    notes = [bands, "; ".join(words)] if words else [bands]  # a phone shows some 45 letters a line
    return _chart(
        look,
        title=say.indicator(indicator),
        subtitle=[heading, *notes],
        description=_fan_in_words(summary, target, indicator, say),
        body={"layer": layers, "height": 260},
    )


def _band(summary: Summary, indicator: str, low: int, high: int, opacity: float, colour: str
          ) -> Chart:  # fmt: skip
    levels = summary.fans[indicator]
    rows = [
        {"date": day.isoformat(), "low": _number(a), "high": _number(b)}
        for day, a, b in zip(summary.months, levels[low], levels[high], strict=True)
    ]
    return {
        "data": {"values": rows},
        "mark": {"type": "area", "color": colour, "opacity": opacity},
        "encoding": {
            "x": {"field": "date", "type": "temporal", "scale": {"type": "utc"}},
            "y": {"field": "low", "type": "quantitative"},
            "y2": {"field": "high"},
        },
    }


def _edge(summary: Summary, indicator: str, mark: Chart) -> Chart:
    """Return the upper edge of a 90% band; an area's own line is its lower one."""
    rows = [
        {"date": day.isoformat(), "high": _number(value)}
        for day, value in zip(summary.months, summary.fans[indicator][-1], strict=True)
    ]
    x = {"field": "date", "type": "temporal", "scale": {"type": "utc"}}
    return {
        "data": {"values": rows},
        "mark": mark,
        "encoding": {"x": x, "y": {"field": "high", "type": "quantitative"}},
    }


def _median(summary: Summary, indicator: str, mark: Chart, name: str, look: Look) -> Chart:
    middle = LEVELS.index(0.5)
    rows = [
        {"date": day.isoformat(), "value": _number(value), "what": name,
         "text": look.say.level(indicator, float(value))}
        for day, value in zip(summary.months, summary.fans[indicator][middle], strict=True)
    ]  # fmt: skip
    return {
        "data": {"values": rows},
        "mark": mark,
        "encoding": {"x": _time("date", look), "y": _level(indicator),
                     "tooltip": _tips(look, indicator)},
    }  # fmt: skip


def _dots(seen: list[Chart], indicator: str, look: Look) -> Chart:
    """Return what was published, as points; drawn only where there is any."""
    return {
        "data": {"values": seen},
        "mark": {"type": "point", "filled": True, "size": 42, "color": look.palette.ink,
                 "opacity": 0.9},
        "encoding": {"x": _time("date", look), "y": _level(indicator),
                     "tooltip": _tips(look, indicator)},
    }  # fmt: skip


def _seen(case: Case, indicator: str, look: Look) -> list[Chart]:
    first = date(case.start.year - 2, 1, 1)
    return [
        {"date": row.date.isoformat(), "value": _number(row.level),
         "what": look.say("published {day}", day=look.say.day(row.published)),
         "text": look.say.level(indicator, row.level)}
        for row in case.series(indicator, case.head.nation)
        if row.date >= first
    ]  # fmt: skip


def _target_line(target: Target, summary: Summary, look: Look) -> Iterator[Chart]:
    say, colours = look.say, look.palette
    row = {
        "value": _number(target.at_least),
        "date": min(target.deadline, summary.months[-1]).isoformat(),
        "text": say("target {level} by {day}", level=say.goal(target.indicator, target.at_least),
                    day=say.day(target.deadline)),
    }  # fmt: skip
    y = {"field": "value", "type": "quantitative"}
    yield {
        "data": {"values": [row]},
        "mark": {"type": "rule", "color": colours.target, "strokeDash": [6, 4], "strokeWidth": 1.5},
        "encoding": {"y": y},
    }
    yield {
        "data": {"values": [row]},
        "mark": {"type": "point", "shape": "diamond", "filled": True, "size": 110,
                 "color": colours.target, "opacity": 1},
        "encoding": {"x": _time("date", look), "y": y},
    }  # fmt: skip
    yield {
        "data": {"values": [row]},
        "mark": {"type": "text", "align": "left", "baseline": "bottom", "dy": -4, "dx": 4,
                 "color": colours.target, "fontWeight": 600, "fontSize": 12},
        "encoding": {"x": {"value": 0}, "y": y, "text": {"field": "text"}},
    }  # fmt: skip


def _fan_in_words(summary: Summary, target: Target | None, indicator: str, say: Words) -> str:
    last = summary.fans[indicator][:, -1]
    text = say(
        "{indicator}, {scenario}: median {middle} in {month}, nine in ten draws from {low} to "
        "{high}.",
        indicator=say.indicator(indicator),
        scenario=say.named(summary.scenario.name),
        middle=say.level(indicator, float(last[2])),
        month=say.month(summary.months[-1]),
        low=say.level(indicator, float(last[0])),
        high=say.level(indicator, float(last[4])),
    )
    if target is None:
        return text
    goal = say.goal(indicator, target.at_least)
    return text + " " + say("The target is {level} by {day}.", level=goal,
                            day=say.day(target.deadline))  # fmt: skip


def verdict_strip(summaries: Sequence[Summary], targets: TargetSet, look: Look) -> Chart:
    """Return the chance of each target and of all together, one row a scenario."""
    say, colours = look.say, look.palette
    columns = [_column(target, targets.targets, say) for target in targets.targets]
    columns.append(say("All together"))
    rows = [row for summary in summaries for row in _cells(summary, columns, look)]
    names = [say.named(summary.scenario.name) for summary in summaries]
    lines = max(column.count("\n") for column in columns)
    across = {"field": "target", "type": "nominal", "sort": columns, "title": None,
              "axis": {"orient": "top", "labelAngle": 0, "labelLimit": 190, "domain": False,
                       "ticks": False, "labelExpr": "split(datum.label, '\\n')",
                       "labelLineHeight": 14, "labelPadding": 14 * lines + 6,
                       "labelFontWeight": 600}}  # fmt: skip
    down = {
        "field": "scenario",
        "type": "nominal",
        "sort": names,
        "title": None,
        "axis": {
            "labelLimit": 230,
            "domain": False,
            "ticks": False,
            "labelFontSize": 13,
            "labelPadding": 8,
        },
    }
    place = {"x": across, "y": down}
    paint = {"type": "rect", "stroke": colours.paper, "strokeWidth": 3, "cornerRadius": 5}
    text_colour = {"field": "ink", "type": "nominal", "scale": None}
    return _chart(
        look,
        title=say("Chance of meeting the targets"),
        subtitle=[say.named(targets.name), say("below each chance: median and 90% range")],
        description=_strip_in_words(summaries, targets, say),
        body={
            "data": {"values": rows},
            "height": {"step": 54},
            "resolve": _APART,
            "layer": [
                {"mark": paint, "encoding": {**place, "color": _shade("chance", (0, 1), look)}},
                {"mark": {"type": "text", "fontSize": 17, "fontWeight": 700, "dy": -8},
                 "encoding": {**place, "text": {"field": "text"}, "color": text_colour}},
                {"mark": {"type": "text", "fontSize": 11, "dy": 11},
                 "encoding": {**place, "text": {"field": "below"}, "color": text_colour}},
            ],
        },
    )  # fmt: skip


_APART: Chart = {"scale": {"color": "independent"}}  # shades for tiles, none for their text


def _column(target: Target, among: Sequence[Target], say: Words) -> str:
    name = "\n".join(wrap(say.indicator(target.indicator), COLUMN_LETTERS))
    text = name + "\n≥ " + say.goal(target.indicator, target.at_least)
    if len({each.deadline for each in among}) > 1:
        text += " · " + say.month(target.deadline)
    return text


def _cells(summary: Summary, columns: Sequence[str], look: Look) -> Iterator[Chart]:
    say, judged = look.say, summary.judgement
    chances = [*(verdict.chance for verdict in judged.verdicts), judged.chance_all]
    below = [
        say.level(v.target.indicator, v.p50) + f" ({say.between(v.target.indicator, v.p05, v.p95)})"
        for v in judged.verdicts
    ]
    for column, chance, text in zip(columns, chances, [*below, ""], strict=True):
        yield {
            "scenario": say.named(summary.scenario.name),
            "target": column,
            "chance": _number(chance),
            "text": say.chance(chance),
            "below": text,
            "ink": _ink_on(chance, look),
        }


def _ink_on(share: float, look: Look) -> str:
    """Return the text colour that contrasts more with a shade."""
    return look.palette.on_shade[share > look.palette.turn]


def _strip_in_words(summaries: Sequence[Summary], targets: TargetSet, say: Words) -> str:
    parts = []
    for summary in summaries:
        each = ", ".join(
            f"{say.indicator(verdict.target.indicator)} {say.chance(verdict.chance)}"
            for verdict in summary.judgement.verdicts
        )
        every = say.chance(summary.judgement.chance_all)
        parts.append(f"{say.named(summary.scenario.name)}: {each}, {say('All together')} {every}")
    return "; ".join(parts) + "."


def tile_map(
    summary: Summary, case: Case, indicator: str, month: int, target: Target | None, look: Look
) -> Chart:
    """Return a map with one tile an area, by mean level in a month, estimates marked.

    Args:
        summary: the scenario.
        case: names and places of the areas.
        indicator: which.
        month: its position among the summary's months.
        target: named in the subtitle; None if there is none.
        look: words, theme and width (a number of pixels; tiles need room).
    """
    say = look.say
    levels = [float(value) for value in summary.areas[indicator][:, month]]
    low, high = min(levels), max(levels)
    reach = (low, max(high, low + CLOSEST))
    rows = []
    for area, level, counted in zip(case.areas, levels, summary.observed[indicator], strict=True):
        rows.append(
            {
                "column": area.tile_column,
                "row": area.tile_row,
                "level": _number(level),
                "name": _short(area.name()[say.language]),
                "text": say.level(indicator, level),
                "mark": "●" if counted else "",
                "ink": _ink_on((level - reach[0]) / (reach[1] - reach[0]), look),
                "what": say("start observed") if counted else say("start estimated"),
            }
        )
    across = {"field": "column", "type": "ordinal", "axis": None}
    down = {"field": "row", "type": "ordinal", "axis": None}
    place = {"x": across, "y": down}
    colour = {"field": "ink", "type": "nominal", "scale": None}
    tips = [
        {"field": "name", "type": "nominal", "title": say("Area")},
        {"field": "text", "type": "nominal", "title": say("Level")},
        {"field": "what", "type": "nominal", "title": say("Start")},
    ]
    lines = [say.named(summary.scenario.name) + " · " + say.month(summary.months[month])]
    if target is not None:
        goal = say.goal(indicator, target.at_least)
        lines[0] += " · " + say("overall target {level}", level=goal)
    if any(summary.observed[indicator]):
        lines.append(say("● start observed; the other areas' starts are estimated"))
    else:
        lines.append(say("all areas' starts are estimated"))
    columns = max(area.tile_column for area in case.areas) + 1
    wide = {"step": 92} if isinstance(look.width, int) else "container"
    return _chart(
        look,
        title=say.indicator(indicator) + " · " + say.named(case.head.leaf.model_dump()),
        subtitle=lines,
        description=_map_in_words(summary, case, indicator, month, say),
        body={
            "data": {"values": rows},
            "width": wide,
            "height": {"step": 36},
            "resolve": _APART,
            "layer": [
                {"mark": {"type": "rect", "stroke": look.palette.paper, "strokeWidth": 2,
                          "cornerRadius": 4},
                 "encoding": {**place, "color": _shade("level", reach, look), "tooltip": tips}},
                {"mark": {"type": "text", "fontSize": 10.5 if columns > 5 else 12, "dy": -6,
                          "limit": 86},
                 "encoding": {**place, "text": {"field": "name"}, "color": colour}},
                {"mark": {"type": "text", "fontSize": 12, "fontWeight": 700, "dy": 8},
                 "encoding": {**place, "text": {"field": "text"}, "color": colour}},
                {"mark": {"type": "text", "fontSize": 8, "dx": 38, "dy": -10},
                 "encoding": {**place, "text": {"field": "mark"}, "color": colour}},
            ],
        },
    )  # fmt: skip


def _short(name: str) -> str:
    return name.replace("Thành phố ", "TP. ").replace(" City", "").replace("Bà Rịa - ", "BR - ")


def _map_in_words(summary: Summary, case: Case, indicator: str, month: int, say: Words) -> str:
    ranked = sorted(
        zip(summary.areas[indicator][:, month].tolist(), case.areas, strict=True),
        key=lambda pair: pair[0],
    )
    lowest = ", ".join(
        f"{area.name()[say.language]} {say.level(indicator, level)}" for level, area in ranked[:5]
    )
    return say(
        "{indicator} by area in {month}; lowest: {lowest}.",
        indicator=say.indicator(indicator),
        month=say.month(summary.months[month]),
        lowest=lowest,
    )


def money(summary: Summary, look: Look, currency: str) -> Chart:
    """Return the public money that arrives by programme and month, stacked."""
    say = look.say
    spending = [name for name in PROGRAMMES if summary.money[name].any()]
    names = [say(LABELS[name]) for name in spending]
    rows = [
        {"date": day.isoformat(), "value": _number(value), "what": say(LABELS[name]),
         "text": say.number(float(value), 1)}
        for name in spending
        for day, value in zip(summary.months, summary.money[name], strict=True)
    ]  # fmt: skip
    total = say.number(summary.cost_bn_vnd)
    return _chart(
        look,
        title=say("Public money by programme and month"),
        subtitle=[
            say.named(summary.scenario.name) + " · " + say(currency),
            say("{total} {currency} by the last deadline", total=total, currency=say(currency)),
        ],
        description=say("Money arriving each month, by programme: {names}.",
                        names=", ".join(names)),
        body={
            "data": {"values": rows},
            "height": 240,
            "mark": {"type": "bar"},
            "encoding": {
                "x": {**_time("date", look), "timeUnit": "utcyearmonth", "bandPosition": 0},
                "y": {"field": "value", "type": "quantitative", "stack": True, "title": None},
                "color": _series(names, look),
                "order": {"field": "rank", "type": "quantitative"},
                "tooltip": [
                    {"field": "what", "type": "nominal", "title": say("Programme")},
                    {"field": "text", "type": "nominal", "title": say(currency)},
                ],
            },
        },
    )  # fmt: skip


def waiting(summary: Summary, programme: str, look: Look) -> Chart:
    """Return how many jobs of a building programme wait for what, by month."""
    say = look.say
    reasons = [reason for reason in WAITING if summary.waiting[programme][reason].any()]
    names = [say(REASONS[reason]) for reason in reasons]
    rows = [
        {"date": day.isoformat(), "value": _number(value), "what": say(REASONS[reason])}
        for reason in reasons
        for day, value in zip(summary.months, summary.waiting[programme][reason], strict=True)
    ]
    return _chart(
        look,
        title=say(LABELS[programme]) + ": " + say("what is waiting for what"),
        subtitle=[say.named(summary.scenario.name) + " · " + say(JOBS[programme])],
        description=say("Jobs that wait for {names}, by month.", names=", ".join(names)),
        body={
            "data": {"values": rows},
            "height": 220,
            "mark": {"type": "area", "opacity": 0.9},
            "encoding": {
                "x": _time("date", look),
                "y": {"field": "value", "type": "quantitative", "stack": True, "title": None},
                "color": _series(names, look),
            },
        },
    )


def hindsight(hindcasts: Sequence[Hindcast], look: Look) -> Chart:
    """Return what each vintage said of an indicator, beside what came: one panel a vintage."""
    say, colours = look.say, look.palette
    indicator = hindcasts[0].indicator
    rows = [
        {"known": say.day(one.vintage), "date": one.day.isoformat(), "low": _number(one.low),
         "high": _number(one.high), "value": _number(one.said["ketnoi"]),
         "came": _number(one.happened)}
        for one in hindcasts
    ]  # fmt: skip
    vintages = list(dict.fromkeys(row["known"] for row in rows))
    x, y = _time("date", look), _level(indicator)
    x["axis"] = {**x["axis"], "tickCount": 3}
    layers = [
        {"mark": {"type": "rule", "color": colours.main, "opacity": 0.35, "strokeWidth": 7},
         "encoding": {"x": x, "y": {**y, "field": "low"}, "y2": {"field": "high"}}},
        {"mark": {"type": "tick", "color": colours.main, "thickness": 2.5, "width": 12,
                  "orient": "horizontal"},
         "encoding": {"x": x, "y": y}},
        {"mark": {"type": "point", "filled": True, "color": colours.ink, "size": 40, "opacity": 1},
         "encoding": {"x": x, "y": {**y, "field": "came"}}},
    ]  # fmt: skip
    inside = sum(one.low <= one.happened <= one.high for one in hindcasts)
    words = say(
        "{inside} of {count} later figures lay within the 90% range.",
        inside=inside,
        count=len(hindcasts),
    )
    header = {"title": None, "labelColor": colours.ink, "labelFontSize": 12, "labelFontWeight": 600}
    chart = _chart(
        look,
        title=say.indicator(indicator) + ": " + say("what was forecast and what came"),
        subtitle=[
            say("bar: 90% range, line: median, dot: figure published later") + " · "
            + say.unit(indicator),
            words,
        ],
        description=words,
        body={
            "data": {"values": rows},
            "facet": {"column": {"field": "known", "type": "nominal", "sort": vintages,
                                 "header": header}},
            "spec": {"width": 105, "height": 230, "layer": layers},
        },
    )  # fmt: skip
    return {key: value for key, value in chart.items() if key not in ("width", "autosize")}


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


def _series(names: Sequence[str], look: Look) -> Chart:
    colours = list(look.palette.series[: len(names)])
    return {
        "field": "what",
        "type": "nominal",
        "sort": list(names),
        "scale": {"domain": list(names), "range": colours},
        "legend": {
            "title": None,
            "orient": "bottom",
            "columns": _columns(names),
            "symbolOpacity": 1,
        },
    }


def _columns(names: Sequence[str]) -> int:
    """Return how many columns of a legend a phone has room for."""
    return 1 if max(map(len, names), default=0) > NARROW_LETTERS else 2


def _shade(field: str, reach: tuple[float, float], look: Look) -> Chart:
    return {
        "field": field,
        "type": "quantitative",
        "legend": None,
        "scale": {"domain": [_number(end) for end in reach], "range": list(look.palette.shades),
                  "interpolate": "lab"},
    }  # fmt: skip


def _time(field: str, look: Look) -> Chart:
    form = "%m/%Y" if look.say.language == "vi" else "%b %Y"
    return {
        "field": field,
        "type": "temporal",
        "title": None,
        "scale": {"type": "utc"},
        "axis": {
            "format": form,
            "grid": False,
            "tickCount": 6,
            "labelOverlap": True,
            "labelSeparation": 6,
        },
    }


def _level(indicator: str) -> Chart:
    per_hundred = indicator == "mobile_broadband"
    form = "format(datum.value * 100, '.0f')" if per_hundred else "format(datum.value, '.0%')"
    if indicator == "covered_villages":
        form = "format(datum.value, '.1%')"
    return {
        "field": "value",
        "type": "quantitative",
        "title": None,
        "scale": {"zero": False, "nice": True},
        "axis": {"labelExpr": form, "tickCount": 5},
    }


def _tips(look: Look, indicator: str) -> list[Chart]:
    form = "%d/%m/%Y" if look.say.language == "vi" else "%d %b %Y"
    return [
        {"field": "what", "type": "nominal", "title": look.say("What")},
        {"field": "date", "type": "temporal", "format": form, "title": look.say("Day")},
        {"field": "text", "type": "nominal", "title": look.say.unit(indicator)},
    ]


def _number(value: Any) -> float:
    return round(float(value), 6) + 0.0


_LOCALES: Mapping[str, Chart] = {
    "vi": {"decimal": ",", "thousands": ".", "grouping": [3], "currency": ["", " ₫"]},
    "en": {"decimal": ".", "thousands": ",", "grouping": [3], "currency": ["", " VND"]},
}


def _chart(look: Look, *, title: str, subtitle: list[str], description: str, body: Chart) -> Chart:
    colours = look.palette
    words = {"labelColor": colours.soft, "titleColor": colours.ink, "labelFontSize": 12}
    return {
        "$schema": SCHEMA,
        "width": look.width,
        "autosize": {"type": "fit-x" if look.width == "container" else "pad",
                     "contains": "padding"},
        "background": colours.paper,
        "padding": {"left": 12, "top": 12, "right": 12, "bottom": 12},
        "description": description,
        "title": {"text": _cut(title), "subtitle": _cut(subtitle), "anchor": "start",
                  "frame": "group", "offset": 12},
        "config": {
            "font": FONT,
            "locale": {"number": _LOCALES[look.say.language]},
            "view": {"stroke": None},
            "title": {"color": colours.ink, "subtitleColor": colours.soft, "fontSize": 17,
                      "fontWeight": 700, "subtitleFontSize": 12, "subtitlePadding": 5,
                      "subtitleLineHeight": 16},
            "axis": {**words, "gridColor": colours.grid, "domainColor": colours.grid,
                     "tickColor": colours.grid},
            "legend": {**words, "labelLimit": 260},
            "text": {"color": colours.ink},
        },
        **_cut(body),
    }  # fmt: skip


def _cut(part: Any) -> Any:
    """Return a part of a chart in which no text is longer than can be drawn."""
    if isinstance(part, str):
        return part if len(part) <= LONGEST else part[: LONGEST - 1] + "…"
    if isinstance(part, Mapping):
        return {key: _cut(value) for key, value in part.items()}
    return [_cut(each) for each in part] if isinstance(part, list | tuple) else part


def captioned(chart: Chart, caption: str) -> Chart:
    """Return the chart with its stamp as the last line under its title."""
    title = {**chart["title"], "subtitle": [*chart["title"]["subtitle"], caption]}
    return {**chart, "title": title}


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
    names = [say(LABELS[name]) for name in budgets]
    rows = [
        {"what": say(LABELS[name]), "value": _number(amount), "ground": _number(baseline[name]),
         "text": say.plain(round(amount, 2))}
        for name, amount in budgets.items()
    ]  # fmt: skip
    down = {"field": "what", "type": "nominal", "sort": names, "title": None, "axis": None}
    across = {"type": "quantitative", "title": None, "axis": None}
    tick = {"type": "tick", "color": colours.ink, "thickness": 2, "size": 18, "yOffset": 7}
    text = {"type": "text", "align": "left", "dy": -9, "fontSize": 12, "color": colours.ink}
    return _chart(
        look,
        title=say("Where the money goes"),
        subtitle=[say(unit) + "; " + say("mark: baseline")],
        description=say("Yearly money by programme: {list}.",
                        list=", ".join(f"{row['what']} {row['text']}" for row in rows)),
        body={
            "data": {"values": rows},
            "height": {"step": 40},
            "encoding": {"y": down},
            "layer": [
                {"mark": {"type": "bar", "color": colours.main, "height": 12, "yOffset": 7},
                 "encoding": {"x": {"field": "value", **across}}},
                {"mark": tick, "encoding": {"x": {"field": "ground", **across}}},
                {"transform": [{"calculate": "datum.what + '  ' + datum.text", "as": "line"}],
                 "mark": text, "encoding": {"x": {"datum": 0}, "text": {"field": "line"}}},
            ],
        },
    )  # fmt: skip


_DASHES: Sequence[Sequence[int]] = ([1, 0], [6, 3], [2, 2], [8, 3, 2, 3])


def overlay(
    summaries: Sequence[Summary], target: Target | None, case: Case, indicator: str, look: Look
) -> Chart:
    """Return the fans of several scenarios over one another: medians and 90% bands.

    Colours run out after eight scenarios; then dashes tell them apart.
    """
    say, colours = look.say, look.palette
    names = [say.named(summary.scenario.name) for summary in summaries]
    count = len(colours.series)
    paints = [colours.series[place % count] for place in range(len(names))]
    edge = {"opacity": 0.55, "strokeWidth": 1}
    layers = []
    for summary, paint in zip(summaries, paints, strict=True):
        band = _band(summary, indicator, 0, 4, 0.18 / len(names), paint)  # many at once grow grey
        band["mark"]["line"] = {"color": paint, **edge}
        layers.append(band)
        layers.append(_edge(summary, indicator, {"type": "line", "color": paint, **edge}))
    rows = []
    for summary, name in zip(summaries, names, strict=True):
        mark = _median(summary, indicator, {"type": "line"}, name, look)
        rows += mark["data"]["values"]
    scale = {"domain": names, "range": paints}
    dashes = [list(_DASHES[place // count % len(_DASHES)]) for place in range(len(names))]
    legend = {"title": None, "orient": "bottom", "columns": _columns(names),
              "symbolStrokeWidth": 3}  # fmt: skip
    layers.append(
        {
            "data": {"values": rows},
            "mark": {"type": "line", "strokeWidth": 2.5},
            "encoding": {
                "x": _time("date", look),
                "y": _level(indicator),
                "color": {"field": "what", "type": "nominal", "scale": scale, "legend": legend},
                "strokeDash": {"field": "what", "type": "nominal", "legend": legend,
                               "scale": {"domain": names, "range": dashes}},
                "tooltip": _tips(look, indicator),
            },
        }
    )  # fmt: skip
    seen = _seen(case, indicator, look)
    if seen:
        layers.append(_dots(seen, indicator, look))
    if target is not None:
        layers += _target_line(target, summaries[0], look)
    note = say("median") + ", " + say("90% range")
    note += "; " + say("dots: published figures") if seen else ""
    return _chart(
        look,
        title=say.indicator(indicator),
        subtitle=[say.unit(indicator), note],
        description=" ".join(_fan_in_words(summary, None, indicator, say) for summary in summaries),
        body={"layer": layers, "height": 280},
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
        {"scenario": name, "low": _number(low), "middle": _number(middle), "high": _number(high),
         "text": say.points(indicator, middle), "chance": say.signed(chance),
         "range": f"{say.points(indicator, low)} … {say.points(indicator, high)}"}
        for name, low, middle, high, chance in rows
    ]  # fmt: skip
    down = {"field": "scenario", "type": "nominal", "sort": [row[0] for row in rows],
            "title": None, "axis": None}  # fmt: skip
    across = {"type": "quantitative", "title": say("points"), "scale": {"nice": True},
              "axis": {"tickCount": 5, "labelOverlap": True}}  # fmt: skip
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
        {"transform": [line], "mark": {**text, **paint},
         "encoding": {"y": down, "x": {"value": 0}, "text": {"field": "line"}}}
        for paint in (behind, Chart(color=colours.ink))
    ]  # fmt: skip
    words = "; ".join(f"{row['scenario']} {row['text']} ({row['range']})" for row in values)
    return _chart(
        look,
        title=say.indicator(indicator),
        subtitle=[say("points more than {scenario}: median, 90% range, chance", scenario=against)],
        description=say("Differences to {scenario}: {list}.", scenario=against, list=words),
        body={
            "data": {"values": values},
            "height": {"step": 52},
            "layer": [
                {"data": {"values": [{"zero": 0}]}, "mark": zero,
                 "encoding": {"x": {"field": "zero", **across}}},
                {"mark": {"type": "rule", "color": colours.main, "strokeWidth": 4,
                          "opacity": 0.5, "strokeCap": "round"},
                 "encoding": {"y": down, "x": {"field": "low", **across}, "x2": {"field": "high"},
                              "tooltip": tips}},
                {"mark": {"type": "point", "filled": True, "size": 90, "color": colours.main,
                          "opacity": 1},
                 "encoding": {"y": down, "x": {"field": "middle", **across}, "tooltip": tips}},
                *written,
            ],
        },
    )  # fmt: skip


def gain_map(
    gained: Sequence[float], case: Case, indicator: str, lines: Sequence[str], look: Look
) -> Chart:
    """Return a map with one tile an area, by what an area gains, in points.

    Args:
        gained: the areas' differences in hundredths, in the case's order.
        case: names and places of the areas.
        indicator: what differs.
        lines: below the title: which scenarios, which month.
        look: words, theme and width.
    """
    say = look.say
    low, high = min(*gained, 0.0), max(*gained, CLOSEST)
    rows = []
    for area, gain in zip(case.areas, gained, strict=True):
        rows.append(
            {
                "column": area.tile_column,
                "row": area.tile_row,
                "level": _number(gain),
                "name": _short(area.name()[say.language]),
                "text": say.points(indicator, gain),
                "ink": _ink_on((gain - low) / (high - low), look),
            }
        )
    place = {
        "x": {"field": "column", "type": "ordinal", "axis": None},
        "y": {"field": "row", "type": "ordinal", "axis": None},
    }
    colour = {"field": "ink", "type": "nominal", "scale": None}
    tips = [
        {"field": "name", "type": "nominal", "title": say("Area")},
        {"field": "text", "type": "nominal", "title": say("points")},
    ]
    ranked = sorted(zip(gained, case.areas, strict=True), key=lambda pair: -pair[0])
    most = ", ".join(
        f"{area.name()[say.language]} {say.points(indicator, gain)}" for gain, area in ranked[:5]
    )
    columns = max(area.tile_column for area in case.areas) + 1
    return _chart(
        look,
        title=say("Who gains where: {indicator}", indicator=say.indicator(indicator)),
        subtitle=list(lines),
        description=say("Gains by area in points; most: {list}.", list=most),
        body={
            "data": {"values": rows},
            "width": {"step": 92} if isinstance(look.width, int) else "container",
            "height": {"step": 36},
            "resolve": _APART,
            "layer": [
                {"mark": {"type": "rect", "stroke": look.palette.paper, "strokeWidth": 2,
                          "cornerRadius": 4},
                 "encoding": {**place, "color": _shade("level", (low, high), look),
                              "tooltip": tips}},
                {"mark": {"type": "text", "fontSize": 10.5 if columns > 5 else 12, "dy": -6,
                          "limit": 86},
                 "encoding": {**place, "text": {"field": "name"}, "color": colour}},
                {"mark": {"type": "text", "fontSize": 12, "fontWeight": 700, "dy": 8},
                 "encoding": {**place, "text": {"field": "text"}, "color": colour}},
            ],
        },
    )  # fmt: skip


def greyed(chart: Chart, why: str, look: Look) -> Chart:
    """Return a chart in greys, its reason the first line under its title."""
    colours = look.palette
    grey = ("#f1f1f1", "#a9a9a9", "#3d3d3d") if look.theme == "light" else (
        "#2a2a2a", "#787878", "#d6d6d6")  # fmt: skip
    swap = {colours.main: colours.ghost, **dict(zip(colours.shades, grey, strict=True))}
    drawn: Chart = _repainted(chart, swap)
    return {**drawn, "title": {**drawn["title"], "subtitle": [why, *drawn["title"]["subtitle"]]}}


def _repainted(part: Any, swap: Mapping[str, str]) -> Any:
    if isinstance(part, dict):
        return {key: _repainted(value, swap) for key, value in part.items()}
    if isinstance(part, list):
        return [_repainted(value, swap) for value in part]
    return swap.get(part, part) if isinstance(part, str) else part


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
        {"factor": "\n".join(wrap(name, 46, max_lines=2, placeholder=" …")), "measure": measure,
         "value": _number(value), "low": _number(low), "high": _number(high),
         "end": _number(max(value, high, 0)),
         "text": say.number(round(value, 2) + 0.0, 2)}
        for name, measure, value, low, high in rows
    ]  # fmt: skip
    names = list(dict.fromkeys(row["factor"] for row in values))
    measures = list(dict.fromkeys(row[1] for row in rows))
    down = {"field": "factor", "type": "nominal", "sort": names, "title": None,
            "axis": {"labelLimit": 330, "labelExpr": "split(datum.label, '\\n')", "ticks": False,
                     "domain": False}}  # fmt: skip
    apart = {"field": "measure", "type": "nominal", "sort": measures}
    across = {"type": "quantitative", "title": None, "axis": {"tickCount": 5}}
    paint = {"field": "measure", "type": "nominal", "title": None, "sort": measures,
             "scale": {"domain": measures, "range": list(colours.series[: len(measures)])},
             "legend": {"orient": "top", "direction": "horizontal"} if measures[1:] else None,
             }  # fmt: skip
    tips = [
        {"field": "factor", "type": "nominal", "title": say("Factor")},
        {"field": "measure", "type": "nominal", "title": say("Measure")},
        {"field": "text", "type": "nominal", "title": say("Index")},
    ]
    span = {"x": {"field": "low", **across}, "x2": {"field": "high"}}
    words = "; ".join(
        f"{name} {say.number(value, 2)} ({measure})" for name, measure, value, *_ in rows
    )
    return _chart(
        look,
        title=say("What moves it: {what}", what=what),
        subtitle=[say("indices at {count} points; lines: 95% intervals",
                      count=say.number(points)), *([] if measures[1:] else measures)],
        description=say("How much each factor moves it: {list}.", list=words),
        body={
            "data": {"values": values},
            "height": {"step": 38 if measures[1:] else 34, "for": "position"},
            "encoding": {"y": down, "yOffset": apart},
            "layer": [
                {"mark": {"type": "bar", "height": {"band": 0.8}},
                 "encoding": {"x": {"field": "value", **across}, "color": paint, "tooltip": tips}},
                {"mark": {"type": "rule", "color": colours.ink, "strokeWidth": 1.5},
                 "encoding": span},
                {"mark": {"type": "text", "align": "left", "dx": 5, "fontSize": 11,
                          "color": colours.soft},
                 "encoding": {"x": {"field": "end", **across}, "text": {"field": "text"}}},
            ],
        },
    )  # fmt: skip


def on_screen(chart: Chart) -> Chart:
    """Return a chart for a page: no paper behind it, and one description for the whole.

    Its marks are kept from screen readers, to whom they would be hundreds of nameless shapes.
    """
    config = {**chart["config"], "mark": {"aria": False}}
    return {**chart, "background": None, "config": config}
