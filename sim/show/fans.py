"""Charts over time: a scenario's fan, fans of several, what was forecast and what came."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from sim.ask.hindsight import Hindcast
from sim.ask.summary import LEVELS, Summary
from sim.files.pictures import Chart
from sim.files.tables import Table
from sim.months import month_of
from sim.place.case import Case
from sim.place.targets import Target
from sim.show.figures import Shown, figure
from sim.show.look import (
    Look,
    counted,
    framed,
    in_lines,
    layer,
    legend_below,
    level_axis,
    named,
    of_time,
    rounded,
    text,
    time_axis,
    tips,
)
from sim.show.tables import hindsight_rows, nation_rows
from sim.words import Words

MOST_BANDS = 4  # of scenarios in one chart
_DASHES: Sequence[Sequence[int]] = ([1, 0], [6, 3], [2, 2], [8, 3, 2, 3])


def _indicators(shown: Shown) -> list[dict[str, str]]:
    return [{"indicator": name} for name in shown.indicators]


def _fan_rows(shown: Shown, *, indicator: str) -> Table:
    return nation_rows([*filter(None, [shown.baseline()]), shown.one], [indicator])


@figure("fan-{indicator}", _fan_rows, each=_indicators, folder="plan", greys=True)
def fan(shown: Shown, look: Look, *, indicator: str) -> Chart:
    """Return the nation's fan of an indicator: median, 50 and 90% bands, what was seen.

    The baseline is a ghost behind any other scenario, and each target a line with its day.
    """
    summary, baseline, targets = shown.one, shown.baseline(), shown.targets.of(indicator)
    say, colours, name = look.say, look.palette, look.say.named(summary.scenario.name)
    layers = [
        _band(summary, indicator, ends, color=colours.main, opacity=opacity)
        for ends, opacity in (((0, 4), 0.18), ((1, 3), 0.30))
    ]
    words = []
    if baseline is not None and baseline.scenario.id != summary.scenario.id:
        ghost: Chart = {"color": colours.ghost, "strokeDash": [2, 3], "strokeWidth": 2}
        layers.append(_median(baseline, indicator, say("Baseline"), look, **ghost))
        words.append(say("dotted: baseline"))
    layers.append(_median(summary, indicator, name, look, color=colours.main, strokeWidth=2.5))
    seen = _seen(shown.case, indicator, look)
    words += [say("dots: published figures")] if seen else []
    bands = ", ".join([say("90% range"), say("50% range"), say("median")])
    notes = [bands, "; ".join(words)] if words else [bands]  # a phone shows some 45 letters a line
    return framed(
        look,
        title=in_lines(say.indicator(indicator), look),
        subtitle=[name + " · " + say.unit(indicator), *notes],
        description=_fan_in_words(summary, targets, indicator, say),
        body={"layer": [*layers, *seen, *_target_lines(targets, summary, look)], "height": 260},
    )


@figure(
    "overlay-{indicator}",
    lambda shown, *, indicator: nation_rows(shown.summaries, [indicator]),
    each=_indicators,
)
def overlay(shown: Shown, look: Look, *, indicator: str) -> Chart:
    """Return the fans of several scenarios over one another: medians and 90% bands.

    Colours run out after ten scenarios; then dashes tell them apart. Of scenarios whose lines
    are equal one is drawn, under the names of all; bands of more than a few grow grey and are
    left out.
    """
    say, every, targets = look.say, shown.summaries, shown.targets.of(indicator)
    paints, alike = look.palette.paints(len(every)), dict[bytes, list[int]]()
    for place, summary in enumerate(every):
        alike.setdefault(summary.fans[indicator].round(6).tobytes(), []).append(place)
    called = [say.named(summary.scenario.name) for summary in every]
    groups = list(alike.values())
    names, summaries = (
        [_same(called, group, say) for group in groups],
        [every[g[0]] for g in groups],
    )
    colours, layers = [paints[group[0]] for group in groups], []
    banded = len(groups) <= MOST_BANDS
    for summary, paint in zip(summaries, colours, strict=True) if banded else ():
        edge: Chart = {"color": paint, "opacity": 0.55, "strokeWidth": 1}
        band = _band(summary, indicator, (0, 4), color=paint, opacity=0.18 / len(names), line=edge)
        layers += [band, _edge(summary, indicator, edge)]
    pairs = zip(summaries, names, strict=True)
    rows = [row for pair in pairs for row in _medians(pair[0], indicator, pair[1], look)]
    encoding = {**_at(indicator, look), **_told_apart(names, [group[0] for group in groups], look)}
    layers.append(layer("line", encoding, rows, strokeWidth=2.5))
    seen = _seen(shown.case, indicator, look)
    note = say("median") + (", " + say("90% range") if banded else "")
    note += "; " + say("dots: published figures") if seen else ""
    return framed(
        look,
        title=in_lines(say.indicator(indicator), look),
        subtitle=[say.unit(indicator), note],
        description=_fans_in_words(every, targets, indicator, say),
        body={
            "layer": [*layers, *seen, *_target_lines(targets, summaries[0], look)],
            "height": 280,
        },
    )


def _same(names: Sequence[str], group: Sequence[int], say: Words) -> str:
    """Return what a line is called that is that of one scenario or of several alike."""
    first, *others = (names[place] for place in group)
    return (
        say("{name}, same as {others}", name=first, others=", ".join(others)) if others else first
    )


def _told_apart(names: Sequence[str], places: Sequence[int], look: Look) -> dict[str, Chart]:
    """Return the colour of each scenario by its place and, where colours run out, its dashes."""
    series = look.palette.series
    dashes = [list(_DASHES[place // len(series) % len(_DASHES)]) for place in places]
    legend = legend_below(names, symbolStrokeWidth=3)
    ranges = {"color": [series[place % len(series)] for place in places], "strokeDash": dashes}
    return {
        channel: named("what", scale={"domain": list(names), "range": each}, legend=legend)
        for channel, each in ranges.items()
    }


def _later(shown: Shown, indicator: str) -> list[Hindcast]:
    return [one for one in shown.later() if one.indicator == indicator]


@figure(
    "backtest-{indicator}",
    lambda shown, *, indicator: hindsight_rows(_later(shown, indicator)),
    drawn="hindsight",
    each=lambda shown: [
        {"indicator": name} for name in dict.fromkeys(one.indicator for one in shown.later())
    ],
    folder="past",
)
def hindsight(shown: Shown, look: Look, *, indicator: str) -> Chart:
    """Return what each vintage said of an indicator, beside what came: one panel a vintage."""
    say, hindcasts = look.say, _later(shown, indicator)
    rows = [
        {
            "known": say.day(one.vintage),
            "date": one.day.isoformat(),
            "low": rounded(one.low),
            "high": rounded(one.high),
            "value": rounded(one.said["ketnoi"]),
            "came": rounded(one.happened),
        }
        for one in hindcasts
    ]
    vintages = list(dict.fromkeys(str(row["known"]) for row in rows))
    inside = sum(one.low <= one.happened <= one.high for one in hindcasts)
    words = say(
        "{inside} of {count} later figures lay within the 90% range.",
        inside=inside,
        count=len(hindcasts),
    )
    note = say("bar: 90% range, line: median, dot: figure published later")
    labels = {"labelColor": look.palette.ink, "labelFontSize": 12, "labelFontWeight": 600}
    column = named("known", vintages, header={"title": None, **labels})
    chart = framed(
        look,
        title=say.indicator(indicator) + ": " + say("what was forecast and what came"),
        subtitle=[note + " · " + say.unit(indicator), words],
        description=words,
        body={
            "data": {"values": rows},
            "facet": {"column": column},
            "spec": {"width": 105, "height": 230, "layer": _past_layers(indicator, look)},
        },
    )
    return {key: value for key, value in chart.items() if key not in ("width", "autosize")}


def _past_layers(indicator: str, look: Look) -> list[Chart]:
    """Return the bar and the line of what was forecast, and the dot of what came."""
    colours = look.palette
    x, y = time_axis("date", look), level_axis(indicator)
    x["axis"] = {**x["axis"], "tickCount": 3}
    span = {"x": x, "y": {**y, "field": "low"}, "y2": {"field": "high"}}
    tick: Chart = {"thickness": 2, "width": 6, "orient": "horizontal"}
    dot: Chart = {"filled": True, "color": colours.ink, "size": 18, "opacity": 1}
    return [
        layer("rule", span, color=colours.main, opacity=0.35, strokeWidth=3),
        layer("tick", {"x": x, "y": y}, color=colours.main, **tick),
        layer("point", {"x": x, "y": {**y, "field": "came"}}, **dot),
    ]


def _at(indicator: str, look: Look) -> dict[str, Chart | list[Chart]]:
    """Return where a level of a month stands, and what is told of it."""
    x, y = time_axis("date", look), level_axis(indicator)
    return {"x": x, "y": y, "tooltip": tips(look, indicator)}


def _band(summary: Summary, indicator: str, ends: tuple[int, int], **paint: Any) -> Chart:
    """Return the area between two of the fan's levels."""
    levels = summary.fans[indicator]
    rows = [
        {"date": day.isoformat(), "low": rounded(a), "high": rounded(b)}
        for day, a, b in zip(summary.months, levels[ends[0]], levels[ends[1]], strict=True)
    ]
    encoding = {"x": of_time("date"), "y": counted("low"), "y2": {"field": "high"}}
    return layer("area", encoding, rows, **paint)


