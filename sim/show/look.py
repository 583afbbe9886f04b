"""How every chart looks: its colours, axes, words and frame, as parts of a Vega-Lite dict.

Every chart takes a `Look` (language, theme, width) and carries its title, its unit and a
description for those who cannot see it. Shares stay fractions; the axis writes per cent.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import cycle, islice
from textwrap import wrap
from typing import Any, Literal

from sim.files.pictures import Chart
from sim.indicators import SERIES
from sim.words import Words, separators

Theme = Literal["light", "dark"]
Rows = Sequence[Mapping[str, Any]]
FONT = "Source Sans Pro, Source Sans, sans-serif"
SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"
LIGHT = (
    "#0a6aa8",
    "#e08a00",
    "#0f8f6f",
    "#b3478f",
    "#59a5d8",
    "#8c4a00",
    "#6b7680",
    "#d4b400",
    "#3a2fc0",
    "#5a1020",
)
DARK = (
    "#5ab4f0",
    "#f2b14a",
    "#3cc6a0",
    "#df86c0",
    "#2f7fb5",
    "#c98a4b",
    "#93a1ad",
    "#e8d44d",
    "#7a62f2",
    "#f2efb0",
)
LONGEST = 120  # letters of a text that is drawn; in the words beside a chart it stays whole
NARROW_LETTERS = 22  # of a name in a legend of two columns on a phone
TITLE_LETTERS = 42  # of a line of a title on a phone


@dataclass(frozen=True, slots=True, kw_only=True)
class Palette:
    """Colours of a theme, each told apart by the colour-blind and on a poor projector.

    `greys` are the `shades` of a chart beyond the evidence. `on_shade` is the colour of text
    on the lower and on the upper part of the `shades`, which part at `turn`, where both can
    be read equally well.
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
    greys: tuple[str, str, str]
    on_shade: tuple[str, str]
    turn: float

    def paints(self, count: int) -> list[str]:
        """Return colours for so many series; once all are used, they begin again."""
        return [*islice(cycle(self.series), count)]


PALETTES: Mapping[Theme, Palette] = {
    "light": Palette(
        paper="#ffffff",
        ink="#17212b",
        soft="#586570",
        grid="#e4e8ec",
        main="#0a6aa8",
        ghost="#8a949d",
        target="#c2410c",
        series=LIGHT,
        shades=("#f4efe2", "#5fa8b8", "#0b3f66"),
        greys=("#f1f1f1", "#a9a9a9", "#3d3d3d"),
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
        series=DARK,
        shades=("#22303d", "#2f7f99", "#8fe0f2"),
        greys=("#2a2a2a", "#787878", "#d6d6d6"),
        on_shade=("#ffffff", "#000000"),
        turn=0.495,
    ),
}


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


def _numbers(say: Words) -> Chart:
    """Return how a chart writes numbers."""
    tens, groups = separators(say.language)
    return {"decimal": tens, "thousands": groups, "grouping": [3], "currency": ["", ""]}


def _days(pattern: str) -> str:
    """Return a pattern of days as charts have it.

    >>> _days("d MMM yyyy"), _days("MM/yyyy")
    ('%d %b %Y', '%m/%Y')
    """
    forms = {"dd": "%d", "d": "%d", "MMM": "%b", "MM": "%m", "yyyy": "%Y"}
    return re.sub(r"dd?|MMM?|yyyy", lambda part: forms[part[0]], pattern)


def layer(mark: str, encoding: Mapping[str, Any], rows: Rows | None = None, **paint: Any) -> Chart:
    """Return a layer of one kind of mark, with rows of its own if they are given."""
    own: Chart = {} if rows is None else {"data": {"values": list(rows)}}
    return {**own, "mark": {"type": mark, **paint}, "encoding": dict(encoding)}


