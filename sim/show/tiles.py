"""Charts of shaded tiles: the chance of each target, an area's level, who gains where."""

import json
from collections.abc import Iterator, Sequence
from math import inf
from textwrap import wrap

from sim.ask.answers import gains
from sim.ask.summary import Summary
from sim.files.pictures import Chart
from sim.files.tables import Heading, Table, table_of
from sim.indicators import SERIES
from sim.place.case import Case
from sim.place.targets import Target, TargetSet
from sim.show import luck
from sim.show.evidence import by_name
from sim.show.figures import Shown, figure, listed
from sim.show.look import Look, framed, ink_on, layer, named, rounded, shade, text, told
from sim.show.sentences import goal_name
from sim.show.tables import short_of, verdict_rows
from sim.words import Words, digits

CROWDED = 9  # columns of tiles beyond which words would run into each other
SPAN, GAIN_SPAN = 0.1, 2.0  # a map shades no less: of levels, and of gains in points
FEW = 4  # columns of the verdict strip beyond which its words are set narrower
COLUMN_LETTERS = 22, 13  # of its headings before they go on in another line: few, more
ROW_LETTERS = 30, 22  # of the scenarios' names beside it, likewise
_APART: Chart = {"scale": {"color": "independent"}}  # shades for tiles, none for their text


@figure("verdicts", lambda shown: verdict_rows(shown.summaries), folder="plans")
def verdicts(shown: Shown, look: Look) -> Chart:
    """Return the chance of each target and of all together, one row a scenario."""
    say, colours, summaries, targets = look.say, look.palette, shown.summaries, shown.targets
    many = len(targets.targets) >= FEW
    columns = [
        _column(target, targets.targets, COLUMN_LETTERS[many], say) for target in targets.targets
    ]
    columns.append(say("All together"))
    names = [_broken(say.named(each.scenario.name), ROW_LETTERS[many]) for each in summaries]
    rows = [
        row
        for summary, name in zip(summaries, names, strict=True)
        for row in _cells(summary, name, columns, look)
    ]
    place = _strip_places(columns, names)
    small = {"fontSize": 10, "lineBreak": " "} if many else {"fontSize": 11}
    paint: Chart = {"stroke": colours.paper, "strokeWidth": 3, "cornerRadius": 5}
    inked = {**place, "color": named("ink", scale=None)}
    return framed(
        look,
        title=say("Chance of meeting the targets"),
        subtitle=[say.named(targets.name), say("below each chance: median and 90% range")],
        description=_strip_in_words(summaries, targets, say),
        body={
            "data": {"values": rows},
            "height": {"step": 68 if many else 54},
            "resolve": _APART,
            "layer": [
                layer("rect", {**place, "color": shade("chance", (0, 1), look)}, **paint),
                text("text", inked, fontSize=17, fontWeight=700, dy=-8),
                text("below", inked, dy=11, **small),
            ],
        },
    )


def _strip_places(columns: Sequence[str], names: Sequence[str]) -> Chart:
    """Return a strip's channels: its headings above, its rows' names beside, both in lines."""
    lines = max(column.count("\n") for column in columns)
    bare: Chart = {"domain": False, "ticks": False, "labelLineHeight": 14}
    bare["labelExpr"] = "split(datum.label, '\\n')"
    heads = {"orient": "top", "labelAngle": 0, "labelLimit": 190, "labelFontWeight": 600}
    space = {"labelPadding": 14 * lines + 6}
    sides = {"labelLimit": 230, "labelFontSize": 13, "labelPadding": 8}
    return {
        "x": named("target", columns, title=None, axis={**heads, **space, **bare}),
        "y": named("scenario", names, title=None, axis={**sides, **bare}),
    }


def _broken(words: str, letters: int) -> str:
    return "\n".join(wrap(words, letters))


def _column(target: Target, among: Sequence[Target], letters: int, say: Words) -> str:
    name = _broken(say.indicator(target.indicator), letters)
    goal = name + "\n≥\N{NO-BREAK SPACE}" + say.goal(target.indicator, target.at_least)
    several = len({each.deadline for each in among}) > 1
    return goal + " · " + say.month(target.deadline) if several else goal