def _edge(summary: Summary, indicator: str, paint: Chart) -> Chart:
    """Return the upper edge of a 90% band; an area's own line is its lower one."""
    rows = [
        {"date": day.isoformat(), "high": rounded(value)}
        for day, value in zip(summary.months, summary.fans[indicator][-1], strict=True)
    ]
    return layer("line", {"x": of_time("date"), "y": counted("high")}, rows, **paint)


def _median(summary: Summary, indicator: str, name: str, look: Look, **paint: Any) -> Chart:
    return layer("line", _at(indicator, look), _medians(summary, indicator, name, look), **paint)


def _medians(summary: Summary, indicator: str, name: str, look: Look) -> list[Chart]:
    middle = summary.fans[indicator][LEVELS.index(0.5)]
    return [
        {
            "date": day.isoformat(),
            "value": rounded(value),
            "what": name,
            "text": look.say.level(indicator, float(value)),
        }
        for day, value in zip(summary.months, middle, strict=True)
    ]


def _seen(case: Case, indicator: str, look: Look) -> list[Chart]:
    """Return what was published, as a layer of dots; none where there is nothing."""
    first = date(case.start.year - 2, 1, 1)
    rows = [
        {
            "date": row.date.isoformat(),
            "value": rounded(row.level),
            "what": look.say("published {day}", day=look.say.day(row.published)),
            "text": look.say.level(indicator, row.level),
        }
        for row in case.series(indicator, case.head.nation)
        if row.date >= first
    ]
    dot: Chart = {"filled": True, "size": 42, "color": look.palette.ink, "opacity": 0.9}
    return [layer("point", _at(indicator, look), rows, **dot)] if rows else []