def text(field: str, encoding: Mapping[str, Any], rows: Rows | None = None, **paint: Any) -> Chart:
    """Return a layer that writes what a field holds."""
    return layer("text", {**encoding, "text": {"field": field}}, rows, **paint)


def line_of_text(words: str, encoding: Mapping[str, Any], **paint: Any) -> Chart:
    """Return a layer that writes a line an expression makes of a row, from the left."""
    line = text("line", encoding, align="left", fontSize=12, **paint)
    return {"transform": [{"calculate": words, "as": "line"}], **line}


def named(field: str, order: Sequence[str] | None = None, **how: Any) -> Chart:
    """Return a channel of names, in an order if one is given."""
    sorted_by = {} if order is None else {"sort": list(order)}
    return {"field": field, "type": "nominal", **sorted_by, **how}


def counted(field: str, **how: Any) -> Chart:
    """Return a channel of numbers."""
    return {"field": field, "type": "quantitative", **how}


def told(**titles: str) -> list[Chart]:
    """Return what is told of a mark under the pointer: field -> its title."""
    return [named(field, title=title) for field, title in titles.items()]


def in_lines(title: str, look: Look) -> str | list[str]:
    """Return a title, in lines where it may stand on a phone: its chart shrinks, it does not."""
    lines = wrap(title, TITLE_LETTERS)
    return lines if lines[1:] and look.width == "container" else title


def framed(
    look: Look, *, title: str | list[str], subtitle: list[str], description: str, body: Chart
) -> Chart:
    """Return a chart: its body in the frame that all share, no text longer than can be drawn."""
    heading = {"text": _cut(title), "subtitle": _cut(subtitle), "anchor": "start"}
    fit = "fit-x" if look.width == "container" else "pad"
    return {
        "$schema": SCHEMA,
        "width": look.width,
        "autosize": {"type": fit, "contains": "padding"},
        "background": look.palette.paper,
        "padding": {"left": 12, "top": 12, "right": 12, "bottom": 12},
        "description": description,
        "title": {**heading, "frame": "group", "offset": 12},
        "config": _config(look),
        **_cut(body),
    }


def _config(look: Look) -> Chart:
    colours = look.palette
    words = {"labelColor": colours.soft, "titleColor": colours.ink, "labelFontSize": 12}
    lines = dict.fromkeys(("gridColor", "domainColor", "tickColor"), colours.grid)
    title = {"color": colours.ink, "fontSize": 17, "fontWeight": 700}
    below = {"Color": colours.soft, "FontSize": 12, "Padding": 5, "LineHeight": 16}
    return {
        "font": FONT,
        "locale": {"number": _numbers(look.say)},
        "view": {"stroke": None},
        "title": {**title, **{f"subtitle{name}": value for name, value in below.items()}},
        "axis": {**words, **lines},
        "legend": {**words, "labelLimit": 260 if look.width == "container" else 320},
        "text": {"color": colours.ink},
    }


def _cut(part: Any) -> Any:
    """Return a part of a chart in which no text is longer than can be drawn."""
    if isinstance(part, str):
        return part if len(part) <= LONGEST else part[: LONGEST - 1] + "…"
    if isinstance(part, Mapping):
        return {key: _cut(value) for key, value in part.items()}
    return [_cut(each) for each in part] if isinstance(part, list | tuple) else part


def time_axis(field: str, look: Look, days: Sequence[date] = ()) -> Chart:
    """Return an axis of months, or of the days that are given."""
    manner = look.say.manner
    labels = {"labelOverlap": True, "labelSeparation": 6}
    moments = [{"year": day.year, "month": day.month, "date": day.day, "utc": True} for day in days]
    ticks: Chart = {"values": moments} if days else {"tickCount": 6}
    axis = {"format": _days(manner.day if days else manner.month), "grid": False, **ticks, **labels}
    return {**of_time(field), "title": None, "axis": axis}


def of_time(field: str) -> Chart:
    """Return a channel of days."""
    return {"field": field, "type": "temporal", "scale": {"type": "utc"}}