def _cells(summary: Summary, name: str, columns: Sequence[str], look: Look) -> Iterator[Chart]:
    say, judged = look.say, summary.judgement
    chances = [(verdict.chance, verdict.bounds) for verdict in judged.verdicts]
    chances.append((judged.chance_all, judged.bounds_all))
    below = [
        say.level(v.target.indicator, v.p50) + f" ({say.between(v.target.indicator, v.p05, v.p95)})"
        for v in judged.verdicts
    ]
    for column, (chance, bounds), spread in zip(columns, chances, [*below, ""], strict=True):
        yield {
            "scenario": name,
            "target": column,
            "chance": rounded(chance),
            "text": luck.chance(chance, bounds, say),
            "below": spread,
            "ink": ink_on(chance, look),
        }


def _strip_in_words(summaries: Sequence[Summary], targets: TargetSet, say: Words) -> str:
    parts = []
    for summary in summaries:
        each = ", ".join(
            f"{goal_name(verdict.target, targets.targets, say)} "
            + luck.chance(verdict.chance, verdict.bounds, say)
            for verdict in summary.judgement.verdicts
        )
        judged = summary.judgement
        every = luck.chance(judged.chance_all, judged.bounds_all, say)
        parts.append(f"{say.named(summary.scenario.name)}: {each}, {say('All together')} {every}")
    return "; ".join(parts) + "."


def _area_rows(shown: Shown, indicator: str, chosen: str, say: Words) -> Table:
    """Return the areas' mean levels in a month and at the start, in the order of their names.

    Levels are in hundredths: per cents, or subscriptions per 100 people. Where there is a
    target, a column says how many households, villages or subscriptions are short of it.
    """
    case, plan, month = shown.case, shown.one, shown.month(chosen)
    goal = shown.goal(indicator, chosen)
    short = short_of(case, plan, goal, month) if goal else None
    levels, known = 100 * plan.areas[indicator], plan.observed[indicator]
    missing = Heading(say("{unit} short", unit=say(SERIES[indicator].noun)), 0)
    told = digits(indicator)
    return table_of(
        ((i, float(levels[i, month]), float(levels[i, 0])) for i in by_name(case, say)),
        (say("Area"), lambda i, now, first: say.named(case.areas[i].name())),
        (Heading(say("Level"), told), lambda i, now, first: round(now, 2)),
        (Heading(say("First month"), told), lambda i, now, first: round(first, 2)),
        (Heading(say("Gain"), told), lambda i, now, first: round(now - first, 2)),
        *([] if short is None else [(missing, lambda i, *_: round(float(short[i]), 1))]),
        (say("Start"), lambda i, *_: say("observed") if known[i] else say("estimated")),
    )


@listed("areas-{indicator}")
def areas(shown: Shown, *, indicator: str, month: str) -> Table:
    """Return the table of the areas' levels in a month, in the language of what is shown."""
    return _area_rows(shown, indicator, month, shown.say)


@figure(
    "map-{indicator}-{month}",
    lambda shown, *, indicator, month: _area_rows(shown, indicator, month, Words("en")),
    each=lambda shown: [
        {"indicator": name, "month": shown.last}
        for name in dict.fromkeys(goal.indicator for goal in shown.targets.targets)
    ],
    folder="plan",
    greys=True,
)
def tile_map(shown: Shown, look: Look, *, indicator: str, month: str) -> Chart:
    """Return a map with one tile an area, by mean level in a month, estimates marked."""
    say, case, summary, place = look.say, shown.case, shown.one, shown.month(month)
    target = shown.goal(indicator, month)
    levels = [float(value) for value in summary.areas[indicator][:, place]]
    observed = [bool(known) for known in summary.observed[indicator]]
    texts = [say.level(indicator, level) for level in levels]
    ends = _ends(levels, SPAN, most=max(1.0, *levels))
    rows = [
        {
            **row,
            "mark": "●" if known else "",
            "known": known,
            "what": say("start observed") if known else say("start estimated"),
        }
        for row, known in zip(_tiles(case, levels, texts, ends, look), observed, strict=True)
    ]
    lines = [say.named(summary.scenario.name) + " · " + say.month(summary.months[place])]
    if target is not None:
        goal = say.goal(indicator, target.at_least)
        lines[0] += " · " + say("overall target {level}", level=goal)
    lines += _start_notes(case, observed, say)
    tips = told(name=say("Area"), text=say("Level"), what=say("Start"))
    return framed(
        look,
        title=say.indicator(indicator) + " · " + say.named(case.head.leaf.model_dump()),
        subtitle=lines,
        description=_map_in_words(summary, case, indicator, place, say),
        body=_map(rows, case, tips, [say.level(indicator, end) for end in ends], look),
    )