def _target_lines(targets: Sequence[Target], summary: Summary, look: Look) -> Iterator[Chart]:
    """Yield the targets' lines, the day on each and its words; nothing where there are none."""
    if not targets:
        return
    say = look.say
    rows = [
        {
            "value": rounded(target.at_least),
            "date": min(target.deadline, summary.months[-1]).isoformat(),
            "text": say(
                "target {level} by {day}",
                level=say.goal(target.indicator, target.at_least),
                day=say.day(target.deadline),
            ),
        }
        for target in targets
    ]
    y, paint = counted("value"), Chart(color=look.palette.target)
    diamond: Chart = {"shape": "diamond", "filled": True, "size": 110, **paint, "opacity": 1}
    words: Chart = {"align": "left", "baseline": "bottom", "dy": -4, "dx": 4, **paint}
    yield layer("rule", {"y": y}, rows, **paint, strokeDash=[6, 4], strokeWidth=1.5)
    yield layer("point", {"x": time_axis("date", look), "y": y}, rows, **diamond)
    yield text("text", {"x": {"value": 0}, "y": y}, rows, **words, fontWeight=600, fontSize=12)


def _fans_in_words(
    summaries: Sequence[Summary], targets: Sequence[Target], indicator: str, say: Words
) -> str:
    """Say where each scenario stands, and the targets once."""
    *others, last = summaries
    told = [_fan_in_words(each, targets, indicator, say, goal=False) for each in others]
    return " ".join([*told, _fan_in_words(last, targets, indicator, say)])


def _fan_in_words(
    summary: Summary, targets: Sequence[Target], indicator: str, say: Words, *, goal: bool = True
) -> str:
    """Say where a scenario stands in the month of each target, or else in its last."""
    ends = summary.months[-1]
    months = [month_of(summary.months, min(each.deadline, ends)) for each in targets]
    told = []
    for month in months or [len(summary.months) - 1]:
        levels = summary.fans[indicator][:, month]
        told += [
            say(
                "{indicator}, {scenario}: median {middle} in {month}, nine in ten draws from {low} "
                "to {high}.",
                indicator=say.indicator(indicator),
                scenario=say.named(summary.scenario.name),
                middle=say.level(indicator, float(levels[2])),
                month=say.month(summary.months[month]),
                low=say.level(indicator, float(levels[0])),
                high=say.level(indicator, float(levels[4])),
            )
        ]
    for each in targets if goal else ():
        level, day = say.goal(indicator, each.at_least), say.day(each.deadline)
        told.append(say("The target is {level} by {day}.", level=level, day=day))
    return " ".join(told)