def level_axis(indicator: str) -> Chart:
    """Return an axis of an indicator's levels, per cents or subscriptions per 100."""
    kind = SERIES[indicator]
    digits = kind.digits - 1
    told = f"datum.value * 100, '.{digits}f'" if kind.per_hundred else f"datum.value, '.{digits}%'"
    least = 10.0 ** -(digits + 2)  # closer marks would be told alike
    axis = {"labelExpr": f"format({told})", "tickCount": 5, "tickMinStep": least}
    return counted("value", title=None, scale={"zero": False, "nice": True}, axis=axis)


def tips(look: Look, indicator: str) -> list[Chart]:
    """Return what is told of a point under the pointer: what it is, its day, its level."""
    form = _days(look.say.manner.day)
    what, level = told(what=look.say("What"), text=look.say.unit(indicator))
    day = {"field": "date", "type": "temporal", "format": form, "title": look.say("Day")}
    return [what, day, level]


def named_colours(names: Sequence[str], look: Look, among: Sequence[str] = ()) -> Chart:
    """Return a colour for each name, with a legend; colours repeat when they run out.

    Args:
        names: of what is drawn.
        look: its colours.
        among: all names that charts of the kind may draw, so that a name has one colour in each;
            those drawn if none are given.
    """
    every = dict(zip(among or names, look.palette.paints(len(among or names)), strict=True))
    scale = {"domain": list(names), "range": [every[name] for name in names]}
    return named("what", names, scale=scale, legend=legend_below(names, symbolOpacity=1))


def legend_below(names: Sequence[str], **how: Any) -> Chart:
    """Return a legend below a chart, in as many columns as a phone has room for."""
    columns = 1 if max(map(len, names), default=0) > NARROW_LETTERS else 2
    return {"title": None, "orient": "bottom", "columns": columns, **how}


def shade(field: str, reach: tuple[float, float], look: Look, legend: Chart | None = None) -> Chart:
    """Return a colour that deepens from one end of a field's reach to the other."""
    ends = {"domain": [rounded(end) for end in reach], "range": list(look.palette.shades)}
    return counted(field, legend=legend, scale={**ends, "interpolate": "lab"})


def ink_on(share: float, look: Look) -> str:
    """Return the text colour that contrasts more with a shade."""
    return look.palette.on_shade[share > look.palette.turn]


def rounded(value: float) -> float:
    """Return a number to six digits, which no chart can show more of."""
    return round(float(value), 6) + 0.0


def captioned(chart: Chart, caption: str) -> Chart:
    """Return the chart with its stamp as the last line under its title."""
    title = {**chart["title"], "subtitle": [*chart["title"]["subtitle"], caption]}
    return {**chart, "title": title}


def greyed(chart: Chart, why: str, look: Look) -> Chart:
    """Return a chart in greys, its reason the first line under its title."""
    colours = look.palette
    swap = {colours.main: colours.ghost}
    swap |= zip(colours.shades, colours.greys, strict=True)
    drawn: Chart = _repainted(chart, swap)
    return {**drawn, "title": {**drawn["title"], "subtitle": [why, *drawn["title"]["subtitle"]]}}


def _repainted(part: Any, swap: Mapping[str, str]) -> Any:
    if isinstance(part, dict):
        return {key: _repainted(value, swap) for key, value in part.items()}
    if isinstance(part, list):
        return [_repainted(value, swap) for value in part]
    return swap.get(part, part) if isinstance(part, str) else part


def on_screen(chart: Chart) -> Chart:
    """Return a chart for a page: no paper behind it, and one description for the whole.

    Its marks are kept from screen readers, to whom they would be hundreds of nameless shapes.
    What is told of a mark under the pointer is what it was given to tell, never its fields.
    """
    config = {**chart["config"], "mark": {"aria": False, "tooltip": None}}
    return {**chart, "background": None, "config": config}