def _start_notes(case: Case, observed: Sequence[bool], say: Words) -> Iterator[str]:
    """Yield what the marks of a map mean; a crowded one has none, nor any words."""
    if _crowded(case):
        yield say("names and numbers of the areas: in the table")
        return
    some = say("● start observed; the other areas' starts are estimated")
    yield some if any(observed) else say("all areas' starts are estimated")
    if not all(observed):
        yield say("dashed: no figure of the area's own, only an assumption")


def _map_in_words(summary: Summary, case: Case, indicator: str, month: int, say: Words) -> str:
    ranked = sorted(
        zip(summary.areas[indicator][:, month].tolist(), case.areas, strict=True),
        key=lambda pair: pair[0],
    )
    lowest = ", ".join(
        f"{say.named(area.name())} {say.level(indicator, level)}" for level, area in ranked[:5]
    )
    return say(
        "{indicator} by area in {month}; lowest: {lowest}.",
        indicator=say.indicator(indicator),
        month=say.month(summary.months[month]),
        lowest=lowest,
    )


def _gains(shown: Shown, indicator: str, month: str) -> list[float]:
    """Return what each area gains of the first scenario on the second, in points."""
    each, reference = shown.answers
    found = gains(each, reference, indicator, shown.month(month))
    return [100 * float(gain) for gain in found]


def _gain_rows(shown: Shown, *, indicator: str, month: str) -> Table:
    gained, areas = _gains(shown, indicator, month), shown.case.areas
    return table_of(
        ((areas[i], gained[i]) for i in by_name(shown.case, Words("vi"))),
        ("name_vi", lambda area, gain: area.name_vi),
        ("name_en", lambda area, gain: area.name_en),
        ("points", lambda area, gain: round(gain, 6)),
    )


@figure("gains-{indicator}", _gain_rows)
def gain_map(shown: Shown, look: Look, *, indicator: str, month: str) -> Chart:
    """Return a map with one tile an area, by what it gains of one scenario on another."""
    say, case, gained = look.say, shown.case, _gains(shown, indicator, month)
    mine, theirs = (say.named(each.scenario.name) for each in shown.summaries)
    line = say(
        "{scenario} against {other} · {month} · points",
        scenario=mine,
        other=theirs,
        month=say.month(shown.one.months[shown.month(month)]),
    )
    texts = [say.points(indicator, gain) for gain in gained]
    ranked = sorted(zip(gained, texts, case.areas, strict=True), key=lambda each: -each[0])
    most = ", ".join(f"{say.named(area.name())} {points}" for _, points, area in ranked[:5])
    ends = _ends([*gained, 0.0], GAIN_SPAN)
    rows = _tiles(case, gained, texts, ends, look)
    tips, told_ends = (
        told(name=say("Area"), text=say("points")),
        [say.points(indicator, end) for end in ends],
    )
    return framed(
        look,
        title=say("Who gains where: {indicator}", indicator=say.indicator(indicator)),
        subtitle=[line, *_start_notes(case, (), say)] if _crowded(case) else [line],
        description=say("Gains by area in points; most: {list}.", list=most),
        body=_map(rows, case, tips, told_ends, look),
    )


def _ends(levels: Sequence[float], span: float, most: float = inf) -> tuple[float, float]:
    """Return what the lightest and the darkest shade stand for, a span apart at least.

    >>> _ends([0.5, 0.9], 0.1), [round(end, 3) for end in _ends([0.98, 0.997], 0.1, 1.0)]
    ((0.5, 0.9), [0.9, 1.0])
    """
    low, high = min(levels), max(levels)
    if high - low < span:
        high = min(high + (span - high + low) / 2, most)
        low = high - span
    return low, high


def _tiles(
    case: Case,
    levels: Sequence[float],
    texts: Sequence[str],
    ends: tuple[float, float],
    look: Look,
) -> list[Chart]:
    """Return a row an area: its place, name and text, and `depth`, 0 for the lightest shade.

    Args:
        case: names and places of the areas.
        levels, texts: what is shaded and what is written, in the case's order.
        ends: what the lightest and the darkest shade stand for.
        look: words and theme.
    """
    low, reach = ends[0], ends[1] - ends[0]
    return [
        {
            "column": area.tile_column,
            "row": area.tile_row,
            "depth": rounded((level - low) / reach),
            "ink": ink_on((level - low) / reach, look),
            "name": _short(look.say.named(area.name())),
            "text": words,
        }
        for area, level, words in zip(case.areas, levels, texts, strict=True)
    ]


def _map(
    rows: Sequence[Chart], case: Case, tips: Sequence[Chart], ends: Sequence[str], look: Look
) -> Chart:
    """Return the body of a map of tiles.

    Args:
        rows: an area each.
        case: the place.
        tips: what is told under the pointer.
        ends: in words, what the lightest and the darkest shade stand for.
        look: words and theme.
    """
    legend = {
        "title": None,
        "orient": "bottom",
        "direction": "horizontal",
        "gradientLength": 160,
        "values": [0, 1],
        "labelExpr": f"datum.value ? {json.dumps(ends[1])} : {json.dumps(ends[0])}",
    }
    place = {
        "x": {"field": "column", "type": "ordinal", "axis": None},
        "y": {"field": "row", "type": "ordinal", "axis": None},
    }
    paint: Chart = {"stroke": look.palette.paper, "strokeWidth": 2, "cornerRadius": 4}
    tile = {**place, "color": shade("depth", (0, 1), look, legend), "tooltip": list(tips)}
    inked = {**place, "color": named("ink", scale=None), "tooltip": list(tips)}
    columns, crowded = _columns(case), _crowded(case)
    step = max(8, CROWDED * 92 // columns) if crowded else 92
    layers = [layer("rect", tile, **paint)]
    if not crowded:
        layers += [
            *([_guessed(place, look)] if "known" in rows[0] else []),
            text("name", inked, fontSize=10.5 if columns > 5 else 12, dy=-6, limit=86),
            text("text", inked, fontSize=12, fontWeight=700, dy=8),
            *([text("mark", inked, fontSize=8, dx=38, dy=-10)] if "mark" in rows[0] else []),
        ]
    return {
        "data": {"values": list(rows)},
        "width": {"step": step} if isinstance(look.width, int) else "container",
        "height": {"step": min(step, 24) if crowded else 36},
        "resolve": _APART,
        "layer": layers,
    }


def _columns(case: Case) -> int:
    return max(area.tile_column or 0 for area in case.areas) + 1


def _crowded(case: Case) -> bool:
    """Return whether a map's tiles are too narrow for words: they are shaded alone then."""
    return _columns(case) > CROWDED


def _guessed(place: Chart, look: Look) -> Chart:
    """Return the dashes around areas of which no figure of their own is known."""
    edge: Chart = {"stroke": look.palette.soft, "strokeDash": [4, 3], "strokeWidth": 1.2}
    dashes = layer("rect", place, fillOpacity=0, cornerRadius=4, **edge)
    return {"transform": [{"filter": "!datum.known"}], **dashes}


def _short(name: str) -> str:
    return name.replace("Thành phố ", "TP. ").replace(" City", "").replace("Bà Rịa - ", "BR - ")
